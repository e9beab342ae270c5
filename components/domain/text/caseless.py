"""PURE: what a text is for searching, so that every database finds the same.

Unicode's compatibility caseless matching (definition D146 of the standard): case, width, ligatures
and the way in which accents are composed make no difference. Accents themselves do. Beyond that:

- characters that nobody sees (soft hyphens, joiners, variation selectors, bidirectional marks) are
  passed over, as in Unicode's NFKC_Casefold;
- the dotted and the dotless i are one letter. Unicode leaves that to the language, which a prompt
  does not tell, and "istanbul" should find "İstanbul".

What it gives is stored beside each prompt. A later version of Unicode may change it for characters
that were not assigned before, and for no others, so Python may be updated under a database.
"""

from __future__ import annotations

import unicodedata
from unicodedata import normalize

# The property Default_Ignorable_Code_Point, which Python's `unicodedata` does not have.
_UNSEEN = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
    (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
_PASSED_OVER = dict.fromkeys(code for first, last in _UNSEEN for code in range(first, last + 1))
_MOST_MARKS = 30
_JOINER = "\u034f"


def search_text(text: str) -> str:
    """`text` as it is searched: two texts that this makes equal are equal to a search."""
    if text.isascii():
        return text.lower()
    seen = normalize("NFD", _stream_safe(text.translate(_PASSED_OVER)))
    # Twice: what is decomposed may have another case, and what is folded another composition.
    folded = normalize("NFKD", normalize("NFKD", seen.casefold()).casefold())
    return normalize("NFKC", folded.replace("i\u0307", "i").replace("ı", "i"))


def _stream_safe(text: str) -> str:
    """The text with a joiner in every row of more than thirty marks, as the standard advises.

    Putting marks in order takes the square of their number: 1.3 s for a prompt of nothing else.
    """
    pieces, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks > _MOST_MARKS:
            pieces.append(_JOINER)
            marks = 1
        pieces.append(character)
    return "".join(pieces)
