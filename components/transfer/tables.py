"""History as pandas frames and as files of rows, with columns that stay as documented here."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from components.domain import urls
from components.domain.generation_fields import (
    COLUMNS,
    FIELDS,
    FREE_TEXT,
    MARKS,
    MOMENTS,
    Kind,
    Output,
    typed,
)
from components.domain.version import GENERATOR

# What makes a spreadsheet read a cell as a formula (OWASP, "CSV Injection"), full width included,
# also behind blanks and what nobody sees, which some spreadsheets pass over.
_FORMULA = re.compile(r"[\t\r\n]|[\s\0-\x20\x7f-\xa0\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠]")
# All that some reader somewhere takes for the end of a line. A cell with one of them is quoted.
_LINE_BREAKS = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"
# About so many rows of Parquet share one group, the unit in which it is compressed and read.
_GROUP_ROWS = 20_000

_ARROW = {
    Kind.TEXT: pa.string(),
    Kind.WHOLE: pa.int64(),
    Kind.REAL: pa.float64(),
    Kind.MOMENT: pa.timestamp("us", "UTC"),
    Kind.YES_NO: pa.bool_(),
    Kind.WORDS: pa.list_(pa.string()),
}
_YES_NO = {one.name for one in FIELDS if one.kind is Kind.YES_NO}
SCHEMA = pa.schema(
    [
        (one.name, _ARROW[one.kind])
        for output in (Output.EVERY, Output.TYPED)
        for one in FIELDS
        if one.output is output
    ]
)


def export_frame(frame: pd.DataFrame, base_url: str) -> pd.DataFrame:
    """The documented columns of a frame of `History`; `base_url` begins every link in it."""
    frame = typed(frame)
    frame["permalink"] = base_url + urls.comparison(frame["comparison_id"])
    frame["image_url"] = base_url + urls.media(frame["sha256"], frame["extension"])
    frame["input_images"] = [_input_urls(one, base_url) for one in frame["inputs"]]
    return frame[list(COLUMNS)]


def csv_chunks(frames: Iterable[pd.DataFrame], base_url: str) -> Iterator[bytes]:
    """A CSV file in UTF-8, piece by piece: first the header, then the rows of each frame.

    Each generation is one row for every reader, and no cell of it runs in a spreadsheet. Raises
    what `frames` raises, also in mid-stream.
    """
    yield (",".join(COLUMNS) + "\n").encode()
    for frame in frames:
        out = export_frame(frame, base_url)
        for name in MOMENTS:
            out[name] = _iso(out[name])
        for name in FREE_TEXT:
            out[name] = defused(out[name])
        yield _csv_rows(out).encode("utf-8", "replace")


def jsonl_chunks(frames: Iterable[pd.DataFrame], base_url: str) -> Iterator[bytes]:
    """JSON Lines in UTF-8: one object a row, texts exactly as they are kept, unknown as null.

    Raises what `frames` raises, also in mid-stream.
    """
    for frame in frames:
        out = _with_marks(frame, base_url)
        for name in MOMENTS:
            out[name] = _iso(out[name])
        columns = [out[name].astype("object").where(out[name].notna(), None) for name in out]
        rows = zip(*columns, strict=True)
        lines = (json.dumps(dict(zip(out, row, strict=True)), ensure_ascii=False) for row in rows)
        yield "".join(line + "\n" for line in lines).encode("utf-8", "replace")


def parquet_chunks(frames: Iterable[pd.DataFrame], base_url: str) -> Iterator[bytes]:
    """A Parquet file of the schema `SCHEMA`, piece by piece; texts exactly as they are kept.

    Raises what `frames` raises, also in mid-stream.
    """
    sink = _Pieces()
    with pq.ParquetWriter(sink, SCHEMA, compression="zstd") as writer:
        group: list[pa.Table] = []
        for frame in frames:
            out = _with_marks(frame, base_url)
            group.append(pa.Table.from_pandas(out, SCHEMA, preserve_index=False))
            if sum(table.num_rows for table in group) >= _GROUP_ROWS:
                writer.write_table(pa.concat_tables(group))
                group = []
                yield from sink.taken()
        if group:
            writer.write_table(pa.concat_tables(group))
        writer.add_key_value_metadata({"generator": GENERATOR})
    yield from sink.taken()


def _csv_rows(frame: pd.DataFrame) -> str:
    """The rows of a frame, each ended by LF, with every cell quoted that holds a line break.

    Python's `csv`, which pandas writes with, quotes a cell for a line break only where it is one
    of its own end of line. All of them in that end would cost a fifth of an export's time, so
    that is done only for the few frames that hold one.
    """
    text: str = frame.to_csv(index=False, header=False, lineterminator="\n")
    if not any(one in text for one in _LINE_BREAKS if one != "\n"):
        return text
    rows = _Rows()
    frame.to_csv(rows, index=False, header=False, lineterminator=_LINE_BREAKS)
    return rows.getvalue()


class _Rows(io.StringIO):
    """Takes the rows of a CSV writer that ends them with `_LINE_BREAKS`, and ends them with LF."""

    def write(self, row: str) -> int:
        return super().write(row.removesuffix(_LINE_BREAKS) + "\n")


class _Pieces(io.RawIOBase):
    """A file that hands on what is written to it and keeps nothing."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._pieces.append(piece)
        self._length += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._length

    def taken(self) -> list[bytes]:
        pieces, self._pieces = self._pieces, []
        return pieces


def _with_marks(frame: pd.DataFrame, base_url: str) -> pd.DataFrame:
    # SQLite's yes and no are numbers.
    marks = {name: frame[name].astype(bool) if name in _YES_NO else frame[name] for name in MARKS}
    return export_frame(frame, base_url).assign(**marks)


def defused(texts: pd.Series[Any]) -> pd.Series[Any]:
    """Texts that no spreadsheet runs: one that looks like a formula gets a leading apostrophe."""
    found = {one for one in set(texts) if isinstance(one, str) and _FORMULA.match(one)}
    if not found:
        return texts
    safe = ["'" + one if one in found else one for one in texts]
    return pd.Series(safe, index=texts.index, dtype="object")


def _iso(moments: pd.Series[Any]) -> pd.Series[Any]:
    values = moments.dt.tz_localize(None).to_numpy("datetime64[us]")
    texts = np.char.add(np.datetime_as_string(values, unit="us"), "Z")
    return pd.Series(texts, index=moments.index, dtype="object").where(moments.notna(), None)


def _input_urls(inputs: Any, base_url: str) -> str | None:
    if inputs == "[]":  # nearly every row, and parsing it would take longer than all of the others
        return None
    found = json.loads(inputs) if isinstance(inputs, str) else inputs
    return " ".join(base_url + urls.media(one["sha256"], one["extension"]) for one in found) or None
