"""HTTP beside the pages: pictures, exports, live events, health, security headers."""
