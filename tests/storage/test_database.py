"""What a database says: away, and to be tried again, or a defect of ours, and told as one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from components.domain.errors import StorageUnavailable
from components.storage.comparisons import Store
from components.storage.database import mapped_errors


def said(store: Store, statement: str) -> None:
    with mapped_errors(), store.reading.connect() as connection:
        connection.execute(sa.text(statement))


@pytest.mark.parametrize(
    "statement", ["SELECT * FROM nowhere", "SELECT nothing FROM generations", "SELEKT 1"]
)
def test_a_statement_of_ours_that_is_wrong_is_told_as_a_defect(
    store: Store, statement: str
) -> None:
    with pytest.raises(sa.exc.SQLAlchemyError):
        said(store, statement)


def test_a_transaction_within_a_transaction_is_told_as_a_defect(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'test.sqlite3'}")
    with pytest.raises(sa.exc.OperationalError), store.change() as connection:
        connection.exec_driver_sql("BEGIN")
    store.close()


def locked(file: Path) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        engine = sa.create_engine(f"sqlite:///{file}", connect_args={"timeout": 0})
        with mapped_errors(), engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE t (x)")
    finally:
        other.close()


def full(file: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{file}")
    with mapped_errors(), engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        connection.exec_driver_sql("CREATE TABLE t (x)")
        connection.exec_driver_sql("INSERT INTO t VALUES (zeroblob(100000))")


def damaged(file: Path) -> None:
    with sqlite3.connect(file) as writing:
        writing.execute("CREATE TABLE t (x)")
        writing.executemany("INSERT INTO t VALUES (?)", [("x" * 500,)] * 100)
    writing.close()
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\x55" * (len(content) - 4096))
    engine = sa.create_engine(f"sqlite:///{file}")
    with mapped_errors(), engine.connect() as connection:
        connection.exec_driver_sql("SELECT * FROM t").all()


def nowhere(file: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{file.parent / 'no folder' / 'x.sqlite3'}")
    with mapped_errors(), engine.connect():
        pass


@pytest.mark.parametrize("fault", [locked, full, damaged, nowhere])
def test_an_sqlite_file_that_cannot_be_used_is_a_storage_that_is_away(
    tmp_path: Path, fault: Callable[[Path], None]
) -> None:
    with pytest.raises(StorageUnavailable):
        fault(tmp_path / "test.sqlite3")


@pytest.mark.parametrize(
    ("sqlstate", "away"),
    [
        ("08006", True), ("53100", True), ("53300", True), ("57P01", True), ("57014", True),
        ("58030", True), ("25006", True), ("40P01", True), ("40001", True), ("55P03", True),
        ("28P01", True), ("3D000", True), ("XX001", True),
        ("42P01", False), ("42703", False), ("42601", False), ("23505", False), ("22P05", False),
        ("25P02", False), ("54001", False),
    ],
)  # fmt: skip
def test_what_postgresql_says_is_read_by_its_sqlstate(
    postgres_url: str, sqlstate: str, *, away: bool
) -> None:
    """Each state raised by a real server."""
    engine = sa.create_engine(postgres_url)
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$"
    expected = StorageUnavailable if away else sa.exc.DBAPIError
    with pytest.raises(expected), mapped_errors(), engine.connect() as connection:
        connection.exec_driver_sql(raising)
    engine.dispose()


def test_a_postgresql_that_is_not_there_or_hangs_up_is_a_storage_that_is_away(
    postgres_url: str,
) -> None:
    absent = sa.create_engine("postgresql+psycopg://x@127.0.0.1:1/x")
    with pytest.raises(StorageUnavailable), mapped_errors(), absent.connect():
        pass
    engine = sa.create_engine(postgres_url)
    with pytest.raises(StorageUnavailable), mapped_errors(), engine.connect() as connection:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
    engine.dispose()


def test_a_pool_without_a_free_connection_is_a_storage_that_is_away(tmp_path: Path) -> None:
    engine = sa.create_engine(
        f"sqlite:///{tmp_path / 'x.sqlite3'}", pool_size=1, max_overflow=0, pool_timeout=0
    )
    with engine.connect(), pytest.raises(StorageUnavailable), mapped_errors(), engine.connect():
        pass
    engine.dispose()
