"""The index behind the search in prompts, as SQL: made with the tables, kept up by the database.

SQLite keeps a trigram index (FTS5) beside the table, by triggers. PostgreSQL gets the same meaning
from a GIN index over the trigrams of the prompt, made with plain SQL: the extension `pg_trgm` is
not installed everywhere, and `to_tsvector` would find whole words only.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy.engine import Connection

_SQLITE = (
    """CREATE VIRTUAL TABLE prompt_search USING fts5(
         prompt, content='comparisons', content_rowid='number', tokenize='trigram')""",
    # The row's own rowid would not do: VACUUM may change it.
    """CREATE TRIGGER comparisons_numbered AFTER INSERT ON comparisons BEGIN
         UPDATE comparisons SET number = (SELECT coalesce(max(number), 0) + 1 FROM comparisons)
           WHERE id = new.id AND number IS NULL;
         INSERT INTO prompt_search (rowid, prompt)
           SELECT number, prompt FROM comparisons WHERE id = new.id;
       END""",
    """CREATE TRIGGER comparisons_forgotten AFTER DELETE ON comparisons BEGIN
         INSERT INTO prompt_search (prompt_search, rowid, prompt)
           VALUES ('delete', old.number, old.prompt);
       END""",
)
_POSTGRESQL = (
    """CREATE FUNCTION triptych_trigrams(whole text) RETURNS text[]
         LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
           SELECT coalesce(array_agg(DISTINCT substr(lower(whole), place, 3)), '{}')
           FROM generate_series(1, length(whole) - 2) AS place $$""",
    "CREATE INDEX comparisons_by_trigram ON comparisons USING gin (triptych_trigrams(prompt))",
)


def make_search(connection: Connection) -> None:
    """Make the index and what keeps it up to date; prompts that are there already get into it."""
    if connection.dialect.name == "postgresql":
        for statement in _POSTGRESQL:
            connection.exec_driver_sql(statement)
        return
    connection.exec_driver_sql("UPDATE comparisons SET number = rowid WHERE number IS NULL")
    for statement in _SQLITE:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("INSERT INTO prompt_search (prompt_search) VALUES ('rebuild')")


def teach(connection: sqlite3.Connection) -> None:
    """Give an SQLite connection the function behind `full_text.holding`.

    LIKE would know upper and lower case of the English alphabet only.
    """
    connection.create_function(
        "holds", 2, lambda text, word: word in (text or "").lower(), deterministic=True
    )
