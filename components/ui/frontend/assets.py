"""The files of this folder as text, as Streamlit's components take it.

They are read once, when the module that shows them is imported. Comments and indentation stay
here: a component's text is sent to the browser whenever it is drawn.
"""

from __future__ import annotations

import re
from pathlib import Path

_FOLDER = Path(__file__).parent
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z-]+\.js)";$', re.MULTILINE)
# Only what fills its lines is taken for a comment, so that no string can be mistaken for one.
_COMMENT = re.compile(r"^\s*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)$\n", re.MULTILINE | re.DOTALL)
_INDENTATION = re.compile(r"^\s+", re.MULTILINE)


def javascript(name: str) -> str:
    """A component's module. Streamlit loads it from a blob, which can import nothing by a path:
    so what it imports from this folder stands in it."""
    text = _IMPORT.sub(lambda found: _read(found[1]).replace("export ", ""), _read(name))
    return _lean(text)


def css(name: str) -> str:
    """A stylesheet."""
    return _lean(_read(name))


def html(name: str) -> str:
    """What a component begins with."""
    return _read(name)


def _lean(text: str) -> str:
    return _INDENTATION.sub("", _COMMENT.sub("", text))


def _read(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")
