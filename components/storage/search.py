"""Searching prompts: every word of a search must stand somewhere in the prompt, whatever its case.

The indexes behind it are in `trigrams`.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from components.storage.schema import comparisons

# Words of a search beyond these are not looked at: nobody types them, and each costs time.
MOST_TERMS = 12
# The trigram index knows nothing shorter.
_SHORTEST = 3
# Up to so many prompts a search goes from the prompts to their generations; beyond, it goes along
# the generations in the order asked for and looks into each prompt, until the page is full.
FEW = 300

_TERM = re.compile(r'"([^"]+)"|(\S+)')


def terms(q: str) -> tuple[str, ...]:
    """The words of a search in lower case; what stands between double quotes is one of them."""
    found = ((quoted or word).strip('"').strip().lower() for quoted, word in _TERM.findall(q))
    return tuple(dict.fromkeys(term for term in found if term))[:MOST_TERMS]


def few_matches(connection: Connection, words: tuple[str, ...], few: int) -> list[str] | None:
    """Ids of all comparisons whose prompts hold every word; None where they are too many.

    That is where the index finds more than `few`. Only for SQLite.
    """
    found = connection.execute(_holding_some(words, few + 1)).scalars().all()
    if not _known(words):
        return None if len(found) > few else list(found)
    # Short words are looked for in what the index found, so its own number is what counts.
    indexed = connection.execute(_indexed(words, few + 1)).scalars().all()
    return None if len(indexed) > few else list(found)


def some_matches(connection: Connection, words: tuple[str, ...], few: int) -> list[str]:
    """Ids of some comparisons whose prompts hold every word, at most `few`. SQLite only."""
    return list(connection.execute(_holding_some(words, few)).scalars())


def _holding_some(words: tuple[str, ...], limit: int) -> sa.Select[str]:
    query = sa.select(comparisons.c.id).where(*holding(words)).limit(limit)
    if not _known(words):
        return query
    return query.where(comparisons.c.number.in_(_indexed(words, limit)))


def _indexed(words: tuple[str, ...], limit: int) -> sa.Select[int]:
    """Numbers of comparisons that hold the longer words, told by the index alone.

    The limit stands inside: without it, a word of all 30,000 prompts takes 90 ms to look up.
    """
    search = sa.table("prompt_search", sa.column("rowid", sa.Integer))
    match = sa.literal_column("prompt_search").op("MATCH", is_comparison=True)(
        _match(_known(words))
    )
    return sa.select(search.c.rowid).where(match).limit(limit)


def _known(words: tuple[str, ...]) -> list[str]:
    return [word for word in words if len(word) >= _SHORTEST]


def holding(words: tuple[str, ...]) -> list[sa.ColumnElement[bool]]:
    """Conditions on a row of `comparisons` that its prompt holds every word. SQLite only."""
    return [sa.func.holds(comparisons.c.prompt, word) == 1 for word in words]


def holding_postgresql(words: tuple[str, ...]) -> list[sa.ColumnElement[bool]]:
    """The same for PostgreSQL, whose planner chooses the way by itself."""
    found: list[sa.ColumnElement[bool]] = []
    prompt = comparisons.c.prompt
    for word in words:
        if len(word) >= _SHORTEST:
            trigrams = sa.func.triptych_trigrams
            found.append(trigrams(prompt).op("@>", is_comparison=True)(trigrams(word)))
        found.append(prompt.icontains(word, autoescape=True))
    return found


def _match(words: list[str]) -> str:
    # Between double quotes nothing has a meaning of its own in the language of MATCH.
    return " AND ".join('"' + word.replace('"', '""') + '"' for word in words)
