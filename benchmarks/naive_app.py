"""The app that anyone would write first, to measure ours beside it.

One file: threads in the script, `st.image(bytes)`, history in the session's state. It is meant as
a fair first version: all requests leave at once, and each picture is shown when it has come.
"""

from __future__ import annotations

import base64
import os
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

import httpx
import streamlit as st

GATEWAY = os.environ["NAIVE_GATEWAY_URL"]
ALIASES = ("nano-banana", "gpt-image", "image-gen")


def ask(alias: str, prompt: str) -> tuple[str, bytes, float]:
    """One request to one alias: its picture and its latency."""
    began = time.monotonic()
    answer = httpx.post(
        f"{GATEWAY}/v1/chat/completions",
        json={
            "model": alias,
            "messages": [{"role": "user", "content": prompt}],
            "stream": False,
        },
        timeout=300,
        trust_env=False,
    )
    latency_s = time.monotonic() - began
    url = answer.json()["choices"][0]["message"]["images"][0]["image_url"]["url"]
    return alias, base64.b64decode(url.split(",", 1)[1]), latency_s


st.set_page_config(page_title="Naive", layout="wide")
history = st.session_state.setdefault("history", [])
prompt = st.text_area("Prompt")
results: dict[str, tuple[bytes, float]] = {}
if st.button("Generate"):
    places = {}
    for column, alias in zip(st.columns(len(ALIASES)), ALIASES, strict=True):
        with column, st.container(key=f"generation-{alias}-1"):
            st.write(alias)
            places[alias] = st.empty()
            places[alias].write("…")
    with ThreadPoolExecutor() as threads:
        for done in as_completed([threads.submit(ask, alias, prompt) for alias in ALIASES]):
            alias, data, latency_s = done.result()
            results[alias] = (data, latency_s)
            places[alias].image(data, caption=f"{latency_s:.1f} s · {len(data):,} bytes")
for prompt_then, results_then in history:
    st.write(prompt_then)
    for column, (alias, (data, latency_s)) in zip(
        st.columns(len(ALIASES)), results_then.items(), strict=True
    ):
        column.image(data, caption=f"{alias} {latency_s:.1f} s · {len(data):,} bytes")
if results:
    history.insert(0, (prompt, results))
