"""Taking an exported history in: everything is checked first, then pictures, then rows.

Nothing in the file is believed: names, sizes, hashes, pictures and every field of the manifest are
checked, nothing is unpacked to a folder, and no part is read further than it may be large. Memory
grows neither with the number of entries nor with that of generations: what has to be remembered of
them lies in a temporary file (`ImportNotes`), and a line of the manifest is counted through before
it is parsed, for three bytes of JSON can become three hundred.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, astuple, dataclass
from typing import IO

from pydantic import ValidationError

from components.domain.archive import ArchivedComparison, ArchivedPicture
from components.domain.errors import ImportRefused, PictureUnusable
from components.images.decoding import examine
from components.storage.archives import Added, add
from components.storage.comparisons import Store
from components.storage.media.media import Media
from components.storage.media.pictures import Pictures
from components.transfer.history_zip import MANIFEST
from components.transfer.import_notes import ImportNotes
from components.transfer.import_pictures import ImportPictures
from components.transfer.zip_entries import Entry, directory_of, entries_of, opened

MOST_ENTRIES = 2_000_000
# Of the manifest: bytes of a line, tokens in one (a generation has some 120 with its attempt), and
# how much it may be altogether, in bytes or as a multiple of what it takes packed. An export comes
# to a multiple of 5 to 50.
LONGEST_LINE = 16 * 1024 * 1024
MOST_TOKENS = 200_000
_PLAIN_MANIFEST, _MOST_UNPACKING = 64 * 1024 * 1024, 300
# What a shorter line holds takes little memory, whatever it is: it is not counted through.
_SHORT_LINE = 64 * 1024
# In one transaction: so many comparisons, or so many bytes of the manifest.
_BATCH, _BATCH_BYTES = 200, 2 * 1024 * 1024
# Of JSON: each text, and each opened or continued list or object.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[{,]', re.DOTALL)
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
    Whatever the file holds, it takes at most some eight times `LONGEST_LINE` of memory, and what
    the largest picture within `limits` takes to decode.
    """
    try:
        with ImportNotes() as notes:
            return _Import(file, store, media, limits, notes).run()
    except (zipfile.BadZipFile, OSError) as exc:
        raise ImportRefused("This is not a ZIP file, or it is damaged.") from exc
    except NotImplementedError as exc:
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
        self, file: IO[bytes], store: Store, media: Media, limits: Limits, notes: ImportNotes
    ) -> None:
        self._file, self._store, self._media, self._limits = file, store, media, limits
        self._notes = notes

    def run(self) -> Imported:
        self._note_entries()
        self._note_manifest()
        kept = ImportPictures(
            self._store, Pictures(self._store, self._media), self._take_again, self._notes
        )
        try:
            for picture, entry in self._notes.pictures():
                if self._take(picture, Entry(*json.loads(entry))):
                    kept.note_stored(picture)
            return self._add_all(kept)
        finally:
            kept.release_rest()

    def _add_all(self, kept: ImportPictures) -> Imported:
        total, without = Added(), 0
        for batch in self._batches():
            usable = [self._with_pictures(one) for one in batch]
            without += sum(
                len(one.generations) - len(rest.generations)
                for one, rest in zip(batch, usable, strict=True)
            )
            added = self._add(usable, total)
            lost = kept.confirm(usable, added.new)
            without += lost
            total += Added(added.added - lost, added.known, added.unfinished)
            batch.clear()
            del usable
        return Imported(total.added, total.known, total.unfinished, without, kept.count)

    def _note_entries(self) -> None:
        directory = directory_of(self._file)
        if directory.count > MOST_ENTRIES:
            raise ImportRefused("The ZIP file has more entries than any history.")

        def checked() -> Iterator[tuple[str, str]]:
            entries = entries_of(self._file, directory)
            for one in itertools.islice(entries, MOST_ENTRIES + 1):
                if _UNSAFE.search(one.name):
                    raise ImportRefused("The ZIP file has an entry that points out of its folder.")
                yield one.name, json.dumps(astuple(one))

        if not self._notes.note_entries(checked()):
            raise ImportRefused("The ZIP file has two entries of the same name.")
        if self._notes.entry(MANIFEST) is None:
            raise ImportRefused(
                f"The ZIP file has no {MANIFEST}, so it is no history that Triptych exported."
            )

    def _manifest(self) -> Iterator[tuple[ArchivedComparison, int]]:
        """The comparisons of the manifest, each checked, and how many bytes it takes there."""
        entry = Entry(*json.loads(self._notes.entry(MANIFEST) or ""))
        if entry.size > max(_PLAIN_MANIFEST, _MOST_UNPACKING * entry.packed):
            raise ImportRefused(f"{MANIFEST} unpacks to far more than a history would.")
        with opened(self._file, entry) as lines:
            for number in itertools.count(1):
                line = lines.readline(LONGEST_LINE + 1)
                if not line:
                    return
                if len(line) > LONGEST_LINE:
                    raise ImportRefused(f"Line {number} of {MANIFEST} is far too long.")
                if len(line) > _SHORT_LINE and _tokens_exceed(line, MOST_TOKENS):
                    raise ImportRefused(f"Line {number} of {MANIFEST} holds far too much.")
                length = len(line)
                try:
                    found = ArchivedComparison.model_validate_json(line)
                except ValidationError as exc:
                    raise ImportRefused(
                        f"Line {number} of {MANIFEST} is not what an export writes: {_first(exc)}."
                    ) from exc
                # Here and where this is read: no line is held while another one is worked on, as
                # one alone may take seventy megabytes.
                del line
                yield found, length
                del found

    def _note_manifest(self) -> None:
        """Check the whole manifest, and note every picture that it names."""
        for one, _ in self._manifest():
            if not self._notes.note_ids(one):
                raise ImportRefused(
                    f"{MANIFEST} names the comparison {one.id} or a part of it twice."
                )
            for picture in one.pictures:
                if not self._notes.note_picture(picture):
                    raise ImportRefused(
                        f"{MANIFEST} says different things of the picture {picture.sha256}."
                    )
            del one

    def _batches(self) -> Iterator[list[ArchivedComparison]]:
        batch: list[ArchivedComparison] = []
        held = 0
        for one, length in self._manifest():
            batch.append(one)
            held += length
            del one
            if held >= _BATCH_BYTES or len(batch) == _BATCH:
                yield batch
                batch, held = [], 0
        if batch:
            yield batch

    def _take(self, picture: ArchivedPicture, entry: Entry) -> bool:
        """Verify a picture and store it with a new preview; False where it was here already."""
        if picture.bytes > self._limits.bytes:
            raise ImportRefused(f"The picture {picture.sha256} is larger than is taken in here.")
        if entry.size != picture.bytes:
            raise ImportRefused(f"The picture {picture.sha256} has not the size that it should.")
        with opened(self._file, entry) as content:
            data = content.read()
        if hashlib.sha256(data).hexdigest() != picture.sha256:
            raise ImportRefused(
                f"The picture {picture.sha256} has another SHA-256: it was changed."
            )
        if self._media.is_whole(picture.sha256, picture.extension):
            return False
        try:
            examined = examine(data, max_pixels=self._limits.pixels)
        except PictureUnusable as exc:
            raise ImportRefused(f"The picture {picture.sha256} cannot be used. {exc}") from exc
        if any(getattr(picture, name) != value for name, value in asdict(examined.picture).items()):
            raise ImportRefused(
                f"The picture {picture.sha256} is not what {MANIFEST} says: its format or its "
                "dimensions differ."
            )
        self._media.put_preview(picture.sha256, examined.preview)
        self._media.put_original(data, picture.extension)
        return True

    def _take_again(self, picture: ArchivedPicture) -> bool:
        """Store it once more; False where the file does not hold it."""
        entry = self._notes.entry(picture.file)
        if entry is not None:
            self._take(picture, Entry(*json.loads(entry)))
        return entry is not None

    def _with_pictures(self, one: ArchivedComparison) -> ArchivedComparison:
        """The comparison with those generations whose pictures are here, now or from before."""

        def there(picture: ArchivedPicture) -> bool:
            return self._notes.entry(picture.file) is not None or self._media.has_original(
                picture.sha256, picture.extension
            )

        usable = tuple(each for each in one.generations if all(map(there, each.pictures)))
        return one.model_copy(update={"generations": usable})

    def _add(self, batch: list[ArchivedComparison], before: Added) -> Added:
        try:
            return add(self._store, batch)
        except ImportRefused as exc:
            if not before.added:
                raise
            raise ImportRefused(
                f"{exc} {before.added:,} generations before it were taken in."
            ) from exc


def _tokens_exceed(line: bytes, most: int) -> bool:
    return next(itertools.islice(_TOKEN.finditer(line), most, None), None) is not None


def _first(exc: ValidationError) -> str:
    found = exc.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in found["loc"][:6])
    message = found["msg"].removeprefix("Value error, ")
    return f"{place}: {message}"[:300] if place else message[:300]
