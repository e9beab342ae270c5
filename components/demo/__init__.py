"""The embedded demo gateway, an ASGI app of its own. May import: domain, PIL.

It speaks the gateway's protocol and draws by itself.
"""
