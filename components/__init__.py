"""May import: domain, images, gateway, storage, engine, transfer, demo, httpx.

The application. The modules beside this one put its packages together: settings, services, and
the command line.
"""
