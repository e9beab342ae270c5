"""The one place where the version stands: pages, `/healthz`, exports and requests tell it."""

VERSION = "1.1.0"
# How exports name what wrote them.
GENERATOR = f"Triptych {VERSION}"
