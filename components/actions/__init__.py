"""May import: domain, images, gateway.protocol, storage, transfer, services, ui, streamlit.

What a visitor does: a page's form or filter joined with the running services.
"""
