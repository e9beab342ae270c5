"""Gateway: what is configured, whether it answers, and which alias is good for what."""

import streamlit as st

from components.actions import compare
from components.domain.formatting import plain
from components.domain.version import GENERATOR
from components.services import running_services
from components.ui.gateway import panel

services = running_services()
settings = services.settings

st.subheader("Configured")
panel.show_configured(compare.gateway_facts(), settings.warnings)
if st.button("Try the gateway", help="Asks for its list of models. No picture, no cost."):
    with st.spinner("Asking the gateway"):
        ok, sentence = compare.try_gateway()
    (st.success if ok else st.error)(plain(sentence))

st.subheader("Aliases")
panel.show_aliases(services.aliases, services.expected(), synthetic=settings.is_demo)

if services.demo:
    st.subheader("Asking the demo gateway to fail")
    st.caption("Written into a prompt, these show what a failure looks like.")
    panel.show_markers(services.demo.hints)
    st.subheader("Connecting a real gateway")
    st.markdown("Set two variables and start Triptych again:")
    st.code("TRIPTYCH_GATEWAY_URL=https://gateway.example.com\nTRIPTYCH_GATEWAY_TOKEN=…", None)

st.caption(GENERATOR)
