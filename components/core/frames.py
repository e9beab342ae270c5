"""History as pandas frames and as files of rows, with columns that stay as documented here."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

# The columns of every export, in order, with what stands in them; the README's table is this one.
COLUMNS: dict[str, str] = {
    "comparison_id": "the comparison it belongs to",
    "generation_id": "this request's own id",
    "created_at": "when Generate was pressed, ISO 8601 in UTC",
    "prompt": "the prompt as it was sent",
    "alias": "the name sent as `model`",
    "sample": "1 to 4: which of the alias's samples",
    "state": "`queued`, `running`, `succeeded`, `failed`, `refused`, `cancelled` or `interrupted`",
    "latency_s": "seconds from the request leaving to the last byte of its answer; empty: unknown",
    "bytes": "size of the decoded picture in bytes",
    "width": "pixels",
    "height": "pixels",
    "format": "`JPEG`, `PNG`, …, told from the bytes",
    "sha256": "SHA-256 of the original picture",
    "answered_by": "model that the reply says made it; empty: unknown",
    "text": "companion text",
    "finish_reason": "as the reply gave it",
    "prompt_tokens": "as the reply gave it; empty: unknown",
    "completion_tokens": "as the reply gave it; empty: unknown",
    "total_tokens": "as the reply gave it; empty: unknown",
    "cost_usd": "US dollars as reported, otherwise tokens × the alias's rough price; "
    "empty: unknown",
    "error_kind": "why there is no picture, one of a small set of words",
    "error_message": "the same in a sentence",
    "attempt": "how many requests were sent for it so far, those by hand included",
    "started_at": "when the request that counted left, ISO 8601 in UTC",
    "finished_at": "when its answer was complete, ISO 8601 in UTC",
    "input_images": "URLs of the input images as they were sent, separated by spaces",
    "gateway": "base URL of the gateway, or `demo (synthetic)`",
    "permalink": "URL of the comparison",
    "image_url": "URL of the original picture",
}
# Further columns of the typed formats, where no reader counts columns.
MARKS: dict[str, str] = {
    "starred": "whether it has a star",
    "tags": "its tags, a list in alphabetical order",
    "note": "its note",
}
_WHOLE = ("sample", "bytes", "width", "height", "prompt_tokens", "completion_tokens",
          "total_tokens", "attempt")  # fmt: skip
_MOMENTS = ("created_at", "started_at", "finished_at")
# Columns whose words come from people or gateways.
_FREE_TEXT = ("prompt", "alias", "answered_by", "text", "finish_reason", "error_message", "gateway")
# What makes a spreadsheet read a cell as a formula (OWASP, "CSV Injection"), full width included.
_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
# About so many rows of Parquet share one group, the unit in which it is compressed and read.
_GROUP_ROWS = 20_000

_text, _whole, _moment = pa.string(), pa.int64(), pa.timestamp("us", "UTC")
SCHEMA = pa.schema(
    [
        (name, _moment if name in _MOMENTS else _whole if name in _WHOLE else
         pa.float64() if name in ("latency_s", "cost_usd") else _text)
        for name in COLUMNS
    ]
    + [("starred", pa.bool_()), ("tags", pa.list_(_text)), ("note", _text)]
)  # fmt: skip


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame of `History` with times as UTC timestamps and whole numbers as Int64."""
    frame = frame.copy()
    for name in _MOMENTS:
        frame[name] = pd.to_datetime(frame[name], unit="us", utc=True)
    for name in _WHOLE:
        frame[name] = frame[name].astype("Int64")
    for name in ("latency_s", "cost_usd"):
        frame[name] = frame[name].astype("float64")
    return frame


def export_frame(frame: pd.DataFrame, base_url: str) -> pd.DataFrame:
    """The documented columns of a frame of `History`; `base_url` begins every link in it."""
    frame = typed(frame)
    frame["permalink"] = base_url + "/?comparison=" + frame["comparison_id"]
    frame["image_url"] = (
        base_url + "/app/static/media/" + frame["sha256"] + "." + frame["extension"]
    )
    frame["input_images"] = [_input_urls(one, base_url) for one in frame["inputs"]]
    return frame[list(COLUMNS)]


def csv_chunks(frames: Iterable[pd.DataFrame], base_url: str) -> Iterator[bytes]:
    """A CSV file in UTF-8, piece by piece: first the header, then the rows of each frame."""
    yield (",".join(COLUMNS) + "\n").encode()
    for frame in frames:
        out = export_frame(frame, base_url)
        for name in _MOMENTS:
            out[name] = _iso(out[name])
        for name in _FREE_TEXT:
            out[name] = defused(out[name])
        yield out.to_csv(index=False, header=False, lineterminator="\n").encode("utf-8", "replace")


def jsonl_chunks(frames: Iterable[pd.DataFrame], base_url: str) -> Iterator[bytes]:
    """JSON Lines in UTF-8: one object a row, texts exactly as they are kept, unknown as null."""
    for frame in frames:
        out = _with_marks(frame, base_url)
        for name in _MOMENTS:
            out[name] = _iso(out[name])
        columns = [out[name].astype("object").where(out[name].notna(), None) for name in out]
        rows = zip(*columns, strict=True)
        lines = (json.dumps(dict(zip(out, row, strict=True)), ensure_ascii=False) for row in rows)
        yield "".join(line + "\n" for line in lines).encode("utf-8", "replace")


def parquet_chunks(frames: Iterable[pd.DataFrame], base_url: str) -> Iterator[bytes]:
    """A Parquet file of the schema `SCHEMA`, piece by piece; texts exactly as they are kept."""
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
    yield from sink.taken()


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
    return export_frame(frame, base_url).assign(
        starred=frame["starred"].astype(bool), tags=frame["tags"], note=frame["note"]
    )


def defused(texts: pd.Series[Any]) -> pd.Series[Any]:
    """Texts that no spreadsheet runs: one that looks like a formula gets a leading apostrophe."""
    found = ["'" + one if isinstance(one, str) and one[:1] in _FORMULA else one for one in texts]
    return pd.Series(found, index=texts.index, dtype="object")


def _iso(moments: pd.Series[Any]) -> pd.Series[Any]:
    values = moments.dt.tz_localize(None).to_numpy("datetime64[us]")
    texts = np.char.add(np.datetime_as_string(values, unit="us"), "Z")
    return pd.Series(texts, index=moments.index, dtype="object").where(moments.notna(), None)


def _input_urls(inputs: Any, base_url: str) -> str | None:
    if inputs == "[]":  # nearly every row, and parsing it would take longer than all of the others
        return None
    found = json.loads(inputs) if isinstance(inputs, str) else inputs
    return (
        " ".join(f"{base_url}/app/static/media/{one['sha256']}.{one['extension']}" for one in found)
        or None
    )
