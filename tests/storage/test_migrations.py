"""Databases of every earlier schema end up exactly as a new one, whatever today's tables are."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from components.storage.comparisons import Store
from tests.support.first_schema import FIRST_POSTGRESQL

ROOT = Path(__file__).parents[2]
WRITTEN = ROOT / "tests/fixtures/version-1.0.0"
EARLIER = {1: WRITTEN / "schema-1.sqlite3", 2: WRITTEN / "folder/triptych.sqlite3"}

Shape = dict[str, object]


def shape_in_sqlite(file: Path) -> Shape:
    """Tables with their columns and keys, indexes with theirs, triggers: all that a schema is."""
    found: Shape = {}
    with sqlite3.connect(file) as connection:
        names = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
        for kind, name, table, sql in names:
            if kind == "table":
                found[name] = (
                    connection.execute(f"PRAGMA table_xinfo('{name}')").fetchall(),
                    connection.execute(f"PRAGMA foreign_key_list('{name}')").fetchall(),
                )
            elif kind == "index":
                (facts,) = (
                    row[2:]
                    for row in connection.execute(f"PRAGMA index_list('{table}')")
                    if row[1] == name
                )
                columns = connection.execute(f"PRAGMA index_xinfo('{name}')").fetchall()
                found[name] = (table, facts, columns)
            else:
                found[name] = (kind, table, " ".join(sql.split()))
        search = "SELECT sql FROM sqlite_master WHERE name = 'prompt_search'"
        written = connection.execute(search).fetchone()[0]
        found["prompt_search as written"] = " ".join(written.split())
        found["version"] = connection.execute("SELECT version FROM schema_version").fetchall()
    connection.close()
    return found


def shape_in_postgresql(url: str) -> Shape:
    """The same of a PostgreSQL database."""
    engine = sa.create_engine(url)
    queries = {
        "columns": "SELECT table_name, ordinal_position, column_name, data_type, is_nullable, "
        "column_default FROM information_schema.columns WHERE table_schema = 'public' "
        "ORDER BY 1, 2",
        "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
        "ORDER BY 1",
        "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) "
        "FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
        "functions": "SELECT proname, prosrc, provolatile, proparallel FROM pg_proc "
        "WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
        "triggers": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal "
        "ORDER BY 1",
        "version": "SELECT version FROM schema_version",
    }
    with engine.connect() as connection:
        found: Shape = {
            name: [tuple(re.sub(r"\s+", " ", str(one)) for one in row)
                   for row in connection.execute(sa.text(query))]
            for name, query in queries.items()
        }  # fmt: skip
    engine.dispose()
    return found


def opened(url: str) -> None:
    Store(url).close()


@pytest.mark.parametrize("version", EARLIER)
def test_an_earlier_sqlite_database_ends_up_as_a_new_one(tmp_path: Path, version: int) -> None:
    earlier, new = tmp_path / "earlier.sqlite3", tmp_path / "new.sqlite3"
    shutil.copy(EARLIER[version], earlier)
    for file in (earlier, new):
        opened(f"sqlite:///{file}")
    assert shape_in_sqlite(earlier) == shape_in_sqlite(new)


def test_the_first_postgresql_database_ends_up_as_a_new_one(
    postgres_url: str, second_postgres_url: str
) -> None:
    engine = sa.create_engine(postgres_url)
    with engine.begin() as connection:
        for statement in FIRST_POSTGRESQL:
            connection.execute(sa.text(statement))
        connection.execute(
            sa.text(
                "INSERT INTO comparisons VALUES "
                """('c', 1, 'a cat', '["x"]', 1, '[{"sha256": "aa"}]', 'v', 0)"""
            )
        )
        connection.execute(
            sa.text(
                "INSERT INTO generations (id, comparison_id, alias, sample, position, state, "
                "attempt, gateway, created_at, text) "
                "VALUES ('g', 'c', 'x', 1, 0, 'failed', 1, 'http://x', 1, '')"
            )
        )
    for url in (postgres_url, second_postgres_url):
        opened(url)
    assert shape_in_postgresql(postgres_url) == shape_in_postgresql(second_postgres_url)
    with engine.connect() as connection:
        asked = connection.execute(sa.text("SELECT with_inputs FROM generations")).scalar_one()
    engine.dispose()
    assert asked is True


def test_a_step_does_not_change_when_todays_tables_do(tmp_path: Path) -> None:
    """In a process of its own, where a later version has one more column with an index on it."""
    script = """
import sys
import sqlalchemy as sa
from components.storage import schema
schema.generations.append_column(sa.Column("later", sa.Text))
sa.Index("generations_by_later", schema.generations.c.later)
schema.comparisons.append_column(sa.Column("later", sa.Text))
from components.storage.comparisons import Store
Store(sys.argv[1]).close()
"""
    alone, beside = tmp_path / "alone.sqlite3", tmp_path / "beside.sqlite3"
    for file in (alone, beside):
        shutil.copy(EARLIER[1], file)
    opened(f"sqlite:///{alone}")
    done = subprocess.run(
        [sys.executable, "-c", script, f"sqlite:///{beside}"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert shape_in_sqlite(beside) == shape_in_sqlite(alone)


def test_opening_an_up_to_date_database_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "new.sqlite3"
    opened(f"sqlite:///{file}")
    before = shape_in_sqlite(file)
    opened(f"sqlite:///{file}")
    assert shape_in_sqlite(file) == before
