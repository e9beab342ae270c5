"""The pictures that an import stores, until its rows refer to them: none is lost or left behind."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Collection, Iterable

from components.domain.archive import ArchivedComparison, ArchivedGeneration, ArchivedPicture
from components.domain.errors import StorageUnavailable
from components.storage.comparisons import Store
from components.storage.deletion import Deletion
from components.storage.media.pictures import Pictures, release
from components.transfer.import_notes import ImportNotes

# Seconds between tries while a picture of the same content is being removed, or the store is away.
_PATIENCE = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
_AT_ONCE = 1_000  # released in one transaction


class ImportPictures:
    """Follows `storage.pictures`: put before the rows, confirmed after them, else released."""

    def __init__(
        self,
        store: Store,
        pictures: Pictures,
        take: Callable[[ArchivedPicture], bool],
        notes: ImportNotes,
        *,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """`take` verifies and stores a picture out of the file; False where it is not in there.

        `notes` remember which were stored and which are needed.
        """
        self._store, self._pictures, self._take, self._wait = store, pictures, take, wait
        self._notes = notes

    @property
    def count(self) -> int:
        """How many pictures were stored that had not been here."""
        return self._notes.stored()

    def note_stored(self, picture: ArchivedPicture) -> None:
        """This one was not here before, and is now."""
        self._notes.note_stored(_key(picture))

    def confirm(self, batch: Iterable[ArchivedComparison], new: Collection[str]) -> int:
        """After the rows of a batch: see that their pictures are there, and put them once more.

        A deletion may have removed them meanwhile. Where the file does not hold them, the
        generations among `new` (by their ids) go again; how many did. Raises StorageUnavailable.
        """
        batch = list(batch)
        found = {
            _key(one): one
            for comparison in batch
            for one in (*comparison.inputs, *_pictures_of(comparison.generations))
        }
        lost: set[str] = set()
        while gone := [key for key in self._missing(found) if key not in lost]:
            lost |= {key for key in gone if not self._take(found[key])}
        self._notes.note_needed(found.keys() - lost)
        ids = [
            one.id
            for comparison in batch
            for one in comparison.generations
            if one.id in new and lost.intersection(map(_key, one.pictures))
        ]
        if ids:
            Deletion(self._store).delete(ids)
        return len(ids)

    def release_rest(self) -> None:
        """Release what was stored and no row of this import needs. Raises StorageUnavailable."""
        rest = self._notes.not_needed()
        while some := list(itertools.islice(rest, _AT_ONCE)):
            with self._store.change() as connection:
                release(connection, some)

    def _missing(self, found: Collection[str]) -> tuple[str, ...]:
        for seconds in _PATIENCE:
            try:
                return self._pictures.missing(found)
            except StorageUnavailable:
                self._wait(seconds)
        return self._pictures.missing(found)


def _pictures_of(generations: Iterable[ArchivedGeneration]) -> Iterable[ArchivedPicture]:
    return (picture for one in generations if one.state.ended for picture in one.pictures)


def _key(picture: ArchivedPicture) -> str:
    return f"{picture.sha256}.{picture.extension}"
