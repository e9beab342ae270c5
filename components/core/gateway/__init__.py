"""The one HTTP door: deadline, size limits, redirects, and what is known of an exchange."""

from components.core.gateway.client import Gateway
from components.core.gateway.exchanges import exchange_of

__all__ = ["Gateway", "exchange_of"]
