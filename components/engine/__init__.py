"""The work that belongs to the server. May import: domain, images, gateway, storage."""
