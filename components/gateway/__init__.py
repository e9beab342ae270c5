"""The one HTTP door to the gateway. May import: domain, httpx.

Deadline, size limits, redirects, and who is sent the token.
"""
