"""The one HTTP door: deadline, size limits, redirects, and who is sent the token."""

from components.core.gateway.client import Gateway

__all__ = ["Gateway"]
