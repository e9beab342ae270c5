"""A comparison with everything that is kept of it, as one line of JSON and back.

The same models write the manifest of an export and check the one of an import: what is not in
them, or not as they say, is refused. Rows of the tables go in and come out; no SQL is in here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from components.core.imaging import MEDIA_TYPES
from components.core.model import FailureKind, State
from components.core.rows import Row

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


class KeptPicture(_Part):
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


class KeptInput(KeptPicture):
    """`model.InputImage`."""

    name: Annotated[str, Field(max_length=1_000)]


class KeptError(_Part):
    """`model.Failure`."""

    kind: FailureKind
    message: _Text


class KeptAttempt(_Part):
    """A row of `attempts`; bytes that did not decode stay behind."""

    number: Annotated[int, Field(ge=1, le=1_000_000)]
    state: State
    gateway: _Text
    started_at: _Moment
    finished_at: _Moment | None
    latency_s: _Seconds | None
    status: Annotated[int, Field(ge=0, le=999)] | None
    error: KeptError | None
    text: _Text
    headers: tuple[tuple[_Text, _Text], ...]
    connect_s: _Seconds | None
    first_byte_s: _Seconds | None
    reply: _Text


class KeptGeneration(_Part):
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
    picture: KeptPicture | None
    others: tuple[KeptPicture, ...]
    answered_by: _Text | None
    text: _Text
    finish_reason: _Text | None
    prompt_tokens: _Count | None
    completion_tokens: _Count | None
    total_tokens: _Count | None
    cost_usd: _Dollars | None
    error: KeptError | None
    starred: bool
    note: _Text
    tags: tuple[_Name, ...]
    attempts: tuple[KeptAttempt, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.state is State.SUCCEEDED) != (self.picture is not None):
            raise ValueError("a generation has a picture exactly where it succeeded")
        if len({one.number for one in self.attempts}) < len(self.attempts):
            raise ValueError("a generation has two attempts of the same number")
        return self

    @property
    def pictures(self) -> tuple[KeptPicture, ...]:
        """The result first, then further pictures of the same reply."""
        return (() if self.picture is None else (self.picture,)) + self.others


class KeptComparison(_Part):
    """A row of `comparisons` with its input images and (some of) its generations."""

    triptych: Literal[1] = FORMAT
    id: _Id
    created_at: _Moment
    prompt: Annotated[str, Field(min_length=1, max_length=1_000_000)]
    aliases: Annotated[tuple[_Name, ...], Field(min_length=1, max_length=1_000)]
    samples: Annotated[int, Field(ge=1, le=1_000)]
    inputs: tuple[KeptInput, ...]
    generations: tuple[KeptGeneration, ...]

    @property
    def pictures(self) -> tuple[KeptPicture, ...]:
        """Everything that an exported ZIP holds for it."""
        return (*self.inputs, *(one for each in self.generations for one in each.pictures))


def kept_of(
    comparison: Row, generations: Iterable[Row], attempts: Iterable[Row], tags: Iterable[Row]
) -> KeptComparison:
    """Rows of the tables as one value; attempts and tags may be those of other generations too."""
    tried: dict[str, list[KeptAttempt]] = {}
    for row in attempts:
        tried.setdefault(row["generation_id"], []).append(_attempt(row))
    marked: dict[str, list[str]] = {}
    for row in tags:
        marked.setdefault(row["generation_id"], []).append(row["tag"])
    same = ("id", "alias", "sample", "position", "state", "attempt", "gateway", "created_at",
            "started_at", "finished_at", "latency_s", "answered_by", "text", "finish_reason",
            "prompt_tokens", "completion_tokens", "total_tokens", "cost_usd", "starred",
            "note")  # fmt: skip
    facts = ("sha256", "extension", "format", "bytes", "width", "height")
    return KeptComparison(
        id=comparison["id"],
        created_at=comparison["created_at"],
        prompt=comparison["prompt"],
        aliases=tuple(comparison["aliases"]),
        samples=comparison["samples"],
        inputs=tuple(KeptInput(**one) for one in comparison["inputs"]),
        generations=tuple(
            KeptGeneration(
                **{name: row[name] for name in same},
                picture=KeptPicture(**{name: row[name] for name in facts})
                if row["state"] == State.SUCCEEDED.value
                else None,
                others=tuple(KeptPicture(**one) for one in row["others"] or ()),
                error=_error(row),
                tags=tuple(marked.get(row["id"], ())),
                attempts=tuple(tried.get(row["id"], ())),
            )
            for row in generations
        ),
    )


def _attempt(row: Row) -> KeptAttempt:
    facts = row["facts"]
    timing = facts.get("timing", {})
    same = ("number", "state", "gateway", "started_at", "finished_at", "latency_s", "status",
            "text")  # fmt: skip
    return KeptAttempt(
        **{name: row[name] for name in same},
        error=_error(row),
        headers=tuple((name, value) for name, value in facts.get("headers", ())),
        connect_s=timing.get("connect_s"),
        first_byte_s=timing.get("first_byte_s"),
        reply=facts.get("reply", ""),
    )


def _error(row: Row) -> KeptError | None:
    if row["error_kind"] is None:
        return None
    return KeptError(kind=row["error_kind"], message=row["error_message"] or "")


def comparison_row(kept: KeptComparison) -> dict[str, Any]:
    """Its row of `comparisons`."""
    return {
        "id": kept.id,
        "created_at": kept.created_at,
        "prompt": kept.prompt,
        "aliases": list(kept.aliases),
        "samples": kept.samples,
        "inputs": [one.model_dump() for one in kept.inputs],
        "visitor": "",
        "version": 0,
    }


def generation_row(comparison: KeptComparison, kept: KeptGeneration) -> dict[str, Any]:
    """Its row of `generations`."""
    same = kept.model_dump(exclude={"picture", "others", "error", "tags", "attempts", "state"})
    shown = kept.picture.model_dump() if kept.picture else dict.fromkeys(KeptPicture.model_fields)
    return {
        **same,
        **shown,
        **_error_columns(kept.error),
        "state": kept.state.value,
        "comparison_id": comparison.id,
        "server": None,
        "others": [one.model_dump() for one in kept.others],
        "with_inputs": bool(comparison.inputs),
    }


def attempt_row(generation_id: str, kept: KeptAttempt) -> dict[str, Any]:
    """Its row of `attempts`."""
    return {
        "generation_id": generation_id,
        "number": kept.number,
        "state": kept.state.value,
        "gateway": kept.gateway,
        "started_at": kept.started_at,
        "finished_at": kept.finished_at,
        "latency_s": kept.latency_s,
        "status": kept.status,
        **_error_columns(kept.error),
        "text": kept.text,
        "kept": None,
        "facts": {
            "headers": [list(pair) for pair in kept.headers],
            "timing": {
                "connect_s": kept.connect_s,
                "first_byte_s": kept.first_byte_s,
                "latency_s": kept.latency_s,
            },
            "reply": kept.reply,
        },
    }


def _error_columns(error: KeptError | None) -> dict[str, str | None]:
    return {
        "error_kind": error.kind.value if error else None,
        "error_message": error.message if error else None,
    }
