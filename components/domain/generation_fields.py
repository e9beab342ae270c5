"""What is known of a generation: the columns of every export, in order, and what they hold."""

from __future__ import annotations

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

# Further columns of the typed formats, where no reader counts columns.
MARKS: dict[str, str] = {
    "starred": "whether it has a star",
    "tags": "its tags, a list in alphabetical order",
    "note": "its note",
}

WHOLE_NUMBERS = ("sample", "bytes", "width", "height", "prompt_tokens", "completion_tokens",
          "total_tokens", "attempt")  # fmt: skip

MOMENTS = ("created_at", "started_at", "finished_at")


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame of `History` with times as UTC timestamps and whole numbers as Int64."""
    frame = frame.copy()
    for name in MOMENTS:
        frame[name] = pd.to_datetime(frame[name], unit="us", utc=True)
    for name in WHOLE_NUMBERS:
        frame[name] = frame[name].astype("Int64")
    for name in ("latency_s", "cost_usd"):
        frame[name] = frame[name].astype("float64")
    return frame
