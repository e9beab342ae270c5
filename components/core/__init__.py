"""The engine: values, gateway, pictures, store, work. No Streamlit and no Starlette pages in it."""
