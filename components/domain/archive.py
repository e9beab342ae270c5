"""A comparison with everything that is kept of it, as one line of JSON and back.

The same models write the manifest of an export and check the one of an import: what is not in
them, or not as they say, is refused. Rows of the tables go in and come out; no SQL is in here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from components.domain.media_types import MEDIA_TYPES
from components.domain.model import FailureKind, State

FORMAT: Literal[1] = 1
_BIG = 2**53 - 1  # what every reader of JSON holds exactly
_Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Name = Annotated[str, Field(min_length=1, max_length=500)]
_Text = Annotated[str, Field(max_length=5_000_000)]
_Count = Annotated[int, Field(ge=0, le=_BIG)]
_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _sensible(at: datetime) -> datetime:
    """In UTC; times far out would overflow wherever they are counted on."""
    if not _FIRST <= at <= _LAST:
        raise ValueError("a time lies before 2000 or after 2200")
    return at.astimezone(UTC)


_Moment = Annotated[AwareDatetime, AfterValidator(_sensible)]
_Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="after")
    def _storable(self) -> Self:
        for value in self.__dict__.values():
            texts = value if isinstance(value, tuple) else (value,)
            if any(isinstance(text, str) and "\0" in text for text in texts):
                raise ValueError("a text holds a character that cannot be stored")
        return self


class ArchivedPicture(_Part):
    """`model.Picture`."""

    sha256: _Hash
    extension: str
    format: Annotated[str, Field(max_length=20)]
    bytes: Annotated[int, Field(ge=1, le=_BIG)]
    width: Annotated[int, Field(ge=1, le=1_000_000)]
    height: Annotated[int, Field(ge=1, le=1_000_000)]

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.extension not in MEDIA_TYPES:
            raise ValueError("a picture has an extension that no picture has")
        return self

    @property
    def file(self) -> str:
        """Its name in an exported ZIP."""
        return f"originals/{self.sha256}.{self.extension}"


class ArchivedInput(ArchivedPicture):
    """`model.InputImage`."""

    name: Annotated[str, Field(max_length=1_000)]


class ArchivedError(_Part):
    """`model.Failure`."""

    kind: FailureKind
    message: _Text


class ArchivedAttempt(_Part):
    """A row of `attempts`; bytes that did not decode stay behind."""

    number: Annotated[int, Field(ge=1, le=1_000_000)]
    state: State
    gateway: _Text
    started_at: _Moment
    finished_at: _Moment | None
    latency_s: _Seconds | None
    status: Annotated[int, Field(ge=0, le=999)] | None
    error: ArchivedError | None
    text: _Text
    headers: tuple[tuple[_Text, _Text], ...]
    connect_s: _Seconds | None
    first_byte_s: _Seconds | None
    reply: _Text


class ArchivedGeneration(_Part):
    """A row of `generations` with its marks and its attempts."""

    id: _Id
    alias: _Name
    sample: Annotated[int, Field(ge=1, le=1_000)]
    position: Annotated[int, Field(ge=0, le=100_000)]
    state: State
    attempt: Annotated[int, Field(ge=0, le=1_000_000)]
    gateway: _Text
    created_at: _Moment
    started_at: _Moment | None
    finished_at: _Moment | None
    latency_s: _Seconds | None
    picture: ArchivedPicture | None
    others: tuple[ArchivedPicture, ...]
    answered_by: _Text | None
    text: _Text
    finish_reason: _Text | None
    prompt_tokens: _Count | None
    completion_tokens: _Count | None
    total_tokens: _Count | None
    cost_usd: _Dollars | None
    error: ArchivedError | None
    starred: bool
    note: _Text
    tags: tuple[_Name, ...]
    attempts: tuple[ArchivedAttempt, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.state is State.SUCCEEDED) != (self.picture is not None):
            raise ValueError("a generation has a picture exactly where it succeeded")
        if len({one.number for one in self.attempts}) < len(self.attempts):
            raise ValueError("a generation has two attempts of the same number")
        return self

    @property
    def pictures(self) -> tuple[ArchivedPicture, ...]:
        """The result first, then further pictures of the same reply."""
        return (() if self.picture is None else (self.picture,)) + self.others


class ArchivedComparison(_Part):
    """A row of `comparisons` with its input images and (some of) its generations."""

    triptych: Literal[1] = FORMAT
    id: _Id
    created_at: _Moment
    prompt: Annotated[str, Field(min_length=1, max_length=1_000_000)]
    aliases: Annotated[tuple[_Name, ...], Field(min_length=1, max_length=1_000)]
    samples: Annotated[int, Field(ge=1, le=1_000)]
    inputs: tuple[ArchivedInput, ...]
    generations: tuple[ArchivedGeneration, ...]

    @property
    def pictures(self) -> tuple[ArchivedPicture, ...]:
        """Everything that an exported ZIP holds for it."""
        return (*self.inputs, *(one for each in self.generations for one in each.pictures))
