"""Whole comparisons out of the tables and into them: the rows behind exports and imports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from components.domain.archive import ArchivedComparison
from components.domain.errors import ImportRefused
from components.domain.filters import Filter
from components.storage.archive_rows import archived, attempt_row, comparison_row, generation_row
from components.storage.comparisons import Store
from components.storage.database import mapped_errors
from components.storage.history.filter_query import FilterQuery
from components.storage.schema import attempts, comparisons, generations, tags

CHUNK = 200  # comparisons at a time

g, c = generations.c, comparisons.c


@dataclass(frozen=True, slots=True)
class Added:
    """What an import brought: generations that were new, known already, or still unfinished."""

    added: int = 0
    known: int = 0
    unfinished: int = 0
    new: frozenset[str] = frozenset()  # ids of what was added; not in a sum

    def __add__(self, other: Added) -> Added:
        """The sum of two parts of one import."""
        return Added(
            self.added + other.added, self.known + other.known, self.unfinished + other.unfinished
        )


def whole_comparisons(store: Store, wanted: Filter) -> Iterator[list[ArchivedComparison]]:
    """All comparisons with what the filter finds of them, the newest first, some at a time.

    No connection is held between two steps. Raises StorageUnavailable, at any step.
    """
    with mapped_errors(), store.reading.connect() as connection:
        conditions = FilterQuery(connection, wanted).conditions()
    keys = (g.created_at, g.comparison_id)
    query = sa.select(*keys).where(*conditions).group_by(*keys)
    query = query.order_by(*(key.desc() for key in keys)).limit(CHUNK)
    step = query
    while True:
        with mapped_errors(), store.reading.connect() as connection:
            found = connection.execute(step).all()
            if not found:
                return
            whole = _whole(connection, [row.comparison_id for row in found], conditions)
        # Outside: whoever takes them may take minutes, and there are only so many connections.
        yield whole
        last = found[-1]
        # Not a comparison of tuples: SQLite would not go along the index with it.
        step = query.where(
            (g.created_at < last.created_at)
            | ((g.created_at == last.created_at) & (g.comparison_id < last.comparison_id)),
            g.created_at <= last.created_at,
        )


def _whole(
    connection: Connection, ids: Sequence[str], conditions: Sequence[sa.ColumnElement[bool]]
) -> list[ArchivedComparison]:
    of = g.comparison_id.in_(ids)
    cells: dict[str, list[dict[str, object]]] = {}
    wanted = generations.select().where(of, *conditions).order_by(g.position)
    for row in connection.execute(wanted).mappings():
        cells.setdefault(row["comparison_id"], []).append(dict(row))
    within = sa.select(g.id).where(of)
    tried: dict[str, list[dict[str, object]]] = {}
    query = sa.select(attempts, g.comparison_id).join(generations).where(of)
    for row in connection.execute(query.order_by(attempts.c.number)).mappings():
        tried.setdefault(row["comparison_id"], []).append(dict(row))
    marked = [
        dict(row)
        for row in connection.execute(
            tags.select().where(tags.c.generation_id.in_(within)).order_by(tags.c.tag)
        ).mappings()
    ]
    asked = connection.execute(comparisons.select().where(c.id.in_(ids))).mappings()
    rows = {row["id"]: dict(row) for row in asked}
    return [
        archived(rows[one], cells.get(one, ()), tried.get(one, ()), marked)
        for one in ids
        if one in rows
    ]


def add(store: Store, found: Sequence[ArchivedComparison]) -> Added:
    """Write comparisons with what is new of them, in one transaction; ids are kept.

    What is here already stays as it is. What had not ended is left out: nobody works on it here.
    Raises ImportRefused where an id is taken by something else, StorageUnavailable.
    """
    total = Added()
    added: set[str] = set()
    new_comparisons, new_generations, new_attempts, new_tags = [], [], [], []
    with store.change() as connection:
        here = {
            row.id: row
            for row in connection.execute(
                sa.select(c.id, c.prompt, c.created_at).where(c.id.in_([one.id for one in found]))
            )
        }
        ids = [one.id for each in found for one in each.generations]
        query = sa.select(g.id, g.comparison_id).where(g.id.in_(ids))
        taken = {row.id: row.comparison_id for row in connection.execute(query)}
        for each in found:
            known = here.get(each.id)
            if known and (known.prompt, known.created_at) != (each.prompt, each.created_at):
                raise ImportRefused(
                    f"The comparison {each.id} is here already with another prompt or time."
                )
            if any(taken.get(one.id, each.id) != each.id for one in each.generations):
                raise ImportRefused(
                    f"A generation of the comparison {each.id} belongs to another one here."
                )
            new = [one for one in each.generations if one.state.ended and one.id not in taken]
            total += Added(
                len(new),
                sum(one.id in taken for one in each.generations),
                sum(not one.state.ended and one.id not in taken for one in each.generations),
            )
            added |= {one.id for one in new}
            if new and known:
                raised = c.id == each.id
                connection.execute(comparisons.update().where(raised).values(version=c.version + 1))
            elif new:
                new_comparisons.append(comparison_row(each))
            # From the last cell to the first, as `Store.create` does.
            for one in new[::-1]:
                new_generations.append(generation_row(each, one))
                new_attempts += [attempt_row(one.id, tried) for tried in one.attempts]
                new_tags += [{"generation_id": one.id, "tag": tag} for tag in set(one.tags)]
        for table, rows in (
            (comparisons, new_comparisons),
            (generations, new_generations),
            (attempts, new_attempts),
            (tags, new_tags),
        ):
            if rows:
                connection.execute(table.insert(), rows)
    return replace(total, new=frozenset(added))
