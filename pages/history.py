"""History: everything that was kept, to be found, opened and exported."""

import streamlit as st

from components import wiring
from components.core.frames import typed
from components.core.history import Filter
from components.ui import history_table as table

history = wiring.services().history
wanted = table.show_filter(history.aliases())
found = Filter(wanted.q, wanted.aliases, wanted.states)
count = history.count(found).number
table.show_count(count, wanted)
if count:
    page = table.show_pages(count)
    rows = history.page(found, offset=page * table.PAGE_ROWS, limit=table.PAGE_ROWS)
    chosen = table.show_table(typed(rows))
    if chosen:
        st.switch_page("compare.py", query_params={"comparison": chosen})
else:
    table.show_nothing(filtered=found != Filter())
