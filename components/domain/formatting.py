"""PURE: figures and values in the words of the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from components.domain.estimates import Estimate, Expected
from components.domain.model import Generation, State

UNKNOWN = "unknown"


_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!~|<>$:&])")


def plain(text: str) -> str:
    """`text` for a place that reads Markdown, so that it shows as it is and loads nothing."""
    return _MARKDOWN.sub(r"\\\1", text)


def seconds(value: float | None) -> str:
    """A latency: `0.84 s`, `12.9 s`, `143 s`; unknown where it is None."""
    if value is None:
        return UNKNOWN
    if value < 9.995:
        return f"{value:.2f} s"
    return f"{value:.1f} s" if value < 99.95 else f"{value:.0f} s"


def size(count: int | None) -> str:
    """A size in bytes: `512 B`, `798 kB`, `1.71 MB` (1 kB is 1,000 bytes); unknown where None."""
    if count is None:
        return UNKNOWN
    if count < 1_000:
        return f"{count} B"
    if count < 999_500:
        return f"{count / 1e3:.0f} kB" if count >= 99_500 else f"{count / 1e3:.1f} kB"
    return f"{count / 1e6:.2f} MB"


def money(usd: float | None) -> str:
    """A rough amount: `~$0.004`, `free`; unknown where None."""
    if usd is None:
        return UNKNOWN
    if usd == 0:
        return "free"
    return f"~${_dollars(usd)}"


def _dollars(usd: float) -> str:
    return f"{usd:.2f}" if usd >= 0.095 else f"{usd:.2g}"


def span(pair: tuple[float, float], unit: str = " s") -> str:
    """A range: `12–15 s`, `0.6–0.8 s`, or one figure where both ends read the same."""
    low, high = (_round(value) for value in pair)
    return f"{low}{unit}" if low == high else f"{low}–{high}{unit}"


def _round(value: float) -> str:
    return f"{value:.0f}" if value >= 9.5 else f"{value:.1f}"


def usually(one: Expected | None) -> str:
    """What an alias usually takes: `usually 12–15 s`, or nothing where it is unknown."""
    return f"usually {span(one.seconds)}" if one and one.seconds else ""


def estimated(found: Estimate, *, synthetic: bool) -> str:
    """The line under the form: what it will usually take and roughly cost."""
    parts = [
        f"usually {span(found.seconds)}" if found.seconds else "time unknown",
        "free: the demo gateway draws synthetic pictures" if synthetic else _cost(found.usd),
    ]
    return " · ".join(parts)


def _cost(usd: tuple[float, float] | None) -> str:
    if usd is None:
        return "cost unknown"
    low, high = (_dollars(value) for value in usd)
    return f"roughly ${high}" if low == high else f"roughly ${low}–{high}"


def moment(at: datetime | None) -> str:
    """A time, to the second and in UTC."""
    return "" if at is None else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def progress(generations: Sequence[Generation]) -> str:
    """How far a comparison is: `2 of 3 landed`, with what failed named apart."""
    landed = sum(one.state is State.SUCCEEDED for one in generations)
    without = sum(one.state.ended for one in generations) - landed
    text = f"{landed} of {len(generations)} landed"
    return text + (f", {without} without a picture" if without else "")


def took(generations: Sequence[Generation]) -> float | None:
    """Seconds from asking to the last end, first attempts only; None where it is not meaningful.

    A retry hours later would make it the time between two people, not a latency.
    """
    ends = [one.finished_at for one in generations]
    if not ends or any(end is None for end in ends) or any(one.attempt > 1 for one in generations):
        return None
    return (max(end for end in ends if end) - generations[0].created_at).total_seconds()


def best(generations: Sequence[Generation]) -> tuple[frozenset[str], frozenset[str]]:
    """Ids of the fastest and of the smallest among at least two successes.

    Those that read the same share the mark: a difference that nobody can see is none.
    """
    done = [
        (one.id, one.latency_s, one.success.picture.bytes)
        for one in generations
        if one.success and one.latency_s is not None
    ]
    if len(done) < 2:
        return frozenset(), frozenset()
    quickest = seconds(min(latency for _, latency, _ in done))
    smallest = min(count for _, _, count in done)
    return (
        frozenset(found for found, latency, _ in done if seconds(latency) == quickest),
        frozenset(found for found, _, count in done if count == smallest),
    )
