"""The form: prompt, aliases, samples and input images, with what it will take and cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from components.domain import formatting, urls
from components.domain.aliases import Alias
from components.domain.estimates import Expected, estimate
from components.domain.model import InputImage
from components.domain.validation import MAX_SAMPLES
from components.ui.compare import form_state
from components.ui.shared import clipboard
from components.ui.shared.pieces import pieces

_HTML = pieces("form.html")

PICTURE_TYPES = ["png", "jpg", "jpeg", "webp", "gif", "avif", "bmp", "tif", "tiff"]


def show_form(
    table: Sequence[Alias],
    expected: Mapping[str, Expected],
    *,
    fire: Callable[[], None],
    take_uploads: Callable[[], None],
    take_pasted: Callable[[], None],
    max_inputs: int,
    max_upload_bytes: int,
    synthetic: bool,
) -> None:
    """Draw the form.

    `fire` is called when Generate is pressed, `take_uploads` when files were uploaded and
    `take_pasted` when images were pasted.
    """
    st.text_area(
        "Prompt",
        key=form_state.PROMPT,
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
            key=form_state.ALIASES,
            persist_state="session",
            help="  \n".join(f"**{one.name}**: {one.pick_for}" for one in table if one.pick_for),
        )
        st.segmented_control(
            "Samples per alias",
            list(range(1, MAX_SAMPLES + 1)),
            key=form_state.SAMPLES,
            persist_state="session",
            required=True,
        )
        st.file_uploader(
            "Input images (or paste)",
            type=PICTURE_TYPES,
            accept_multiple_files=True,
            key=form_state.uploads_key(),
            # A callback runs to its end: whoever presses Generate at once gets the images sent too.
            on_change=take_uploads,
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
    clipboard.listen_for_paste(max_inputs, max_upload_bytes, take_pasted)
    _refusal("inputs")
    _show_thumbnails(form_state.inputs())
    _show_estimate(expected, synthetic=synthetic)


def _refusal(*fields: str) -> None:
    if sentence := form_state.refused(*fields):  # type: ignore[arg-type]
        st.html(_HTML.refused(sentence))


def _show_estimate(expected: Mapping[str, Expected], *, synthetic: bool) -> None:
    ask = form_state.current_ask()
    if not ask.aliases:
        return
    found = formatting.estimated(estimate(ask.aliases, ask.samples, expected), synthetic=synthetic)
    count = len(ask.aliases) * ask.samples
    pictures = "1 picture" if count == 1 else f"{count} pictures"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(_HTML.estimate(pictures, found), width="content")
        if ask.prompt.strip() and len(ask.prompt) <= 4_000:
            clipboard.copy_link(
                "Copy setup",
                urls.setup(ask.prompt, ask.aliases, ask.samples),
                key="tt-copy-setup",
                title="A link that fills this form without sending it",
            )


def _show_thumbnails(images: Sequence[InputImage]) -> None:
    if not images:
        return
    with st.container(horizontal=True, gap="small"):
        for number, one in enumerate(images):
            with st.container(width=130, gap="xsmall"):
                st.image(one.picture.preview_path, width="stretch")
                st.caption(f"{one.picture.width} × {one.picture.height}, "
                           f"{formatting.size(one.picture.bytes)} as sent")  # fmt: skip
                st.button(
                    "Remove",
                    key=f"remove-{one.picture.sha256}",
                    type="tertiary",
                    on_click=_remove,
                    args=(number,),
                )


def _remove(number: int) -> None:
    form_state.set_inputs([one for n, one in enumerate(form_state.inputs()) if n != number])
    form_state.refuse(None)
