"""One task a generation, as many at once as there is room for, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from components.engine.jobs import Job
from components.engine.scheduler import Scheduler

ONE, TWO, THREE = (Job(name, "comparison") for name in ("one", "two", "three"))


class Works:
    """Work that begins, is held until it is let go, and tells what happened to it."""

    def __init__(self) -> None:
        self.news = threading.Condition()
        self.told: list[str] = []
        self.go = asyncio.Event()

    def tell(self, what: str) -> None:
        with self.news:
            self.told.append(what)
            self.news.notify_all()

    def wait_for(self, *what: str) -> None:
        with self.news:
            assert self.news.wait_for(lambda: set(what) <= set(self.told), 20), self.told

    async def work(self, job: Job) -> None:
        self.tell(f"{job.generation_id} began")
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.tell(f"{job.generation_id} dropped")
            raise
        self.tell(f"{job.generation_id} ended")


@pytest.fixture
def works() -> Works:
    return Works()


@pytest.fixture
def scheduler(works: Works) -> Iterator[Scheduler]:
    scheduler = Scheduler(works.work, at_once=2)
    scheduler.start()
    yield scheduler
    scheduler.call(scheduler.cancel_all()).result(20)
    scheduler.stop()


async def release(works: Works) -> None:
    works.go.set()


def test_what_finds_no_room_waits_for_its_turn(scheduler: Scheduler, works: Works) -> None:
    scheduler.submit([ONE, TWO, THREE])
    works.wait_for("one began", "two began")
    assert "three began" not in works.told
    assert scheduler.running == 3
    scheduler.call(release(works)).result(20)
    works.wait_for("one ended", "two ended", "three ended")


def test_what_is_dropped_makes_room_and_costs_the_others_nothing(
    scheduler: Scheduler, works: Works
) -> None:
    scheduler.submit([ONE, TWO, THREE])
    works.wait_for("one began", "two began")
    scheduler.drop(["one", "never was"])
    works.wait_for("one dropped", "three began")
    assert "two dropped" not in works.told


def test_a_second_task_of_a_generation_begins_when_the_first_is_out_of_the_way(
    scheduler: Scheduler, works: Works
) -> None:
    scheduler.submit([ONE, ONE])
    works.wait_for("one began")
    assert scheduler.running == 1
    scheduler.call(release(works)).result(20)
    works.wait_for("one ended")
    with works.news:
        assert works.news.wait_for(lambda: works.told.count("one ended") == 2, 20)
    assert works.told == ["one began", "one ended"] * 2


def test_in_the_end_every_task_is_cancelled_and_waited_for(
    scheduler: Scheduler, works: Works
) -> None:
    scheduler.submit([ONE, TWO])
    works.wait_for("one began", "two began")
    scheduler.call(scheduler.cancel_all()).result(20)
    assert set(works.told[2:]) == {"one dropped", "two dropped"}
