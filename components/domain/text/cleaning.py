"""Text from outside as databases, UTF-8 and pages can hold it."""

from __future__ import annotations

LONGEST_NAME = 200

_UNWANTED_IN_TEXT = dict.fromkeys(
    [
        *(code for code in range(0x20) if code not in (0x09, 0x0A)),
        *range(0x7F, 0xA0),
        *range(0x202A, 0x202F),  # bidirectional overrides can turn a page's words around
        *range(0x2066, 0x206A),
    ]
)


def storable(text: str, limit: int) -> str:
    """`text` as a database and a page can hold it, at most `limit` characters and an ellipsis.

    Lone surrogates become U+FFFD; NUL, other control characters (line breaks and tabs stay) and
    bidirectional overrides go.
    """
    head = with_line_feeds(without_surrogates(text[:limit]))
    return head.translate(_UNWANTED_IN_TEXT) + ("…" if len(text) > limit else "")


def valid_text(text: str) -> str:
    """`text` as every database and UTF-8 can hold it, otherwise unchanged: no NUL, no surrogate."""
    return without_surrogates(text).replace("\0", "")


def with_line_feeds(text: str) -> str:
    """`text` with each CR LF and each lone CR as LF, as a form's text field has it anyway."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def without_surrogates(text: str) -> str:
    """`text` as valid Unicode: surrogate pairs joined, lone ones replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def short_name(value: object) -> str | None:
    """`value` when it is a short printable string, such as a model's name; else None."""
    if not isinstance(value, str):
        return None
    name = value.strip()
    return name if 0 < len(name) <= LONGEST_NAME and name.isprintable() else None
