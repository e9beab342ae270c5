"""Compare: one prompt to several aliases at once, their pictures side by side."""

import streamlit as st

from components.actions import compare
from components.domain.clock import utc_now
from components.domain.errors import UnknownComparison
from components.domain.model import as_ask
from components.services import running_services
from components.ui.compare import form_state
from components.ui.compare.form import show_form
from components.ui.compare.grid import show_asked, show_grid, show_toolbar
from components.ui.shared import brand

services = running_services()
comparison_id = form_state.comparison_id()
expected = services.expected()
comparison = None
unknown = None
if comparison_id:
    try:
        comparison = services.store.comparison(comparison_id)
        form_state.fill_once(comparison.id, as_ask(comparison), services.aliases)
    except UnknownComparison as exc:
        unknown = exc
form_state.fill_from_setup_link(services.aliases)

show_form(
    services.aliases,
    expected,
    fire=compare.fire,
    take_uploads=compare.take_uploads,
    take_pasted=compare.take_pasted,
    max_inputs=services.settings.max_inputs,
    max_upload_bytes=services.settings.max_upload_bytes,
    synthetic=services.settings.is_demo,
)


@st.fragment
def show_comparison(found_id: str) -> None:
    """The comparison as it is now; reruns by itself, without the form, at each change."""
    found = services.store.comparison(found_id)
    now = utc_now()
    show_toolbar(found, now=now, cancel_all=compare.cancel_all, run_again=compare.run_again)
    show_grid(found, expected, compare.actions(found), now)


if comparison:
    show_asked(comparison)
    show_comparison(comparison.id)
elif unknown:
    st.warning(
        "There is no comparison with this id here. Check that the link is complete, "
        "or look in the history.",
        icon=":material/search_off:",
    )
else:
    brand.show_welcome(form_state.suggest, synthetic=services.settings.is_demo)
