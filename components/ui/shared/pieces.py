"""The HTML of the pages: the macros of the templates in `ui/templates`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from components.markup import templates

_FOLDER = Path(__file__).parent.parent / "templates"


def pieces(name: str) -> Any:
    """The macros of one template; to be taken once, where the module that draws is imported."""
    return templates.pieces(_FOLDER / name)
