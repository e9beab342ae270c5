"""Streamlit pieces that draw values and reach for nothing. May import: domain, streamlit."""
