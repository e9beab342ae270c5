"""The history as a gallery: one line of pictures a comparison."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from components.domain import formatting, urls
from components.domain.captions import caption
from components.domain.model import Comparison
from components.ui.shared.pieces import pieces

_HTML = pieces("gallery.html")

PAGE_LINES = 10


def show_gallery(comparisons: Iterable[Comparison], *, order_is_time: bool = True) -> None:
    """One page of comparisons, each with all its pictures in the order of its grid."""
    if not order_is_time:
        st.caption("A comparison has no latency, size or cost of its own: the newest come first.")
    st.html(_HTML.gallery(map(_line, comparisons)))


def _line(one: Comparison) -> dict[str, Any]:
    return {
        "path": one.path,
        "page": urls.comparison_html(one.id),
        "prompt": one.prompt,
        "when": formatting.moment(one.created_at),
        "progress": formatting.progress(one.generations),
        "inputs": len(one.inputs),
        "pictures": [(each, caption(each)) for each in one.generations],
    }
