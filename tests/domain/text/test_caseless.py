"""What a text is for searching."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.domain.text.caseless import search_text

ALIKE = [
    ("İstanbul", "istanbul", "ISTANBUL", "ıstanbul", "I\u0307stanbul"),
    ("ΟΔΟΣ", "οδος", "οδοσ"),
    ("Straße", "STRASSE", "straẞe", "strasse"),
    ("café", "cafe\u0301", "CAFÉ"),
    ("Ä", "a\u0308", "ä"),
    ("Колибри", "КОЛИБРИ"),
    ("ＡＢＣ　１２", "abc 12"),
    ("ﬁne", "FINE"),
    ("ﾊﾟ", "パ", "ハ\u309a"),
    ("각", "\u1100\u1161\u11a8"),
    ("لا", "ﻻ"),
    ("wo\u00adrd", "wo\u200brd", "word"),
    ("❤️", "❤"),
    ("👩🏽\u200d🎨", "👩🏽🎨"),
    ("ᾳ", "ΑΙ", "αι"),
    ("Ꭰ", "ꭰ"),
]


@pytest.mark.parametrize("texts", ALIKE, ids=lambda texts: texts[0])
def test_case_width_and_composition_make_no_difference(texts: tuple[str, ...]) -> None:
    assert len({search_text(text) for text in texts}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("café", "cafe"), ("か", "が"), ("ü", "ue"), ("е", "e")]
)
def test_what_is_another_letter_stays_another_letter(one: str, other: str) -> None:
    assert search_text(one) != search_text(other)


def test_every_character_is_the_same_in_every_case_and_composition_and_when_folded_again() -> None:
    for code in (*range(0xD800), *range(0xE000, 0x30000)):
        character = chr(code)
        folded = search_text(character)
        others = (
            character.upper(),
            character.lower(),
            unicodedata.normalize("NFD", character),
            folded,
        )
        assert {search_text(one) for one in others} == {folded}, hex(code)


@given(st.text())
def test_composition_makes_no_difference_in_any_text(text: str) -> None:
    folded = search_text(text)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert search_text(unicodedata.normalize(form, text)) == folded


def test_marks_without_end_are_parted_and_none_is_lost() -> None:
    marks = "\u0301\u0327" * 10_000
    folded = search_text("a" + marks)
    assert folded.count("\u034f") > 600
    assert sorted(unicodedata.normalize("NFD", folded).replace("\u034f", "")[1:]) == sorted(marks)
