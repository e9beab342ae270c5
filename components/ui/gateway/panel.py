"""Which gateway is configured, whether it answers, and the alias table with when to pick which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from components.domain import formatting
from components.domain.aliases import Alias
from components.domain.estimates import Expected


def show_configured(facts: Sequence[tuple[str, str]], warnings: Sequence[str]) -> None:
    """What is configured, as pairs of words; never a secret among them."""
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in facts
    )
    st.html(f'<table class="tt-table"><tbody>{rows}</tbody></table>')
    for sentence in warnings:
        st.warning(sentence, icon=":material/warning:")


def show_aliases(
    table: Sequence[Alias], expected: Mapping[str, Expected], *, synthetic: bool
) -> None:
    """The alias table: when to pick which, what it usually takes and roughly costs here."""
    behind = "Behind it on a real gateway" if synthetic else "Behind it"
    rows = "".join(_row(alias, expected.get(alias.name)) for alias in table)
    st.html(
        '<table class="tt-table"><thead><tr><th>Alias</th><th>Pick it for</th>'
        f"<th>{behind}</th>"
        "<th>Usually takes</th><th>One picture, roughly</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _row(alias: Alias, expected: Expected | None) -> str:
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
    cells = (
        f'<b class="tt-name">{escape(alias.name)}</b>',
        escape(alias.pick_for),
        escape(alias.model),
        escape(takes),
        escape(costs),
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def show_markers(hints: Sequence[tuple[str, str]]) -> None:
    """What can be written into a prompt to make the demo gateway fail or wait."""
    rows = "".join(
        f"<tr><td><code>{escape(marker)}</code></td><td>{escape(sentence)}</td></tr>"
        for marker, sentence in hints
    )
    st.html(f'<table class="tt-table"><tbody>{rows}</tbody></table>')
