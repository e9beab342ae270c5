"""Finding what was kept: the queries behind the history page, the exports and the estimates.

Everything is paged or aggregated in SQL; nothing loads all of history to show a part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from components.domain.estimates import Usual
from components.domain.filters import Filter, Order
from components.domain.generation_fields import FIELDS, Field, Kind, Output, Part
from components.domain.history import Choices, Count
from components.domain.model import Comparison, State
from components.storage import row_mapping
from components.storage.comparisons import Store
from components.storage.database import mapped_errors, snapshot
from components.storage.history.choices import NOTHING_ASKED, choices_of
from components.storage.history.filter_query import FilterQuery
from components.storage.history.search import FEW
from components.storage.schema import comparisons, generations, tags

__all__ = ["Choices", "Count", "Filter", "History", "Order"]

# Rows of one step of an export: small enough to keep memory flat, large enough to be fast.
CHUNK = 2_000
# How many of the newest results of an alias tell what it usually takes.
RECENT = 200
# Of a search that fits very many prompts, a smaller number than this would say too little.
_WORTH_SAYING = 100

g, c = generations.c, comparisons.c
_FIGURES = {
    Order.FASTEST: (g.latency_s, True),
    Order.SLOWEST: (g.latency_s, False),
    Order.SMALLEST: (g.bytes, True),
    Order.LARGEST: (g.bytes, False),
    Order.CHEAPEST: (g.cost_usd, True),
    Order.DEAREST: (g.cost_usd, False),
}


class History:
    """Reads what the store has kept. Every method may be called from any thread.

    All of them raise StorageUnavailable.
    """

    def __init__(self, store: Store, *, few: int = FEW) -> None:
        """`few` is how many prompts a search may fit before it goes another way about it."""
        self._store, self._few = store, few

    def check(self) -> None:
        """Nothing, or StorageUnavailable."""
        with snapshot(self._store.reading) as connection:
            connection.execute(sa.select(g.seq).limit(1)).first()

    def newest(self) -> int:
        """The serial number of the newest row, 0 where there is none: the `upto` of this moment."""
        with snapshot(self._store.reading) as connection:
            return connection.execute(sa.select(sa.func.max(g.seq))).scalar() or 0

    def count(self, wanted: Filter) -> Count:
        """How many generations the filter finds.

        Where a search fits very many prompts, only those of some prompts are counted.
        """
        with snapshot(self._store.reading) as connection:
            return _counted(
                FilterQuery(connection, wanted, self._few),
                lambda found: sa.select(g.seq).where(*found),
            )

    def count_comparisons(self, wanted: Filter) -> Count:
        """In how many comparisons the filter finds something; as `count` otherwise."""

        def groups(found: Sequence[sa.ColumnElement[bool]]) -> sa.Select[Any]:
            return sa.select(g.comparison_id).where(*found).group_by(g.created_at, g.comparison_id)

        with snapshot(self._store.reading) as connection:
            if wanted == Filter():
                # None of them is without a generation, and this takes 1 ms instead of 20.
                query = sa.select(sa.func.count()).select_from(comparisons)
                return Count(connection.execute(query).scalar_one())
            return _counted(FilterQuery(connection, wanted, self._few), groups)

    def page(
        self, wanted: Filter, *, offset: int, limit: int, order: Order = Order.NEWEST
    ) -> pd.DataFrame:
        """One page of the filter's generations; columns as `frames` names them, and the marks."""
        with snapshot(self._store.reading) as connection:
            found = FilterQuery(connection, wanted, self._few)
            seqs = self._seqs(connection, found.conditions(), order, offset, limit)
            frame = pd.read_sql(_rows().where(g.seq.in_(seqs)), connection)
            frame = frame.set_index("seq", drop=False).loc[seqs].reset_index(drop=True)
            return _with_tags(connection, frame)

    @staticmethod
    def _seqs(
        connection: Connection,
        conditions: Sequence[sa.ColumnElement[bool]],
        order: Order,
        offset: int,
        limit: int,
    ) -> list[int]:
        """Serial numbers of one page, found in an index alone wherever that is possible."""
        query = sa.select(g.seq).where(*conditions)
        if order not in _FIGURES:
            keys = (g.created_at, g.comparison_id, g.seq)
            query = query.order_by(*(key if order is Order.OLDEST else key.desc() for key in keys))
            return list(connection.execute(query.offset(offset).limit(limit)).scalars())
        figure, rising = _FIGURES[order]
        known = query.where(figure.is_not(None)).order_by(
            *((figure, g.seq) if rising else (figure.desc(), g.seq.desc()))
        )
        found = list(connection.execute(known.offset(offset).limit(limit)).scalars())
        if len(found) == limit:
            return found
        # The unknown ones by themselves: NULLS LAST would keep both databases from the index.
        before = connection.execute(
            sa.select(sa.func.count())
            .select_from(generations)
            .where(*conditions, figure.is_not(None))
        ).scalar_one()
        unknown = query.where(figure.is_(None)).order_by(g.seq.desc())
        unknown = unknown.offset(max(0, offset - before)).limit(limit - len(found))
        return found + list(connection.execute(unknown).scalars())

    def gallery(
        self, wanted: Filter, *, offset: int, limit: int, oldest: bool = False
    ) -> tuple[Comparison, ...]:
        """One page of the comparisons in which the filter finds something, each of them whole."""
        with snapshot(self._store.reading) as connection:
            keys = (g.created_at, g.comparison_id)
            query = (
                sa.select(g.comparison_id)
                .where(*FilterQuery(connection, wanted, self._few).conditions())
                .group_by(*keys)
                .order_by(*(key if oldest else key.desc() for key in keys))
            )
            ids = list(connection.execute(query.offset(offset).limit(limit)).scalars())
            return _comparisons(connection, ids)

    def generations(self, ids: Sequence[str]) -> tuple[Comparison, ...]:
        """These generations in this order, each in its comparison alone; unknown ids are absent."""
        with snapshot(self._store.reading) as connection:
            query = sa.select(g.id, g.comparison_id).where(g.id.in_(ids))
            place = {row.id: row.comparison_id for row in connection.execute(query)}
            wholes = {one.id: one for one in _comparisons(connection, list(set(place.values())))}
        return tuple(
            replace(
                wholes[place[one]],
                generations=tuple(x for x in wholes[place[one]].generations if x.id == one),
            )
            for one in dict.fromkeys(ids)
            if one in place
        )

    def chunks(
        self, wanted: Filter, size: int = CHUNK, *, marks: bool = False
    ) -> Iterator[pd.DataFrame]:
        """All of the filter's generations, the latest kept first, in frames of up to `size` rows.

        With `marks` they have the column `tags` too.

        Rows that are added meanwhile do not shift it: each step goes on below the last row. No
        connection is held between two steps, and any of them can raise StorageUnavailable.
        """
        with mapped_errors(), self._store.reading.connect() as connection:
            conditions = FilterQuery(connection, wanted, self._few).conditions(by_seq=True)
        query = _rows().where(*conditions).order_by(g.seq.desc()).limit(size)
        last: int | None = None
        while True:
            step = query if last is None else query.where(g.seq < last)
            with mapped_errors(), self._store.reading.connect() as connection:
                frame = pd.read_sql(step, connection)
                if frame.empty:
                    return
                if marks:
                    frame = _with_tags(connection, frame)
            last = int(frame["seq"].iloc[-1])
            yield frame

    def figures(self, wanted: Filter) -> pd.DataFrame:
        """Of everything that the filter finds: alias, state, latency_s, bytes, cost_usd."""
        with snapshot(self._store.reading) as connection:
            conditions = FilterQuery(connection, wanted, self._few).conditions()
            query = sa.select(g.alias, g.state, g.latency_s, g.bytes, g.cost_usd)
            found = connection.execute(query.where(*conditions)).all()
        frame = pd.DataFrame(found, columns=["alias", "state", "latency_s", "bytes", "cost_usd"])
        return frame.astype({"latency_s": float, "bytes": float, "cost_usd": float})

    def choices(self, asked: Mapping[str, Sequence[str]] = NOTHING_ASKED) -> Choices:
        """What there is to filter by: all of it, or the first `MOST_CHOICES` of each.

        `asked` is what somebody looks for, by the names of a filter's query. To a list that is cut
        it adds what is there, and else what holds it, whatever its case.
        """
        with snapshot(self._store.reading) as connection:
            return choices_of(connection, asked)

    def usual(self, gateway: str, alias: str) -> Usual | None:
        """What this alias took lately on this gateway; None before its third success."""
        query = (
            sa.select(g.latency_s, g.cost_usd)
            .where(
                g.alias == alias, g.state == State.SUCCEEDED.value, g.gateway == gateway,
                g.latency_s.is_not(None),
            )
            .order_by(g.seq.desc())
            .limit(RECENT)
        )  # fmt: skip
        with snapshot(self._store.reading) as connection:
            frame = pd.read_sql(query, connection)
        if len(frame) < 3:
            return None
        low, high = frame["latency_s"].quantile([0.25, 0.75])
        costs = frame["cost_usd"].dropna()
        return Usual(
            alias, len(frame), (float(low), float(high)),
            float(costs.median()) if len(costs) else None,
        )  # fmt: skip


