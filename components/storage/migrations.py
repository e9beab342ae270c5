"""What brings a database of an earlier version up to date.

Each step is written down as SQL, word for word, so that it does the same for ever: it must not
follow `schema`, which is how the tables are today. A new database is made from `schema` and starts
at the newest version; a test holds that both ways end in the same tables, indexes and triggers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from components.storage.history import search_index
from components.storage.schema import metadata, schema_version

_FILTERED = "alias, state, answered_by, gateway, starred, with_inputs"


def _find_and_mark(no: str) -> tuple[str, ...]:
    return (
        "ALTER TABLE comparisons ADD COLUMN number BIGINT",
        f"ALTER TABLE generations ADD COLUMN with_inputs BOOLEAN DEFAULT {no} NOT NULL",
        f"ALTER TABLE generations ADD COLUMN starred BOOLEAN DEFAULT {no} NOT NULL",
        "ALTER TABLE generations ADD COLUMN note TEXT DEFAULT '' NOT NULL",
        """UPDATE generations SET with_inputs = true WHERE comparison_id IN
             (SELECT id FROM comparisons WHERE CAST(inputs AS TEXT) <> '[]')""",
        """CREATE TABLE tags (
             tag TEXT NOT NULL,
             generation_id TEXT NOT NULL,
             PRIMARY KEY (tag, generation_id),
             FOREIGN KEY(generation_id) REFERENCES generations (id) ON DELETE CASCADE)""",
        "CREATE INDEX tags_of_generation ON tags (generation_id)",
        'CREATE TABLE leftovers ("key" TEXT NOT NULL, PRIMARY KEY ("key"))',
        "CREATE UNIQUE INDEX comparisons_by_number ON comparisons (number)",
        "CREATE INDEX generations_by_answer ON generations (answered_by)",
        "CREATE INDEX generations_by_gateway ON generations (gateway)",
        "CREATE INDEX generations_by_picture ON generations (sha256)",
        "CREATE INDEX generations_by_time ON generations "
        f"(created_at, comparison_id, seq, {_FILTERED})",
        f"CREATE INDEX generations_by_latency ON generations "
        f"(latency_s, seq, created_at, {_FILTERED})",
        f"CREATE INDEX generations_by_bytes ON generations (bytes, seq, created_at, {_FILTERED})",
        f"CREATE INDEX generations_by_cost ON generations (cost_usd, seq, created_at, {_FILTERED})",
    )


# 1 → 2: search, the indexes behind filters and sorting, stars, tags and notes.
_TO_2 = {
    "sqlite": (
        *_find_and_mark("0"),
        "UPDATE comparisons SET number = rowid WHERE number IS NULL",
        """CREATE VIRTUAL TABLE prompt_search USING fts5(
         prompt, content='comparisons', content_rowid='number', tokenize='trigram')""",
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
        "INSERT INTO prompt_search (prompt_search) VALUES ('rebuild')",
    ),
    "postgresql": (
        *_find_and_mark("false"),
        """CREATE FUNCTION triptych_trigrams(whole text) RETURNS text[]
         LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
           SELECT coalesce(array_agg(DISTINCT substr(lower(whole), place, 3)), '{}')
           FROM generate_series(1, length(whole) - 2) AS place $$""",
        "CREATE INDEX comparisons_by_trigram ON comparisons USING gin (triptych_trigrams(prompt))",
    ),
}

# 2 → 3: on which visitor's account a generation is under way; null: the comparison's.
_TO_3 = dict.fromkeys(
    ("sqlite", "postgresql"), ("ALTER TABLE generations ADD COLUMN asked_by TEXT",)
)

# 3 → 4: pictures that are being removed, so that nobody refers to them meanwhile.
_TO_4 = dict.fromkeys(
    ("sqlite", "postgresql"),
    (
        """CREATE TABLE removals (
          "key" TEXT NOT NULL,
          since BIGINT NOT NULL,
          PRIMARY KEY ("key"))""",
    ),
)

# 4 → 5: a search looks into the folded prompt; `fold_what_is_not` folds those that are there.
_FOLDED = (
    "ALTER TABLE comparisons ADD COLUMN search_text TEXT",
    "CREATE INDEX comparisons_not_folded ON comparisons (id) WHERE search_text IS NULL",
)
_TO_5 = {
    "sqlite": (
        "DROP TRIGGER comparisons_numbered",
        "DROP TRIGGER comparisons_forgotten",
        "DROP TABLE prompt_search",
        *_FOLDED,
        """CREATE VIRTUAL TABLE prompt_search USING fts5(
         search_text, content='comparisons', content_rowid='number',
         tokenize='trigram case_sensitive 1')""",
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
    ),
    "postgresql": (
        "DROP INDEX comparisons_by_trigram",
        *_FOLDED,
        # Servers of an earlier version that are still running search with it too.
        """CREATE OR REPLACE FUNCTION triptych_trigrams(whole text) RETURNS text[]
         LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
           SELECT coalesce(array_agg(DISTINCT trigram), '{}') FROM (
             SELECT letter || lead(letter) OVER following || lead(letter, 2) OVER following
             FROM string_to_table(lower(whole), NULL) WITH ORDINALITY AS letters (letter, place)
             WINDOW following AS (ORDER BY place)
           ) AS each_place (trigram) WHERE trigram IS NOT NULL $$""",
        """CREATE INDEX comparisons_by_search ON comparisons
         USING gin (triptych_trigrams(search_text))""",
    ),
}

# What brings a database of version n to n + 1, oldest first, in both dialects; only ever appended
# to, since a step that has been released has been done somewhere.
STEPS: tuple[Mapping[str, Sequence[str]], ...] = (_TO_2, _TO_3, _TO_4, _TO_5)

NEWEST = 1 + len(STEPS)


def bring_up_to_date(engine: Engine) -> None:
    """Make the tables, or migrate them; safe when several servers start at once.

    Raises what the database raises; `database.mapped_errors` says it in our words.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(8723001)"))
        if not sa.inspect(connection).has_table("schema_version"):
            metadata.create_all(connection)
            search_index.make_search(connection)
            connection.execute(schema_version.insert().values(version=NEWEST))
            return
        version: int = connection.execute(sa.select(schema_version.c.version)).scalar_one()
        _do(connection, STEPS[version - 1 :])
        search_index.fold_what_is_not(connection)
        if version < NEWEST:
            connection.execute(schema_version.update().values(version=NEWEST))


def _do(connection: Connection, steps: Sequence[Mapping[str, Sequence[str]]]) -> None:
    for step in steps:
        for statement in step[connection.dialect.name]:
            connection.exec_driver_sql(statement)
