"""What surrounds every page: configuration, stylesheet, navigation and which gateway answers."""

import streamlit as st

from components.domain import urls
from components.services import running_services
from components.ui.shared import brand, style

st.set_page_config(page_title="Triptych", page_icon=brand.ICON, layout="wide")
st.logo(brand.LOGO, size="large", link=None)
style.install()
page = st.navigation(
    [
        st.Page("compare.py", title="Compare", default=True),
        st.Page("history.py", title="History", url_path=urls.HISTORY),
        st.Page("selection.py", title="Selection", url_path=urls.SELECTION, visibility="hidden"),
        st.Page("gateway.py", title="Gateway", url_path=urls.GATEWAY),
    ],
    position="top",
)
brand.show_ribbon(running_services().settings.gateway_url)
page.run()