def _counted(
    wanted: FilterQuery, rows_of: Callable[[Sequence[sa.ColumnElement[bool]]], sa.Select[Any]]
) -> Count:
    def number(found: Sequence[sa.ColumnElement[bool]]) -> int:
        query = sa.select(sa.func.count()).select_from(rows_of(found).subquery())
        return wanted.connection.execute(query).scalar_one()

    if wanted.common:
        least = number(wanted.conditions(wanted.some()))
        if least >= _WORTH_SAYING:
            return Count(least, exact=False)
    return Count(number(wanted.conditions()))


def _rows() -> sa.Select[Any]:
    """Every field of a frame but those that are made of others, or stand in `tags`."""
    framed = (
        one
        for one in FIELDS
        if one.output is not Output.NONE
        and one.part is not Part.LINK
        and one.kind is not Kind.WORDS
    )
    return sa.select(*map(_column, framed)).join_from(generations, comparisons)


def _column(field: Field) -> sa.ColumnElement[Any]:
    table = comparisons if field.part is Part.COMPARISON else generations
    column: sa.ColumnElement[Any] = table.c[field.column]
    if field.kind is Kind.MOMENT:
        # Raw microseconds: pandas turns a whole column into times at once.
        column = sa.type_coerce(column, sa.BigInteger)
    elif field.kind is Kind.PICTURES:
        # Most are empty: exports parse the others.
        column = sa.type_coerce(column, sa.Text)
    return column.label(field.name)


def _with_tags(connection: Connection, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a column `tags`: a list of words in alphabetical order."""
    marked: dict[str, list[str]] = {}
    ids = list(frame["generation_id"])
    query = tags.select().where(tags.c.generation_id.in_(ids)).order_by(tags.c.tag)
    for row in connection.execute(query):
        marked.setdefault(row.generation_id, []).append(row.tag)
    return frame.assign(tags=pd.Series([marked.get(one, []) for one in ids], dtype="object"))


def _comparisons(connection: Connection, ids: Sequence[str]) -> tuple[Comparison, ...]:
    asked = connection.execute(comparisons.select().where(c.id.in_(ids))).mappings()
    cells = connection.execute(
        generations.select().where(g.comparison_id.in_(ids)).order_by(g.position)
    )
    of: dict[str, list[dict[str, Any]]] = {}
    for cell in cells.mappings():
        of.setdefault(cell["comparison_id"], []).append(dict(cell))
    found = {
        row["id"]: row_mapping.comparison_of(dict(row), of.get(row["id"], ())) for row in asked
    }
    return tuple(found[one] for one in ids if one in found)
