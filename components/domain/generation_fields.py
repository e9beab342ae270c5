"""What is known of a generation, said once: `FIELDS`.

From it follow the columns of every export and their order, the Parquet schema, the SELECT of the
history, the rows' mapping to values, and the README's table. The tables' DDL, the values of
`model` and the models of an archive are declared where they are: they hold constraints and
validators that a list of fields would only hide. `tests/domain/test_generation_fields.py` proves
that they agree with this list and names what is missing where.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pandas as pd


class Kind(StrEnum):
    """How a field is held, in a frame and in the typed formats."""

    TEXT = "text"
    WHOLE = "whole number"
    REAL = "real number"
    MOMENT = "moment"  # microseconds since 1970 in the tables, a UTC timestamp in frames
    YES_NO = "yes or no"
    WORDS = "words"  # a list of texts
    PICTURES = "pictures"  # a JSON document


class Part(StrEnum):
    """The part of what is known that a field belongs to.

    It tells the table, and the value that has it as an attribute: in `model`, and in an archive.
    """

    COMPARISON = "comparison"  # comparisons: Comparison, ArchivedComparison
    REQUEST = "request"  # generations: Generation, ArchivedGeneration
    PICTURE = "picture"  # generations: Picture, ArchivedPicture
    REPLY = "reply"  # generations: Success, ArchivedGeneration
    USAGE = "usage"  # generations: Usage, ArchivedGeneration
    FAILURE = "failure"  # generations: Failure, ArchivedError
    MARK = "mark"  # generations and tags: what people say of it; ArchivedGeneration
    LINK = "link"  # nowhere: made for exports
    INNER = "inner"  # generations: of use to the store alone


class Output(StrEnum):
    """Where a field is written to. All but links and inner ones are in an archive too."""

    EVERY = "every export"
    TYPED = "Parquet and JSON Lines"  # where no reader counts columns
    FRAME = "frames of the history"  # for pages, and for what is made of it
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is known of a generation."""

    name: str  # in exports and frames
    kind: Kind
    part: Part
    meaning: str  # what stands in it, in Markdown
    output: Output = Output.EVERY
    stored_as: str = ""  # its column and attribute, where that is another name
    outside: bool = False  # whether its words come from people, gateways or imported files

    @property
    def column(self) -> str:
        """Its column in the table of its part, and the attribute of its value."""
        return self.stored_as or self.name


_T, _W, _R, _M = Kind.TEXT, Kind.WHOLE, Kind.REAL, Kind.MOMENT
_P, _FRAME, _TYPED = Part, Output.FRAME, Output.TYPED

