"""Taking an exported history in: everything is checked first, then pictures, then rows.

Nothing in the file is believed: names, sizes, hashes, pictures and every field of the manifest are
checked, nothing is unpacked to a folder, and no part is read further than it may be large.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import IO

from pydantic import ValidationError

from components.domain.archive import ArchivedComparison, ArchivedPicture
from components.domain.errors import ImportRefused, PictureUnusable
from components.images.decoding import examine
from components.storage.archives import Added, add
from components.storage.comparisons import Store
from components.storage.media import Media
from components.storage.pictures import Pictures
from components.transfer.history_zip import MANIFEST
from components.transfer.import_pictures import ImportPictures

MOST_ENTRIES = 2_000_000
LONGEST_LINE = 16 * 1024 * 1024
_BATCH = 200  # comparisons in one transaction
_UNSAFE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|\\|\0")


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a picture may be to be taken in."""

    pixels: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import, in generations."""

    added: int
    known: int  # here already, left as they are
    unfinished: int  # left out: nobody works on them here
    without_picture: int  # left out: the file does not hold their pictures
    pictures: int  # verified and stored


def import_history(file: IO[bytes], store: Store, media: Media, limits: Limits) -> Imported:
    """Take the ZIP of an exported history in.

    `file` can seek. Ids are kept and what is here already is recognised, so doing it twice changes
    nothing. Raises ImportRefused with a sentence, and then nothing was taken in, but where an id
    is taken by something else here; and StorageUnavailable, after which it can be repeated.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            return _Import(archive, store, media, limits).run()
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError) as exc:
        raise ImportRefused("This is not a ZIP file, or it is damaged.") from exc
    except (NotImplementedError, RuntimeError) as exc:
        raise ImportRefused("The ZIP file is encrypted or packed in an unknown way.") from exc


def summary(done: Imported) -> str:
    """What came of an import, in one or two sentences."""
    parts = [
        f"{done.added:,} generations taken in with {done.pictures:,} new pictures.",
        f"{done.known:,} were here already." if done.known else "",
        f"{done.unfinished:,} had not ended and were left out." if done.unfinished else "",
        f"{done.without_picture:,} were left out because their pictures are not in the file."
        if done.without_picture
        else "",
    ]
    return " ".join(part for part in parts if part)


