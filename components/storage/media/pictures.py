"""The life of pictures beside the rows that refer to them: put, refer, release, sweep.

Rows and objects cannot change together, and no transaction may wait for a network. So:

- **put** comes before the row: whoever writes a row has stored its pictures (`Media`).
- **refer**: once the row is committed, `missing` tells which of its pictures are not there. Those
  have to be put once more, and asked for again, before their bytes are let go of. Of input images
  nobody holds the bytes any more: their row is written after `refer` in its transaction, which no
  sweep overlaps.
- **release**, in the transaction that deletes or does not take a row, writes the keys down.
- **sweep** removes what was released and is referred to by no row. It first moves the keys to
  `removals`, and commits; then looks for rows that refer to them; then removes objects, with no
  transaction open; then takes the keys from `removals`, but for one whose removal has failed: a
  slow bucket may still do it.

Nothing that a row refers to is lost by that: a row that was committed before the sweep looked is
seen by it. One that is committed later finds the key in `removals`, for it was there before the
sweep looked, and waits; or, when that removal has ended meanwhile, finds that the object is gone.
And nothing stays for ever: a key that is released while it is being removed is a new entry.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from components.domain.clock import utc_now
from components.domain.errors import MediaMissing, StorageUnavailable
from components.domain.model import InputImage, Picture, Success
from components.storage.database import mapped_errors
from components.storage.media.media import Media
from components.storage.schema import attempts, comparisons, generations, leftovers, removals

if TYPE_CHECKING:
    from components.storage.comparisons import Store

log = logging.getLogger("triptych.storage")

MOST_AT_ONCE = 1_000
# A server that died in mid-removal leaves its entries. Each call to a media store is given up after
# some 40 s, so that after this long nothing of it can be on its way any more, whatever two servers'
# clocks say.
ABANDONED_AFTER = timedelta(minutes=10)

_TAKING = 8723003  # the advisory lock between those who refer and a sweep that takes

g, c = generations.c, comparisons.c


def key_of(picture: Picture) -> str:
    """The key by which rows and the sweep know a picture: `<sha256>.<extension>`."""
    return f"{picture.sha256}.{picture.extension}"


def keys_of(success: Success | None, kept: str | None = None) -> tuple[str, ...]:
    """The keys of all that an attempt has brought: its pictures, or bytes that did not decode."""
    found = () if success is None else (success.picture, *success.others)
    return (*map(key_of, found), *((kept,) if kept else ()))


def keys_of_inputs(inputs: Iterable[InputImage]) -> tuple[str, ...]:
    """The keys of input images."""
    return tuple(key_of(one.picture) for one in inputs)


def refer(connection: Connection, keys: Collection[str]) -> None:
    """Say, before a row of this transaction is written, that it will refer to these pictures.

    A sweep that takes one of them comes before, and is seen here, or waits, and sees the row.
    Raises MediaMissing where one is being removed.
    """
    if not keys:
        return
    _exclude_sweeps(connection, "pg_advisory_xact_lock_shared")
    going = sa.select(removals.c.key).where(removals.c.key.in_(keys)).limit(1)
    if connection.execute(going).first() is not None:
        raise MediaMissing("The same picture was deleted a moment ago.")


def release(connection: Connection, keys: Iterable[str]) -> None:
    """Write down that these may be removed once no row refers to them, in this transaction."""
    _insert(connection, leftovers, [{"key": key} for key in dict.fromkeys(keys)])


class Pictures:
    """Removes pictures that nothing refers to, and tells whether those of a row are there.

    Every method may be called from any thread, and raises StorageUnavailable.
    """

    def __init__(
        self, store: Store, media: Media, *, now: Callable[[], datetime] = utc_now
    ) -> None:
        """`now` tells how old a removal is."""
        self._store, self._media, self._now = store, media, now
        self._lock = threading.Lock()
        self._sweeping: threading.Thread | None = None

    def missing(self, keys: Collection[str]) -> tuple[str, ...]:
        """Those of the keys that have to be put once more, after a row was committed with them.

        Raises StorageUnavailable also while one of them is still being removed: ask again then.
        """
        if not keys:
            return ()
        since = self._now() - ABANDONED_AFTER
        going = sa.select(removals.c.key).where(removals.c.key.in_(keys), removals.c.since > since)
        with mapped_errors(), self._store.reading.connect() as connection:
            if connection.execute(going.limit(1)).first() is not None:
                raise StorageUnavailable("The same picture was deleted a moment ago.")
        return tuple(key for key in keys if not self._is_there(key))

    def sweep(self) -> int:
        """Remove what was released and nothing refers to; how many are gone.

        Of a media store that is out of reach no second object is asked: the rest stays released.
        The first may be removed all the same by a request that is still on its way, so it counts
        as being removed until that cannot be any more. Two sweeps at once share the keys.
        """
        taken, since = self._take()
        if not taken:
            return 0
        with mapped_errors(), self._store.reading.connect() as connection:
            needed = referred_to(connection, taken)
        free = [key for key in taken if key not in needed]
        gone, uncertain = self._remove_all(free, since)
        with self._store.change() as connection:
            release(connection, free[gone + len(uncertain) :])
            ended = removals.c.key.in_(taken) & removals.c.key.not_in(uncertain)
            connection.execute(removals.delete().where(ended, removals.c.since == since))
        return gone

    def _remove_all(self, keys: Sequence[str], since: datetime) -> tuple[int, list[str]]:
        """Remove these in their order; how many are gone, and the one after them that may be."""
        for number, key in enumerate(keys):
            if self._now() - since > ABANDONED_AFTER / 2:
                return number, []  # before anybody can take this sweep for dead
            try:
                self._remove(key)
            except StorageUnavailable as exc:
                log.warning("pictures of deleted rows stay for now: %s", exc)
                return number, [key]
        return len(keys), []

    def sweep_soon(self) -> None:
        """Sweep in a thread of its own, if none does; what fails is left to a later sweep.

        A daemon: neither the work of this server nor its end waits for a bucket that hangs.
        """
        with self._lock:
            if self._sweeping is None or not self._sweeping.is_alive():
                self._sweeping = threading.Thread(
                    target=self._sweep_quietly, name="triptych-sweep", daemon=True
                )
                self._sweeping.start()

    def settle(self, within_s: float) -> None:
        """Let a sweep that `sweep_soon` began come to its end, within so many seconds."""
        with self._lock:
            sweeping = self._sweeping
        if sweeping is not None:
            sweeping.join(within_s)

    def _sweep_quietly(self) -> None:
        try:
            self.sweep()
        except StorageUnavailable as exc:
            log.warning("pictures of deleted rows stay for now: %s", exc)
        except Exception:
            # Whatever it is, it must not end the sweeps to come; the log has it whole.
            log.exception("removing pictures of deleted rows failed")

    def _take(self) -> tuple[list[str], datetime]:
        """Move released keys to those that are being removed; those that this call moved."""
        since = self._now()
        abandoned = removals.c.since <= since - ABANDONED_AFTER
        with mapped_errors(), self._store.reading.connect() as connection:
            # Most of the time there is nothing to do, and no reason to keep writers waiting.
            waits = connection.execute(sa.select(leftovers.c.key).limit(1)).first()
            left = connection.execute(sa.select(removals.c.key).where(abandoned).limit(1)).first()
            if waits is None and left is None:
                return [], since
        with self._store.change() as connection:
            _exclude_sweeps(connection, "pg_advisory_xact_lock")
            again = connection.execute(
                removals.delete().where(abandoned).returning(removals.c.key)
            ).scalars()
            release(connection, list(again))
            going = sa.select(removals.c.key).where(removals.c.key == leftovers.c.key)
            # On PostgreSQL two sweeps pass by each other instead of waiting.
            chosen = (
                sa.select(leftovers.c.key)
                .where(~going.exists())
                .limit(MOST_AT_ONCE)
                .with_for_update(skip_locked=True)
            )
            keys = list(connection.execute(chosen).scalars())
            _insert(connection, removals, [{"key": key, "since": since} for key in keys])
            connection.execute(leftovers.delete().where(leftovers.c.key.in_(keys)))
        return keys, since

    def _is_there(self, key: str) -> bool:
        if key.startswith("kept/"):
            return self._media.has_kept(key)
        sha256, _, extension = key.partition(".")
        # The preview too: a removal takes it after the original, and both may be put in between.
        return self._media.is_whole(sha256, extension)

    def _remove(self, key: str) -> None:
        if key.startswith("kept/"):
            self._media.delete_kept(key)
        else:
            sha256, _, extension = key.partition(".")
            self._media.delete(sha256, extension)


def referred_to(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of the keys that a row refers to."""
    hashes = [key.partition(".")[0] for key in keys]
    shown = sa.select(g.sha256, g.extension).where(g.sha256.in_(hashes))
    found = {f"{row.sha256}.{row.extension}" for row in connection.execute(shown)}
    for column in (g.others, c.inputs):
        several = sa.select(column).where(sa.func.length(sa.cast(column, sa.Text)) > 4)
        for pictures in connection.execute(several).scalars():
            found |= {f"{one['sha256']}.{one['extension']}" for one in pictures or ()}
    found |= set(
        connection.execute(sa.select(attempts.c.kept).where(attempts.c.kept.in_(keys))).scalars()
    )
    return found.intersection(keys)


def _exclude_sweeps(connection: Connection, lock: str) -> None:
    """Let a sweep take keys only while nobody is about to refer; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text(f"SELECT {lock}({_TAKING})"))


def _insert(connection: Connection, table: sa.Table, rows: Sequence[dict[str, object]]) -> None:
    """Insert rows, those of a known key left as they are."""
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(table).on_conflict_do_nothing(), rows)
