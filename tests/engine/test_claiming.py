"""Generations that are claimed together, and what each of them is told meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.domain.errors import StorageUnavailable
from components.domain.model import State
from components.storage.comparisons import Store
from components.storage.job_queue import JobQueue
from tests.support.faulty_gateway import FaultyGateway
from tests.support.house import ASK, house


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
