"""A comparison and the form for it. May import: domain, ui.shared, ui.frontend, streamlit."""
