"""A filter as conditions of SQL, and the way by which the database best goes through it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql import operators

from components.domain.filters import Filter
from components.storage.history import search
from components.storage.schema import comparisons, generations, tags

g = generations.c


class FilterQuery:
    """A filter on one connection."""

    def __init__(self, connection: Connection, wanted: Filter, few: int = search.FEW) -> None:
        """A search that fits more than `few` prompts is a common one."""
        self._few_are = few
        self.connection, self._wanted = connection, wanted
        self._sqlite = connection.dialect.name == "sqlite"
        self._words = search.terms(wanted.q)
        self._few: list[str] | None = None
        if self._words:
            self._few = search.few_matches(connection, self._words, few)

    @property
    def common(self) -> bool:
        """Whether its search fits so many prompts that counting them all would take long."""
        return bool(self._words) and self._few is None

    def some(self) -> list[str]:
        """Ids of some comparisons that a common search fits."""
        return search.some_matches(self.connection, self._words, self._few_are)

    def conditions(
        self, only: list[str] | None = None, *, by_seq: bool = False
    ) -> list[sa.ColumnElement[bool]]:
        """Conditions on `generations`; with `only`, the search is replaced by these comparisons.

        They keep SQLite on the index of the order asked for: it has no statistics, and would go
        through all rows of an alias to sort them afterwards. All columns stand in that index.
        `by_seq` says that this order is the one of the rows themselves.
        """
        wanted = self._wanted
        found = self._searched(only)
        if wanted.comparison:
            found.append(g.comparison_id == wanted.comparison)
        if wanted.tags:
            marked = sa.select(tags.c.generation_id).where(tags.c.tag.in_(wanted.tags))
            found.append(g.id.in_(marked))
        hold = _hold if self._sqlite else _plain
        created_at = hold(g.created_at) if by_seq else g.created_at
        found += _between(created_at, wanted)
        for column, names in (
            (g.alias, wanted.aliases),
            (g.state, [state.value for state in wanted.states]),
            (g.answered_by, wanted.answered_by),
            (g.gateway, wanted.gateways),
        ):
            if names:
                found.append(hold(column).in_(names))
        if wanted.with_inputs is not None:
            found.append(g.with_inputs == wanted.with_inputs)
        if wanted.starred:
            found.append(g.starred == sa.true())
        if wanted.upto is not None:
            found.append(hold(g.seq) <= wanted.upto)
        return found

    def _searched(self, only: list[str] | None) -> list[sa.ColumnElement[bool]]:
        few = only if only is not None else self._few
        if few == []:
            return [sa.false()]  # an empty IN would be looked at in every row
        if few is not None:
            return [g.comparison_id.in_(few)]
        return [self._prompt_holds()] if self._words else []

    def _prompt_holds(self) -> sa.ColumnElement[bool]:
        holding = search.holding(self.connection, self._words)
        asked = sa.select(comparisons.c.id).where(comparisons.c.id == g.comparison_id, *holding)
        return asked.correlate(generations).exists()


def _between(created_at: sa.ColumnElement[Any], wanted: Filter) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.since:
        yield created_at >= wanted.since
    if wanted.until:
        yield created_at < wanted.until


def _plain(column: sa.ColumnElement[object]) -> sa.ColumnElement[object]:
    return column


def _hold(column: sa.ColumnElement[object]) -> sa.ColumnElement[object]:
    """The column with a unary plus before it, which SQLite never looks up in an index."""
    return sa.UnaryExpression(column, operator=operators.custom_op("+"), type_=column.type)
