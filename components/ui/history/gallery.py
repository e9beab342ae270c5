"""The history as a gallery: one line of pictures a comparison."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import streamlit as st

from components.domain import formatting
from components.domain.model import Comparison, Generation

PAGE_LINES = 10


def show_gallery(comparisons: Iterable[Comparison], *, order_is_time: bool = True) -> None:
    """One page of comparisons, each with all its pictures in the order of its grid."""
    if not order_is_time:
        st.caption("A comparison has no latency, size or cost of its own: the newest come first.")
    st.html('<div class="tt-gallery">' + "".join(map(_line, comparisons)) + "</div>")


def _line(one: Comparison) -> str:
    inputs = f" · {len(one.inputs)} input images" if one.inputs else ""
    return (
        f'<section class="tt-line"><a class="tt-line-prompt" href="{one.path}" target="_self" '
        f'title="Open this comparison">{escape(one.prompt)}</a>'
        f'<div class="tt-when">{formatting.moment(one.created_at)} · '
        f"{escape(formatting.progress(one.generations))}{inputs} · "
        f'<a href="/download/comparison/{one.id}.html" download title="Pictures and figures in one '
        'file that opens offline">as one HTML file</a></div>'
        f'<div class="tt-strip">{"".join(map(_picture, one.generations))}</div></section>'
    )


def _picture(one: Generation) -> str:
    if one.success:
        alt = f"Picture by {one.alias}, sample {one.sample}"
        shown = f'<img src="{one.success.picture.preview_path}" alt="{escape(alt)}" loading="lazy">'
        figures = (
            f"{formatting.seconds(one.latency_s)} · {formatting.size(one.success.picture.bytes)}"
        )
    else:
        sentence = one.failure.message if one.failure else ""
        shown = f'<span class="tt-lack" title="{escape(sentence)}">{one.state.value}</span>'
        figures = "no picture" if one.state.ended else "under way"
    return (
        f'<a class="tt-hung" href="/?comparison={one.comparison_id}" target="_self">{shown}'
        f'<span class="tt-hung-alias">{escape(one.alias)}</span>'
        f'<span class="tt-note">{figures}</span></a>'
    )
