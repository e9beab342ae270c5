"""The index behind the search in prompts, as SQL: made with the tables, kept up by the database.

It is over `comparisons.search_text`: the prompt as `domain.caseless` folds it. So both databases
compare characters and nothing else, and find the same. SQLite keeps a trigram index (FTS5) beside
the table, by triggers. PostgreSQL gets the same meaning from a GIN index over the trigrams, made
with plain SQL: the extension `pg_trgm` is not installed everywhere, and `to_tsvector` would find
whole words only.

A server of an earlier version, still running beside this one, writes rows without that text, and
no trigger can fold as Unicode does. A search passes over such rows until the next server starts.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.engine import Connection

from components.domain.text.caseless import search_text

_BATCH = 1_000

_SQLITE = (
    """CREATE VIRTUAL TABLE prompt_search USING fts5(
         search_text, content='comparisons', content_rowid='number',
         tokenize='trigram case_sensitive 1')""",
    # The row's own rowid would not do: VACUUM may change it.
    """CREATE TRIGGER comparisons_numbered AFTER INSERT ON comparisons BEGIN
         UPDATE comparisons SET number = (SELECT coalesce(max(number), 0) + 1 FROM comparisons)
           WHERE id = new.id AND number IS NULL;
         INSERT INTO prompt_search (rowid, search_text)
           SELECT number, search_text FROM comparisons
           WHERE id = new.id AND search_text IS NOT NULL;
       END""",
    """CREATE TRIGGER comparisons_folded AFTER UPDATE OF search_text ON comparisons
       WHEN old.search_text IS NULL AND new.search_text IS NOT NULL BEGIN
         INSERT INTO prompt_search (rowid, search_text) VALUES (new.number, new.search_text);
       END""",
    """CREATE TRIGGER comparisons_forgotten AFTER DELETE ON comparisons
       WHEN old.search_text IS NOT NULL BEGIN
         INSERT INTO prompt_search (prompt_search, rowid, search_text)
           VALUES ('delete', old.number, old.search_text);
       END""",
)
_POSTGRESQL = (
    # In one pass: `substr` counts characters from the beginning, each time anew.
    """CREATE FUNCTION triptych_trigrams(whole text) RETURNS text[]
         LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
           SELECT coalesce(array_agg(DISTINCT trigram), '{}') FROM (
             SELECT letter || lead(letter) OVER following || lead(letter, 2) OVER following
             FROM string_to_table(lower(whole), NULL) WITH ORDINALITY AS letters (letter, place)
             WINDOW following AS (ORDER BY place)
           ) AS each_place (trigram) WHERE trigram IS NOT NULL $$""",
    """CREATE INDEX comparisons_by_search ON comparisons
         USING gin (triptych_trigrams(search_text))""",
)


def make_search(connection: Connection) -> None:
    """Make the index of a new database, and what keeps it up to date."""
    made = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL
    for statement in made:
        connection.exec_driver_sql(statement)


def fold_what_is_not(connection: Connection) -> None:
    """Fold every prompt that is not folded yet, some at a time.

    At each start: servers of an earlier version may have written while this version was there.
    """
    asked = text(
        "SELECT id, prompt FROM comparisons WHERE search_text IS NULL AND id > :last "
        "ORDER BY id LIMIT :most"
    )
    change = text("UPDATE comparisons SET search_text = :folded WHERE id = :id")
    last = ""
    while rows := connection.execute(asked, {"last": last, "most": _BATCH}).all():
        last = rows[-1].id
        connection.execute(
            change, [{"id": row.id, "folded": search_text(row.prompt)} for row in rows]
        )
