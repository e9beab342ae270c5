"""Storages that go away in mid-run and come back, each for real: no fake refuses anything here."""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
import sqlalchemy as sa
from moto.server import ThreadedMotoServer

from components.domain.errors import StorageUnavailable, UnknownComparison
from components.domain.model import State
from components.storage.comparisons import Store
from components.storage.media.media import Media
from tests.support.faulty_gateway import FaultyGateway
from tests.support.house import ASK, House, house
from tests.support.serving import free_port

ONE = replace(ASK, aliases=("gpt-image",))


@pytest.fixture
def gateway() -> Iterator[FaultyGateway]:
    with FaultyGateway(faults={"gpt-image": "hold"}) as gateway:
        yield gateway


def in_trouble(at: House, comparison_id: str) -> str:
    """What a generation waits for, as soon as it waits for a storage."""
    found: list[str] = []

    def told(_comparison: object) -> bool:
        generation_id = at.store.comparison(comparison_id).generations[0].id
        found.append(at.engine.trouble(generation_id) or "")
        return bool(found[-1])

    at.when(comparison_id, told, timeout_s=60)
    assert at.engine.waiting == 1
    return found[-1]


def landed(at: House, comparison_id: str, gateway: FaultyGateway) -> None:
    """Wait until it has its picture: paid for once, and not waiting any more."""
    (one,) = at.when(comparison_id, timeout_s=60).generations
    assert one.state is State.SUCCEEDED
    assert one.success is not None
    assert at.media.original(one.success.picture.sha256, one.success.picture.extension)
    assert at.engine.trouble(one.id) is None
    assert len(gateway.requests) == 1


def test_a_database_that_another_process_locks_delays_the_result_and_says_so(
    tmp_path: Path, gateway: FaultyGateway
) -> None:
    with house(tmp_path, gateway.url) as at:
        comparison = at.ask(ONE)
        gateway.wait_for(1)
        other = sqlite3.connect(tmp_path / "test.sqlite3", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        gateway.release()
        assert "The answer has arrived and waits to be stored. The database" in in_trouble(
            at, comparison.id
        )
        assert list(at.spool.waiting())
        other.execute("ROLLBACK")
        other.close()
        landed(at, comparison.id, gateway)


def test_a_bucket_that_goes_away_delays_the_picture_and_says_so(
    tmp_path: Path, gateway: FaultyGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    for name, value in {
        "ENDPOINT_URL": f"http://127.0.0.1:{port}", "ACCESS_KEY_ID": "someone",
        "SECRET_ACCESS_KEY": "secret", "REGION": "us-east-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("NO_PROXY", "*")

    def bucket() -> ThreadedMotoServer:
        server = ThreadedMotoServer(port=port, verbose=False)
        server.start()
        boto3.client("s3").create_bucket(Bucket="pictures")
        return server

    server = bucket()
    with house(tmp_path, gateway.url, media=Media("s3://pictures/here")) as at:
        at.media.check()
        comparison = at.ask(ONE)
        gateway.wait_for(1)
        server.stop()
        gateway.release()
        assert "The picture has arrived and waits to be stored. The media store" in in_trouble(
            at, comparison.id
        )
        server = bucket()
        landed(at, comparison.id, gateway)
    server.stop()


def test_a_spool_that_is_gone_costs_no_picture(tmp_path: Path, gateway: FaultyGateway) -> None:
    with house(tmp_path, gateway.url) as at:
        comparison = at.ask(ONE)
        gateway.wait_for(1)
        shutil.rmtree(tmp_path / "arrived")
        gateway.release()
        landed(at, comparison.id, gateway)


def ask(store: Store) -> None:
    store.create(
        ONE,
        comparison_id=uuid.uuid4().hex,
        new_id=lambda: uuid.uuid4().hex,
        gateway="x",
        server="one",
        visitor="x",
        at=datetime.now(UTC),
    )


def test_a_read_only_sqlite_file_is_a_storage_that_is_away(tmp_path: Path) -> None:
    file = tmp_path / "test.sqlite3"
    store = Store(f"sqlite:///{file}")
    with store.reading.connect() as held:  # so that the write-ahead log stays
        held.execute(sa.text("SELECT 1"))
        for engine in (store.reading, store.writing):
            engine.dispose()

            @sa.event.listens_for(engine, "connect")
            def _read_only(connection: sqlite3.Connection, _record: object) -> None:
                connection.execute("PRAGMA query_only=ON")

        with pytest.raises(StorageUnavailable):
            ask(store)
        assert store.unfinished_of("x") == 0
    store.close()


def test_a_read_only_postgresql_is_a_storage_that_is_away_until_it_is_writable_again(
    postgres_url: str,
) -> None:
    store = Store(postgres_url)
    name = sa.make_url(postgres_url).database
    for read_only in ("on", "off"):
        with store.reading.connect().execution_options(isolation_level="AUTOCOMMIT") as admin:
            admin.execute(sa.text("SET default_transaction_read_only = off"))
            admin.execute(
                sa.text(f"ALTER DATABASE {name} SET default_transaction_read_only = {read_only}")
            )
        store.reading.dispose()
        if read_only == "on":
            with pytest.raises(StorageUnavailable):
                ask(store)
        else:
            ask(store)
    assert store.unfinished_of("x") == 1
    store.close()


def test_a_file_that_is_no_database_is_a_storage_that_is_away(tmp_path: Path) -> None:
    file = tmp_path / "test.sqlite3"
    file.write_bytes(b"this is no database, and long enough to be taken for one" * 100)
    with pytest.raises(StorageUnavailable):
        Store(f"sqlite:///{file}")


@pytest.mark.parametrize("found", ["\0", "a\0b", "\ud800", "é", "", "x" * 5_000, "' OR 1=1 --"])
def test_what_can_be_no_id_is_unknown_and_never_a_failure(store: Store, found: str) -> None:
    with pytest.raises(UnknownComparison):
        store.comparison(found)
    assert store.version(found) is None
    assert store.generation(found) is None
