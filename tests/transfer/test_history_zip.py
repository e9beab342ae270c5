"""The history as a ZIP: rows, manifest and every original once."""

from __future__ import annotations

import io
import zipfile

import pandas as pd

from components.domain.archive import ArchivedComparison
from components.domain.filters import Filter
from components.storage.archives import add
from components.storage.comparisons import Store
from components.storage.history import History
from components.storage.media import Media
from components.transfer.history_zip import history_zip
from tests.support.archive_samples import comparisons

BASE = "http://triptych.test"


def test_a_zip_holds_rows_manifest_and_every_original_once(store: Store) -> None:
    media = Media("memory:///")
    found = comparisons(media, 7, inputs=True)
    shared = found[0].generations[0]
    twin = found[1].generations[0].model_copy(update={"picture": shared.picture})
    found[1] = found[1].model_copy(update={"generations": (twin,)})
    add(store, found)
    history = History(store)
    packed = b"".join(history_zip(store, media, history, Filter(q="number"), BASE))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        manifest = archive.read("manifest.jsonl").decode().splitlines()
        rows = pd.read_csv(io.BytesIO(archive.read("history.csv")))
        for picture in {one.file: one for each in found for one in each.pictures}.values():
            assert archive.read(picture.file) == media.original(picture.sha256, "png")
            assert names.count(picture.file) == 1
    assert len(names) == 2 + len({one.file for each in found for one in each.pictures})
    back = [ArchivedComparison.model_validate_json(line) for line in manifest]
    assert sorted(back, key=lambda one: one.id) == sorted(found, key=lambda one: one.id)
    assert len(rows) == sum(len(one.generations) for one in found)


def test_a_missing_original_is_left_out_of_the_zip(store: Store) -> None:
    media = Media("memory:///")
    found = comparisons(media, 2)
    add(store, found)
    gone = found[0].generations[0].picture
    assert gone is not None
    media.delete(gone.sha256, gone.extension)
    packed = b"".join(history_zip(store, media, History(store), Filter(), BASE))
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert gone.file not in names
    assert len(names) == 2 + 3
