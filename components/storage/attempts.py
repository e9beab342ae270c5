"""Attempts on record: each with the start, the gateway and the end that are its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Connection

from components.storage import row_mapping
from components.storage.jobs import Ended
from components.storage.schema import attempts


def record(connection: Connection, row: Mapping[str, Any], number: int, ended: Ended) -> str | None:
    """Put an attempt on record, in place of what was recorded when it was given up.

    `row` is the generation's, which may be at another attempt by now. Returns the key of what the
    former record kept and this one does not, if any, for the caller to release.
    """
    same = (attempts.c.generation_id == row["id"]) & (attempts.c.number == number)
    replaced = connection.execute(
        attempts.delete()
        .where(same)
        .returning(attempts.c.started_at, attempts.c.gateway, attempts.c.kept)
    ).first()
    known_start, gateway, kept = replaced or (None, row["gateway"], None)
    if replaced is None and row["attempt"] == number:
        known_start = row["started_at"]
    latency = timedelta(seconds=ended.exchange.timing.latency_s or 0)
    failure = ended.failure
    connection.execute(
        attempts.insert().values(
            generation_id=row["id"],
            number=number,
            state=ended.state.value,
            gateway=ended.gateway or gateway,
            started_at=ended.started_at or known_start or ended.finished_at - latency,
            finished_at=ended.finished_at,
            latency_s=ended.exchange.timing.latency_s,
            status=ended.exchange.status,
            error_kind=failure.kind.value if failure else None,
            error_message=failure.message if failure else None,
            text=ended.success.text if ended.success else ended.text,
            kept=ended.kept,
            facts=row_mapping.exchange_json(ended.exchange),
        )
    )
    return None if kept == ended.kept else kept
