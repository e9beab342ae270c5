"""How much one visitor has under way, counted so that the count holds until it is acted upon."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from components.domain.model import State
from components.storage.schema import comparisons, generations

UNFINISHED = (State.QUEUED.value, State.RUNNING.value)

# Takes how many a visitor has under way, and raises what refuses more.
Admit = Callable[[int], None]

_VISITORS = 8723002  # the first half of these advisory locks' keys; the second is the visitor


def count_of(connection: Connection, visitor: str) -> int:
    """How many generations are queued or running on this visitor's account.

    That is whoever pressed last: Generate, or Retry. Rows of version 1.0.0 do not tell, and go to
    whoever asked for the comparison.
    """
    query = (
        sa.select(sa.func.count())
        .select_from(generations.join(comparisons))
        .where(
            generations.c.state.in_(UNFINISHED),
            sa.func.coalesce(generations.c.asked_by, comparisons.c.visitor) == visitor,
        )
    )
    return connection.execute(query).scalar_one()


def held_count_of(connection: Connection, visitor: str) -> int:
    """As `count_of`, and nothing can be added to it before this transaction ends.

    With SQLite there is one writer at a time. With PostgreSQL this waits, before it counts, for
    others that add to the same visitor's; take it before any row, so that nobody waits in a circle.
    """
    if connection.dialect.name == "postgresql":
        digest = hashlib.sha256(visitor.encode("utf-8", "replace")).digest()
        key = int.from_bytes(digest[:4], "big", signed=True)
        connection.execute(
            sa.text("SELECT pg_advisory_xact_lock(:kind, :key)"), {"kind": _VISITORS, "key": key}
        )
    return count_of(connection, visitor)
