"""One file a page, thin. May import: actions, services, domain, ui, streamlit."""
