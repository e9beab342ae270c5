"""What an attempt's row says when replies, retries and other servers come in any order."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import pytest
import sqlalchemy as sa

from components.domain.errors import AskRefused
from components.domain.model import Failure, FailureKind, State
from components.storage.comparisons import Store
from components.storage.job_queue import JobQueue
from components.storage.jobs import Unsent
from components.storage.schema import attempts, generations
from tests.support.samples import NOON, create, failed, later, succeeded

INTERRUPTED = Failure(FailureKind.INTERRUPTED, "The server stopped.")
CANCELLED = Failure(FailureKind.CANCELLED, "Cancelled.")
THERE, OTHER = "http://gateway.test", "http://other.test"


class Row(NamedTuple):
    """What is asked of a row here."""

    state: str
    started_at: datetime
    finished_at: datetime
    gateway: str


def rows(store: Store, generation_id: str) -> list[Row]:
    a = attempts.c
    query = (
        sa.select(a.state, a.started_at, a.finished_at, a.gateway)
        .where(a.generation_id == generation_id)
        .order_by(a.number)
    )
    with store.reading.connect() as connection:
        return [Row(*row) for row in connection.execute(query)]


def given_up_and_sent_again(store: Store, job_queue: JobQueue) -> str:
    """A generation whose first request was given up, and whose second went elsewhere."""
    first = create(store).generations[0].id
    job_queue.claim(first, server="one", at=NOON)
    job_queue.give_up(first, INTERRUPTED, at=later(10))
    job_queue.requeue(first, server="two", gateway=OTHER)
    job_queue.claim(first, server="two", at=later(60))
    return first


def test_a_late_reply_keeps_its_own_start_and_gateway(store: Store, job_queue: JobQueue) -> None:
    first = given_up_and_sent_again(store, job_queue)
    assert not job_queue.finish(first, 1, succeeded(at=later(30), latency_s=30))
    assert job_queue.finish(first, 2, succeeded(at=later(70), latency_s=10))
    assert rows(store, first) == [
        Row("succeeded", NOON, later(30), THERE),
        Row("succeeded", later(60), later(70), OTHER),
    ]


def test_a_late_reply_to_what_is_queued_again_keeps_its_own_start_and_gateway(
    store: Store, job_queue: JobQueue
) -> None:
    first = create(store).generations[0].id
    job_queue.claim(first, server="one", at=NOON)
    job_queue.give_up(first, CANCELLED, at=later(10))
    job_queue.requeue(first, server="two", gateway=OTHER)
    assert not job_queue.finish(first, 1, failed(at=later(30)))
    assert rows(store, first) == [Row("failed", NOON, later(30), THERE)]


def test_interrupted_then_answered_late_says_when_it_was_sent_and_answered(
    store: Store, job_queue: JobQueue
) -> None:
    first = create(store).generations[0].id
    job_queue.claim(first, server="one", at=NOON)
    job_queue.give_up(first, INTERRUPTED, at=later(50))
    assert job_queue.finish(first, 1, succeeded(at=later(40), latency_s=40))
    assert rows(store, first) == [Row("succeeded", NOON, later(40), THERE)]
    kept = store.generation(first)
    assert kept is not None
    assert (kept.state, kept.started_at, kept.finished_at) == (State.SUCCEEDED, NOON, later(40))


def test_what_was_never_sent_is_queued_as_if_it_had_not_been_claimed(
    store: Store, job_queue: JobQueue
) -> None:
    comparison = create(store)
    first = comparison.generations[0].id
    claim = job_queue.claim(first, server="one", at=NOON)
    assert claim is not None
    assert job_queue.put_back(Unsent(claim), server="one")
    assert store.generation(first) == comparison.generations[0]
    assert store.attempts(first) == ()
    again = job_queue.claim(first, server="one", at=later(5))
    assert again is not None
    assert again.attempt == 1


def test_what_was_declined_is_on_record_and_queued_and_the_next_attempt_counts(
    store: Store, job_queue: JobQueue
) -> None:
    first = create(store).generations[0].id
    claim = job_queue.claim(first, server="one", at=NOON)
    assert claim is not None
    declined = Unsent(claim, failed(FailureKind.RATE_LIMITED, at=later(1)))
    assert job_queue.put_back(declined, server="one")
    queued = store.generation(first)
    assert queued is not None
    assert (queued.state, queued.attempt, queued.started_at) == (State.QUEUED, 1, None)
    assert job_queue.claim(first, server="one", at=later(5))
    assert job_queue.finish(first, 2, succeeded(at=later(9)))
    assert [(row.state, row.started_at) for row in rows(store, first)] == [
        ("failed", NOON),
        ("succeeded", later(5)),
    ]


def test_what_was_cancelled_meanwhile_is_not_queued_again_and_its_answer_is_on_record(
    store: Store, job_queue: JobQueue
) -> None:
    first = create(store).generations[0].id
    claim = job_queue.claim(first, server="one", at=NOON)
    assert claim is not None
    job_queue.give_up(first, CANCELLED, at=later(1))
    assert not job_queue.put_back(Unsent(claim), server="one")
    assert not job_queue.put_back(Unsent(claim, failed(at=later(2))), server="one")
    cancelled = store.generation(first)
    assert cancelled is not None
    assert cancelled.state is State.CANCELLED
    assert rows(store, first) == [Row("failed", NOON, later(2), THERE)]


def test_what_another_server_has_in_hand_by_now_stays_with_it(
    store: Store, job_queue: JobQueue
) -> None:
    first = create(store).generations[0].id
    claim = job_queue.claim(first, server="one", at=NOON)
    assert claim is not None
    job_queue.put_back_all([Unsent(claim)], server="one")
    assert job_queue.claim(first, server="two", at=later(1))
    job_queue.put_back_all([Unsent(claim)], server="one")
    running = store.generation(first)
    assert running is not None
    assert (running.state, running.attempt) == (State.RUNNING, 1)


def test_a_cancel_says_whether_anything_was_sent(store: Store, job_queue: JobQueue) -> None:
    unsent = Failure(FailureKind.CANCELLED, "Nothing was sent.")
    for number, told in ((0, unsent), (1, CANCELLED)):
        one = create(store).generations[0].id
        if number:
            job_queue.claim(one, server="one", at=NOON)
        assert job_queue.give_up(one, CANCELLED, at=later(1), unsent=unsent)
        cancelled = store.generation(one)
        assert cancelled is not None
        assert cancelled.failure == told


def test_what_is_sent_belongs_to_the_gateway_that_it_is_sent_to(
    store: Store, job_queue: JobQueue
) -> None:
    """Queued while the server had another gateway configured."""
    first = create(store).generations[0].id
    claim = job_queue.claim(first, server="two", at=NOON, gateway=OTHER)
    assert claim is not None
    assert claim.generation.gateway == OTHER
    job_queue.finish(first, 1, succeeded(at=later(9)))
    assert rows(store, first) == [Row("succeeded", NOON, later(9), OTHER)]


def test_rows_of_version_one_count_for_whoever_asked_for_the_comparison(
    store: Store, job_queue: JobQueue
) -> None:
    comparison = create(store)
    with store.change() as connection:
        connection.execute(generations.update().values(asked_by=None))
    assert store.unfinished_of("somebody") == 4
    first = comparison.generations[0].id
    job_queue.give_up(first, CANCELLED, at=NOON)
    job_queue.requeue(first, server="one", gateway=THERE, visitor="another")
    assert (store.unfinished_of("somebody"), store.unfinished_of("another")) == (3, 1)


def test_the_count_that_admits_is_taken_in_the_transaction_that_it_admits(
    store: Store, job_queue: JobQueue
) -> None:
    counts: list[int] = []
    first = create(store).generations[0].id
    job_queue.give_up(first, CANCELLED, at=NOON)

    def refuse(under_way: int) -> None:
        counts.append(under_way)
        raise AskRefused("form", "Too many.")

    with pytest.raises(AskRefused):
        job_queue.requeue(first, server="one", gateway=THERE, visitor="somebody", admit=refuse)
    assert counts == [3]
    cancelled = store.generation(first)
    assert cancelled is not None
    assert cancelled.state is State.CANCELLED
