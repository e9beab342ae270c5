"""What stands over the history: how much was found, its exports, its pages."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.domain import urls
from components.domain.filters import Filter
from components.ui.history.filter_bar import PAGE, to_first_page
from components.ui.shared.pieces import pieces

_HTML = pieces("result_bar.html")

_FORMATS = (
    ("Parquet", "parquet", "Typed columns for pandas, DuckDB and the like"),
    ("JSON Lines", "jsonl", "One JSON object a row"),
    ("ZIP with originals", "zip", "Rows, marks and every original, to keep or to import elsewhere"),
)
_SOME = "So many were counted, and the pages reach that far. Figures and exports hold all."
_SEEN = "tt_history_seen"


def show_found(number: int, *, exact: bool, wanted: Filter) -> None:
    """How many generations the filter finds, and their exports: all of them, not only a page."""
    found = "1 generation" if number == 1 else f"{number:,} generations"
    query = wanted.query
    st.html(
        _HTML.found(
            found if exact else f"at least {found}",
            "" if exact else _SOME,
            urls.export("csv", query),
            [(name, urls.export(extension, query), hint) for name, extension, hint in _FORMATS],
        ),
        width="content",
    )


def pinned(newest: int) -> int | None:
    """The serial number up to which rows are shown, so that later pages stay as they are.

    The first page always begins with what is newest; from there on the URL keeps what was newest
    when paging began. `newest` is the serial number of the newest row of all.
    """
    page = st.session_state.get(PAGE) or st.query_params.get(PAGE, "1")
    if str(page) == "1":
        st.query_params.pop("upto", None)
        st.session_state[_SEEN] = newest
        return None
    given = st.query_params.get("upto", "")
    if given.isascii() and given.isdigit() and len(given) < 16:
        upto = int(given)
    else:
        upto = int(st.session_state.get(_SEEN, newest))
    st.query_params["upto"] = str(upto)
    return upto


def places() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Where the actions stand and, in the same line if there is room, the page chooser."""
    line = st.container(
        horizontal=True, vertical_alignment="center", gap="medium",
        horizontal_alignment="distribute", key="tt-actions",
    )  # fmt: skip
    return line.container(width="content"), line.container(width="content")


def show_pages(pages: int) -> int:
    """The page chooser; the number of the chosen page, from 0."""
    if pages <= 1:
        return 0
    if int(st.session_state.get(PAGE) or 1) > pages:
        st.session_state[PAGE] = pages
    return st.pagination(pages, key=PAGE, bind="query-params") - 1


def show_newer() -> None:
    """That rows arrived after paging began, and the way to them."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("Newer results have arrived since this list was opened.", width="content")
        st.button("Show them", type="tertiary", on_click=to_first_page, key="tt-newer")


def show_nothing(*, filtered: bool) -> None:
    """What stands in place of an empty list."""
    text = (
        "No generation fits this filter. Take something out of it to see more."
        if filtered
        else "Nothing has been generated yet. Every result will be kept here, with its figures."
    )
    st.html(_HTML.nothing(text))
