"""PURE: one comparison as an HTML page that needs nothing else: pictures and figures are inside."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

from components.domain.captions import caption, exact_facts
from components.domain.formatting import moment
from components.domain.media_types import preview_type
from components.domain.model import Comparison, Generation, Picture
from components.domain.version import GENERATOR
from components.markup.templates import pieces

# Nothing is loaded, run, sent or framed, whatever a prompt or a reply holds.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'"

_HTML = pieces(Path(__file__).with_suffix(".html"))


def standalone_page(
    comparison: Comparison, preview: Callable[[Picture], bytes | None], permalink: str
) -> str:
    """The page as HTML in UTF-8 text.

    `preview` gives the preview of a picture, None where it is missing. Previews, not
    originals: twelve originals would make a file of 25 MB that no mail takes; each figure is that
    of the original, whose SHA-256 stands beside it.
    """
    page = _HTML.page(
        policy=POLICY,
        generator=GENERATOR,
        title=" ".join(comparison.prompt.split())[:80],
        comparison=comparison,
        inputs=[_shown(one.picture, preview, one.name) for one in comparison.inputs],
        cells=[_cell(one, preview) for one in comparison.generations],
        when=moment(comparison.created_at),
        gateways=", ".join(dict.fromkeys(one.gateway for one in comparison.generations)),
        permalink=permalink,
    )
    return str(page)


def _cell(one: Generation, preview: Callable[[Picture], bytes | None]) -> dict[str, Any]:
    shown = None
    if one.success:
        shown = _shown(one.success.picture, preview, caption(one).picture)
    return {"generation": one, "shown": shown, "facts": exact_facts(one)}


def _shown(
    picture: Picture, preview: Callable[[Picture], bytes | None], alt: str
) -> dict[str, str | None]:
    """What an image tag needs; the source is None where the preview is missing."""
    data = preview(picture)
    source = (
        None
        if data is None
        else f"data:{preview_type(data)};base64,{base64.b64encode(data).decode()}"
    )
    return {"source": source, "alt": alt}
