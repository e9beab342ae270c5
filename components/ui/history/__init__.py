"""Table, gallery, filter and figures. May import: domain, ui.shared, streamlit."""
