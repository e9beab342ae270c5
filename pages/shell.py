"""What surrounds every page: configuration, stylesheet, navigation and which gateway answers."""

import streamlit as st

from components.services import running_services
from components.ui.shared import brand, style

st.set_page_config(page_title="Triptych", page_icon=brand.ICON, layout="wide")
st.logo(brand.LOGO, size="large", link=None)
style.install()
page = st.navigation(
    [
        st.Page("compare.py", title="Compare", default=True),
        st.Page("history.py", title="History", url_path="history"),
        st.Page("selection.py", title="Selection", url_path="selection", visibility="hidden"),
        st.Page("gateway.py", title="Gateway", url_path="gateway"),
    ],
    position="top",
)
brand.show_ribbon(running_services().settings.gateway_url)
page.run()
