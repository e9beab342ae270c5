"""May import: domain, images, storage, engine, transfer, services, starlette.

HTTP beside the pages: pictures, exports, live events, health, guards and security headers.
"""
