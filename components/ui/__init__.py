"""Streamlit pieces that draw values. They read and change nothing but the page and the tab."""
