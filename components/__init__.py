"""The parts of Triptych: `core` is the engine, `web` its HTTP routes, `ui` its Streamlit pieces."""
