"""History as pandas frames and as CSV, with columns that stay as they are documented here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

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
_WHOLE = ("sample", "bytes", "width", "height", "prompt_tokens", "completion_tokens",
          "total_tokens", "attempt")  # fmt: skip
_MOMENTS = ("created_at", "started_at", "finished_at")
# Columns whose words come from people or gateways.
_FREE_TEXT = ("prompt", "alias", "answered_by", "text", "finish_reason", "error_message", "gateway")
# What makes a spreadsheet read a cell as a formula (OWASP, "CSV Injection"), full width included.
_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"


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


def defused(texts: pd.Series[Any]) -> pd.Series[Any]:
    """Texts that no spreadsheet runs: one that looks like a formula gets a leading apostrophe."""
    risky = texts.astype("object").str.match(_FORMULA).fillna(False).astype(bool)
    return texts.where(~risky, "'" + texts.astype("object").astype(str))


def _iso(moments: pd.Series[Any]) -> pd.Series[Any]:
    values = moments.dt.tz_localize(None).to_numpy("datetime64[us]")
    texts = np.char.add(np.datetime_as_string(values, unit="us"), "Z")
    return pd.Series(texts, index=moments.index, dtype="object").where(moments.notna(), None)


def _input_urls(inputs: Any, base_url: str) -> str | None:
    found = json.loads(inputs) if isinstance(inputs, str) else inputs
    return (
        " ".join(f"{base_url}/app/static/media/{one['sha256']}.{one['extension']}" for one in found)
        or None
    )
