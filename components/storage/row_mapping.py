"""PURE: rows of the tables <-> the values of `model`. No SQL and no connection in here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from components.domain.generation_fields import Part, columns_of
from components.domain.model import (
    Attempt,
    Comparison,
    Exchange,
    Failure,
    FailureKind,
    Generation,
    InputImage,
    Picture,
    State,
    Success,
    Timing,
    Usage,
)

Row = Mapping[str, Any]

# Columns that hold what an attribute of the same name holds. The state is a word in its column.
_PICTURE, _REPLY, _USAGE = map(columns_of, (Part.PICTURE, Part.REPLY, Part.USAGE))
_REQUEST = tuple(name for name in columns_of(Part.REQUEST) if name != "state")


def picture_json(picture: Picture) -> dict[str, Any]:
    """A picture's facts as JSON holds them."""
    return asdict(picture)


def inputs_json(inputs: Iterable[InputImage]) -> list[dict[str, Any]]:
    """Input images as JSON holds them."""
    return [asdict(one.picture) | {"name": one.name} for one in inputs]


def inputs_of(document: Iterable[Mapping[str, Any]]) -> tuple[InputImage, ...]:
    """The input images that `inputs_json` wrote."""
    return tuple(
        InputImage(Picture(**{k: v for k, v in one.items() if k != "name"}), one["name"])
        for one in document
    )


def success_columns(success: Success) -> dict[str, Any]:
    """What a generation's row holds of a success; clears what a former failure left."""
    return {
        **{name: getattr(success.picture, name) for name in _PICTURE},
        **{name: getattr(success, name) for name in _REPLY},
        **{name: getattr(success.usage, name) for name in _USAGE},
        "others": [picture_json(one) for one in success.others],
        "error_kind": None,
        "error_message": None,
    }


def failure_columns(failure: Failure, text: str = "") -> dict[str, Any]:
    """What a generation's row holds of a failure; it has no picture and no figures of one."""
    return {
        "error_kind": failure.kind.value,
        "error_message": failure.message,
        "text": text,
    }


def generation_of(row: Row) -> Generation:
    """The generation in a row of the table `generations`."""
    state = State(row["state"])
    success = None
    if state is State.SUCCEEDED:
        success = Success(
            picture=Picture(**{name: row[name] for name in _PICTURE}),
            others=tuple(Picture(**one) for one in row["others"] or ()),
            usage=Usage(**{name: row[name] for name in _USAGE}),
            **{name: row[name] for name in _REPLY},
        )
    return Generation(
        **{name: row[name] for name in _REQUEST},
        comparison_id=row["comparison_id"],
        state=state,
        success=success,
        failure=failure_of(row),
        text=row["text"],
    )


def failure_of(row: Row) -> Failure | None:
    """The failure in a row of `generations` or `attempts`, if it holds one."""
    if row["error_kind"] is None:
        return None
    return Failure(FailureKind(row["error_kind"]), row["error_message"] or "")


def comparison_of(row: Row, generations: Iterable[Row]) -> Comparison:
    """The comparison in a row of `comparisons` and the rows of its generations."""
    return Comparison(
        id=row["id"],
        created_at=row["created_at"],
        prompt=row["prompt"],
        aliases=tuple(row["aliases"]),
        samples=row["samples"],
        inputs=inputs_of(row["inputs"]),
        generations=tuple(generation_of(one) for one in generations),
        version=row["version"],
    )


def exchange_json(exchange: Exchange) -> dict[str, Any]:
    """An exchange's facts as JSON holds them; the status has a column of its own."""
    return {
        "headers": [list(pair) for pair in exchange.headers],
        "timing": asdict(exchange.timing),
        "reply": exchange.reply,
    }


def attempt_of(row: Row) -> Attempt:
    """The attempt in a row of the table `attempts`."""
    facts = row["facts"]
    return Attempt(
        number=row["number"],
        state=State(row["state"]),
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        failure=failure_of(row),
        exchange=Exchange(
            status=row["status"],
            headers=tuple((name, value) for name, value in facts.get("headers", ())),
            timing=Timing(**facts.get("timing", {})),
            reply=facts.get("reply", ""),
        ),
        text=row["text"],
        kept=row["kept"],
    )
