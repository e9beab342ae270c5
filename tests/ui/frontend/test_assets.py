"""The files of the browser's part as they are handed to Streamlit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from components.ui.frontend import assets

FOLDER = Path(assets.__file__).parent
MODULES = [file.name for file in sorted(FOLDER.glob("*.js")) if file.name != "clock.js"]
STYLES = [file.name for file in sorted(FOLDER.glob("*.css"))]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_stands_alone_and_exports_one_function(name: str) -> None:
    text = assets.javascript(name)
    assert not re.search(r"^import\b", text, re.MULTILINE)
    assert re.findall(r"^export .*", text, re.MULTILINE) == [
        "export default function (component) {"
    ]
    assert not re.search(r"^\s*(//|/\*)", text, re.MULTILINE)


@pytest.mark.parametrize("name", STYLES)
def test_a_stylesheet_keeps_its_rules_and_leaves_its_comments_here(name: str) -> None:
    text = assets.css(name)
    assert "/*" not in text
    assert text.count("{") == text.count("}") == (FOLDER / name).read_text("utf-8").count("{")


@pytest.mark.parametrize("name", [*MODULES, *STYLES])
def test_a_text_has_a_line_break_or_streamlit_would_take_it_for_a_path(name: str) -> None:
    assert "\n" in (assets.css if name.endswith(".css") else assets.javascript)(name)
