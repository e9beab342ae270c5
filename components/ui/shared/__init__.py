"""What several pages show. May import: domain, markup, ui.frontend, streamlit."""
