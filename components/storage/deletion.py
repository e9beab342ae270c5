"""Taking generations away for good, with all that belongs to them alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from components.storage.comparisons import Store
from components.storage.media.pictures import MOST_AT_ONCE, release
from components.storage.schema import attempts, comparisons, generations
from components.storage.under_way import UNFINISHED

g, c = generations.c, comparisons.c


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion did: generations that are gone, and that were still being worked on."""

    gone: int
    unfinished: int


class Deletion:
    """Deletes rows, and releases their pictures to the next sweep."""

    def __init__(self, store: Store) -> None:
        """`store` is the database that they are deleted from."""
        self._store = store

    def delete(self, ids: Sequence[str]) -> Deleted:
        """Take generations that have ended away for good, with their pictures.

        What is queued or running stays. A comparison goes with the last of its generations; a
        picture goes with the next sweep, when nothing refers to it any more.
        Ids that are not here (any more) are passed over. May be called from any thread; raises
        StorageUnavailable.
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
            release(connection, keys)
        return Deleted(len(gone), there - len(gone))


def _key(picture: dict[str, str]) -> str:
    return f"{picture['sha256']}.{picture['extension']}"
