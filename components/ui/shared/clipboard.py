"""Small browser components for the clipboard: copying links, pasting images.

User text is only ever passed as `data` and written with `textContent`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

import streamlit as st

_COPY_HTML = """<button type="button" class="tt-copy"></button>"""
_COPY_CSS = """
.tt-copy { font: inherit; font-size: .875rem; min-height: 2.5rem; padding: .25rem .8rem;
  border-radius: .6rem; white-space: nowrap; cursor: pointer; background: transparent;
  color: inherit; border: 1px solid color-mix(in srgb, currentColor 16%, transparent); }
.tt-copy:hover { background: color-mix(in srgb, currentColor 5%, transparent); }
.tt-copy:focus-visible { outline: 2px solid; outline-offset: 2px; }
"""
_COPY = """
// Copies an absolute URL of this server; also where the clipboard interface is not offered (HTTP).
export default function (component) {
  const { data, parentElement } = component;
  const button = parentElement.querySelector(".tt-copy");
  button.textContent = data.label;
  button.title = data.title;
  button.onclick = async () => {
    const text = new URL(data.path, window.location.origin).href;
    let copied = false;
    try {
      await navigator.clipboard.writeText(text);
      copied = true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.style.position = "fixed";
      area.style.opacity = "0";
      document.body.appendChild(area);
      area.select();
      try { copied = document.execCommand("copy"); } catch { copied = false; }
      area.remove();
    }
    if (!copied) window.prompt("Copy this link:", text);
    button.textContent = copied ? "Copied" : data.label;
    clearTimeout(button.ttBack);
    button.ttBack = setTimeout(() => { button.textContent = data.label; }, 1800);
  };
  return () => clearTimeout(button.ttBack);
}
"""

_PASTE = """
// Images pasted anywhere on the page become input images.
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const onPaste = async (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter((f) =>
      f.type.startsWith("image/"));
    if (!files.length) return;
    event.preventDefault();
    const read = (file) => new Promise((resolve) => {
      if (file.size > data.maxBytes) {
        resolve({ name: file.name, size: file.size, base64: "" });
        return;
      }
      const reader = new FileReader();
      reader.onload = () => resolve({ name: file.name, size: file.size,
        base64: String(reader.result).split(",", 2)[1] ?? "" });
      reader.onerror = () => resolve({ name: file.name, size: file.size, base64: "" });
      reader.readAsDataURL(file);
    });
    setTriggerValue("pasted", await Promise.all(files.slice(0, data.maxFiles).map(read)));
  };
  // What is still being uploaded must not be left behind; the style sheet holds the mouse back.
  const onKey = (event) => {
    const sends = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    if (sends && document.querySelector(data.pending)) {
      event.stopImmediatePropagation();
      event.preventDefault();
    }
  };
  parentElement.ttForget?.();
  document.addEventListener("paste", onPaste);
  document.addEventListener("keydown", onKey, true);
  parentElement.ttForget = () => {
    document.removeEventListener("paste", onPaste);
    document.removeEventListener("keydown", onKey, true);
  };
  return parentElement.ttForget;
}
"""

_PASTE_KEY = "tt-paste"
# A chosen file that is being uploaded, or was and is not among the input images yet.
PENDING_UPLOAD = '[data-testid="stFileChip"]:not(:has([data-testid="stFileChipIconError"]))'

# In the page's own document, not a shadow root: the button is the page's, and so is a paste.
_component = st.components.v2.component
_copy = _component("triptych_copy", html=_COPY_HTML, css=_COPY_CSS, js=_COPY, isolate_styles=False)
_paste = _component("triptych_paste", js=_PASTE, isolate_styles=False)


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
