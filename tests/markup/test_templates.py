"""Templates escape by themselves and take nothing for granted."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from components.markup.templates import pieces

ROOT = Path(__file__).resolve().parent.parent.parent
EVIL = '<script>alert("1")</script> \' & {{ 7 * 7 }}'
TEMPLATES = [*(ROOT / "components").rglob("*.html")]


def written(folder: Path, text: str) -> Path:
    file = folder / "a.html"
    file.write_text(text, "utf-8")
    return file


def test_whatever_is_put_into_a_piece_is_escaped_and_a_piece_within_a_piece_is_not(
    tmp_path: Path,
) -> None:
    file = written(
        tmp_path,
        '{% macro inner(text) %}<b title="{{ text }}">{{ text }}</b>{% endmacro %}'
        "{% macro outer(text) %}<p>{{ inner(text) }}</p>{% endmacro %}",
    )
    found = str(pieces(file).outer(EVIL))
    escaped = "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt; &#39; &amp; {{ 7 * 7 }}"
    assert found == f'<p><b title="{escaped}">{escaped}</b></p>'


def test_a_name_that_was_not_handed_in_is_an_error(tmp_path: Path) -> None:
    file = written(tmp_path, "{% macro piece(one) %}{{ one.no_such_thing }}{% endmacro %}")
    with pytest.raises(jinja2.UndefinedError):
        pieces(file).piece({})
    with pytest.raises(jinja2.UndefinedError):
        pieces(file).piece()


def test_a_template_is_compiled_once(tmp_path: Path) -> None:
    file = written(tmp_path, "{% macro piece() %}first{% endmacro %}")
    assert pieces(file).piece() == "first"
    written(tmp_path, "{% macro piece() %}second{% endmacro %}")
    assert pieces(file).piece() == "first"


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_no_template_of_ours_switches_escaping_off(file: Path) -> None:
    text = file.read_text("utf-8")
    assert "|safe" not in text.replace(" ", "")
    assert "autoescape" not in text
