"""What several pages show. May import: domain, streamlit."""
