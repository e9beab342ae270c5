"""Finding what was kept. May import: domain, storage, sqlalchemy."""
