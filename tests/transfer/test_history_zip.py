"""The history as a ZIP: rows, manifest and every original once."""

from __future__ import annotations

import io
import zipfile

import pandas as pd
import sqlalchemy as sa

from components.domain.archive import ArchivedComparison
from components.domain.filters import Filter
from components.domain.version import GENERATOR
from components.storage.archives import add, whole_comparisons
from components.storage.comparisons import Store
from components.storage.history.history import History
from components.storage.media.media import Media
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
        assert archive.comment == GENERATOR.encode()
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


def test_slow_downloads_leave_the_database_to_everybody_else(store: Store) -> None:
    media = Media("memory:///")
    add(store, comparisons(media, 3))
    history = History(store)
    pool = store.reading.pool
    assert isinstance(pool, sa.QueuePool)
    downloads = []
    for _ in range(32):  # more than the pool has connections
        downloads.append(history_zip(store, media, history, Filter(), BASE))
        seen = b""
        while b"originals/" not in seen:
            seen += next(downloads[-1])
            assert pool.checkedout() == 0
    if not store.is_sqlite:
        idle = sa.text("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
                       " AND datname = current_database()")  # fmt: skip
        with store.change() as connection:
            assert connection.execute(idle).scalar_one() == 0
    history.check()
    for one in downloads:
        assert b"PK\x05\x06" in b"".join(one)


def test_no_way_through_history_holds_a_connection_between_two_steps(store: Store) -> None:
    media = Media("memory:///")
    add(store, comparisons(media, 3))
    pool = store.reading.pool
    assert isinstance(pool, sa.QueuePool)
    for steps in (
        whole_comparisons(store, Filter()),
        History(store).chunks(Filter(), size=1),
        History(store).chunks(Filter(), size=1, marks=True),
    ):
        assert next(steps) is not None
        assert pool.checkedout() == 0
