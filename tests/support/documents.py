"""The parts of the README that are made from the code.

`python -m tests.support.documents` renews them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from components.domain.generation_fields import COLUMNS
from components.settings import MB, Settings

README = Path(__file__).resolve().parent.parent.parent / "README.md"


def settings_table() -> str:
    """Every setting with its default and what it does, as a Markdown table."""
    lines = ["| setting | default | what it does |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        lines.append(
            f"| `TRIPTYCH_{name.upper()}` | {_default(name, field.default)} | {field.description} |"
        )
    return "\n".join(lines)


def _default(name: str, value: Any) -> str:
    if value is None or value == ():
        return "unset"
    if name.endswith("_bytes"):
        return f"`{value}` ({value // MB} MB)"
    if isinstance(value, float):
        return f"`{value:g}`"
    return f"`{value}`"


def columns_table() -> str:
    """Every column of an export and what stands in it, as a Markdown table."""
    lines = ["| column | what stands in it |", "| --- | --- |"]
    return "\n".join(lines + [f"| `{name}` | {meaning} |" for name, meaning in COLUMNS.items()])


PARTS = {"settings": settings_table, "columns": columns_table}


def renewed(text: str) -> str:
    """The README's text with the tables as they should be."""
    for name, table in PARTS.items():
        begin, rest = re.split(rf"(?<=<!-- {name}: )([^>]*-->\n)", text, maxsplit=1)[0::2]
        opening = text[len(begin) : len(text) - len(rest)]
        _, end = rest.split(f"\n<!-- end of {name} -->", 1)
        text = f"{begin}{opening}{table()}\n<!-- end of {name} -->{end}"
    return text


if __name__ == "__main__":
    README.write_text(renewed(README.read_text("utf-8")), "utf-8")
