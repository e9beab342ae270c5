"""Streamlit pieces that draw values. May import: domain, markup, streamlit."""
