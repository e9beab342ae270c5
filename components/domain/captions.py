"""PURE: what stands under a picture, or in its place, in the words of every place that shows it.

The grid, the gallery, the side by side, the event stream and the offline page have them from here.
"""

from __future__ import annotations

from dataclasses import dataclass

from components.domain.formatting import UNKNOWN, money, seconds, size
from components.domain.model import Generation, Picture

_NONE = "–"


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the two large figures."""

    value: str  # `12.9 s`
    unit: str  # `latency`
    mark: str = ""  # `fastest`; empty where it is not the best


@dataclass(frozen=True, slots=True)
class Caption:
    """All words for one generation; empty where there is nothing to say."""

    picture: str  # what the picture is called where it cannot be seen
    latency: Figure
    size: Figure
    dimensions: str = ""
    tokens: str = ""
    cost: str = ""
    attempt: str = ""  # only from the second on
    others: str = ""
    answered_by: str = ""

    @property
    def figures(self) -> tuple[Figure, Figure]:
        """The two large figures in their order."""
        return self.latency, self.size

    @property
    def facts(self) -> str:
        """The small line below the figures."""
        parts = (self.dimensions, self.tokens, self.cost, self.attempt, self.others)
        return " · ".join(part for part in parts if part)

    @property
    def brief(self) -> str:
        """The same line where there is less room."""
        return " · ".join(part for part in (self.dimensions, self.cost) if part)


def caption(one: Generation, *, fastest: bool = False, smallest: bool = False) -> Caption:
    """The words for a generation, whatever its state; marked as the best where it is."""
    name = f"Picture by {one.alias}, sample {one.sample}"
    attempt = f"attempt {one.attempt}" if one.attempt > 1 else ""
    if one.success is None:
        until = _NONE if one.latency_s is None else seconds(one.latency_s)
        return Caption(
            picture=name,
            latency=Figure(until, "latency of the answer"),
            size=Figure(_NONE, "no picture" if one.state.ended else "under way"),
            attempt=attempt,
        )
    success, picture = one.success, one.success.picture
    tokens = success.usage.total_tokens
    return Caption(
        picture=name,
        latency=Figure(seconds(one.latency_s), "latency", "fastest" if fastest else ""),
        size=Figure(
            size(picture.bytes), f"{picture.bytes:,} bytes", "smallest" if smallest else ""
        ),
        dimensions=_dimensions(picture),
        tokens="tokens unknown" if tokens is None else f"{tokens:,} tokens",
        cost="cost unknown" if success.cost_usd is None else money(success.cost_usd),
        attempt=attempt,
        others=f"{len(success.others)} more in the reply" if success.others else "",
        answered_by=f"answered by {success.answered_by}"
        if success.answered_by
        else f"answered by: {UNKNOWN}",
    )


def exact_facts(one: Generation) -> tuple[tuple[str, str], ...]:
    """Names and figures to the last digit that matters, for a page that can be asked no more."""
    facts = [("state", one.state.value)]
    if one.latency_s is not None:
        facts.append(("latency", f"{one.latency_s:.3f} s"))
    if one.success:
        success, picture = one.success, one.success.picture
        tokens, usd = success.usage.total_tokens, success.cost_usd
        facts += [
            ("bytes", f"{picture.bytes:,}"),
            ("picture", _dimensions(picture)),
            ("answered by", success.answered_by or UNKNOWN),
            ("tokens", UNKNOWN if tokens is None else f"{tokens:,}"),
            ("cost", UNKNOWN if usd is None else f"${usd:.4f}"),
            ("SHA-256", picture.sha256),
        ]
    if one.attempt > 1:
        facts.append(("attempt", str(one.attempt)))
    return tuple(facts)


def _dimensions(picture: Picture) -> str:
    return f"{picture.width} × {picture.height} {picture.format}"
