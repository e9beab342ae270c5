"""Generations that are claimed together, and what each of them is told meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from components.domain.errors import StorageUnavailable
from components.domain.model import State
from components.engine.claiming import Claims
from components.engine.engine import CANCELLED, CANCELLED_UNSENT
from components.engine.jobs import Job
from components.engine.notifications import Notifications
from components.engine.persistence import Persistence
from components.engine.worker_threads import WorkerThreads
from components.storage.comparisons import Store
from components.storage.job_queue import JobQueue
from tests.support.faulty_gateway import FaultyGateway
from tests.support.house import at_once, house
from tests.support.samples import NOON, create


@pytest.fixture
def gateway() -> Iterator[FaultyGateway]:
    with FaultyGateway() as gateway:
        yield gateway


class Away(JobQueue):
    """A queue whose database is away for claims until it is back."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.back = threading.Event()

    def claim_all(self, *ids: Any, **how: Any) -> Any:
        if not self.back.is_set():
            raise StorageUnavailable("The database cannot be used at the moment.")
        return super().claim_all(*ids, **how)


def test_all_that_wait_for_a_database_say_why_and_not_only_the_first(
    tmp_path: Path, gateway: FaultyGateway
) -> None:
    store = Store(f"sqlite:///{tmp_path / 'test.sqlite3'}")
    queue = Away(store)
    with house(tmp_path, gateway.url, store=store, job_queue=queue) as at:
        comparison = at.ask()
        ids = [one.id for one in comparison.generations]
        at.when(comparison.id, lambda _: all(at.engine.trouble(one) for one in ids))
        assert {at.engine.trouble(one) for one in ids} == {
            "It waits to be sent. The database cannot be used at the moment."
        }
        assert at.engine.waiting == 3
        at.engine.cancel(comparison.id, ids[:1])
        at.when(comparison.id, lambda _: at.engine.waiting == 2)
        assert at.engine.trouble(ids[0]) is None
        queue.back.set()
        done = at.when(comparison.id)
        assert [one.state for one in done.generations] == [
            State.CANCELLED,
            State.SUCCEEDED,
            State.SUCCEEDED,
        ]
        assert at.engine.waiting == 0
    assert len(gateway.requests) == 2
    store.close()


class Held(JobQueue):
    """A queue whose claims are committed and not told before it is let go."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.commits = 0
        self.committed, self.told = threading.Event(), threading.Event()

    def claim_all(self, *ids: Any, **how: Any) -> Any:
        claims = super().claim_all(*ids, **how)
        self.commits += 1
        self.committed.set()
        assert self.told.wait(20)
        return claims


@pytest.fixture
def queue(store: Store) -> Held:
    return Held(store)


@pytest.fixture
async def claims(queue: Held) -> AsyncIterator[Claims]:
    threads = WorkerThreads()
    persistence = Persistence(threads, Notifications(), sleep=at_once)
    yield Claims(
        queue,
        persistence,
        threads,
        server="one",
        gateway_name="http://gateway.test",
        now=lambda: NOON,
    )
    queue.told.set()
    threads.close()


async def test_those_that_come_in_one_moment_share_a_commit(
    store: Store, queue: Held, claims: Claims
) -> None:
    comparison = create(store)
    queue.told.set()
    found = await asyncio.gather(
        *(claims.claim(Job(one.id, comparison.id)) for one in comparison.generations)
    )
    assert [claim.generation.id for claim in found if claim] == [
        one.id for one in comparison.generations
    ]
    assert queue.commits == 1


async def test_a_claim_that_is_written_while_the_server_stops_is_queued_again(
    store: Store, queue: Held, claims: Claims
) -> None:
    comparison = create(store)
    first, second = comparison.generations[:2]
    tasks = [
        asyncio.create_task(claims.claim(Job(one.id, comparison.id))) for one in (first, second)
    ]
    assert await asyncio.to_thread(queue.committed.wait, 20)
    claims.stop()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert store.comparison(comparison.id).generations[0].state is State.RUNNING
    queue.told.set()
    await claims.put_back_unsent()
    assert store.comparison(comparison.id).generations == comparison.generations


async def test_a_stop_that_comes_as_the_claim_is_told_queues_it_again(
    store: Store, queue: Held, claims: Claims
) -> None:
    comparison = create(store)
    (first, *_) = comparison.generations
    claims.stop()
    queue.told.set()
    task = asyncio.create_task(claims.claim(Job(first.id, comparison.id)))
    await asyncio.sleep(0)
    (written,) = asyncio.all_tasks() - {task, asyncio.current_task()}
    written.add_done_callback(lambda _: task.cancel())  # before the task hears of it
    with pytest.raises(asyncio.CancelledError):
        await task
    await claims.put_back_unsent()
    assert store.comparison(comparison.id).generations == comparison.generations


async def test_a_person_who_cancels_during_the_claim_has_the_last_word(
    store: Store, queue: Held, claims: Claims
) -> None:
    comparison = create(store)
    (first, *_) = comparison.generations
    task = asyncio.create_task(claims.claim(Job(first.id, comparison.id)))
    assert await asyncio.to_thread(queue.committed.wait, 20)
    assert queue.give_up(first.id, CANCELLED, at=NOON, unsent=CANCELLED_UNSENT)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    queue.told.set()
    claims.stop()
    await claims.put_back_unsent()
    assert store.comparison(comparison.id).generations[0].state is State.CANCELLED
