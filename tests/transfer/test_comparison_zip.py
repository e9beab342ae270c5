"""One comparison as a ZIP: its originals, each opened when its turn comes, and what is known."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

from components.domain.model import State
from components.domain.version import GENERATOR
from components.storage.archives import add
from components.storage.comparisons import Store
from components.storage.history.history import History
from components.storage.media.media import Media
from components.transfer.comparison_zip import zip_stream
from tests.support.archive_samples import comparisons

BASE = "http://triptych.test"


def test_the_zip_of_one_comparison_still_holds_its_rows(store: Store) -> None:
    media = Media("memory:///")
    found = comparisons(media, 1)
    add(store, found)
    comparison = store.comparison(found[0].id)
    packed = b"".join(zip_stream(comparison, media, History(store), BASE))
    archive = zipfile.ZipFile(io.BytesIO(packed))
    assert json.loads(archive.read("manifest.json"))["generator"] == GENERATOR
    names = archive.namelist()
    assert {"comparison.csv", "manifest.json"} < set(names)
    assert all(one.state is State.SUCCEEDED for one in comparison.generations)


class Watched(Media):
    """A media store that tells which originals are open, and can lose one meanwhile."""

    def __init__(self) -> None:
        super().__init__("memory:///")
        self.opened: list[str] = []
        self.open = 0
        self.asked = 0

    def has_original(self, sha256: str, extension: str) -> bool:
        self.asked += 1
        return super().has_original(sha256, extension)

    def stream_original(self, sha256: str, extension: str) -> Iterator[bytes]:
        pieces = super().stream_original(sha256, extension)
        self.opened.append(sha256)
        self.open += 1

        def counted() -> Iterator[bytes]:
            yield from pieces
            self.open -= 1

        return counted()


def test_each_original_is_opened_when_its_turn_comes(store: Store) -> None:
    media = Watched()
    found = comparisons(media, 1, inputs=True)
    add(store, found)
    comparison = store.comparison(found[0].id)
    first, second, given = (one.sha256 for one in
                            (*(each for one in found[0].generations for each in one.pictures),
                             *found[0].inputs))  # fmt: skip
    pieces = zip_stream(comparison, media, History(store), BASE)
    assert media.opened == []
    packed = next(pieces)  # what a client reads first
    assert (media.opened, media.asked) == ([first], 0)
    for piece in pieces:
        packed += piece
        assert media.open <= 1
    assert media.opened == [first, second, given]
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert len(archive.namelist()) == 5


def test_an_original_that_goes_while_the_zip_is_read_is_named_and_left_out(store: Store) -> None:
    media = Media("memory:///")
    found = comparisons(media, 1, inputs=True)
    add(store, found)
    pieces = zip_stream(store.comparison(found[0].id), media, History(store), BASE)
    packed = next(pieces)
    gone = found[0].generations[1].picture
    assert gone is not None
    media.delete(gone.sha256, gone.extension)
    packed += b"".join(pieces)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        told = json.loads(archive.read("manifest.json"))
    files = [one["file"] for each in told["generations"] for one in each["pictures"]]
    assert [name in names for name in files] == [True, False]
    assert told["generations"][1]["pictures"][0]["sha256"] == gone.sha256
    assert {"comparison.csv", "manifest.json", told["input_images"][0]["file"]} < set(names)
