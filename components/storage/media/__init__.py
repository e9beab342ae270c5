"""Pictures and their life. May import: domain, storage, obstore, sqlalchemy."""
