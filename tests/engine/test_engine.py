"""The engine, with real storages and real HTTP to a gateway that can misbehave."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from components.domain.errors import AskRefused, StorageUnavailable
from components.domain.model import Ask, FailureKind, State
from components.engine.admission import Limits
from components.engine.reply_spool import ReplySpool
from components.images.decoding import examine
from components.images.inputs import prepare_input
from components.storage.comparisons import Store
from components.storage.job_queue import JobQueue
from components.storage.jobs import Ended
from components.storage.media.media import Media
from tests.support.faulty_gateway import HOSTILE, FaultyGateway
from tests.support.house import ASK, TOKEN, House, house
from tests.support.pictures import encoded, quarters


@pytest.fixture
def gateway() -> Iterator[FaultyGateway]:
    with FaultyGateway() as gateway:
        yield gateway


@pytest.fixture
def at(tmp_path: Path, gateway: FaultyGateway) -> Iterator[House]:
    with house(tmp_path, gateway.url) as at:
        yield at


def test_every_alias_gets_one_request_that_is_exactly_the_contract(
    at: House, gateway: FaultyGateway
) -> None:
    done = at.when(at.ask().id)
    assert {one.state for one in done.generations} == {State.SUCCEEDED}
    assert sorted(one.alias for one in gateway.requests) == sorted(ASK.aliases)
    for request in gateway.requests:
        assert request.document == {
            "model": request.alias,
            "messages": [{"role": "user", "content": "a hummingbird"}],
            "stream": False,
        }
        assert request.path == "/v1/chat/completions"
        assert request.headers["authorization"] == f"Bearer {TOKEN.get_secret_value()}"


def test_each_cell_has_the_picture_of_its_own_alias(at: House) -> None:
    done = at.when(at.ask(replace(ASK, samples=2)).id)
    assert [(one.alias, one.sample) for one in done.generations] == [
        (alias, sample) for alias in ASK.aliases for sample in (1, 2)
    ]
    hashes = {}
    for one in done.generations:
        assert one.success is not None
        original = at.media.original(one.success.picture.sha256, one.success.picture.extension)
        assert hashlib.sha256(original).hexdigest() == one.success.picture.sha256
        assert len(original) == one.success.picture.bytes
        assert at.media.preview(one.success.picture.sha256)
        hashes.setdefault(one.alias, set()).add(one.success.picture.sha256)
    assert len(set.union(*hashes.values())) == 3


def test_a_slow_alias_holds_up_nobody(at: House, gateway: FaultyGateway) -> None:
    gateway.faults["nano-banana"] = "hold"
    comparison = at.ask()
    two = at.when(comparison.id, lambda one: sum(g.state.ended for g in one.generations) == 2)
    assert [one.state for one in two.generations] == [
        State.RUNNING,
        State.SUCCEEDED,
        State.SUCCEEDED,
    ]
    gateway.release()
    done = at.when(comparison.id)
    assert done.generations[0].state is State.SUCCEEDED
    held, quick = done.generations[0].latency_s, done.generations[1].latency_s
    assert held is not None
    assert quick is not None
    assert held > quick


def test_one_alias_failing_costs_the_others_nothing(at: House, gateway: FaultyGateway) -> None:
    gateway.faults["gpt-image"] = "reset-in-body"
    done = at.when(at.ask().id)
    assert [one.state for one in done.generations] == [
        State.SUCCEEDED,
        State.FAILED,
        State.SUCCEEDED,
    ]
    failure = done.generations[1].failure
    assert failure is not None
    assert failure.kind is FailureKind.CONNECTION_LOST


def test_what_may_have_been_accepted_is_never_sent_again_by_itself(
    at: House, gateway: FaultyGateway
) -> None:
    for fault in ("http-500", "http-502", "http-504", "reset-at-once", "cut-short", "json-null"):
        gateway.faults["gpt-image"] = fault
        before = len(gateway.requests)
        done = at.when(at.ask(replace(ASK, aliases=("gpt-image",))).id)
        assert done.generations[0].state is State.FAILED
        assert done.generations[0].attempt == 1
        assert len(gateway.requests) == before + 1, fault


@pytest.mark.parametrize("fault", ["http-429", "http-503"])
def test_what_was_not_accepted_is_sent_again_a_few_times_with_each_attempt_on_record(
    at: House, gateway: FaultyGateway, fault: str
) -> None:
    gateway.faults["gpt-image"] = fault
    done = at.when(at.ask(replace(ASK, aliases=("gpt-image",))).id)
    (one,) = done.generations
    assert one.state is State.FAILED
    assert one.attempt == 4
    assert len(gateway.requests) == 4
    records = at.store.attempts(one.id)
    assert [record.number for record in records] == [1, 2, 3, 4]
    assert {record.exchange.status for record in records} == {int(fault[-3:])}


def test_a_gateway_out_of_reach_is_tried_again_and_then_told(tmp_path: Path) -> None:
    with FaultyGateway() as gone:
        url = gone.url
    with house(tmp_path, url) as at:
        done = at.when(at.ask(replace(ASK, aliases=("gpt-image",))).id)
        failure = done.generations[0].failure
        assert failure is not None
        assert failure.kind is FailureKind.UNREACHABLE
        assert done.generations[0].attempt == 4
        assert done.generations[0].latency_s is None


def test_a_retry_is_a_new_attempt_on_the_same_generation(at: House, gateway: FaultyGateway) -> None:
    gateway.faults["gpt-image"] = "http-500"
    first = at.when(at.ask().id)
    gateway.faults.clear()
    failed = first.generations[1]
    assert at.engine.retry(failed.id, visitor="somebody")
    done = at.when(first.id)
    assert done.generations[1].id == failed.id
    assert done.generations[1].state is State.SUCCEEDED
    assert done.generations[1].attempt == 2
    assert [one.state for one in at.store.attempts(failed.id)] == [State.FAILED, State.SUCCEEDED]
    assert not at.engine.retry(failed.id, visitor="somebody")
    assert not at.engine.retry("nothing", visitor="somebody")
    assert len(gateway.requests) == 4


def test_cancel_stops_waiting_at_once_and_closes_the_connection(
    at: House, gateway: FaultyGateway
) -> None:
    gateway.faults["gpt-image"] = "hold"
    comparison = at.ask()
    at.when(comparison.id, lambda one: sum(g.state.ended for g in one.generations) == 2)
    assert at.engine.cancel(comparison.id, [one.id for one in comparison.generations]) == 1
    done = at.when(comparison.id)
    assert done.generations[1].state is State.CANCELLED
    assert done.generations[0].state is State.SUCCEEDED
    assert "bill" in (done.generations[1].failure.message if done.generations[1].failure else "")
    gateway.wait_until(lambda requests: any(one.left for one in requests))


def test_a_cancelled_one_can_be_retried_straight_away(at: House, gateway: FaultyGateway) -> None:
    gateway.faults["gpt-image"] = "hold"
    comparison = at.ask(replace(ASK, aliases=("gpt-image",)))
    gateway.wait_for(1)
    at.engine.cancel(comparison.id, [comparison.generations[0].id])
    gateway.faults.clear()
    assert at.engine.retry(comparison.generations[0].id, visitor="somebody")
    assert at.when(comparison.id).generations[0].state is State.SUCCEEDED


def test_input_images_go_along_as_parts(at: House, gateway: FaultyGateway) -> None:
    image, sent, preview = prepare_input(
        encoded(quarters(), "PNG"),
        "cat.png",
        budget_bytes=10**6,
        max_pixels=10**7,
        max_upload_bytes=10**7,
    )
    at.media.put_original(sent, image.picture.extension)
    at.media.put_preview(image.picture.sha256, preview)
    done = at.when(at.ask(Ask("an oil painting", ("gpt-image",), inputs=(image,))).id)
    assert done.generations[0].state is State.SUCCEEDED
    text, part = gateway.requests[0].document["messages"][0]["content"]
    assert text == {"type": "text", "text": "an oil painting"}
    assert part["image_url"]["url"].startswith("data:image/png;base64,")
    assert done.inputs == (image,)


def test_an_ask_that_makes_no_sense_is_refused_before_it_costs(
    at: House, gateway: FaultyGateway
) -> None:
    asks = {
        "prompt": [Ask("", ("gpt-image",)), Ask(" \n\t\u200b\u00a0", ("gpt-image",)),
                   Ask("x" * 20_001, ("gpt-image",))],
        "aliases": [Ask("a", ()), Ask("a", ("no-such-alias",))],
        "samples": [Ask("a", ("gpt-image",), 0), Ask("a", ("gpt-image",), 5)],
    }  # fmt: skip
    for field, examples in asks.items():
        for ask in examples:
            with pytest.raises(AskRefused) as refused:
                at.ask(ask)
            assert refused.value.field == field
    assert gateway.requests == []


def test_one_visitor_cannot_have_too_much_under_way(tmp_path: Path, gateway: FaultyGateway) -> None:
    gateway.faults.update(dict.fromkeys(ASK.aliases, "hold"))
    with house(tmp_path, gateway.url, limits=Limits(queued_per_visitor=4)) as at:
        first = at.ask()
        with pytest.raises(AskRefused, match="3 pictures on the way"):
            at.ask()
        at.ask(visitor="somebody else")
        at.engine.cancel(first.id, [one.id for one in first.generations])
        at.ask()


def test_more_than_the_server_may_run_wait_their_turn(
    tmp_path: Path, gateway: FaultyGateway
) -> None:
    gateway.faults.update(dict.fromkeys(ASK.aliases, "hold"))
    with house(tmp_path, gateway.url, limits=Limits(running=2)) as at:
        comparison = at.ask()
        gateway.wait_for(2)
        states = [one.state for one in at.store.comparison(comparison.id).generations]
        assert sorted(states) == [State.QUEUED, State.RUNNING, State.RUNNING]
        gateway.release()
        done = at.when(comparison.id)
        assert {one.state for one in done.generations} == {State.SUCCEEDED}


def test_stopping_marks_what_is_in_flight_and_keeps_what_is_queued(
    tmp_path: Path, gateway: FaultyGateway
) -> None:
    gateway.faults.update(dict.fromkeys(ASK.aliases, "hold"))
    with house(tmp_path, gateway.url, limits=Limits(running=2)) as at:
        comparison = at.ask()
        gateway.wait_for(2)
    store = Store(f"sqlite:///{tmp_path / 'test.sqlite3'}")
    states = sorted(one.state for one in store.comparison(comparison.id).generations)
    assert states == [State.INTERRUPTED, State.INTERRUPTED, State.QUEUED]
    store.close()
    gateway.faults.clear()
    with house(tmp_path, gateway.url, server="two") as at:
        done = at.when(comparison.id)
        states = sorted(one.state for one in done.generations)
        assert states == [State.INTERRUPTED, State.INTERRUPTED, State.SUCCEEDED]
        assert len(gateway.requests) == 3


def test_a_paid_picture_waits_for_a_storage_that_is_away(
    tmp_path: Path, gateway: FaultyGateway
) -> None:
    class Moody(Media):
        """A media store that is away for its first three writes."""

        refusals = 3

        def put_original(self, data: bytes, extension: str) -> str:
            if self.refusals:
                type(self).refusals -= 1
                raise StorageUnavailable("The media store cannot be used at the moment.")
            return super().put_original(data, extension)

    media = Moody((tmp_path / "media").resolve().as_uri())
    with house(tmp_path, gateway.url, media=media) as at:
        done = at.when(at.ask(replace(ASK, aliases=("gpt-image",))).id)
        assert done.generations[0].state is State.SUCCEEDED
        assert Moody.refusals == 0
        assert at.engine.trouble(done.generations[0].id) is None
    assert len(gateway.requests) == 1


def test_a_locked_database_delays_a_result_and_loses_nothing(
    tmp_path: Path, gateway: FaultyGateway
) -> None:
    class Locked(JobQueue):
        """A list of work whose first two attempts to finish find the database locked."""

        refusals = 2

        def finish(self, generation_id: str, attempt: int, ended: Ended) -> bool:
            if self.refusals:
                type(self).refusals -= 1
                raise StorageUnavailable("The database cannot be used at the moment.")
            return super().finish(generation_id, attempt, ended)

    store = Store(f"sqlite:///{tmp_path / 'test.sqlite3'}")
    with house(tmp_path, gateway.url, store=store, job_queue=Locked(store)) as at:
        done = at.when(at.ask(replace(ASK, aliases=("gpt-image",))).id)
        assert done.generations[0].state is State.SUCCEEDED
        assert Locked.refusals == 0
    store.close()


def test_a_reply_that_arrived_before_a_crash_is_stored_after_it(
    tmp_path: Path, gateway: FaultyGateway
) -> None:
    class Crashing(Media):
        """A media store under which the server dies: it never comes back."""

        def put_original(self, _data: bytes, _extension: str) -> str:
            raise StorageUnavailable("The media store cannot be used at the moment.")

    media = Crashing((tmp_path / "media").resolve().as_uri())
    with house(tmp_path, gateway.url, media=media) as at:
        comparison = at.ask(replace(ASK, aliases=("gpt-image",)))
        at.when(comparison.id, lambda one: at.engine.trouble(one.generations[0].id) is not None)

    class Watched(ReplySpool):
        """A spool that tells when a reply is forgotten, which nobody is told of otherwise."""

        forgotten = threading.Event()

        def forget(self, generation_id: str, attempt: int) -> None:
            super().forget(generation_id, attempt)
            self.forgotten.set()

    spool = Watched(tmp_path / "arrived")
    with house(tmp_path, gateway.url, server="two", spool=spool) as at:
        done = at.when(comparison.id)
        assert spool.forgotten.wait(20)
        assert not list(spool.waiting())
        assert done.generations[0].state is State.SUCCEEDED
        assert done.generations[0].attempt == 1
    assert len(gateway.requests) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("picture-cut-short", FailureKind.NOT_A_PICTURE),
        ("picture-svg", FailureKind.NOT_A_PICTURE),
        ("picture-html", FailureKind.NOT_A_PICTURE),
        ("picture-pdf", FailureKind.NOT_A_PICTURE),
        ("picture-bomb", FailureKind.PICTURE_TOO_LARGE),
        ("picture-base64-cut-short", FailureKind.NOT_A_PICTURE),
        ("not-base64", FailureKind.NOT_A_PICTURE),
        ("cut-short-unannounced", FailureKind.UNREADABLE_REPLY),
        ("truncated-json", FailureKind.UNREADABLE_REPLY),
    ],
)
def test_bytes_that_are_no_sound_picture_are_a_failure_and_kept_for_inspection(
    at: House, gateway: FaultyGateway, fault: str, kind: FailureKind
) -> None:
    gateway.faults["gpt-image"] = fault
    done = at.when(at.ask(replace(ASK, aliases=("gpt-image",))).id)
    failure = done.generations[0].failure
    assert failure is not None
    assert failure.kind is kind
    (record,) = at.store.attempts(done.generations[0].id)
    assert record.kept is not None
    assert at.media.kept(record.kept)


@pytest.mark.parametrize(
    ("fault", "others"),
    [
        ("picture-twice", 0),
        ("picture-twice-in-two-formats", 0),
        ("pictures-two", 1),
        ("pictures-two-but-for-a-dot", 1),
        ("picture-bad-then-good", 0),
    ],
)
def test_further_different_pictures_of_a_reply_are_kept(
    at: House, gateway: FaultyGateway, fault: str, others: int
) -> None:
    gateway.faults["gpt-image"] = fault
    done = at.when(at.ask(replace(ASK, aliases=("gpt-image",))).id)
    success = done.generations[0].success
    assert success is not None
    assert len(success.others) == others
    for one in (success.picture, *success.others):
        assert examine(at.media.original(one.sha256, one.extension), max_pixels=10**7)


def test_the_token_is_in_no_row_and_no_file(
    tmp_path: Path, gateway: FaultyGateway, caplog: pytest.LogCaptureFixture
) -> None:
    with house(tmp_path, gateway.url) as at:
        for fault in ("echo-token", "echo-token-500", "http-401", "redirect-elsewhere", "html-200"):
            gateway.faults["gpt-image"] = fault
            at.when(at.ask(replace(ASK, aliases=("gpt-image",))).id)
    token = TOKEN.get_secret_value()
    with sqlite3.connect(tmp_path / "test.sqlite3") as connection:
        dump = "\n".join(connection.iterdump())
    assert "redirect" in dump.lower()
    assert token not in dump
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert token.encode() not in file.read_bytes(), file
    assert token not in caplog.text
    assert not [one for one in gateway.requests if one.elsewhere]


def test_the_facts_of_an_exchange_are_there_for_the_curious(at: House) -> None:
    done = at.when(at.ask(replace(ASK, aliases=("gpt-image",))).id)
    (record,) = at.store.attempts(done.generations[0].id)
    assert record.exchange.status == 200
    timing = record.exchange.timing
    assert timing.latency_s == done.generations[0].latency_s
    assert timing.first_byte_s is not None
    assert timing.latency_s is not None
    assert 0 < timing.first_byte_s <= timing.latency_s
    assert "base64 characters" in record.exchange.reply
    assert json.dumps("gpt-image")[1:-1] in record.exchange.reply


def test_hostile_text_neither_crashes_nor_corrupts_any_database(
    tmp_path: Path, gateway: FaultyGateway, database_url: str
) -> None:
    prompt = HOSTILE + "\udfff"
    store = Store(database_url)
    with house(tmp_path, gateway.url, store=store) as at:
        for fault in ("hostile-text", "hostile-error", "nul-and-surrogates", "bidi-error"):
            gateway.faults.update(dict.fromkeys(ASK.aliases, fault))
            done = at.when(at.ask(replace(ASK, prompt=prompt)).id)
            assert {one.state for one in done.generations} <= {State.SUCCEEDED, State.FAILED}
            assert done.prompt == prompt.replace("\0", "").replace("\ud800", "�").replace(
                "\udfff", "�"
            )
            for one in done.generations:
                (record,) = at.store.attempts(one.id)
                said = [one.text, record.text, record.exchange.reply]
                said += [one.failure.message] if one.failure else []
                for text in said:
                    assert not {"\0", "\ud800", "\u202e", "\x1b"} & set(text)
    store.close()
