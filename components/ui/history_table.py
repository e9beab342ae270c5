"""The history table: its filter, which lives in the URL, and one page of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from components.core.model import State
from components.core.words import valid_text

PAGE_ROWS = 25
SHOWN = ["picture", "created_at", "prompt", "alias", "state", "latency_s", "bytes",
         "answered_by"]  # fmt: skip
_TABLE = "tt-history"


@dataclass(frozen=True)
class Wanted:
    """What the filter on the page asks for."""

    q: str
    aliases: tuple[str, ...]
    states: tuple[State, ...]

    @property
    def query(self) -> str:
        """The same as the query of an export's URL, with its question mark; empty for all."""
        pairs = [("q", self.q)] if self.q else []
        pairs += [("alias", name) for name in self.aliases]
        pairs += [("state", state.value) for state in self.states]
        return "?" + urlencode(pairs) if pairs else ""


def show_filter(aliases: Sequence[str]) -> Wanted:
    """Search and filters, bound to the URL, so that a filtered view can be shared."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        q = st.text_input(
            "Search prompts",
            key="q",
            bind="query-params",
            placeholder="hummingbird",
            icon=":material/search:",
            width=320,
            max_chars=200,
        )
        chosen = st.multiselect(
            "Alias", list(aliases), key="alias", bind="query-params", width=300, placeholder="all"
        )
        states = st.multiselect(
            "State",
            [state.value for state in State],
            key="state",
            bind="query-params",
            width=300,
            placeholder="all",
        )
    return Wanted(valid_text(q or "").strip(), tuple(chosen), tuple(State(name) for name in states))


def show_count(count: int, wanted: Wanted) -> None:
    """How many generations the filter finds, and their export."""
    found = "1 generation" if count == 1 else f"{count:,} generations"
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.html(f'<span class="tt-progress">{found}</span>', width="content")
        st.html(
            f'<a class="tt-button" href="/export/history.csv{escape(wanted.query)}" download '
            'title="All that the filter finds, not only this page">Export CSV</a>',
            width="content",
        )


def show_pages(count: int) -> int:
    """The page chooser; the number of the chosen page, from 0."""
    pages = max(1, -(-count // PAGE_ROWS))
    if pages == 1:
        return 0
    return st.pagination(pages, key="page", bind="query-params") - 1


def show_table(rows: pd.DataFrame) -> str | None:
    """One page of rows, as `frames.typed` gives them; the comparison of the row that was chosen."""
    unknown = rows["answered_by"].isna() & (rows["state"] == State.SUCCEEDED.value)
    table = rows.assign(
        picture=_thumbnails(rows),
        bytes=rows["bytes"].astype("float64") / 1000,
        answered_by=rows["answered_by"].mask(unknown, "unknown"),
    )[SHOWN]
    chosen = st.dataframe(
        table,
        key=_TABLE,
        hide_index=True,
        width="stretch",
        height=min(len(table), PAGE_ROWS) * 56 + 40,
        row_height=56,
        placeholder="",
        on_select="rerun",
        selection_mode=["single-row", "single-cell"],
        column_config={
            "picture": st.column_config.ImageColumn("", width=64),
            "created_at": st.column_config.DatetimeColumn(
                "Time (UTC)", format="YYYY-MM-DD HH:mm:ss", width=150
            ),
            "prompt": st.column_config.TextColumn("Prompt", width="large"),
            "alias": st.column_config.TextColumn("Alias", width=120),
            "state": st.column_config.TextColumn("State", width=100),
            "latency_s": st.column_config.NumberColumn("Latency (s)", format="%.2f", width=90),
            "bytes": st.column_config.NumberColumn("Size (kB)", format="%.1f", width=90),
            "answered_by": st.column_config.TextColumn("Answered by", width=200),
        },
    )
    selection = chosen["selection"]
    picked = [*selection["rows"], *(cell[0] for cell in selection.get("cells", ()))]
    return str(rows["comparison_id"].iloc[picked[0]]) if picked else None


def show_nothing(*, filtered: bool) -> None:
    """What stands in place of an empty table."""
    text = (
        "No generation fits this filter. Take something out of it to see more."
        if filtered
        else "Nothing has been generated yet. Every result will be kept here, with its figures."
    )
    st.html(f'<div class="tt-empty">{text}</div>')


def _thumbnails(rows: pd.DataFrame) -> pd.Series:
    return "/app/static/thumb/" + rows["sha256"] + ".webp"
