"""The form: prompt, aliases, samples and input images, with what it will take and cost."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from html import escape
from urllib.parse import urlencode

import streamlit as st

from components.core.aliases import Alias
from components.core.asks import MAX_SAMPLES
from components.core.errors import AskRefused
from components.core.estimate import Expected, estimate
from components.core.model import InputImage
from components.ui import live, phrases, tab

PICTURE_TYPES = ["png", "jpg", "jpeg", "webp", "gif", "avif", "bmp", "tif", "tiff"]
AddInput = Callable[[bytes, str], InputImage]


def show_form(
    table: Sequence[Alias],
    expected: Mapping[str, Expected],
    *,
    fire: Callable[[], None],
    add_input: AddInput,
    max_inputs: int,
    max_upload_bytes: int,
    synthetic: bool,
) -> None:
    """Draw the form. `fire` is called when Generate is pressed; `add_input` prepares an image."""
    st.text_area(
        "Prompt",
        key=tab.PROMPT,
        persist_state="session",
        height=100,
        placeholder="A vintage scientific illustration of a hummingbird (Ctrl+Enter sends it)",
    )
    _refusal("prompt", "form")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.pills(
            "Aliases",
            [alias.name for alias in table],
            selection_mode="multi",
            key=tab.ALIASES,
            persist_state="session",
            help="  \n".join(f"**{one.name}**: {one.pick_for}" for one in table if one.pick_for),
        )
        st.segmented_control(
            "Samples per alias",
            list(range(1, MAX_SAMPLES + 1)),
            key=tab.SAMPLES,
            persist_state="session",
            required=True,
        )
        uploaded = st.file_uploader(
            "Input images (or paste)",
            type=PICTURE_TYPES,
            accept_multiple_files=True,
            key=tab.uploads_key(),
            max_upload_size=max(1, max_upload_bytes // 1_000_000),
            width=160,
        )
        st.button(
            "Generate",
            type="primary",
            shortcut="Ctrl+Enter",
            on_click=fire,
            key="tt-generate",
        )
    _refusal("aliases", "samples")
    files = [(one.getvalue(), one.name) for one in uploaded]
    pasted = live.pasted_images(max_inputs, max_upload_bytes)
    files += [(_decoded(one), str(one.get("name") or "pasted image")) for one in pasted]
    if files:
        _take(files, add_input, max_inputs)
    _refusal("inputs")
    _show_thumbnails(tab.inputs())
    _show_estimate(expected, synthetic)


def _refusal(*fields: str) -> None:
    if sentence := tab.refused(*fields):  # type: ignore[arg-type]
        st.html(f'<p class="tt-refused" role="alert">{escape(sentence)}</p>')


def _show_estimate(expected: Mapping[str, Expected], synthetic: bool) -> None:
    ask = tab.current_ask()
    if not ask.aliases:
        return
    found = phrases.estimated(estimate(ask.aliases, ask.samples, expected), synthetic=synthetic)
    count = len(ask.aliases) * ask.samples
    pictures = "1 picture" if count == 1 else f"{count} pictures"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<span class="tt-estimate">{pictures} · {escape(found)}</span>', width="content")
        if ask.prompt.strip() and len(ask.prompt) <= 4_000:
            query = [("prompt", ask.prompt), *(("alias", name) for name in ask.aliases)]
            path = "/?" + urlencode([*query, ("samples", str(ask.samples))])
            live.copy_link(
                "Copy setup",
                path,
                key="tt-copy-setup",
                title="A link that fills this form without sending it",
            )


def _decoded(pasted: Mapping[str, object]) -> bytes:
    try:
        return base64.b64decode(str(pasted.get("base64", "")), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _take(files: Sequence[tuple[bytes, str]], add_input: AddInput, max_inputs: int) -> None:
    """Prepare new files and put them among the inputs; the first that cannot be is told."""
    images = list(tab.inputs())
    refused: AskRefused | None = None
    for data, name in files[: max(0, max_inputs - len(images))]:
        try:
            images.append(add_input(data, name))
        except AskRefused as exc:
            refused = refused or exc
    if len(files) + len(tab.inputs()) > max_inputs:
        refused = AskRefused(
            "inputs", f"{max_inputs} input images are the most; the others were left out."
        )
    tab.set_inputs(images)
    tab.empty_uploads()
    tab.refuse(refused)
    st.rerun()


def _show_thumbnails(images: Sequence[InputImage]) -> None:
    if not images:
        return
    with st.container(horizontal=True, gap="small"):
        for number, one in enumerate(images):
            with st.container(width=130, gap="xsmall"):
                st.image(one.picture.preview_path, width="stretch")
                st.caption(f"{one.picture.width} × {one.picture.height}, "
                           f"{phrases.size(one.picture.bytes)} as sent")  # fmt: skip
                st.button(
                    "Remove",
                    key=f"remove-{one.picture.sha256}",
                    type="tertiary",
                    on_click=_remove,
                    args=(number,),
                )


def _remove(number: int) -> None:
    tab.set_inputs([one for n, one in enumerate(tab.inputs()) if n != number])
    tab.refuse(None)
