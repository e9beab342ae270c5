"""Figures over everything that the filter finds, and a small plot of the latencies by alias."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd
import streamlit as st

from components.domain import formatting
from components.domain.statistics import Figures
from components.ui.shared.pieces import pieces

_HTML = pieces("figures.html")

_HEADS = ("Alias", "Generations", "Succeeded (%)", "Median latency (s)", "p95 latency (s)",
          "Median size (kB)", "Cost ($)")  # fmt: skip


def show_figures(figures: Sequence[Figures]) -> None:
    """A row of figures an alias, and beside it where the latencies of its successes lie."""
    left, right = st.columns([5, 3], gap="large")
    left.html(_HTML.table(_HEADS, [_row(one) for one in figures]))
    known = [one for one in figures if one.latency_s]
    if known:
        right.altair_chart(_plot(known), width="stretch")


def _row(one: Figures) -> tuple[str, tuple[str, ...], bool]:
    """Its name, its cells, and whether it stands for all aliases."""
    rate = one.success_rate
    cells = (
        f"{one.count:,}",
        formatting.UNKNOWN if rate is None else f"{100 * rate:.1f}",
        f"{one.latency_s[2]:.2f}" if one.latency_s else formatting.UNKNOWN,
        f"{one.latency_s[4]:.2f}" if one.latency_s else formatting.UNKNOWN,
        formatting.UNKNOWN if one.median_bytes is None else f"{one.median_bytes / 1000:,.1f}",
        _cost(one),
    )
    return _name(one), cells, one.alias is None


def _name(one: Figures) -> str:
    return "all of them" if one.alias is None else one.alias


def _cost(one: Figures) -> str:
    if one.cost_usd is None:
        return formatting.UNKNOWN
    part = "" if one.cost_known == one.succeeded else f" for {one.cost_known:,} of them"
    return f"{one.cost_usd:,.2f}{part}"


def _plot(figures: Sequence[Figures]) -> alt.LayerChart:
    frame = pd.DataFrame(
        [(_name(one), *one.latency_s) for one in figures if one.latency_s],
        columns=["alias", "p5", "p25", "median", "p75", "p95"],
    )
    base = alt.Chart(frame).encode(
        y=alt.Y("alias:N", title=None, sort=list(frame["alias"]), axis=alt.Axis(labelLimit=140)),
        tooltip=[alt.Tooltip("alias:N", title="alias")]
        + [
            alt.Tooltip(f"{name}:Q", title=f"{name} (s)", format=".2f")
            for name in ("p5", "p25", "median", "p75", "p95")
        ],
    )
    title = "Latency of successes (s): 5 % to 95 %, middle half, median"
    whole = base.mark_rule(strokeWidth=1.5, color="#8a8578").encode(
        x=alt.X("p5:Q", title=title, scale=alt.Scale(zero=True)), x2="p95:Q"
    )
    half = base.mark_bar(height=12, color="#5578b8").encode(x="p25:Q", x2="p75:Q")
    middle = base.mark_tick(thickness=3, height=18, color="#d29a2e").encode(x="median:Q")
    chart: alt.LayerChart = (whole + half + middle).properties(height=max(90, 34 * len(frame) + 50))
    return chart