# The exported ones in the order of the columns of every export.
FIELDS: tuple[Field, ...] = (
    Field("comparison_id", _T, _P.COMPARISON, "the comparison it belongs to", stored_as="id"),
    Field("generation_id", _T, _P.REQUEST, "this request's own id", stored_as="id"),
    Field("created_at", _M, _P.REQUEST, "when Generate was pressed, ISO 8601 in UTC"),
    Field("prompt", _T, _P.COMPARISON, "the prompt as it was sent", outside=True),
    Field("alias", _T, _P.REQUEST, "the name sent as `model`", outside=True),
    Field("sample", _W, _P.REQUEST, "1 to 4: which of the alias's samples"),
    Field("state", _T, _P.REQUEST, "`queued`, `running`, `succeeded`, `failed`, `refused`, "
          "`cancelled` or `interrupted`"),
    Field("latency_s", _R, _P.REQUEST,
          "seconds from the request leaving to the last byte of its answer; empty: unknown"),
    Field("bytes", _W, _P.PICTURE, "size of the decoded picture in bytes"),
    Field("width", _W, _P.PICTURE, "pixels"),
    Field("height", _W, _P.PICTURE, "pixels"),
    Field("format", _T, _P.PICTURE, "`JPEG`, `PNG`, …, told from the bytes", outside=True),
    Field("sha256", _T, _P.PICTURE, "SHA-256 of the original picture"),
    Field("answered_by", _T, _P.REPLY, "model that the reply says made it; empty: unknown",
          outside=True),
    Field("text", _T, _P.REPLY, "companion text", outside=True),
    Field("finish_reason", _T, _P.REPLY, "as the reply gave it", outside=True),
    Field("prompt_tokens", _W, _P.USAGE, "as the reply gave it; empty: unknown"),
    Field("completion_tokens", _W, _P.USAGE, "as the reply gave it; empty: unknown"),
    Field("total_tokens", _W, _P.USAGE, "as the reply gave it; empty: unknown"),
    Field("cost_usd", _R, _P.REPLY,
          "US dollars as reported, otherwise tokens × the alias's rough price; empty: unknown"),
    Field("error_kind", _T, _P.FAILURE, "why there is no picture, one of a small set of words"),
    Field("error_message", _T, _P.FAILURE, "the same in a sentence", outside=True),
    Field("attempt", _W, _P.REQUEST,
          "how many requests were sent for it so far, those by hand included"),
    Field("started_at", _M, _P.REQUEST, "when the request that counted left, ISO 8601 in UTC"),
    Field("finished_at", _M, _P.REQUEST, "when its answer was complete, ISO 8601 in UTC"),
    Field("input_images", _T, _P.LINK,
          "URLs of the input images as they were sent, separated by spaces"),
    Field("gateway", _T, _P.REQUEST, "base URL of the gateway, or `demo (synthetic)`",
          outside=True),
    Field("permalink", _T, _P.LINK, "URL of the comparison"),
    Field("image_url", _T, _P.LINK, "URL of the original picture"),
    Field("starred", Kind.YES_NO, _P.MARK, "whether it has a star", _TYPED),
    Field("tags", Kind.WORDS, _P.MARK, "its tags, a list in alphabetical order", _TYPED,
          outside=True),
    Field("note", _T, _P.MARK, "its note", _TYPED, outside=True),
    Field("seq", _W, _P.INNER, "its serial number: later ones are higher", _FRAME),
    Field("extension", _T, _P.PICTURE, "ending of the original's name", _FRAME),
    Field("inputs", Kind.PICTURES, _P.COMPARISON, "facts of the input images", _FRAME),
    Field("position", _W, _P.REQUEST, "place in the grid, from 0", Output.NONE),
    Field("others", Kind.PICTURES, _P.REPLY, "further pictures of the same reply", Output.NONE),
    Field("server", _T, _P.INNER, "which server has it in hand", Output.NONE),
    Field("asked_by", _T, _P.INNER, "which visitor pressed Generate or Retry last", Output.NONE),
    Field("with_inputs", Kind.YES_NO, _P.INNER, "whether input images went along", Output.NONE),
)  # fmt: skip

# The columns of every export, in order, with what stands in them; the README's table is this one.
COLUMNS: dict[str, str] = {one.name: one.meaning for one in FIELDS if one.output is Output.EVERY}
# Further columns of the typed formats.
MARKS: dict[str, str] = {one.name: one.meaning for one in FIELDS if one.output is Output.TYPED}


def columns_of(*parts: Part) -> tuple[str, ...]:
    """The columns of these parts that hold one plain value, in order."""
    several = (Kind.PICTURES, Kind.WORDS)
    return tuple(one.column for one in FIELDS if one.part in parts and one.kind not in several)


def _exported(kind: Kind) -> tuple[str, ...]:
    return tuple(one.name for one in FIELDS if one.kind is kind and one.name in COLUMNS)


WHOLE_NUMBERS, REAL_NUMBERS, MOMENTS = map(_exported, (Kind.WHOLE, Kind.REAL, Kind.MOMENT))
# Those of a CSV whose words come from people, gateways or imported files.
FREE_TEXT = tuple(one.name for one in FIELDS if one.outside and one.name in COLUMNS)


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame of `History` with times as UTC timestamps and whole numbers as Int64."""
    frame = frame.copy()
    for name in MOMENTS:
        frame[name] = pd.to_datetime(frame[name], unit="us", utc=True)
    for name in WHOLE_NUMBERS:
        frame[name] = frame[name].astype("Int64")
    for name in REAL_NUMBERS:
        frame[name] = frame[name].astype("float64")
    return frame
