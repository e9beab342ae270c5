"""Servers that share a database, and what one does for another that died or stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.domain.model import State
from components.engine.admission import Limits
from components.storage.comparisons import Store
from components.storage.job_queue import JobQueue
from components.storage.media.media import Media
from components.storage.media.pictures import release
from components.storage.server_locks import PostgresServerLock
from tests.support.faulty_gateway import FaultyGateway
from tests.support.house import ASK, house
from tests.support.objects import StoppingObjects
from tests.support.samples import NOON, create


@pytest.fixture
def gateway() -> Iterator[FaultyGateway]:
    with FaultyGateway() as gateway:
        yield gateway


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


def test_a_bucket_that_hangs_holds_up_neither_the_taking_up_of_work_nor_a_stop(
    tmp_path: Path, gateway: FaultyGateway
) -> None:
    objects = StoppingObjects()
    media = Media("", objects=objects)
    with (
        house(tmp_path, gateway.url, media=media, sweep_every_s=0.02) as at,
        objects.stop("before", "delete") as stop,
    ):
        with at.store.change() as connection:
            release(connection, [f"{media.put_original(b'a picture', 'png')}.png"])
        stop.wait_until_reached()
        at.when(create(at.store, ASK, server="dead").id)
        # An interpreter waits at its end for every thread that is no daemon.
        assert [one.daemon for one in stop.threads] == [True]
