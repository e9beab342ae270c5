"""Stars, tags and notes on generations: what people say of them, never what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from components.domain.text.cleaning import storable
from components.storage.comparisons import Store
from components.storage.database import mapped_errors
from components.storage.schema import comparisons, generations, tags

LONGEST_TAG = 60
LONGEST_NOTE = 4_000
MOST_AT_ONCE = 1_000

g, c = generations.c, comparisons.c


class Annotations:
    """Changes what people say of generations, never what was measured.

    Every method may be called from any thread and raises StorageUnavailable. Ids that are not
    here (any more) are passed over.
    """

    def __init__(self, store: Store) -> None:
        """`store` is the database that they are kept in."""
        self._store = store

    def star(self, ids: Sequence[str], *, starred: bool) -> None:
        """Give these generations a star, or take it away."""
        with self._store.change() as connection:
            connection.execute(
                generations.update().where(g.id.in_(ids[:MOST_AT_ONCE])).values(starred=starred)
            )

    def note(self, ids: Sequence[str], text: str) -> None:
        """Replace the note of these generations; at most `LONGEST_NOTE` characters are kept."""
        note = storable(text.strip(), LONGEST_NOTE)
        with self._store.change() as connection:
            connection.execute(
                generations.update().where(g.id.in_(ids[:MOST_AT_ONCE])).values(note=note)
            )

    def tag(self, ids: Sequence[str], add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Add tags to these generations and take tags away; see `tidy_tag`."""
        with self._store.change() as connection:
            here = connection.execute(sa.select(g.id).where(g.id.in_(ids[:MOST_AT_ONCE])))
            known = list(here.scalars())
            changed = {tag for tag in map(tidy_tag, (*add, *remove)) if tag}
            connection.execute(
                tags.delete().where(tags.c.generation_id.in_(known), tags.c.tag.in_(changed))
            )
            fresh = {tag for tag in map(tidy_tag, add) if tag}
            rows = [{"generation_id": one, "tag": tag} for one in known for tag in sorted(fresh)]
            if rows:
                connection.execute(tags.insert(), rows)

    def tags_of(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Every tag that one of these generations has, in alphabetical order."""
        query = sa.select(tags.c.tag).distinct().where(tags.c.generation_id.in_(ids))
        with mapped_errors(), self._store.reading.connect() as connection:
            return tuple(connection.execute(query.order_by(tags.c.tag)).scalars())


def tidy_tag(tag: str) -> str:
    """A tag as it is kept: on one line, single blanks, at most `LONGEST_TAG` characters."""
    return " ".join(storable(tag, 10 * LONGEST_TAG).split())[:LONGEST_TAG].strip()
