"""Small browser components: live updates and running clocks. No rerun to keep a clock going.

User text is only ever passed as `data` and written with `textContent`.
"""

from __future__ import annotations

import streamlit as st

from components.domain import urls
from components.domain.model import Comparison
from components.ui.frontend import assets

_component = st.components.v2.component
# In the page's own document, not a shadow root: figures and clocks are the page's text.
_listen = _component("triptych_listen", js=assets.javascript("listen.js"), isolate_styles=False)
_wait = _component(
    "triptych_wait",
    html=assets.html("wait.html"),
    css=assets.css("wait.css"),
    js=assets.javascript("wait.js"),
    isolate_styles=False,
)
_elapsed = _component(
    "triptych_elapsed",
    html=assets.html("elapsed.html"),
    css=assets.css("elapsed.css"),
    js=assets.javascript("elapsed.js"),
    isolate_styles=False,
)


def listen(comparison_id: str, version: int) -> None:
    """Rerun the surrounding fragment whenever this comparison is no longer at `version`."""
    _listen(
        key="tt-listen",
        data={
            "id": comparison_id,
            "version": version,
            "stream": urls.live(comparison_id),
            "once": urls.live(comparison_id, once=True),
        },
        on_changed_change=lambda: None,
    )


def waiting(
    key: str,
    *,
    generation_id: str,
    elapsed_s: float,
    usually: str,
    until_s: float | None,
    say: str,
) -> None:
    """A frame with a running clock in place of a picture that is on its way."""
    _wait(
        key=f"wait-{key}",
        data={
            "generation": generation_id,
            "elapsed": round(elapsed_s, 3),
            "usually": usually,
            "until": until_s,
            "say": say,
        },
    )


def elapsed(
    text: str, *, comparison: Comparison, elapsed_s: float, running: bool, after: str
) -> None:
    """`text` with a running clock behind it, or with `after` once it stands still."""
    _elapsed(
        key="tt-elapsed",
        data={
            "id": comparison.id,
            "version": comparison.version,
            "text": text,
            "elapsed": round(elapsed_s, 3),
            "running": running,
            "after": after,
        },
    )
