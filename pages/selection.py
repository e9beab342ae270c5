"""Selection: chosen generations side by side, also of different comparisons; the URL names them."""

import streamlit as st

from components.domain import urls
from components.services import running_services
from components.ui.history.row_actions import MOST_SIDE_BY_SIDE
from components.ui.history.side_by_side import show_side_by_side
from components.ui.shared import style
from components.ui.shared.clipboard import copy_link

style.install_history()
ids = list(dict.fromkeys(st.query_params.get_all(urls.GENERATION)))
found = running_services().history.generations(ids[:MOST_SIDE_BY_SIDE])
with st.container(horizontal=True, vertical_alignment="center", gap="small"):
    st.subheader("Side by side", width="content")
    if found:
        shown = [one.generations[0].id for one in found]
        copy_link("Copy link", urls.selection(shown), key="tt-copy-selection",
                  title="Whoever can reach this server sees exactly these")  # fmt: skip
    st.page_link("history.py", label="Back to the history", width="content")
if len(ids) > MOST_SIDE_BY_SIDE:
    st.caption(f"The first {MOST_SIDE_BY_SIDE} of {len(ids)} are shown.")
missing = len(ids[:MOST_SIDE_BY_SIDE]) - len(found)
if missing:
    st.warning(
        f"{missing} of the generations that the link names {'is' if missing == 1 else 'are'} not "
        "here: deleted, or the link is not complete.",
        icon=":material/search_off:",
    )
if found:
    show_side_by_side(found)
elif not ids:
    st.info("Tick two or more rows in the history and press “Side by side”.")
