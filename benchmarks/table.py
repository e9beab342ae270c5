"""Rows of figures, each with what it is to be compared with, and how they are printed."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One figure of ours, beside the same figure of a baseline from the same run."""

    what: str
    ours: float | None
    unit: str = ""
    baseline: float | None = None
    of: str = ""  # whose figure the baseline is
    target: str = ""
    met: bool | None = None


def at_most(limit: float, unit: str, value: float | None) -> tuple[str, bool | None]:
    """A target in words, and whether the value meets it."""
    return f"≤ {limit:g} {unit}".strip(), None if value is None else value <= limit


def median(values: Iterable[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def machine() -> str:
    """What this was measured on, in one line."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    load = os.getloadavg()[0]
    kernel = platform.release().split("-")[0]
    return (
        f"{len(os.sched_getaffinity(0))} cores of {model}, Linux {kernel}, "
        f"Python {platform.python_version()}; load average at the start {load:.1f}"
    )


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}{f' {unit}' if unit else ''}"


def show(title: str, rows: Sequence[Row]) -> None:
    """Print one group as a Markdown table."""
    print(f"\n### {title}\n")
    print("| what | ours | baseline | ours ÷ baseline | target | |")
    print("| --- | ---: | ---: | ---: | --- | --- |")
    for row in rows:
        ratio = f"{row.ours / row.baseline:.3g}" if row.ours is not None and row.baseline else ""
        baseline = (
            f"{_number(row.baseline, row.unit)} ({row.of})" if row.baseline is not None else ""
        )
        verdict = "" if row.met is None else "met" if row.met else "**missed**"
        print(
            f"| {row.what} | {_number(row.ours, row.unit)} | {baseline} | {ratio} "
            f"| {row.target} | {verdict} |"
        )
    print(flush=True)
