"""PURE: what a comparison will usually take and roughly cost, and what a reply did cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from components.domain.aliases import Alias
from components.domain.model import Usage


@dataclass(frozen=True, slots=True)
class Usual:
    """What an alias took and cost lately: the middle half of its newest successes."""

    alias: str
    count: int
    latency_s: tuple[float, float]  # lower and upper quartile
    cost_usd: float | None  # median; None where no reply told


@dataclass(frozen=True, slots=True)
class Expected:
    """What one request to an alias usually takes, and where that is known from."""

    alias: str
    seconds: tuple[float, float] | None  # None: unknown
    usd: tuple[float, float] | None  # None: unknown
    measured: int = 0  # from how many results of this team; 0: from the alias table


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a whole comparison usually takes and roughly costs."""

    seconds: tuple[float, float] | None  # until the first and until the last picture
    usd: tuple[float, float] | None


def expected(alias: Alias, usual: Usual | None, demo_s: tuple[float, float] | None) -> Expected:
    """What a request to `alias` takes: from the team's own results, else from the table.

    `demo_s` stands in for the table's latencies on the demo gateway, which costs nothing.
    """
    table_s = demo_s or (alias.expected_s if alias.expected_s[1] > 0 else None)
    usd = (0.0, 0.0) if demo_s else alias.usd_per_image
    if usual is None:
        return Expected(alias.name, table_s, usd)
    if usual.cost_usd is not None:
        usd = (usual.cost_usd, usual.cost_usd)
    return Expected(alias.name, usual.latency_s, usd, usual.count)


def estimate(aliases: Iterable[str], samples: int, table: Mapping[str, Expected]) -> Estimate:
    """The estimate of `samples` requests to each alias, all sent at once.

    A part that is unknown for any of them is unknown for the whole.
    """
    chosen = [table[name] for name in aliases if name in table]
    seconds = [one.seconds for one in chosen]
    usd = [one.usd for one in chosen]
    known_s = [pair for pair in seconds if pair is not None]
    known_usd = [pair for pair in usd if pair is not None]
    return Estimate(
        seconds=(min(low for low, _ in known_s), max(high for _, high in known_s))
        if known_s and len(known_s) == len(seconds)
        else None,
        usd=(
            samples * sum(low for low, _ in known_usd),
            samples * sum(high for _, high in known_usd),
        )
        if known_usd and len(known_usd) == len(usd)
        else None,
    )


def cost_of(usage: Usage, alias: Alias | None) -> float | None:
    """US dollars that a reply cost: as it reports, or its tokens at the alias's rough price.

    None where neither is known, or the price depends on who answered.
    """
    if usage.cost_usd is not None:
        return usage.cost_usd
    price = alias.usd_per_million_tokens if alias else None
    if price is None or price[0] != price[1] or usage.total_tokens is None:
        return None
    return usage.total_tokens * price[0] / 1_000_000
