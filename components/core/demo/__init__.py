"""The embedded demo gateway: an ASGI app that speaks the same protocol and draws by itself."""

from components.core.demo.gateway import HINTS, DemoGateway, usual_latency_s

__all__ = ["HINTS", "DemoGateway", "usual_latency_s"]
