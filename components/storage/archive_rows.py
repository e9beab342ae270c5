"""Rows of the tables <-> the values of an archive. No SQL and no connection in here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from components.domain.archive import (
    ArchivedAttempt,
    ArchivedComparison,
    ArchivedError,
    ArchivedGeneration,
    ArchivedInput,
    ArchivedPicture,
)
from components.domain.generation_fields import Part, columns_of
from components.domain.model import State
from components.domain.text.caseless import search_text
from components.storage.row_mapping import Row

# Columns that an archive has as they are.
_SAME = columns_of(Part.REQUEST, Part.REPLY, Part.USAGE, Part.MARK)
_PICTURE = columns_of(Part.PICTURE)


def archived(
    comparison: Row, generations: Iterable[Row], attempts: Iterable[Row], tags: Iterable[Row]
) -> ArchivedComparison:
    """Rows of the tables as one value; attempts and tags may be those of other generations too.

    Raises pydantic.ValidationError for rows that no version of this program has written.
    """
    tried: dict[str, list[ArchivedAttempt]] = {}
    for row in attempts:
        tried.setdefault(row["generation_id"], []).append(_attempt(row))
    marked: dict[str, list[str]] = {}
    for row in tags:
        marked.setdefault(row["generation_id"], []).append(row["tag"])
    return ArchivedComparison(
        id=comparison["id"],
        created_at=comparison["created_at"],
        prompt=comparison["prompt"],
        aliases=tuple(comparison["aliases"]),
        samples=comparison["samples"],
        inputs=tuple(ArchivedInput(**one) for one in comparison["inputs"]),
        generations=tuple(
            ArchivedGeneration(
                **{name: row[name] for name in _SAME},
                picture=ArchivedPicture(**{name: row[name] for name in _PICTURE})
                if row["state"] == State.SUCCEEDED.value
                else None,
                others=tuple(ArchivedPicture(**one) for one in row["others"] or ()),
                error=_error(row),
                tags=tuple(marked.get(row["id"], ())),
                attempts=tuple(tried.get(row["id"], ())),
            )
            for row in generations
        ),
    )


def _attempt(row: Row) -> ArchivedAttempt:
    facts = row["facts"]
    timing = facts.get("timing", {})
    same = ("number", "state", "gateway", "started_at", "finished_at", "latency_s", "status",
            "text")  # fmt: skip
    return ArchivedAttempt(
        **{name: row[name] for name in same},
        error=_error(row),
        headers=tuple((name, value) for name, value in facts.get("headers", ())),
        connect_s=timing.get("connect_s"),
        first_byte_s=timing.get("first_byte_s"),
        reply=facts.get("reply", ""),
    )


def _error(row: Row) -> ArchivedError | None:
    if row["error_kind"] is None:
        return None
    return ArchivedError(kind=row["error_kind"], message=row["error_message"] or "")


def comparison_row(kept: ArchivedComparison) -> dict[str, Any]:
    """Its row of `comparisons`."""
    return {
        "id": kept.id,
        "created_at": kept.created_at,
        "prompt": kept.prompt,
        "search_text": search_text(kept.prompt),
        "aliases": list(kept.aliases),
        "samples": kept.samples,
        "inputs": [one.model_dump() for one in kept.inputs],
        "visitor": "",
        "version": 0,
    }


def generation_row(comparison: ArchivedComparison, kept: ArchivedGeneration) -> dict[str, Any]:
    """Its row of `generations`."""
    return {
        **{name: getattr(kept, name) for name in _SAME},
        **{name: getattr(kept.picture, name, None) for name in _PICTURE},
        **_error_columns(kept.error),
        "state": kept.state.value,
        "comparison_id": comparison.id,
        "server": None,
        "others": [one.model_dump() for one in kept.others],
        "with_inputs": bool(comparison.inputs),
    }


def attempt_row(generation_id: str, kept: ArchivedAttempt) -> dict[str, Any]:
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


def _error_columns(error: ArchivedError | None) -> dict[str, str | None]:
    return {
        "error_kind": error.kind.value if error else None,
        "error_message": error.message if error else None,
    }
