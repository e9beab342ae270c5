"""Templates as Python calls: each macro of a file makes one piece of HTML.

Whatever is put into a piece is escaped, unless it is a piece itself; a name that was not handed in
is an error.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined


@cache
def _environment(folder: Path) -> Environment:
    return Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FileSystemLoader(folder),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


@cache
def pieces(file: Path) -> Any:
    """The macros of a template: `pieces(file).name(…)` is HTML, as `markupsafe.Markup`.

    Compiled once in a process, at the first call. It can import what lies in the same folder.
    Raises `jinja2.TemplateError` where the template is wrong.
    """
    return _environment(file.parent).get_template(file.name).module
