"""The stylesheets: what Streamlit's theme does not say. Colours follow the theme, light or dark."""

from __future__ import annotations

import streamlit as st

from components.ui.frontend import assets

_EVERY_PAGE, _HISTORY = (
    f"<style>\n{assets.css(name)}</style>" for name in ("style.css", "history.css")
)


def install() -> None:
    """Put the stylesheet of every page on the page."""
    st.html(_EVERY_PAGE)


def install_history() -> None:
    """Put what only the history and its selections need on the page."""
    st.html(_HISTORY)
