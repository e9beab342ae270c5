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
from components.domain.model import State
from components.storage.row_mapping import Row


def archived(
    comparison: Row, generations: Iterable[Row], attempts: Iterable[Row], tags: Iterable[Row]
) -> ArchivedComparison:
    """Rows of the tables as one value; attempts and tags may be those of other generations too."""
    tried: dict[str, list[ArchivedAttempt]] = {}
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
    return ArchivedComparison(
        id=comparison["id"],
        created_at=comparison["created_at"],
        prompt=comparison["prompt"],
        aliases=tuple(comparison["aliases"]),
        samples=comparison["samples"],
        inputs=tuple(ArchivedInput(**one) for one in comparison["inputs"]),
        generations=tuple(
            ArchivedGeneration(
                **{name: row[name] for name in same},
                picture=ArchivedPicture(**{name: row[name] for name in facts})
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
        "aliases": list(kept.aliases),
        "samples": kept.samples,
        "inputs": [one.model_dump() for one in kept.inputs],
        "visitor": "",
        "version": 0,
    }


def generation_row(comparison: ArchivedComparison, kept: ArchivedGeneration) -> dict[str, Any]:
    """Its row of `generations`."""
    same = kept.model_dump(exclude={"picture", "others", "error", "tags", "attempts", "state"})
    shown = (
        kept.picture.model_dump() if kept.picture else dict.fromkeys(ArchivedPicture.model_fields)
    )
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
