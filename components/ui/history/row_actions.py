"""What can be done with the rows that are ticked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from components.domain import urls
from components.domain.model import State
from components.ui.shared.pieces import pieces

_HTML = pieces("result_bar.html")

MOST_SIDE_BY_SIDE = 12


@dataclass(frozen=True)
class HistoryActions:
    """What the buttons do; each takes ids of generations. Handed in by the page."""

    star: Callable[[Sequence[str], bool], None]
    retag: Callable[[Sequence[str], Sequence[str], Sequence[str]], None]  # ids, add, remove
    note: Callable[[Sequence[str], str], None]
    delete: Callable[[Sequence[str]], None]
    known_tags: Callable[[], Sequence[str]]


def show_actions(ticked: Sequence[str], rows: pd.DataFrame, actions: HistoryActions) -> None:
    """The buttons for the ticked rows of a page, or how one comes by them."""
    if not ticked:
        st.html(
            _HTML.hint(
                "Click a row to open its comparison. Tick rows to star, tag, compare or delete "
                "them."
            )
        )
        return
    chosen = rows.set_index("generation_id").loc[list(ticked)]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(_HTML.ticked(len(ticked)), width="content")
        if st.button("Open", icon=":material/open_in_full:", disabled=len(ticked) > 1):
            st.switch_page(
                "compare.py", query_params={urls.COMPARISON: str(chosen["comparison_id"].iloc[0])}
            )
        if st.button(
            "Side by side",
            icon=":material/view_column_2:",
            disabled=not 2 <= len(ticked) <= MOST_SIDE_BY_SIDE,
            help=f"2 to {MOST_SIDE_BY_SIDE} generations, also of different comparisons.",
        ):
            st.switch_page("selection.py", query_params={urls.GENERATION: list(ticked)})
        all_starred = bool(chosen["starred"].all())
        if st.button("Unstar" if all_starred else "Star", icon=":material/star:"):
            actions.star(ticked, not all_starred)
            st.rerun()
        if st.button("Tags", icon=":material/sell:"):
            _ask_for_tags(ticked, chosen, actions)
        if st.button("Note", icon=":material/edit_note:"):
            _ask_for_note(ticked, chosen, actions)
        if st.button("Delete", icon=":material/delete:", key="tt-delete"):
            _ask_before_deleting(ticked, chosen, actions)


@st.dialog("Tags")
def _ask_for_tags(ticked: Sequence[str], chosen: pd.DataFrame, actions: HistoryActions) -> None:
    st.caption("Every ticked generation gets exactly these tags.")
    before = sorted({tag for tags in chosen["tags"] for tag in tags})
    known = sorted({*actions.known_tags(), *before})
    after = st.multiselect(
        "Tags", known, before, accept_new_options=True, max_selections=20,
        placeholder="Choose or write one", label_visibility="collapsed",
    )  # fmt: skip
    if st.button("Save", type="primary", key="tt-save-tags"):
        actions.retag(ticked, after, [tag for tag in before if tag not in after])
        st.rerun()


@st.dialog("Note")
def _ask_for_note(ticked: Sequence[str], chosen: pd.DataFrame, actions: HistoryActions) -> None:
    notes = list(dict.fromkeys(chosen["note"]))
    if len(notes) > 1:
        st.caption("The ticked generations have different notes; saving replaces all of them.")
    text = st.text_area(
        "Note", notes[0] if len(notes) == 1 else "", max_chars=4_000, label_visibility="collapsed"
    )
    if st.button("Save", type="primary", key="tt-save-note"):
        actions.note(ticked, text)
        st.rerun()


@st.dialog("Delete for good?")
def _ask_before_deleting(
    ticked: Sequence[str], chosen: pd.DataFrame, actions: HistoryActions
) -> None:
    under_way = int(sum(not State(name).ended for name in chosen["state"]))
    what = "1 generation" if len(ticked) == 1 else f"{len(ticked)} generations"
    st.write(
        f"{what} and their attempts, figures and marks are removed, and their pictures where "
        "nothing else refers to them. Links to them stop working. This cannot be undone."
    )
    if under_way:
        st.caption(f"{under_way} of them still under way will stay.")
    with st.container(horizontal=True, gap="small"):
        if st.button("Delete", type="primary", key="tt-delete-now"):
            actions.delete(ticked)
            st.rerun()
        if st.button("Keep", key="tt-keep"):
            st.rerun()
