"""The store and the list of work, on a real SQLite file and on a real PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from components.domain.errors import StorageUnavailable, UnknownComparison
from components.domain.model import Ask, Failure, FailureKind, State
from components.storage.comparisons import Store
from components.storage.job_queue import JobQueue
from tests.support.samples import INPUT, NOON, create, failed, later, succeeded

INTERRUPTED = Failure(FailureKind.INTERRUPTED, "The server stopped.")
CANCELLED = Failure(FailureKind.CANCELLED, "Cancelled.")


def test_a_comparison_comes_back_as_it_was_written(store: Store) -> None:
    written = create(store)
    read = store.comparison(written.id)
    assert read == written
    assert read.inputs == (INPUT,)
    assert [one.cell for one in read.generations] == [
        "generation-nano-banana-1",
        "generation-nano-banana-2",
        "generation-gpt-image-1",
        "generation-gpt-image-2",
    ]
    assert {one.state for one in read.generations} == {State.QUEUED}
    assert read.created_at == NOON


def test_an_unknown_id_is_said_to_be_unknown(store: Store) -> None:
    with pytest.raises(UnknownComparison):
        store.comparison("nowhere")
    assert store.version("nowhere") is None
    assert store.generation("nowhere") is None


def test_any_script_and_emoji_survive(store: Store) -> None:
    prompt = "Колибри 蜂鳥 طائر 🐦‍🔥 'quoted' \\ %_ \u202e end"
    assert store.comparison(create(store, Ask(prompt, ("x",))).id).prompt == prompt


def test_a_generation_is_claimed_once_whoever_asks(store: Store, job_queue: JobQueue) -> None:
    generation = create(store).generations[0]
    with ThreadPoolExecutor(8) as pool:
        claims = list(
            pool.map(
                lambda server: job_queue.claim(generation.id, server=server, at=NOON),
                "abcdefgh",
            )
        )
    won = [claim for claim in claims if claim]
    assert len(won) == 1
    assert won[0].attempt == 1
    assert won[0].ask.prompt == "a hummingbird"
    assert won[0].generation.state is State.RUNNING


def test_a_success_is_kept_with_every_figure(store: Store, job_queue: JobQueue) -> None:
    comparison = create(store)
    first = comparison.generations[0]
    job_queue.claim(first.id, server="one", at=later(1))
    ended = succeeded(at=later(14), latency_s=12.345678901)
    assert job_queue.finish(first.id, 1, ended)
    kept = store.comparison(comparison.id).generations[0]
    assert kept.state is State.SUCCEEDED
    assert kept.latency_s == 12.345678901
    assert kept.started_at == later(1)
    assert kept.finished_at == later(14)
    assert kept.success is not None
    assert ended.success is not None
    assert kept.success.picture == ended.success.picture
    assert kept.success.others == ended.success.others
    assert kept.success.answered_by == "google/gemini"
    assert kept.success.cost_usd == 0.0039
    (attempt,) = store.attempts(first.id)
    assert attempt.exchange == ended.exchange
    assert attempt.state is State.SUCCEEDED


def test_each_change_raises_the_version(store: Store, job_queue: JobQueue) -> None:
    comparison = create(store)
    first = comparison.generations[0].id
    assert store.version(comparison.id) == 0
    job_queue.claim(first, server="one", at=NOON)
    assert store.version(comparison.id) == 1
    job_queue.finish(first, 1, failed())
    assert store.version(comparison.id) == 2
    assert not job_queue.finish(first, 1, failed())
    assert store.version(comparison.id) == 2


def test_a_retry_makes_a_new_attempt_and_keeps_the_old_ones_facts(
    store: Store, job_queue: JobQueue
) -> None:
    first = create(store).generations[0].id
    job_queue.claim(first, server="one", at=NOON)
    job_queue.finish(first, 1, failed(at=later(2)))
    queued = job_queue.requeue(first, server="two", gateway="http://other.test")
    assert queued is not None
    assert queued.state is State.QUEUED
    assert queued.failure is None
    assert queued.latency_s is None
    job_queue.claim(first, server="two", at=later(60))
    job_queue.finish(first, 2, succeeded(at=later(70)))
    assert [(one.number, one.state) for one in store.attempts(first)] == [
        (1, State.FAILED),
        (2, State.SUCCEEDED),
    ]
    kept = store.generation(first)
    assert kept is not None
    assert kept.attempt == 2
    assert kept.failure is None
    assert kept.gateway == "http://other.test"


def test_a_success_is_never_queued_again(store: Store, job_queue: JobQueue) -> None:
    first = create(store).generations[0].id
    assert job_queue.requeue(first, server="one", gateway="g") is None
    job_queue.claim(first, server="one", at=NOON)
    assert job_queue.requeue(first, server="one", gateway="g") is None
    job_queue.finish(first, 1, succeeded())
    assert job_queue.requeue(first, server="one", gateway="g") is None


def test_a_cancelled_generation_stays_cancelled_when_its_reply_comes(
    store: Store, job_queue: JobQueue
) -> None:
    first = create(store).generations[0].id
    job_queue.claim(first, server="one", at=NOON)
    assert job_queue.give_up(first, CANCELLED, at=later(1))
    assert not job_queue.give_up(first, CANCELLED, at=later(2))
    assert not job_queue.finish(first, 1, succeeded(at=later(3)))
    kept = store.generation(first)
    assert kept is not None
    assert kept.state is State.CANCELLED
    assert kept.finished_at == later(1)


def test_a_queued_generation_can_be_cancelled_and_is_not_sent(
    store: Store, job_queue: JobQueue
) -> None:
    first = create(store).generations[0].id
    assert job_queue.give_up(first, CANCELLED, at=NOON)
    assert job_queue.claim(first, server="one", at=NOON) is None
    assert store.attempts(first) == ()


def test_a_paid_reply_is_taken_even_after_its_row_was_given_up_as_interrupted(
    store: Store, job_queue: JobQueue
) -> None:
    first = create(store).generations[0].id
    job_queue.claim(first, server="one", at=NOON)
    (lost,) = [one for one in job_queue.in_hand() if one.generation_id == first]
    assert job_queue.give_up(first, INTERRUPTED, at=later(1), sent=lost)
    assert job_queue.finish(first, 1, succeeded(at=later(2)))
    kept = store.generation(first)
    assert kept is not None
    assert kept.state is State.SUCCEEDED
    assert [one.state for one in store.attempts(first)] == [State.SUCCEEDED]


def test_an_old_attempt_cannot_be_interrupted_once_the_next_one_is_queued(
    store: Store, job_queue: JobQueue
) -> None:
    first = create(store).generations[0].id
    job_queue.claim(first, server="one", at=NOON)
    (seen,) = [one for one in job_queue.in_hand() if one.generation_id == first]
    job_queue.finish(first, 1, failed())
    job_queue.requeue(first, server="one", gateway="g")
    assert not job_queue.give_up(first, INTERRUPTED, at=later(1), sent=seen)
    job_queue.claim(first, server="one", at=later(2))
    assert not job_queue.give_up(first, INTERRUPTED, at=later(3), sent=seen)


def test_only_one_server_takes_over_what_a_dead_one_left(store: Store, job_queue: JobQueue) -> None:
    first = create(store, server="dead").generations[0].id
    with ThreadPoolExecutor(4) as pool:
        won = list(
            pool.map(lambda server: job_queue.adopt(first, former="dead", server=server), "abcd")
        )
    assert won.count(True) == 1


def test_work_in_hand_is_counted_by_visitor(store: Store, job_queue: JobQueue) -> None:
    comparison = create(store)
    assert store.unfinished_of("somebody") == 4
    assert store.unfinished_of("nobody") == 0
    job_queue.give_up(comparison.generations[0].id, CANCELLED, at=NOON)
    assert store.unfinished_of("somebody") == 3
    assert len(job_queue.in_hand()) == 3


def test_opening_a_database_again_keeps_what_is_in_it(database_url: str) -> None:
    store = Store(database_url)
    written = create(store)
    store.close()
    again = Store(database_url)
    assert again.comparison(written.id) == written
    again.close()


def test_a_file_that_is_no_database_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="database cannot be used"):
        Store(f"sqlite:///{tmp_path / 'absent folder' / 'test.sqlite3'}")


def test_a_locked_database_is_told_in_a_sentence_and_works_again_after(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'test.sqlite3'}"
    store = Store(url)
    store.writing.dispose()  # a new connection, with the short patience set below

    @sa.event.listens_for(store.writing, "connect")
    def impatient(connection: object, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=50")  # type: ignore[attr-defined]

    other = sa.create_engine(url)
    with other.connect() as connection:
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
        with pytest.raises(StorageUnavailable, match="try again"):
            create(store)
    other.dispose()
    assert create(store).generations
    store.close()


def test_numbers_beyond_32_bits_are_kept(store: Store, job_queue: JobQueue) -> None:
    first = create(store).generations[0].id
    job_queue.claim(first, server="one", at=NOON)
    ended = succeeded()
    assert ended.success is not None
    usage = replace(ended.success.usage, total_tokens=2**53 - 1)
    job_queue.finish(first, 1, replace(ended, success=replace(ended.success, usage=usage)))
    kept = store.generation(first)
    assert kept is not None
    assert kept.success is not None
    assert kept.success.usage.total_tokens == 2**53 - 1
