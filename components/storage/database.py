"""How a database is opened, and what it says when it is out of reach, in our words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from components.domain.errors import StorageUnavailable


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

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


# SQLite's primary result codes for a file that is out of reach, locked, read-only, full or damaged.
# Its catch-all SQLITE_ERROR, which is also a misspelt column, is none of them.
_SQLITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_SCHEMA,
        sqlite3.SQLITE_NOLFS,
        sqlite3.SQLITE_NOTADB,
    }
)
# PostgreSQL's SQLSTATEs, or classes of them, for the same: connection, authorization, no such
# database, read-only, rolled back to let another one through, out of resources, locked, stopped
# by an operator, a failing disk, a damaged file.
_POSTGRESQL_AWAY = (
    "08", "28", "3D", "25006", "40", "42501", "53", "55P03", "57", "58", "XX",
)  # fmt: skip


@contextmanager
def mapped_errors() -> Iterator[None]:
    """Say in our words that the database is out of reach, whatever its driver raises for it.

    Raises StorageUnavailable for that alone. What is a defect of ours, such as a statement that
    cannot be read or a table that is not there, goes through as it is: trying it again would not
    help.
    """
    try:
        yield
    except sa.exc.SQLAlchemyError as exc:
        if not _is_away(exc):
            raise
        raise StorageUnavailable(
            "The database cannot be used at the moment. Nothing that is stored is lost; "
            "try again in a moment."
        ) from exc


def _is_away(exc: sa.exc.SQLAlchemyError) -> bool:
    if isinstance(exc, sa.exc.TimeoutError):
        return True  # no connection of the pool is free
    if not isinstance(exc, sa.exc.DBAPIError):
        return False
    if isinstance(exc.orig, sqlite3.Error):
        code = getattr(exc.orig, "sqlite_errorcode", None)  # absent where the module itself refuses
        return code is not None and code & 0xFF in _SQLITE_AWAY
    state = getattr(exc.orig, "sqlstate", None)
    if state is None:
        # Without a word from the server: none was reached, or the connection is gone.
        return isinstance(exc, sa.exc.OperationalError | sa.exc.InterfaceError)
    return str(state).startswith(_POSTGRESQL_AWAY)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection for reading, all statements of which see the database as the first one saw it.

    So what one statement found is still there for the next one, although others delete meanwhile.
    SQLite's transactions are like that; PostgreSQL's are where they are told so as they begin.
    Raises StorageUnavailable.
    """
    with mapped_errors(), engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def with_driver(url: str) -> str:
    """A database URL as SQLAlchemy reads it: PostgreSQL's short spellings get our driver's name.

    Raises ValueError for what is no URL, is of another database, or needs a driver that is not
    installed; its message quotes nothing of the URL, which may hold a password.
    """
    try:
        found = sa.engine.make_url(url.strip())
    except (sa.exc.ArgumentError, ValueError):
        raise ValueError("must be a URL such as postgresql://user:password@host/name") from None
    if found.drivername in ("postgres", "postgresql"):
        found = found.set(drivername="postgresql+psycopg")
    if found.get_backend_name() not in ("postgresql", "sqlite"):
        raise ValueError("must begin with postgresql:// or sqlite:///")
    try:
        found.get_dialect().import_dbapi()
    except (sa.exc.NoSuchModuleError, ImportError):
        raise ValueError("names a driver that is not installed") from None
    return found.render_as_string(hide_password=False)
