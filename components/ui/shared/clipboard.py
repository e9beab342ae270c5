"""Small browser components for the clipboard: copying links, pasting images.

User text is only ever passed as `data` and written with `textContent`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

import streamlit as st

from components.ui.frontend import assets

_PASTE_KEY = "tt-paste"
# A chosen file that is being uploaded, or was and is not among the input images yet.
PENDING_UPLOAD = '[data-testid="stFileChip"]:not(:has([data-testid="stFileChipIconError"]))'

# In the page's own document, not a shadow root: the button is the page's, and so is a paste.
_component = st.components.v2.component
_copy = _component(
    "triptych_copy",
    html=assets.html("copy.html"),
    css=assets.css("copy.css"),
    js=assets.javascript("copy.js"),
    isolate_styles=False,
)
_paste = _component("triptych_paste", js=assets.javascript("paste.js"), isolate_styles=False)


def copy_link(label: str, path: str, *, key: str, title: str) -> None:
    """A button that copies the absolute URL of a root-relative `path`."""
    _copy(key=key, width="content", data={"label": label, "path": path, "title": title})


def listen_for_paste(max_files: int, max_bytes: int, take: Callable[[], None]) -> None:
    """Call `take` whenever images are pasted anywhere on the page; `pasted_images` has them."""
    _paste(
        key=_PASTE_KEY,
        data={"maxFiles": max_files, "maxBytes": max_bytes, "pending": PENDING_UPLOAD},
        on_pasted_change=take,
    )


def pasted_images() -> list[tuple[bytes, str]]:
    """The images of this paste, as bytes and names; empty bytes for one that is too large."""
    found = getattr(st.session_state.get(_PASTE_KEY), "pasted", None)
    images = []
    for one in found if isinstance(found, list) else []:
        if isinstance(one, dict):
            try:
                data = base64.b64decode(str(one.get("base64", "")), validate=True)
            except ValueError:
                data = b""
            images.append((data, str(one.get("name") or "pasted image")))
    return images
