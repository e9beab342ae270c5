"""The gateway's page. May import: domain, ui.shared, streamlit."""
