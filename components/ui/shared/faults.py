"""What a visitor sees of a defect of ours: a sentence and an error id. The log has the rest."""

from __future__ import annotations

import logging
import secrets

import streamlit as st

from components.domain import formatting
from components.domain.errors import StorageUnavailable, TriptychError

log = logging.getLogger("triptych.pages")


def on_script_error(error: Exception) -> bool:
    """Draw an uncaught error as a sentence; True, so that Streamlit draws nothing of its own."""
    if isinstance(error, TriptychError):
        log.warning("%s: %s", type(error).__name__, error)
        st.error(formatting.plain(str(error)), icon=":material/error:")
        if isinstance(error, StorageUnavailable):
            st.caption("What is in flight goes on and is stored as soon as that is possible.")
        return True
    error_id = secrets.token_hex(4)
    log.error("error %s", error_id, exc_info=error)
    st.error(
        "Triptych failed to draw this part of the page. Nothing that was sent or stored is "
        f"affected. Reload the page; if it stays, the server's log tells more under error id "
        f"{error_id}.",
        icon=":material/error:",
    )
    return True