class _Import:
    def __init__(
        self, archive: zipfile.ZipFile, store: Store, media: Media, limits: Limits
    ) -> None:
        self._archive, self._store, self._media, self._limits = archive, store, media, limits

    def run(self) -> Imported:
        entries = self._entries()
        pictures = self._pictures()
        present = {name for name in pictures if name in entries}

        def take(picture: ArchivedPicture) -> bool:
            known = picture.file in present
            return known and (self._take(pictures[picture.file], entries[picture.file]) or known)

        kept = ImportPictures(self._store, Pictures(self._store, self._media), take)
        try:
            for name in sorted(present):
                if self._take(pictures[name], entries[name]):
                    kept.note_stored(pictures[name])
            return self._add_all(kept, present)
        finally:
            kept.release_rest()

    def _add_all(self, kept: ImportPictures, present: set[str]) -> Imported:
        total, without = Added(), 0
        for batch in self._batches():
            usable = [self._with_pictures(one, present) for one in batch]
            without += sum(
                len(one.generations) - len(rest.generations)
                for one, rest in zip(batch, usable, strict=True)
            )
            added = self._add(usable, total)
            lost = kept.confirm(usable, added.new)
            without += lost
            total += Added(added.added - lost, added.known, added.unfinished)
        return Imported(total.added, total.known, total.unfinished, without, kept.count)

    def _batches(self) -> Iterator[list[ArchivedComparison]]:
        found = self._manifest()
        while batch := list(itertools.islice(found, _BATCH)):
            yield batch

    def _with_pictures(self, one: ArchivedComparison, present: set[str]) -> ArchivedComparison:
        """The comparison with those generations whose pictures are here, now or from before."""
        usable = tuple(
            each
            for each in one.generations
            if all(self._there(picture, present) for picture in each.pictures)
        )
        return one.model_copy(update={"generations": usable})

    def _entries(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._archive.infolist()
        if len(infos) > MOST_ENTRIES:
            raise ImportRefused("The ZIP file has more entries than any history.")
        if any(_UNSAFE.search(info.orig_filename) for info in infos):
            raise ImportRefused("The ZIP file has an entry that points out of its folder.")
        found = {info.filename: info for info in infos}
        if len(found) < len(infos):
            raise ImportRefused("The ZIP file has two entries of the same name.")
        if MANIFEST not in found:
            raise ImportRefused(
                f"The ZIP file has no {MANIFEST}, so it is no history that Triptych exported."
            )
        return found

    def _manifest(self) -> Iterator[ArchivedComparison]:
        """The comparisons of the manifest, each checked."""
        number = 0
        with self._archive.open(MANIFEST) as lines:
            while line := lines.readline(LONGEST_LINE + 1):
                number += 1
                if len(line) > LONGEST_LINE:
                    raise ImportRefused(f"Line {number} of {MANIFEST} is far too long.")
                try:
                    yield ArchivedComparison.model_validate_json(line)
                except ValidationError as exc:
                    raise ImportRefused(
                        f"Line {number} of {MANIFEST} is not what an export writes: {_first(exc)}."
                    ) from exc

    def _pictures(self) -> dict[str, ArchivedPicture]:
        """Every picture that the manifest names, by its name in the ZIP."""
        found: dict[str, ArchivedPicture] = {}
        comparisons: set[str] = set()
        generations: set[str] = set()
        for one in self._manifest():
            ids = {each.id for each in one.generations}
            twice = len(ids) < len(one.generations) or ids & generations
            if one.id in comparisons or twice:
                raise ImportRefused(
                    f"{MANIFEST} names the comparison {one.id} or a part of it twice."
                )
            comparisons.add(one.id)
            generations |= ids
            for picture in one.pictures:
                facts = ArchivedPicture(
                    **picture.model_dump(include=set(ArchivedPicture.model_fields))
                )
                if found.setdefault(facts.file, facts) != facts:
                    raise ImportRefused(
                        f"{MANIFEST} says different things of the picture {facts.sha256}."
                    )
        return found

    def _take(self, picture: ArchivedPicture, entry: zipfile.ZipInfo) -> bool:
        """Verify a picture and store it with a new preview; False where it was here already."""
        if picture.bytes > self._limits.bytes:
            raise ImportRefused(f"The picture {picture.sha256} is larger than is taken in here.")
        if entry.file_size != picture.bytes:
            raise ImportRefused(f"The picture {picture.sha256} has not the size that it should.")
        with self._archive.open(entry) as opened:
            data = opened.read(picture.bytes + 1)
        if hashlib.sha256(data).hexdigest() != picture.sha256:
            raise ImportRefused(
                f"The picture {picture.sha256} has another SHA-256: it was changed."
            )
        if self._media.has_original(picture.sha256, picture.extension):
            return False
        try:
            examined = examine(data, max_pixels=self._limits.pixels)
        except PictureUnusable as exc:
            raise ImportRefused(f"The picture {picture.sha256} cannot be used. {exc}") from exc
        if asdict(examined.picture) != picture.model_dump():
            raise ImportRefused(
                f"The picture {picture.sha256} is not what {MANIFEST} says: its format or its "
                "dimensions differ."
            )
        # The preview first: where an import ends half-way, the next one must not pass over it.
        self._media.put_preview(picture.sha256, examined.preview)
        self._media.put_original(data, picture.extension)
        return True

    def _there(self, picture: ArchivedPicture, present: set[str]) -> bool:
        return picture.file in present or self._media.has_original(
            picture.sha256, picture.extension
        )

    def _add(self, batch: list[ArchivedComparison], before: Added) -> Added:
        try:
            return add(self._store, batch)
        except ImportRefused as exc:
            if not before.added:
                raise
            raise ImportRefused(
                f"{exc} {before.added:,} generations before it were taken in."
            ) from exc


def _first(exc: ValidationError) -> str:
    found = exc.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in found["loc"][:6])
    message = found["msg"].removeprefix("Value error, ")
    return f"{place}: {message}"[:300] if place else message[:300]
