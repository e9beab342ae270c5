"""What brings a database of an earlier version up to date."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from components.storage import search_index
from components.storage.schema import (
    comparisons,
    generations,
    leftovers,
    metadata,
    schema_version,
    tags,
)


# What brings a database of version n to n + 1, oldest first; only ever appended to. A new database
# is made from the tables above and starts at the newest version.
def _find_and_mark(connection: Connection) -> None:
    """1 → 2: search, the indexes behind filters and sorting, stars, tags and notes."""
    yes_no = "BOOLEAN NOT NULL DEFAULT " + ("0" if connection.dialect.name == "sqlite" else "false")
    for statement in (
        "ALTER TABLE comparisons ADD COLUMN number BIGINT",
        f"ALTER TABLE generations ADD COLUMN with_inputs {yes_no}",
        f"ALTER TABLE generations ADD COLUMN starred {yes_no}",
        "ALTER TABLE generations ADD COLUMN note TEXT NOT NULL DEFAULT ''",
    ):
        connection.exec_driver_sql(statement)
    asked = sa.select(comparisons.c.id).where(sa.cast(comparisons.c.inputs, sa.Text) != "[]")
    connection.execute(
        generations.update().where(generations.c.comparison_id.in_(asked)).values(with_inputs=True)
    )
    tags.create(connection)
    leftovers.create(connection)
    for index in (*comparisons.indexes, *generations.indexes):
        index.create(connection, checkfirst=True)
    search_index.make_search(connection)


def _tell_who_asked(connection: Connection) -> None:
    """2 → 3: on which visitor's account a generation is under way; null: the comparison's."""
    connection.exec_driver_sql("ALTER TABLE generations ADD COLUMN asked_by TEXT")


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_find_and_mark, _tell_who_asked)

NEWEST = 1 + len(MIGRATIONS)


def bring_up_to_date(engine: Engine) -> None:
    """Make the tables, or migrate them; safe when several servers start at once."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(8723001)"))
        if not sa.inspect(connection).has_table("schema_version"):
            metadata.create_all(connection)
            search_index.make_search(connection)
            connection.execute(schema_version.insert().values(version=NEWEST))
            return
        version: int = connection.execute(sa.select(schema_version.c.version)).scalar_one()
        for step in MIGRATIONS[version - 1 :]:
            step(connection)
        connection.execute(schema_version.update().values(version=max(version, NEWEST)))
