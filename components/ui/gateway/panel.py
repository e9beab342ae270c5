"""Which gateway is configured, whether it answers, and the alias table with when to pick which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from components.domain import formatting
from components.domain.aliases import Alias
from components.domain.estimates import Expected
from components.ui.shared.pieces import pieces

_HTML = pieces("panel.html")


def show_configured(facts: Sequence[tuple[str, str]], warnings: Sequence[str]) -> None:
    """What is configured, as pairs of words; never a secret among them."""
    st.html(_HTML.facts(facts))
    for sentence in warnings:
        st.warning(sentence, icon=":material/warning:")


def show_aliases(
    table: Sequence[Alias], expected: Mapping[str, Expected], *, synthetic: bool
) -> None:
    """The alias table: when to pick which, what it usually takes and roughly costs here."""
    behind = "Behind it on a real gateway" if synthetic else "Behind it"
    st.html(_HTML.aliases([_row(alias, expected.get(alias.name)) for alias in table], behind))
    for source, names in _by_source(table).items():
        st.caption(formatting.plain(f"Latency and price of {', '.join(names)}: {source}."))


def _by_source(table: Sequence[Alias]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for alias in table:
        if alias.source:
            found.setdefault(alias.source, []).append(alias.name)
    return found


def _row(alias: Alias, expected: Expected | None) -> tuple[Alias, str, str]:
    """An alias, what it takes and what it costs."""
    takes = costs = formatting.UNKNOWN
    if expected and expected.seconds:
        takes = formatting.span(expected.seconds)
        if expected.measured:
            takes += f" (measured on the last {expected.measured})"
    if expected and expected.usd:
        low, high = expected.usd
        costs = (
            formatting.money(low)
            if low == high
            else f"{formatting.money(low)} to {formatting.money(high)}"
        )
    return alias, takes, costs


def show_markers(hints: Sequence[tuple[str, str]]) -> None:
    """What can be written into a prompt to make the demo gateway fail or wait."""
    st.html(_HTML.markers(hints))
