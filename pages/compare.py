"""Compare: one prompt to several aliases at once, their pictures side by side."""

import streamlit as st

from components import verbs, wiring
from components.core.engine import utc_now
from components.core.errors import UnknownComparison
from components.core.model import as_ask
from components.ui import brand, tab
from components.ui.form import show_form
from components.ui.grid import show_asked, show_grid, show_toolbar

services = wiring.services()
comparison_id = tab.comparison_id()
expected = services.expected()
comparison = None
unknown = None
if comparison_id:
    try:
        comparison = services.store.comparison(comparison_id)
        tab.fill_once(comparison.id, as_ask(comparison), services.aliases)
    except UnknownComparison as exc:
        unknown = exc
tab.fill_from_setup_link(services.aliases)

show_form(
    services.aliases,
    expected,
    fire=verbs.fire,
    take_uploads=verbs.take_uploads,
    take_pasted=verbs.take_pasted,
    max_inputs=services.settings.max_inputs,
    max_upload_bytes=services.settings.max_upload_bytes,
    synthetic=services.settings.is_demo,
)


@st.fragment
def show_comparison(found_id: str) -> None:
    """The comparison as it is now; reruns by itself, without the form, at each change."""
    found = services.store.comparison(found_id)
    now = utc_now()
    show_toolbar(found, now=now, cancel_all=verbs.cancel_all, run_again=verbs.run_again)
    show_grid(found, expected, verbs.actions(found), now)


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
    brand.show_welcome(tab.suggest, synthetic=services.settings.is_demo)
