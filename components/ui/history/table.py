"""The history as a table: one row a generation, one page at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from components.domain import urls
from components.domain.model import State

PAGE_ROWS = 25
SHOWN = ["picture", "created_at", "prompt", "alias", "state", "latency_s", "bytes", "cost_usd",
         "answered_by", "marks"]  # fmt: skip
_OPEN = "tt_history_open"
_ROW = 56  # pixels


def show_table(rows: pd.DataFrame) -> list[str]:
    """One page of rows, as `frames.typed` gives them; ids of the generations that are ticked."""
    unknown = rows["answered_by"].isna() & (rows["state"] == State.SUCCEEDED.value)
    table = rows.assign(
        picture=urls.thumbnail(rows["sha256"]),
        bytes=rows["bytes"].astype("float64") / 1000,
        answered_by=rows["answered_by"].mask(unknown, "unknown"),
        marks=_marks(rows),
    )[SHOWN]
    # Another table for other rows: a tick must never pass on to what stands there next.
    digest = hashlib.sha256("".join(rows["generation_id"]).encode()).hexdigest()[:12]
    key = f"tt-history-{digest}"
    chosen = st.dataframe(
        table,
        key=key,
        hide_index=True,
        width="stretch",
        height=len(table) * _ROW + 40,
        row_height=_ROW,
        placeholder="",
        on_select=lambda: _note_opened(key, rows["comparison_id"].tolist()),
        selection_mode=["multi-row", "single-cell"],
        column_config={
            "picture": st.column_config.ImageColumn("", width=64),
            "created_at": st.column_config.DatetimeColumn(
                "Time (UTC)", format="YYYY-MM-DD HH:mm:ss", width=140
            ),
            "prompt": st.column_config.TextColumn("Prompt", width=330),
            "alias": st.column_config.TextColumn("Alias", width=100),
            "state": st.column_config.TextColumn("State", width=88),
            "latency_s": st.column_config.NumberColumn("Latency (s)", format="%.2f", width=86),
            "bytes": st.column_config.NumberColumn("Size (kB)", format="%,.1f", width=82),
            "cost_usd": st.column_config.NumberColumn("Cost ($)", format="%.4f", width=74),
            "answered_by": st.column_config.TextColumn("Answered by", width=185),
            "marks": st.column_config.TextColumn("Annotations", width=110),
        },
    )
    return [str(rows["generation_id"].iloc[row]) for row in chosen["selection"]["rows"]]


def opened() -> str | None:
    """The comparison of the cell that was clicked just now, if one was."""
    found = st.session_state.pop(_OPEN, None)
    return None if found is None else str(found)


def _note_opened(key: str, comparison_ids: Sequence[str]) -> None:
    """Remember what a click meant where it was made: by the next run other rows may stand there."""
    state: Any = st.session_state.get(key)
    cells = state["selection"].get("cells", ()) if state else ()
    if cells and not state["selection"]["rows"]:
        st.session_state[_OPEN] = comparison_ids[cells[0][0]]


def _marks(rows: pd.DataFrame) -> list[str]:
    found = []
    for starred, tags, note in zip(rows["starred"], rows["tags"], rows["note"], strict=True):
        parts = (["★"] if starred else []) + ([", ".join(tags)] if tags else [])
        found.append(" ".join(parts) + (f" · {note}" if note and parts else note))
    return found
