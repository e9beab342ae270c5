"""The history as tables: the same rows in every format, typed, inert, one row a line."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.domain.filters import Filter
from components.domain.generation_fields import COLUMNS, MARKS
from components.domain.model import Ask, FailureKind
from components.domain.version import GENERATOR
from components.storage.annotations import Annotations
from components.storage.comparisons import Store
from components.storage.history.history import History
from components.storage.job_queue import JobQueue
from components.storage.media.media import Media
from components.transfer.history_zip import history_zip
from components.transfer.tables import (
    SCHEMA,
    csv_chunks,
    export_frame,
    jsonl_chunks,
    parquet_chunks,
)
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


def test_csv_comes_back_from_pandas_with_equal_values_and_types(history: History) -> None:
    data = b"".join(csv_chunks(history.chunks(Filter(), size=2), BASE))
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
    data = b"".join(parquet_chunks(history.chunks(Filter(), size=2, marks=True), BASE))
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
    data = b"".join(parquet_chunks(history.chunks(Filter(), marks=True), BASE))
    written = pq.read_metadata(io.BytesIO(data)).metadata
    assert written[b"generator"] == GENERATOR.encode()


def test_json_lines_hold_exactly_the_same_rows(history: History) -> None:
    data = b"".join(jsonl_chunks(history.chunks(Filter(), size=3, marks=True), BASE))
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
    assert b"".join(csv_chunks(history.chunks(Filter()), BASE)).decode() == ",".join(COLUMNS) + "\n"
    assert b"".join(jsonl_chunks(history.chunks(Filter(), marks=True), BASE)) == b""
    data = b"".join(parquet_chunks(history.chunks(Filter(), marks=True), BASE))
    assert pq.read_table(io.BytesIO(data)).num_rows == 0
    packed = b"".join(history_zip(store, Media("memory:///"), history, Filter(), BASE))
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


def frame_of(**values: object) -> pd.DataFrame:
    """One row as `History.chunks` gives it, of a generation that waits but for these values."""
    row = dict.fromkeys(COLUMNS) | {"extension": None, "inputs": "[]", "seq": 1, "created_at": 0}
    return pd.DataFrame([row | values])


# What any reader anywhere takes for the end of a line, and what spreadsheets take for a formula.
_TELLING = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029\t\0\",;'=+-@＝＋－＠ \xa0\u200b\ufeffaé蜂🐦"
_FORMULA = re.compile(r"[\s\0-\x1f\u200b\ufeff]*[=+\-@＝＋－＠]")
texts = st.text(st.sampled_from(_TELLING) | st.characters(exclude_categories=["Cs"]))


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


@settings(deadline=None)
@given(texts, texts, texts)
def test_any_text_is_one_cell_of_one_row_for_every_reader(
    prompt: str, text: str, message: str
) -> None:
    kept = {"prompt": prompt, "text": text, "error_message": message}
    data = b"".join(csv_chunks([frame_of(**kept)], BASE))
    read = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
    header, *rows = rows_of(data)
    assert header == list(COLUMNS)
    assert len(rows) == len(read) == 1
    assert rows[0] == list(read.iloc[0])
    for name, value in kept.items():
        cell = rows[0][header.index(name)]
        assert cell.removeprefix("'") == value.removeprefix("'"), name
        assert not _FORMULA.match(cell), name
        # A reader that knows more ends of lines than \r and \n is stopped by quotes alone.
        if len(cell.splitlines()) > 1:
            assert f'"{cell.replace(chr(34), chr(34) * 2)}"' in data.decode()


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_a_line_break_in_a_prompt_splits_no_row(store: Store, end: str) -> None:
    create(store, Ask(f"a{end}=cmd|' /C calc'!A0", ("x", "y")))
    data = b"".join(csv_chunks(History(store).chunks(Filter()), BASE))
    header, *rows = rows_of(data)
    assert [len(row) for row in rows] == [len(header)] * 2
    assert {row[header.index("prompt")] for row in rows} == {f"a{end}=cmd|' /C calc'!A0"}
    read = pd.read_csv(io.BytesIO(data))
    assert list(read["alias"]) == ["x", "y"]


def test_the_figures_of_a_csv_are_written_as_pandas_writes_them() -> None:
    figures = {
        "latency_s": 0.1 + 0.2,
        "cost_usd": 1e-07,
        "bytes": 2**53,
        "sample": 1,
        "width": None,
    }
    data = b"".join(csv_chunks([frame_of(**figures), frame_of(latency_s=3.0)], BASE)).decode()
    frame = pd.concat(export_frame(frame_of(**one), BASE) for one in (figures, {"latency_s": 3.0}))
    names = ["latency_s", "cost_usd", "bytes", "sample", "width"]
    read = pd.read_csv(io.StringIO(data), dtype=str, keep_default_na=False)[names]
    assert read.to_csv(index=False) == frame[names].to_csv(index=False)


@pytest.mark.parametrize("name", ["prompt", "alias", "answered_by", "format", "gateway"])
def test_whatever_comes_from_outside_is_inert_in_a_spreadsheet(name: str) -> None:
    for text in ("=1+1", " =1+1", "\xa0=1+1", "\ufeff=1+1", "\v@x", "\n-1", "＝1"):
        data = b"".join(csv_chunks([frame_of(**{name: text})], BASE))
        header, row = rows_of(data)
        assert row[header.index(name)] == "'" + text
