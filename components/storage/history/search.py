"""Searching prompts: every word of a search must stand somewhere in the prompt.

What a prompt and a word are for that is said by `domain.caseless`; the indexes behind it are in
`search_index`.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from components.domain.text.caseless import search_text
from components.storage.schema import comparisons

# Words of a search beyond these are not looked at: nobody types them, and each costs time.
MOST_TERMS = 12
# The trigram index knows nothing shorter.
_SHORTEST = 3
# Up to so many prompts a search goes from the prompts to their generations; beyond, it goes along
# the generations in the order asked for and looks into each prompt, until the page is full.
FEW = 300

_TERM = re.compile(r'"([^"]+)"|(\S+)')

c = comparisons.c


def terms(q: str) -> tuple[str, ...]:
    """The words of a search, folded; what stands between double quotes is one of them."""
    found = ((quoted or word).strip('"').strip() for quoted, word in _TERM.findall(search_text(q)))
    return tuple(dict.fromkeys(term for term in found if term))[:MOST_TERMS]


def few_matches(connection: Connection, words: tuple[str, ...], few: int) -> list[str] | None:
    """Ids of all comparisons whose prompts hold every word; None where they are too many.

    That is where the index finds more than `few`.
    """
    found = some_matches(connection, words, few + 1)
    if not _known(words):
        return None if len(found) > few else found
    # Short words are looked for in what the index found, so its own number is what counts.
    indexed = connection.execute(_indexed(connection, words, few + 1)).scalars().all()
    return None if len(indexed) > few else found


def some_matches(connection: Connection, words: tuple[str, ...], few: int) -> list[str]:
    """Ids of some comparisons whose prompts hold every word, at most `few`."""
    query = sa.select(c.id).where(*holding(connection, words)).limit(few)
    if _known(words):
        key = c.number if _is_sqlite(connection) else c.id
        query = query.where(key.in_(_indexed(connection, words, few)))
    return list(connection.execute(query).scalars())


def holding(connection: Connection, words: tuple[str, ...]) -> list[sa.ColumnElement[bool]]:
    """Conditions on a row of `comparisons` that its prompt holds every word; no index is used."""
    position = sa.func.instr if _is_sqlite(connection) else sa.func.strpos
    return [position(c.search_text, word) > 0 for word in words]


def _indexed(connection: Connection, words: tuple[str, ...], limit: int) -> sa.Select[str | int]:
    """Comparisons that hold the longer words, told by the index: `number` on SQLite, else `id`.

    The limit stands inside: without it, a word of all 30,000 prompts takes 90 ms to look up.
    """
    known = _known(words)
    if _is_sqlite(connection):
        search = sa.table("prompt_search", sa.column("rowid", sa.Integer))
        match = sa.literal_column("prompt_search").op("MATCH", is_comparison=True)(_match(known))
        return sa.select(search.c.rowid).where(match).limit(limit)
    trigrams = sa.func.triptych_trigrams
    return (
        sa.select(c.id)
        .where(
            *(trigrams(c.search_text).op("@>", is_comparison=True)(trigrams(one)) for one in known),
            # The trigrams of a word may all be there, and not in a row.
            *holding(connection, known),
        )
        .limit(limit)
    )


def _known(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if len(word) >= _SHORTEST)


def _match(words: tuple[str, ...]) -> str:
    # Between double quotes nothing has a meaning of its own in the language of MATCH.
    return " AND ".join('"' + word.replace('"', '""') + '"' for word in words)


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"
