"""Stars, tags and notes on generations, and taking generations away for good."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from components.domain.errors import StorageUnavailable
from components.domain.model import State
from components.domain.text import storable
from components.storage.comparisons import Store
from components.storage.database import mapped_errors
from components.storage.media import Media
from components.storage.schema import attempts, comparisons, generations, leftovers, tags
from components.storage.under_way import UNFINISHED

LONGEST_TAG = 60
LONGEST_NOTE = 4_000
MOST_AT_ONCE = 1_000

g, c = generations.c, comparisons.c


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion did: generations that are gone, and that were still being worked on."""

    gone: int
    unfinished: int


class Annotations:
    """Changes what people say of generations, never what was measured.

    Every method may be called from any thread and raises StorageUnavailable. Ids that are not
    here (any more) are passed over.
    """

    def __init__(self, store: Store, media: Media) -> None:
        """`media` is where the pictures of what is deleted are removed from."""
        self._store, self._media = store, media

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
        with self._store.change() as connection:
            return tuple(connection.execute(query.order_by(tags.c.tag)).scalars())

    def delete(self, ids: Sequence[str]) -> Deleted:
        """Take generations that have ended away for good, with their pictures.

        What is queued or running stays. A comparison goes with the last of its generations; a
        picture goes when nothing refers to it any more.
        """
        wanted = g.id.in_(ids[:MOST_AT_ONCE])
        with self._store.change() as connection:
            # First, so that PostgreSQL holds the rows: nobody can press Retry on them meanwhile.
            connection.execute(sa.select(g.id).where(wanted).with_for_update()).all()
            ended = connection.execute(
                sa.select(g.id, g.comparison_id, g.sha256, g.extension, g.others).where(
                    wanted, g.state.not_in(UNFINISHED)
                )
            ).all()
            there = connection.execute(sa.select(sa.func.count()).where(wanted)).scalar_one()
            gone = [row.id for row in ended]
            keys = {f"{row.sha256}.{row.extension}" for row in ended if row.sha256}
            keys |= {_key(one) for row in ended for one in row.others or ()}
            kept = sa.select(attempts.c.kept).where(
                attempts.c.generation_id.in_(gone), attempts.c.kept.is_not(None)
            )
            keys |= set(connection.execute(kept).scalars())
            connection.execute(generations.delete().where(g.id.in_(gone)))
            touched = {row.comparison_id for row in ended}
            left = set(
                connection.execute(
                    sa.select(g.comparison_id).where(g.comparison_id.in_(touched))
                ).scalars()
            )
            asked = connection.execute(
                sa.select(c.inputs).where(c.id.in_(touched - left))
            ).scalars()
            keys |= {_key(one) for inputs in asked for one in inputs}
            connection.execute(comparisons.delete().where(c.id.in_(touched - left)))
            connection.execute(
                comparisons.update().where(c.id.in_(left)).values(version=c.version + 1)
            )
            put_aside(connection, keys)
        self.sweep()
        return Deleted(len(gone), there - len(gone))

    def sweep(self) -> int:
        """Remove the pictures of deleted rows that nothing refers to; how many are gone.

        A worker stores a picture first and writes its row after. While any generation is running,
        one that arrives may be the same picture once more, so none is removed then: they stay
        put aside until a later sweep. Inside the transaction no generation can begin to run, so
        the two cannot meet. A media store that is out of reach leaves them for later too.
        """
        with mapped_errors(), self._store.reading.connect() as connection:
            # Most of the time there is nothing to do, and no reason to keep writers waiting.
            if connection.execute(sa.select(leftovers.c.key).limit(1)).first() is None:
                return 0
        gone = 0
        with self._store.change() as connection:
            keys = list(
                connection.execute(sa.select(leftovers.c.key).limit(MOST_AT_ONCE)).scalars()
            )
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("LOCK TABLE generations IN SHARE ROW EXCLUSIVE MODE"))
            running = sa.select(g.seq).where(g.state == State.RUNNING.value).limit(1)
            if connection.execute(running).first() is not None:
                return 0
            needed = _referred_to(connection, keys)
            for key in keys:
                if key not in needed:
                    try:
                        self._remove(key)
                    except StorageUnavailable:
                        continue
                    gone += 1
                connection.execute(leftovers.delete().where(leftovers.c.key == key))
        return gone

    def _remove(self, key: str) -> None:
        if key.startswith("kept/"):
            self._media.delete_kept(key)
        else:
            sha256, _, extension = key.partition(".")
            self._media.delete(sha256, extension)


def put_aside(connection: Connection, keys: Iterable[str]) -> None:
    """Write down pictures that may be removed once nothing refers to them."""
    for key in keys:
        there = sa.select(leftovers.c.key).where(leftovers.c.key == key)
        if connection.execute(there).first() is None:
            connection.execute(leftovers.insert().values(key=key))


def take_back(connection: Connection, keys: Sequence[str]) -> None:
    """Undo `put_aside`: rows that refer to these pictures are about to be written."""
    for start in range(0, len(keys), MOST_AT_ONCE):
        some = keys[start : start + MOST_AT_ONCE]
        connection.execute(leftovers.delete().where(leftovers.c.key.in_(some)))


def tidy_tag(tag: str) -> str:
    """A tag as it is kept: on one line, single blanks, at most `LONGEST_TAG` characters."""
    return " ".join(storable(tag, 10 * LONGEST_TAG).split())[:LONGEST_TAG].strip()


def _key(picture: dict[str, str]) -> str:
    return f"{picture['sha256']}.{picture['extension']}"


def _referred_to(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of the keys that a row still refers to."""
    hashes = [key.partition(".")[0] for key in keys]
    shown = sa.select(g.sha256, g.extension).where(g.sha256.in_(hashes))
    found = {f"{row.sha256}.{row.extension}" for row in connection.execute(shown)}
    for column in (g.others, c.inputs):
        several = sa.select(column).where(sa.func.length(sa.cast(column, sa.Text)) > 4)
        for pictures in connection.execute(several).scalars():
            found |= {_key(one) for one in pictures or ()}
    found |= set(
        connection.execute(sa.select(attempts.c.kept).where(attempts.c.kept.in_(keys))).scalars()
    )
    return found.intersection(keys)
