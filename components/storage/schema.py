"""The tables, and how a database is opened and brought up to date.

SQLite (write-ahead log) by default, PostgreSQL by URL. Times are whole microseconds since 1970 in
UTC: the same in both databases, exact, and cheap to sort and to filter by.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970 in UTC."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        """The time as it is stored."""
        # Integer division of timedeltas is exact; timestamp() would round through a float.
        return None if value is None else (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> datetime | None:
        """The time that was stored."""
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
    # SQLite's trigram index knows a prompt by it; a trigger fills it in. See `search_index`.
    sa.Column("number", sa.BigInteger),
    # The prompt as it is searched, see `domain.caseless`; NULL where an earlier version wrote it.
    sa.Column("search_text", sa.Text),
    sa.Index("comparisons_by_number", "number", unique=True),
    sa.Index(
        "comparisons_not_folded",
        "id",
        sqlite_where=sa.text("search_text IS NULL"),
        postgresql_where=sa.text("search_text IS NULL"),
    ),
)

# What history filters by, in each index that it sorts by: whether a row is wanted is then told by
# the index alone, and even a filter that finds nothing among 100,000 rows takes milliseconds.
_FILTERED = ("alias", "state", "answered_by", "gateway", "starred", "with_inputs")

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
    # Whether input images went along; a copy of what the comparison says.
    sa.Column("with_inputs", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("starred", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("note", sa.Text, nullable=False, default="", server_default=""),
    # Columns of later versions stand at the end, where a migration puts them.
    # On which visitor's account it is under way; null in rows of version 1.0.0: the comparison's.
    sa.Column("asked_by", sa.Text),
    sa.Index("generations_of_comparison", "comparison_id", "position"),
    sa.Index("generations_by_state", "state", "seq"),
    sa.Index("generations_by_alias", "alias", "state", "seq"),
    sa.Index("generations_by_answer", "answered_by"),
    sa.Index("generations_by_gateway", "gateway"),
    sa.Index("generations_by_picture", "sha256"),
    sa.Index("generations_by_time", "created_at", "comparison_id", "seq", *_FILTERED),
    sa.Index("generations_by_latency", "latency_s", "seq", "created_at", *_FILTERED),
    sa.Index("generations_by_bytes", "bytes", "seq", "created_at", *_FILTERED),
    sa.Index("generations_by_cost", "cost_usd", "seq", "created_at", *_FILTERED),
)

tags = sa.Table(
    "tags",
    metadata,
    sa.Column("tag", sa.Text, primary_key=True),
    sa.Column(
        "generation_id",
        sa.Text,
        sa.ForeignKey("generations.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Index("tags_of_generation", "generation_id"),
)

# Pictures that rows have released, until a sweep removes those that no row refers to.
leftovers = sa.Table(
    "leftovers",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),  # <sha256>.<extension>, or a key of kept bytes
)

# Those of them that are being removed just now, by one sweep at a time.
removals = sa.Table(
    "removals",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("since", Moment, nullable=False),
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
    sa.Column("kept", sa.Text),  # media key of what came and no generation shows
    sa.Column("facts", sa.JSON, nullable=False),  # timing, headers and the reply without base64
)

schema_version = sa.Table(
    "schema_version", metadata, sa.Column("version", sa.Integer, primary_key=True)
)
