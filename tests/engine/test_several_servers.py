"""Servers that share a database, and what one does for another that died."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.domain.model import State
from components.engine.admission import Limits
from components.storage.comparisons import Store
from components.storage.job_queue import JobQueue
from components.storage.server_locks import FileServerLock, PostgresServerLock
from tests.support.faulty_gateway import FaultyGateway
from tests.support.house import ASK, house
from tests.support.samples import NOON, create
from tests.support.serving import ROOT


@pytest.fixture
def gateway() -> Iterator[FaultyGateway]:
    with FaultyGateway() as gateway:
        yield gateway


def test_a_server_is_alive_while_it_holds_its_file_and_dead_after(tmp_path: Path) -> None:
    one, two = FileServerLock(tmp_path, "one"), FileServerLock(tmp_path, "two")
    assert not one.is_dead("two")
    assert not two.is_dead("one")
    assert not one.is_dead("one")
    assert one.is_dead("never was")
    two.close()
    assert one.is_dead("two")
    one.close()


def test_a_killed_process_is_dead_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from components.storage.server_locks import FileServerLock;"
        f"held = FileServerLock(Path({str(tmp_path)!r}), 'child'); print('held', flush=True);"
        "sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"held\n"
    mine = FileServerLock(tmp_path, "mine")
    assert not mine.is_dead("child")
    child.kill()
    child.wait(10)
    assert mine.is_dead("child")
    mine.close()


def test_with_postgresql_a_lost_connection_is_a_dead_server(postgres_url: str) -> None:
    first, second = Store(postgres_url), Store(postgres_url)
    one, two = PostgresServerLock(first.reading, "one"), PostgresServerLock(second.reading, "two")
    assert not one.is_dead("two")
    assert not two.is_dead("one")
    two.close()
    second.close()
    assert one.is_dead("two")
    assert one.is_dead("never was")
    one.close()
    first.close()


def test_another_server_takes_up_what_a_dead_one_left(
    tmp_path: Path, postgres_url: str, gateway: FaultyGateway
) -> None:
    store = Store(postgres_url)
    job_queue = JobQueue(store)
    left = create(store, ASK, server="dead")
    job_queue.claim(left.generations[0].id, server="dead", at=NOON)
    with house(
        tmp_path,
        gateway.url,
        store=store,
        job_queue=job_queue,
        server_lock=PostgresServerLock(store.reading, "alive"),
        server="alive",
    ) as at:
        done = at.when(left.id)
    assert [one.state for one in done.generations] == [
        State.INTERRUPTED,
        State.SUCCEEDED,
        State.SUCCEEDED,
    ]
    assert len(gateway.requests) == 2
    store.close()


def test_a_living_servers_work_is_left_alone(tmp_path: Path, gateway: FaultyGateway) -> None:
    gateway.faults.update(dict.fromkeys(ASK.aliases, "hold"))
    limits = Limits(running=2)
    with house(tmp_path, gateway.url, server="one", limits=limits) as one:
        comparison = one.ask()
        gateway.wait_for(2)
        with house(tmp_path, gateway.url, server="two", sweep_every_s=0.05) as two:
            states = [g.state for g in two.store.comparison(comparison.id).generations]
            assert sorted(states) == [State.QUEUED, State.RUNNING, State.RUNNING]
            assert two.engine.running == 0
        gateway.release()
        done = one.when(comparison.id)
        assert {g.state for g in done.generations} == {State.SUCCEEDED}
    assert len(gateway.requests) == 3
