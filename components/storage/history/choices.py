"""What the history can be filtered by: every value that there is, or the first ones of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from components.domain.history import Choices
from components.domain.text.caseless import search_text
from components.domain.text.cleaning import valid_text
from components.storage.schema import generations, tags

# A page carries four lists. 5,000 addresses in one of them are 170 kB at each visit, 200 are 7 kB.
MOST_CHOICES = 200
# So many of those that hold what was typed.
MOST_ALIKE = 50
NOTHING_ASKED: Mapping[str, Sequence[str]] = MappingProxyType({})

g = generations.c
# In the order of `Choices`.
_COLUMNS = {"alias": g.alias, "answered_by": g.answered_by, "gateway": g.gateway, "tag": tags.c.tag}


def choices_of(connection: Connection, asked: Mapping[str, Sequence[str]]) -> Choices:
    """The choices, with what is asked for among them; see `History.choices`."""
    lists, more = [], set()
    for name, column in _COLUMNS.items():
        found = list(_each(connection, column, MOST_CHOICES + 1))
        if len(found) > MOST_CHOICES:
            more.add(name)
            looked_for = [valid_text(one) for one in asked.get(name, ()) if one]
            found = _with_beyond(connection, column, found[:MOST_CHOICES], looked_for)
        lists.append(tuple(found))
    aliases, answered_by, gateways, their_tags = lists
    return Choices(aliases, answered_by, gateways, their_tags, frozenset(more))


def _with_beyond(
    connection: Connection,
    column: sa.ColumnElement[str],
    first: list[str],
    looked_for: Sequence[str],
) -> list[str]:
    """The first values with those that are looked for, in alphabetical order."""
    if not looked_for:
        return first
    there = sa.select(column).distinct().where(column.in_(looked_for))
    found = {*first, *connection.execute(there).scalars()}
    for part in (search_text(one) for one in looked_for if one not in found):
        alike = (one for one in _each(connection, column) if part in search_text(one))
        found.update(islice((one for one in alike if one not in found), MOST_ALIKE))
    return sorted(found)


def _each(
    connection: Connection, column: sa.ColumnElement[str], most: int | None = None
) -> sa.ScalarResult[str]:
    return connection.execute(_distinct(column).limit(most)).scalars()


def _distinct(column: sa.ColumnElement[str]) -> sa.Select[Any]:
    """Every value of an indexed column, going from each straight to the next one.

    DISTINCT would read the index of 100,000 rows to find three names.
    """
    each = sa.select(sa.func.min(column).label("name")).cte("each_name", recursive=True)
    following = sa.select(sa.func.min(column)).where(column > each.c.name).scalar_subquery()
    each = each.union_all(sa.select(following).where(each.c.name.is_not(None)))
    return sa.select(each.c.name).where(each.c.name.is_not(None))
