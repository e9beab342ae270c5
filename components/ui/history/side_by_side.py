"""Single generations hung side by side, whatever comparisons they come from."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.domain import formatting
from components.domain.captions import caption
from components.domain.model import Comparison
from components.ui.shared.pieces import pieces

_HTML = pieces("side_by_side.html")


def show_side_by_side(found: Sequence[Comparison]) -> None:
    """Comparisons with one generation each, in columns that wrap on a narrow screen."""
    generations = [one.generations[0] for one in found]
    fastest, smallest = formatting.best(generations)
    same = len({one.prompt for one in found}) == 1
    cards = [
        {
            "comparison": one,
            "generation": each,
            "caption": caption(each, fastest=each.id in fastest, smallest=each.id in smallest),
            "when": formatting.moment(one.created_at),
        }
        for one, each in zip(found, generations, strict=True)
    ]
    st.html(_HTML.beside(found[0].prompt if same else None, cards))
