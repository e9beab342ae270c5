"""Text as databases and pages can hold it."""

from __future__ import annotations

from components.domain.text.cleaning import storable


def test_storable_text_has_no_nul_surrogate_or_override():
    assert storable("a\0b\r\nc\ud800\u202e\td", 100) == "ab\nc\ufffd\td"
    assert storable("abcdef", 3) == "abc…"
