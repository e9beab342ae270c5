"""PURE: figures over many generations, by alias."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from components.domain.model import State


@dataclass(frozen=True, slots=True)
class Figures:
    """What an alias did among the generations that were looked at; None is unknown."""

    alias: str | None  # None: all aliases together
    count: int
    succeeded: int
    ended: int
    latency_s: tuple[float, float, float, float, float] | None  # p5, p25, median, p75, p95
    median_bytes: float | None
    cost_usd: float | None  # sum of the known costs
    cost_known: int  # of how many successes the cost is known

    @property
    def success_rate(self) -> float | None:
        """The share of successes among those that ended."""
        return self.succeeded / self.ended if self.ended else None


def figures_by_alias(frame: pd.DataFrame) -> tuple[Figures, ...]:
    """Of a frame as `History.figures` gives it, the aliases in alphabetical order, then all."""
    found = [_figures(str(alias), rows) for alias, rows in frame.groupby("alias", sort=True)]
    return (*found, _figures(None, frame)) if len(found) > 1 else tuple(found)


def _figures(alias: str | None, rows: pd.DataFrame) -> Figures:
    done = rows[rows["state"] == State.SUCCEEDED.value]
    ended = [state.value for state in State if state.ended]
    latency_s = done["latency_s"].dropna().to_numpy()
    sizes = done["bytes"].dropna().to_numpy()
    costs = done["cost_usd"].dropna()
    low, lower, middle, upper, high = (
        (float(value) for value in np.percentile(latency_s, [5, 25, 50, 75, 95]))
        if len(latency_s)
        else (0.0,) * 5
    )
    return Figures(
        alias=alias,
        count=len(rows),
        succeeded=len(done),
        ended=int(rows["state"].isin(ended).sum()),
        latency_s=(low, lower, middle, upper, high) if len(latency_s) else None,
        median_bytes=float(np.median(sizes)) if len(sizes) else None,
        cost_usd=float(costs.sum()) if len(costs) else None,
        cost_known=len(costs),
    )
