"""The history as files: the same rows in every format, typed, inert, in bounded memory."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import pyarrow.parquet as pq
import pytest

from components.domain.archive import ArchivedComparison
from components.domain.filters import Filter, read_filter
from components.domain.generation_fields import COLUMNS, MARKS
from components.domain.model import Ask, FailureKind, Picture, State
from components.domain.version import GENERATOR
from components.storage.annotations import Annotations
from components.storage.archives import add
from components.storage.comparisons import Store
from components.storage.history import History
from components.storage.job_queue import JobQueue
from components.storage.media import Media
from components.transfer.comparison_zip import zip_stream
from components.transfer.history_zip import history_zip
from components.transfer.offline_page import standalone_page
from components.transfer.tables import (
    SCHEMA,
    csv_chunks,
    export_frame,
    jsonl_chunks,
    parquet_chunks,
)
from tests.support.archive_samples import comparisons
from tests.support.samples import INPUT, NOON, create, failed, later, succeeded

BASE = "http://triptych.test"
NASTY = '=HYPERLINK("http://evil.test","x")\n<script>alert(1)</script>, "quoted" \'\u202e 蜂鳥 🐦'


@pytest.fixture
def history(store: Store, job_queue: JobQueue) -> History:
    """A success, a failure and two that wait, of a nasty prompt; and a queued one."""
    asked = create(store, Ask(NASTY, ("nano-banana", "gpt-image"), 2, (INPUT,)))
    first, second = asked.generations[:2]
    job_queue.claim(first.id, server="one", at=NOON)
    job_queue.finish(first.id, 1, succeeded(at=later(12.5), latency_s=0.1 + 0.2))
    job_queue.claim(second.id, server="one", at=NOON)
    job_queue.finish(second.id, 1, failed(FailureKind.TIMED_OUT))
    marks = Annotations(store)
    marks.star([first.id], starred=True)
    marks.tag([first.id], ["b", "a"])
    marks.note([first.id], "=note")
    return History(store)


def whole(pieces: Iterator[bytes]) -> bytes:
    return b"".join(pieces)


def test_csv_comes_back_from_pandas_with_equal_values_and_types(history: History) -> None:
    data = whole(csv_chunks(history.chunks(Filter(), size=2), BASE))
    kept = pd.concat([export_frame(one, BASE) for one in history.chunks(Filter())])
    moments = ["created_at", "started_at", "finished_at"]
    # The ids of these tests are numbers; real ones are random hexadecimal digits.
    ids = {"comparison_id": str, "generation_id": str}
    whole_numbers = {name: "Int64" for name in kept if kept[name].dtype == "Int64"}
    read = pd.read_csv(io.BytesIO(data), parse_dates=moments, dtype=whole_numbers | ids)
    assert list(read.columns) == list(COLUMNS)
    for name in COLUMNS:
        expected = kept[name].reset_index(drop=True)
        if name == "prompt":
            expected = "'" + expected  # defused
        if name == "text":
            expected = expected.mask(expected == "")
        if expected.isna().all():
            assert read[name].isna().all()
        elif name in moments:
            assert list(read[name].dropna()) == list(expected.dropna())
        else:
            assert list(read[name].dropna()) == list(expected.dropna()), name
            assert list(read[name].isna()) == list(expected.isna()), name


def test_parquet_has_the_documented_schema_and_the_texts_as_they_are(history: History) -> None:
    data = whole(parquet_chunks(history.chunks(Filter(), size=2, marks=True), BASE))
    table = pq.read_table(io.BytesIO(data))
    assert table.schema.equals(SCHEMA)
    assert table.column_names == [*COLUMNS, *MARKS]
    row = next(one for one in table.to_pylist() if one["state"] == "succeeded")
    assert row["prompt"] == NASTY
    assert row["latency_s"] == 0.1 + 0.2
    assert row["finished_at"].isoformat() == later(12.5).isoformat()
    assert (row["starred"], row["tags"], row["note"]) == (True, ["a", "b"], "=note")
    assert row["image_url"] == f"{BASE}/app/static/media/{'a' * 64}.jpg"


def test_parquet_names_what_wrote_it(history: History) -> None:
    data = whole(parquet_chunks(history.chunks(Filter(), marks=True), BASE))
    written = pq.read_metadata(io.BytesIO(data)).metadata
    assert written[b"generator"] == GENERATOR.encode()


def test_json_lines_hold_exactly_the_same_rows(history: History) -> None:
    data = whole(jsonl_chunks(history.chunks(Filter(), size=3, marks=True), BASE))
    rows = [json.loads(line) for line in data.decode().splitlines()]
    assert len(rows) == 4
    assert all(list(row) == [*COLUMNS, *MARKS] for row in rows)
    row = next(one for one in rows if one["state"] == "succeeded")
    assert row["prompt"] == NASTY
    assert row["latency_s"] == 0.1 + 0.2
    assert row["bytes"] == 800_000
    assert row["created_at"] == "2026-03-01T12:00:00.123456Z"
    assert row["tags"] == ["a", "b"]
    waiting = next(one for one in rows if one["state"] == "queued")
    assert waiting["latency_s"] is None
    assert waiting["bytes"] is None
    assert waiting["started_at"] is None


def test_an_empty_history_is_a_valid_file_of_every_kind(store: Store) -> None:
    history = History(store)
    assert whole(csv_chunks(history.chunks(Filter()), BASE)).decode() == ",".join(COLUMNS) + "\n"
    assert whole(jsonl_chunks(history.chunks(Filter(), marks=True), BASE)) == b""
    data = whole(parquet_chunks(history.chunks(Filter(), marks=True), BASE))
    assert pq.read_table(io.BytesIO(data)).num_rows == 0
    packed = whole(history_zip(store, Media("memory:///"), history, Filter(), BASE))
    assert zipfile.ZipFile(io.BytesIO(packed)).read("manifest.jsonl") == b""


def test_an_export_is_not_shifted_by_rows_that_arrive_meanwhile(store: Store) -> None:
    history = History(store)
    for _ in range(5):
        create(store, Ask("early", ("a",)))
    chunks = history.chunks(Filter(), size=2)
    seen = [next(chunks)]
    create(store, Ask("late", ("a",)))
    seen += list(chunks)
    frame = pd.concat(seen)
    assert list(frame["prompt"]) == ["early"] * 5
    assert frame["generation_id"].is_unique


def test_a_zip_holds_rows_manifest_and_every_original_once(store: Store) -> None:
    media = Media("memory:///")
    found = comparisons(media, 7, inputs=True)
    shared = found[0].generations[0]
    twin = found[1].generations[0].model_copy(update={"picture": shared.picture})
    found[1] = found[1].model_copy(update={"generations": (twin,)})
    add(store, found)
    history = History(store)
    packed = whole(history_zip(store, media, history, Filter(q="number"), BASE))
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
    packed = whole(history_zip(store, media, History(store), Filter(), BASE))
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert gone.file not in names
    assert len(names) == 2 + 3


def test_a_comparison_as_one_page_loads_nothing_and_runs_nothing(
    store: Store, job_queue: JobQueue
) -> None:
    asked = create(store, Ask(NASTY, ("<b>x", "y"), 1, (INPUT,)))
    first, second = asked.generations
    job_queue.claim(first.id, server="one", at=NOON)
    ended = succeeded()
    assert ended.success is not None
    nasty = replace(ended.success, text="</pre><img src=x onerror=alert(1)>", answered_by="<i>m")
    job_queue.finish(first.id, 1, replace(ended, success=nasty))
    job_queue.claim(second.id, server="one", at=NOON)
    job_queue.finish(second.id, 1, failed())
    previews: list[Picture] = []

    def preview(picture: Picture) -> bytes | None:
        previews.append(picture)
        return b"RIFF" if picture.sha256[0] == "a" else None

    page = standalone_page(store.comparison(asked.id), preview, BASE + asked.path)
    assert f'<meta name="generator" content="{GENERATOR}">' in page
    assert "<script" not in page
    assert "<b>" not in page
    assert "onerror=alert(1)>" not in page.replace("&gt;", "")
    assert page.count("<img") == 1
    assert 'src="data:image/webp;base64,UklGRg=="' in page
    assert "href=" not in page
    assert "default-src &#39;none&#39;" in page
    assert "800,000" in page
    assert "12.500 s" in page
    assert "It broke." in page
    assert "&lt;i&gt;m" in page
    assert {one.sha256[0] for one in previews} == {"a", "b"}


def test_the_zip_of_one_comparison_still_holds_its_rows(store: Store) -> None:
    media = Media("memory:///")
    found = comparisons(media, 1)
    add(store, found)
    comparison = store.comparison(found[0].id)
    packed = whole(zip_stream(comparison, media, History(store), BASE))
    archive = zipfile.ZipFile(io.BytesIO(packed))
    assert json.loads(archive.read("manifest.json"))["generator"] == GENERATOR
    names = archive.namelist()
    assert {"comparison.csv", "manifest.json"} < set(names)
    assert all(one.state is State.SUCCEEDED for one in comparison.generations)


class Query(dict[str, list[str]]):
    """The query of a URL."""

    def getlist(self, key: str) -> list[str]:
        return self.get(key, [])


@pytest.mark.parametrize(
    "query",
    [
        {"state": ["melted"]},
        {"from": ["yesterday"]},
        {"to": ["2026-13-01"]},
        {"inputs": ["perhaps"]},
        {"starred": ["yes"]},
        {"to": ["2026-03-01T25:00"]},
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_with_a_sentence(
    query: dict[str, list[str]],
) -> None:
    from components.domain.errors import FilterRefused

    with pytest.raises(FilterRefused, match=r"\.$"):
        read_filter(Query(query))


def test_a_filter_comes_back_from_its_own_query() -> None:
    from urllib.parse import parse_qs

    query = Query(
        q=["a b"], alias=["x", "y"], state=["failed"], answered_by=["m"], gateway=["http://g"],
        tag=["t & u"], inputs=["without"], starred=["true"], comparison=["c"],
        **{"from": ["2026-03-01"], "to": ["2026-03-31"]},
    )  # fmt: skip
    wanted = read_filter(query)
    assert wanted.since is not None
    assert wanted.until is not None
    assert (wanted.until - wanted.since).days == 31
    assert read_filter(Query(parse_qs(wanted.query[1:]))) == wanted
    moment = read_filter(Query({"from": ["2026-03-01T10:00:00 02:00"]}))
    assert moment.since is not None
    assert moment.since.hour == 8
    assert read_filter(Query(parse_qs(moment.query[1:]))) == moment
    assert read_filter(Query()).anything
