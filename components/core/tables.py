"""The tables, and how a database is opened and brought up to date.

SQLite (write-ahead log) by default, PostgreSQL by URL. Times are whole microseconds since 1970 in
UTC: the same in both databases, exact, and cheap to sort and to filter by.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect, Engine

from components.core.errors import StorageUnavailable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970 in UTC."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        # Integer division of timedeltas is exact; timestamp() would round through a float.
        return None if value is None else (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else EPOCH + timedelta(microseconds=value)


metadata = sa.MetaData()
# SQLite numbers rows by itself only where the key is exactly INTEGER.
_Serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")

comparisons = sa.Table(
    "comparisons",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("aliases", sa.JSON, nullable=False),
    sa.Column("samples", sa.Integer, nullable=False),
    sa.Column("inputs", sa.JSON, nullable=False),
    sa.Column("visitor", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, default=0),
)

generations = sa.Table(
    "generations",
    metadata,
    sa.Column("seq", _Serial, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column(
        "comparison_id",
        sa.Text,
        sa.ForeignKey("comparisons.id", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("alias", sa.Text, nullable=False),
    sa.Column("sample", sa.Integer, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("server", sa.Text),  # which server has it in hand
    sa.Column("gateway", sa.Text, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("started_at", Moment),
    sa.Column("finished_at", Moment),
    sa.Column("latency_s", sa.Double),
    sa.Column("sha256", sa.Text),
    sa.Column("extension", sa.Text),
    sa.Column("format", sa.Text),
    sa.Column("bytes", sa.BigInteger),
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("others", sa.JSON),
    sa.Column("answered_by", sa.Text),
    sa.Column("text", sa.Text, nullable=False, default=""),
    sa.Column("finish_reason", sa.Text),
    sa.Column("prompt_tokens", sa.BigInteger),
    sa.Column("completion_tokens", sa.BigInteger),
    sa.Column("total_tokens", sa.BigInteger),
    sa.Column("cost_usd", sa.Double),
    sa.Column("error_kind", sa.Text),
    sa.Column("error_message", sa.Text),
    sa.Index("generations_of_comparison", "comparison_id", "position"),
    sa.Index("generations_by_state", "state", "seq"),
    sa.Index("generations_by_alias", "alias", "state", "seq"),
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column(
        "generation_id",
        sa.Text,
        sa.ForeignKey("generations.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("gateway", sa.Text, nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("finished_at", Moment),
    sa.Column("latency_s", sa.Double),
    sa.Column("status", sa.Integer),  # HTTP
    sa.Column("error_kind", sa.Text),
    sa.Column("error_message", sa.Text),
    sa.Column("text", sa.Text, nullable=False, default=""),
    sa.Column("kept", sa.Text),  # media key of bytes that did not decode
    sa.Column("facts", sa.JSON, nullable=False),  # timing, headers and the reply without base64
)

schema_version = sa.Table(
    "schema_version", metadata, sa.Column("version", sa.Integer, primary_key=True)
)

# What brings a database of version n to n + 1, oldest first; only ever appended to. A new database
# is made from the tables above and starts at the newest version.
MIGRATIONS: tuple[Callable[[Connection], None], ...] = ()
NEWEST = 1 + len(MIGRATIONS)


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


def bring_up_to_date(engine: Engine) -> None:
    """Make the tables, or migrate them; safe when several servers start at once."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(8723001)"))
        if not sa.inspect(connection).has_table("schema_version"):
            metadata.create_all(connection)
            connection.execute(schema_version.insert().values(version=NEWEST))
            return
        version: int = connection.execute(sa.select(schema_version.c.version)).scalar_one()
        for step in MIGRATIONS[version - 1 :]:
            step(connection)
        connection.execute(schema_version.update().values(version=max(version, NEWEST)))


@contextmanager
def said_plainly() -> Iterator[None]:
    """Map whatever the database driver raises for a database out of reach to our own words."""
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError) as exc:
        raise StorageUnavailable(
            "The database cannot be used at the moment. Nothing that is stored is lost; "
            "try again in a moment."
        ) from exc
