"""The name, the mark, and what every page says of the gateway."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.domain import urls
from components.ui.shared.pieces import pieces

_HTML = pieces("brand.html")

# Three panels, the middle one taller: a triptych. Colours that hold on light and on dark.
_PANELS = (
    '<rect x="2" y="9" width="9" height="20" rx="2" fill="#d29a2e"/>'
    '<rect x="13" y="4" width="12" height="28" rx="2" fill="#5578b8"/>'
    '<rect x="27" y="9" width="9" height="20" rx="2" fill="#4a9a7a"/>'
)
ICON = (
    (
        "data:image/svg+xml;utf8,"
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 38 36'>{_PANELS}</svg>"
    )
    .replace('"', "'")
    .replace("#", "%23")
)
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="150" height="36" viewBox="0 0 150 36">'
    f"{_PANELS}"
    '<text x="46" y="25" font-family="system-ui, Helvetica, Arial, sans-serif" font-size="20" '
    'font-weight="600" fill="#7d7a72">Triptych</text></svg>'
)


def show_ribbon(gateway_url: str | None) -> None:
    """One line above the page: which gateway answers, and whether its pictures are synthetic."""
    st.html(_HTML.ribbon(gateway_url, urls.page(urls.GATEWAY)))


# Each shows another strength: detail, lettering, light.
_EXAMPLES = (
    "A vintage scientific illustration of a hummingbird",
    "A neon sign that says “OPEN LATE” above a rainy street at night",
    "A lighthouse on a cliff in golden evening light",
)


def show_welcome(suggest: Callable[[str], None], *, synthetic: bool) -> None:
    """What stands in place of a comparison on a first visit; `suggest` fills the form."""
    hint = (
        "Nothing is set up yet, so the demo gateway answers: it draws its own synthetic pictures, "
        "free and within seconds."
        if synthetic
        else "Each request goes to the gateway at once and is billed by it."
    )
    st.html(_HTML.welcome(hint))
    with st.container(horizontal=True, horizontal_alignment="center", gap="small"):
        for number, example in enumerate(_EXAMPLES):
            st.button(example, key=f"tt-example-{number}", on_click=suggest, args=(example,))
