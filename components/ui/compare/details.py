"""The raw facts of a generation, for reporting a broken gateway to its owner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from components.domain import formatting, urls
from components.domain.model import Attempt, Generation
from components.ui.shared.pieces import pieces

_HTML = pieces("details.html")


def show_details(generation: Generation, attempts: Sequence[Attempt]) -> None:
    """Open a dialog with every attempt of a generation: status, headers, timing, reply."""

    @st.dialog(f"{generation.alias}, sample {generation.sample}", width="large")
    def dialog() -> None:
        st.caption(
            f"Generation `{generation.id}` · {generation.state.value} · created "
            f"{formatting.moment(generation.created_at)}"
        )
        if not attempts:
            st.write("No request has ended yet.")
        for attempt in reversed(attempts):
            _show_attempt(attempt)

    dialog()


def _show_attempt(attempt: Attempt) -> None:
    exchange, timing = attempt.exchange, attempt.exchange.timing
    st.subheader(f"Attempt {attempt.number}: {attempt.state.value}")
    if attempt.failure:
        st.text(f"{attempt.failure.kind.value}: {attempt.failure.message}")
    facts: list[tuple[str, Any]] = [
        ("HTTP status", exchange.status),
        ("request left", formatting.moment(attempt.started_at)),
        ("ended", formatting.moment(attempt.finished_at)),
        ("connected after", _after(timing.connect_s)),
        ("first byte after", _after(timing.first_byte_s)),
        ("last byte after (latency)", _after(timing.latency_s)),
        *exchange.headers,
    ]
    shown = [(name, str(value)) for name, value in facts if value not in (None, "")]
    st.dataframe(pd.DataFrame(shown, columns=["fact", "value"]), hide_index=True, width="stretch")
    if attempt.kept:
        st.html(kept_link(attempt.kept))
    if exchange.reply:
        st.caption("The reply, with base64 cut out")
        st.code(exchange.reply, language=None, wrap_lines=True, height=260)


def _after(value: float | None) -> str:
    return "" if value is None else f"{value * 1000:,.0f} ms"


def kept_link(key: str) -> str:
    """A download of what an attempt has kept: bytes that did not decode, or a picture too late."""
    name, _, extension = key.rpartition("/")[2].partition(".")
    if key.startswith("kept/"):
        return str(_HTML.kept(urls.kept(name)))
    return str(_HTML.late(urls.media(name, extension)))
