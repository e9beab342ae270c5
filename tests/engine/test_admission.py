"""Who may have how much under way, whoever asks, however many ask at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from components.domain.errors import AskRefused
from components.engine.admission import Limits
from components.engine.engine import Engine
from components.storage.comparisons import Store
from tests.support.faulty_gateway import FaultyGateway
from tests.support.house import ASK, House, house

ONE = replace(ASK, aliases=("gpt-image",))
PRESSES = 8


@pytest.fixture
def gateway() -> Iterator[FaultyGateway]:
    with FaultyGateway() as gateway:
        yield gateway


@contextmanager
def two_houses(folder: Path, url: str, database_url: str, limits: Limits) -> Iterator[list[House]]:
    """Two engines that share a database, as two servers do."""
    stores = [Store(database_url), Store(database_url)]
    with (
        house(folder, url, store=stores[0], server="one", limits=limits) as one,
        house(folder, url, store=stores[1], server="two", limits=limits) as two,
    ):
        yield [one, two]
    for store in stores:
        store.close()


def at_once(houses: list[House], press: Callable[[Engine, int], object]) -> int:
    """How many of `PRESSES` presses in the very same moment were taken."""
    barrier = Barrier(PRESSES)

    def one(number: int) -> bool:
        barrier.wait()
        try:
            press(houses[number % 2].engine, number)
        except AskRefused:
            return False
        return True

    with ThreadPoolExecutor(PRESSES) as pool:
        return sum(pool.map(one, range(PRESSES)))


def test_asks_that_come_at_once_stay_within_the_limit(
    tmp_path: Path, gateway: FaultyGateway, database_url: str
) -> None:
    gateway.faults["gpt-image"] = "hold"
    limits = Limits(queued_per_visitor=2)
    with two_houses(tmp_path, gateway.url, database_url, limits) as houses:
        taken = at_once(houses, lambda engine, _: engine.ask(ONE, visitor="somebody"))
        under_way = houses[0].store.unfinished_of("somebody")
    assert (taken, under_way) == (2, 2)


def test_retries_that_come_at_once_stay_within_the_limit(
    tmp_path: Path, gateway: FaultyGateway, database_url: str
) -> None:
    gateway.faults["gpt-image"] = "http-500"
    limits = Limits(queued_per_visitor=2)
    with two_houses(tmp_path, gateway.url, database_url, limits) as houses:
        first = houses[0]
        failed = [
            first.when(first.ask(ONE, visitor=f"visitor {number}").id).generations[0].id
            for number in range(PRESSES)
        ]
        gateway.faults["gpt-image"] = "hold"
        taken = at_once(
            houses, lambda engine, number: engine.retry(failed[number], visitor="somebody")
        )
        assert taken == 2
        assert first.store.unfinished_of("somebody") == 2


def test_a_retry_counts_against_whoever_presses_it(
    tmp_path: Path, gateway: FaultyGateway, database_url: str
) -> None:
    gateway.faults.update(dict.fromkeys(ASK.aliases, "http-500"))
    store = Store(database_url)
    limits = Limits(queued_per_visitor=3)
    with house(tmp_path, gateway.url, store=store, limits=limits) as at:
        failed = at.when(at.ask(visitor="the first").id)
        gateway.faults.update(dict.fromkeys(ASK.aliases, "hold"))
        for one in failed.generations:
            assert at.engine.retry(one.id, visitor="the second")
        assert store.unfinished_of("the first") == 0
        assert store.unfinished_of("the second") == 3
        with pytest.raises(AskRefused, match="3 pictures on the way"):
            at.ask(ONE, visitor="the second")
        assert at.ask(visitor="the first")
    store.close()


def test_a_retry_that_is_refused_changes_nothing(tmp_path: Path, gateway: FaultyGateway) -> None:
    gateway.faults["gpt-image"] = "http-500"
    with house(tmp_path, gateway.url, limits=Limits(queued_per_visitor=1)) as at:
        (failed,) = at.when(at.ask(ONE).id).generations
        gateway.faults["gpt-image"] = "hold"
        at.ask(ONE)
        with pytest.raises(AskRefused, match="1 pictures on the way"):
            at.engine.retry(failed.id, visitor="somebody")
        assert at.store.generation(failed.id) == failed


def test_what_is_no_longer_to_be_retried_is_told_before_the_limit(
    tmp_path: Path, gateway: FaultyGateway
) -> None:
    with house(tmp_path, gateway.url, limits=Limits(queued_per_visitor=1)) as at:
        (done,) = at.when(at.ask(ONE).id).generations
        gateway.faults["gpt-image"] = "hold"
        at.ask(ONE)
        assert at.engine.retry(done.id, visitor="somebody") is False
