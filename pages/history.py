"""History: everything that was kept, to be found, looked at, marked and exported."""

from dataclasses import replace

import streamlit as st

from components.actions import history as actions
from components.domain import urls
from components.domain.filters import Order
from components.domain.generation_fields import typed
from components.domain.statistics import figures_by_alias
from components.services import running_services
from components.ui.history import result_bar as bar
from components.ui.history import table
from components.ui.history.figures import show_figures
from components.ui.history.filter_bar import View, looked_for, show_filter
from components.ui.history.gallery import PAGE_LINES, show_gallery
from components.ui.history.row_actions import show_actions
from components.ui.shared import style

style.install_history()
if comparison := table.opened():
    st.switch_page("compare.py", query_params={urls.COMPARISON: comparison})

history = running_services().history
wanted, order, view = show_filter(history.choices(looked_for()))
newest = history.newest()
shown = replace(wanted, upto=bar.pinned(newest))
count = history.count(shown)

with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="tt-history-bar"):
    bar.show_found(count.number, exact=count.exact, wanted=wanted)
    figures = st.toggle("Figures", key="figures", bind="query-params",
                        help="Success rate, latency, size and cost of everything that the filter "
                        "finds, by alias.")  # fmt: skip
    st.button("Import", on_click=actions.ask_for_import, type="tertiary",
              help="Take in the ZIP that another Triptych exported.")  # fmt: skip
actions.show_import_if_asked()

if count.number and figures:
    show_figures(figures_by_alias(history.figures(shown)))
if not count.number:
    bar.show_nothing(filtered=not wanted.anything)
elif view is View.GALLERY:
    lines = history.count_comparisons(shown).number
    page = bar.show_pages(-(-lines // PAGE_LINES))
    show_gallery(
        history.gallery(
            shown, offset=page * PAGE_LINES, limit=PAGE_LINES, oldest=order is Order.OLDEST
        ),
        order_is_time=order in (Order.NEWEST, Order.OLDEST),
    )
else:
    place, pages = bar.places()
    with pages:
        page = bar.show_pages(-(-count.number // table.PAGE_ROWS))
    rows = history.page(shown, offset=page * table.PAGE_ROWS, limit=table.PAGE_ROWS, order=order)
    with st.container(key="tt-history-rows"):
        ticked = table.show_table(typed(rows))
    with place:
        show_actions(ticked, rows, actions.actions())
if shown.upto is not None and newest > shown.upto:
    bar.show_newer()
