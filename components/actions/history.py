"""What a visitor can do with the history: each action joins the page with the running services."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from components.domain.errors import ImportRefused, TriptychError
from components.domain.formatting import plain
from components.services import running_services
from components.storage.annotations import Annotations
from components.transfer.history_import import Limits, import_history, summary
from components.ui.history.row_actions import HistoryActions

_IMPORT = "tt_import"


def _marks() -> Annotations:
    return running_services().annotations


def actions() -> HistoryActions:
    """The actions that the ticked rows of the history offer."""
    return HistoryActions(
        star=lambda ids, starred: _try(lambda: _marks().star(ids, starred=starred)),
        retag=lambda ids, add, remove: _try(lambda: _marks().tag(ids, add, remove)),
        note=lambda ids, text: _try(lambda: _marks().note(ids, text)),
        delete=_delete,
        known_tags=lambda: running_services().history.choices().tags,
    )


def _try(change: Callable[[], None]) -> None:
    try:
        change()
    except TriptychError as exc:
        st.toast(plain(f"Nothing was changed. {exc}"), icon=":material/error:")


def _delete(ids: Sequence[str]) -> None:
    try:
        services = running_services()
        deleted = services.deletion.delete(ids)
        services.pictures.sweep_soon()
    except TriptychError as exc:
        st.toast(plain(f"It may not have been deleted. {exc}"), icon=":material/error:")
        return
    said = f"{deleted.gone} deleted."
    if deleted.unfinished:
        said += f" {deleted.unfinished} still under way stayed."
    st.toast(said, icon=":material/delete:")


def ask_for_import() -> None:
    """Open the import's dialog at the next run."""
    st.session_state[_IMPORT] = True


def show_import_if_asked() -> None:
    """The import's dialog, if the button was pressed just now."""
    if st.session_state.pop(_IMPORT, False):
        _show_import()


@st.dialog("Import a history")
def _show_import() -> None:
    st.write(
        "Choose a ZIP that Triptych exported (**ZIP with originals**). Ids are kept, what is here "
        "already stays as it is, and every picture is verified by its SHA-256."
    )
    file = st.file_uploader("Exported ZIP", type="zip", label_visibility="collapsed")
    st.caption("A larger file is taken in on the server: `python -m components import FILE`")
    if file is None:
        return
    services = running_services()
    limits = Limits(services.settings.max_picture_pixels, services.settings.max_reply_bytes)
    try:
        with st.spinner("Verifying and taking in"):
            done = import_history(file, services.store, services.media, limits)
    except ImportRefused as exc:
        st.error(plain(str(exc)), icon=":material/error:")
    except TriptychError as exc:
        st.error(plain(f"{exc} Import it once more then."), icon=":material/error:")
    else:
        st.success(plain(summary(done)), icon=":material/check:")
        if st.button("Show the history", type="primary"):
            st.rerun()
