"""How a database is opened, and what it says when it is out of reach, in our words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from components.domain.errors import StorageUnavailable
from components.storage import search_index


def open_engines(url: str) -> tuple[Engine, Engine]:
    """Engines for reading and for writing the database at SQLAlchemy `url`.

    With SQLite the writing one has a single connection: writers of this process queue up for it
    instead of colliding, and each transaction takes the write lock when it begins, so that none
    fails in its middle. With PostgreSQL both are the same engine.
    """
    if not url.startswith("sqlite"):
        engine = sa.create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
        return engine, engine
    reading = sa.create_engine(url, connect_args={"timeout": 10}, pool_size=10, max_overflow=20)
    writing = sa.create_engine(
        url, connect_args={"timeout": 10}, pool_size=1, max_overflow=0, pool_timeout=60
    )
    for engine, begin in ((reading, "BEGIN"), (writing, "BEGIN IMMEDIATE")):
        _tune_sqlite(engine, begin)
    return reading, writing


def _tune_sqlite(engine: Engine, begin: str) -> None:
    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in (
            "journal_mode=WAL",
            # FULL: a committed row survives a power cut, not only a crash of this process.
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=10000",
        ):
            connection.execute(f"PRAGMA {pragma}")
        search_index.teach(connection)

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


_OUT_OF_REACH = (
    sa.exc.OperationalError,
    sa.exc.InterfaceError,
    sa.exc.InternalError,
    sa.exc.TimeoutError,
)


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Map whatever the database driver raises for a database out of reach to our own words."""
    try:
        yield
    except sa.exc.SQLAlchemyError as exc:
        # PostgreSQL says InternalError where it is read-only, SQLite a bare DatabaseError where the
        # file is damaged.
        if not isinstance(exc, _OUT_OF_REACH) and type(exc) is not sa.exc.DatabaseError:
            raise
        raise StorageUnavailable(
            "The database cannot be used at the moment. Nothing that is stored is lost; "
            "try again in a moment."
        ) from exc


def with_driver(url: str) -> str:
    """A database URL as SQLAlchemy reads it: PostgreSQL's short spellings get our driver's name."""
    found = sa.engine.make_url(url)
    if found.drivername in ("postgres", "postgresql"):
        found = found.set(drivername="postgresql+psycopg")
    return found.render_as_string(hide_password=False)
