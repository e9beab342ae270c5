"""Single generations hung side by side, whatever comparisons they come from."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from components.domain import formatting
from components.domain.model import Comparison, Generation


def show_side_by_side(found: Sequence[Comparison]) -> None:
    """Comparisons with one generation each, in columns that wrap on a narrow screen."""
    generations = [one.generations[0] for one in found]
    fastest, smallest = formatting.best(generations)
    same = len({one.prompt for one in found}) == 1
    cards = "".join(
        _card(one, one.generations[0], fastest, smallest, with_prompt=not same) for one in found
    )
    asked = f'<div class="tt-asked">{escape(found[0].prompt)}</div>' if same else ""
    st.html(f'{asked}<div class="tt-beside">{cards}</div>')


def _card(
    comparison: Comparison,
    one: Generation,
    fastest: frozenset[str],
    smallest: frozenset[str],
    *,
    with_prompt: bool,
) -> str:
    prompt = f'<p class="tt-clamped">{escape(comparison.prompt)}</p>' if with_prompt else ""
    return (
        f'<article data-generation="{one.id}"><div class="tt-head"><span class="tt-alias">'
        f'{escape(one.alias)}</span><span class="tt-note">sample {one.sample}</span></div>'
        f"{_picture(one)}{_figures(one, fastest=one.id in fastest, smallest=one.id in smallest)}"
        f'{prompt}<p class="tt-when">{formatting.moment(comparison.created_at)} · '
        f'{escape(one.gateway)}<br><a href="{comparison.path}" target="_self">Open its '
        "comparison</a></p></article>"
    )


def _picture(one: Generation) -> str:
    if one.success is None:
        sentence = one.failure.message if one.failure else "There is no picture yet."
        return (
            f'<div class="tt-frame tt-fault"><span class="tt-state">{one.state.value}</span>'
            f"<p>{escape(sentence)}</p></div>"
        )
    picture = one.success.picture
    alt = f"Picture by {one.alias}, sample {one.sample}"
    return (
        f'<a class="tt-frame" href="{picture.media_path}" target="_blank" '
        'title="Open the original">'
        f'<img src="{picture.preview_path}" alt="{escape(alt)}"></a>'
    )


def _figures(one: Generation, *, fastest: bool, smallest: bool) -> str:
    if one.success is None:
        return ""
    picture = one.success.picture
    usd = one.success.cost_usd
    cost = formatting.money(usd) if usd is not None else "cost unknown"
    quick = ' <span class="tt-mark">fastest</span>' if fastest else ""
    small = ' <span class="tt-mark">smallest</span>' if smallest else ""
    return (
        '<div class="tt-figures">'
        f'<div class="tt-figure{" tt-best" if fastest else ""}"><span class="tt-value">'
        f"{formatting.seconds(one.latency_s)}</span>"
        f'<span class="tt-unit">latency{quick}</span></div>'
        f'<div class="tt-figure{" tt-best" if smallest else ""}"><span class="tt-value">'
        f"{formatting.size(picture.bytes)}</span>"
        f'<span class="tt-unit">{picture.bytes:,} bytes{small}'
        "</span></div></div>"
        f'<p class="tt-facts">{picture.width} × {picture.height} {picture.format} · {cost}'
        f"<br>answered by {escape(one.success.answered_by or formatting.UNKNOWN)}</p>"
    )
