"""SQL and the object store, touched by nobody else. May import: domain, sqlalchemy, obstore."""
