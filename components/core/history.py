"""Finding what was kept: the queries behind the history page, the exports and the estimates.

Everything is paged or aggregated in SQL; nothing loads all of history to show a part of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from components.core.estimate import Usual
from components.core.model import State
from components.core.store import Store
from components.core.tables import comparisons, generations, said_plainly

# Rows of one step of an export: small enough to keep memory flat, large enough to be fast.
CHUNK = 2_000
# How many of the newest results of an alias tell what it usually takes.
RECENT = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """Which generations are wanted; an empty part does not restrict."""

    q: str = ""  # text that the prompt contains, whatever its case
    aliases: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    comparison: str = ""


class History:
    """Reads what the store has kept. Every method may be called from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def count(self, wanted: Filter) -> int:
        """How many generations the filter finds."""
        query = sa.select(sa.func.count()).select_from(generations)
        if wanted.q:
            query = query.join(comparisons)
        with said_plainly(), self._store.reading.connect() as connection:
            return connection.execute(query.where(*_conditions(wanted))).scalar_one()

    def page(self, wanted: Filter, *, offset: int, limit: int) -> pd.DataFrame:
        """One page of the filter's generations, newest first; columns as `frames` names them."""
        query = _rows(wanted).offset(offset).limit(limit)
        with said_plainly(), self._store.reading.connect() as connection:
            return pd.read_sql(query, connection)

    def chunks(self, wanted: Filter, size: int = CHUNK) -> Iterator[pd.DataFrame]:
        """All of the filter's generations, newest first, in frames of at most `size` rows.

        Rows that are added meanwhile do not shift it: each step goes on below the last row.
        """
        last: int | None = None
        while True:
            query = _rows(wanted).limit(size)
            if last is not None:
                query = query.where(generations.c.seq < last)
            with said_plainly(), self._store.reading.connect() as connection:
                frame = pd.read_sql(query, connection)
            if frame.empty:
                return
            last = int(frame["seq"].iloc[-1])
            yield frame

    def aliases(self) -> tuple[str, ...]:
        """Every alias that ever got a generation, in alphabetical order."""
        query = sa.select(generations.c.alias).distinct().order_by(generations.c.alias)
        with said_plainly(), self._store.reading.connect() as connection:
            return tuple(connection.execute(query).scalars())

    def usual(self, gateway: str, alias: str) -> Usual | None:
        """What this alias took lately on this gateway; None before its third success."""
        g = generations.c
        query = (
            sa.select(g.latency_s, g.cost_usd)
            .where(
                g.alias == alias, g.state == State.SUCCEEDED.value, g.gateway == gateway,
                g.latency_s.is_not(None),
            )
            .order_by(g.seq.desc())
            .limit(RECENT)
        )  # fmt: skip
        with said_plainly(), self._store.reading.connect() as connection:
            frame = pd.read_sql(query, connection)
        if len(frame) < 3:
            return None
        low, high = frame["latency_s"].quantile([0.25, 0.75])
        costs = frame["cost_usd"].dropna()
        return Usual(
            alias, len(frame), (float(low), float(high)),
            float(costs.median()) if len(costs) else None,
        )  # fmt: skip


def _rows(wanted: Filter) -> sa.Select[Any]:
    g, c = generations.c, comparisons.c
    moment = sa.BigInteger
    return (
        sa.select(
            g.seq,
            g.comparison_id,
            g.id.label("generation_id"),
            # Raw microseconds: pandas turns a whole column into times at once.
            sa.type_coerce(g.created_at, moment).label("created_at"),
            c.prompt,
            g.alias,
            g.sample,
            g.state,
            g.latency_s,
            g.bytes,
            g.width,
            g.height,
            g.format,
            g.sha256,
            g.extension,
            g.answered_by,
            g.text,
            g.finish_reason,
            g.prompt_tokens,
            g.completion_tokens,
            g.total_tokens,
            g.cost_usd,
            g.error_kind,
            g.error_message,
            g.attempt,
            sa.type_coerce(g.started_at, moment).label("started_at"),
            sa.type_coerce(g.finished_at, moment).label("finished_at"),
            c.inputs,
            g.gateway,
        )
        .join_from(generations, comparisons)
        .where(*_conditions(wanted))
        .order_by(g.seq.desc())
    )


def _conditions(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.q:
        found.append(comparisons.c.prompt.icontains(wanted.q, autoescape=True))
    if wanted.aliases:
        found.append(generations.c.alias.in_(wanted.aliases))
    if wanted.states:
        found.append(generations.c.state.in_([state.value for state in wanted.states]))
    if wanted.comparison:
        found.append(generations.c.comparison_id == wanted.comparison)
    return found
