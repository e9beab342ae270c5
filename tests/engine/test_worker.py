"""What a server says of its work when it stops: in flight is interrupted, unsent goes on."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from components.domain.model import FailureKind, Generation, State
from components.images.inputs import prepare_input
from components.storage.comparisons import Store
from components.storage.media.media import Media
from tests.support.faulty_gateway import FaultyGateway
from tests.support.house import ASK, house
from tests.support.pictures import encoded, quarters

ONE = replace(ASK, aliases=("gpt-image",))


@pytest.fixture
def gateway() -> Iterator[FaultyGateway]:
    with FaultyGateway() as gateway:
        yield gateway


class Slow(Media):
    """A media store that gives no original until it is told to."""

    def __init__(self, folder: Path) -> None:
        super().__init__((folder / "media").resolve().as_uri())
        self.asked, self.answers = threading.Event(), threading.Event()

    def original(self, sha256: str, extension: str) -> bytes:
        self.asked.set()
        assert self.answers.wait(60)
        return super().original(sha256, extension)


def left_behind(folder: Path, comparison_id: str) -> Generation:
    """What the database says of the only generation, once the server is gone."""
    store = Store(f"sqlite:///{folder / 'test.sqlite3'}")
    (one,) = store.comparison(comparison_id).generations
    store.close()
    return one


def goes_on(folder: Path, comparison_id: str, gateway: FaultyGateway) -> Generation:
    """What the next server makes of it."""
    with house(folder, gateway.url, server="two") as at:
        (one,) = at.when(comparison_id).generations
    return one


def test_what_was_claimed_and_still_read_its_input_image_goes_on_by_itself(
    tmp_path: Path, gateway: FaultyGateway
) -> None:
    image, sent, _ = prepare_input(
        encoded(quarters(), "PNG"),
        "cat.png",
        budget_bytes=10**6,
        max_pixels=10**7,
        max_upload_bytes=10**7,
    )
    media = Slow(tmp_path)
    media.put_original(sent, image.picture.extension)
    with house(tmp_path, gateway.url, media=media) as at:
        comparison = at.ask(replace(ONE, inputs=(image,)))
        assert media.asked.wait(20)
    media.answers.set()
    one = left_behind(tmp_path, comparison.id)
    assert (one.state, one.attempt, one.started_at) == (State.QUEUED, 0, None)
    one = goes_on(tmp_path, comparison.id, gateway)
    assert (one.state, one.attempt) == (State.SUCCEEDED, 1)
    assert len(gateway.requests) == 1


def test_what_had_no_connection_yet_goes_on_by_itself(
    tmp_path: Path, gateway: FaultyGateway
) -> None:
    """A gateway that takes the connection and never says a word of TLS."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(20)
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        with house(tmp_path, url) as at:
            comparison = at.ask(ONE)
            connection, _ = silent.accept()
            connection.settimeout(20)
            assert connection.recv(1)  # the first byte of its hello: it waits for ours now
        connection.close()
    gc.collect()
    one = left_behind(tmp_path, comparison.id)
    assert (one.state, one.attempt) == (State.QUEUED, 0)
    one = goes_on(tmp_path, comparison.id, gateway)
    assert (one.state, one.attempt) == (State.SUCCEEDED, 1)


def test_what_waits_to_be_sent_again_goes_on_by_itself(
    tmp_path: Path, gateway: FaultyGateway
) -> None:
    gateway.faults["gpt-image"] = "http-429"
    waits = threading.Event()

    async def for_ever(_seconds: float) -> None:
        waits.set()
        await asyncio.Event().wait()

    with house(tmp_path, gateway.url, sleep=for_ever) as at:
        comparison = at.ask(ONE)
        assert waits.wait(20)
        assert at.store.comparison(comparison.id).generations[0].state is State.QUEUED
    one = left_behind(tmp_path, comparison.id)
    assert (one.state, one.attempt) == (State.QUEUED, 1)
    gateway.faults.clear()
    with house(tmp_path, gateway.url, server="two") as at:
        (one,) = at.when(comparison.id).generations
        records = at.store.attempts(one.id)
    assert (one.state, one.attempt) == (State.SUCCEEDED, 2)
    assert [(record.state, record.exchange.status) for record in records] == [
        (State.FAILED, 429),
        (State.SUCCEEDED, 200),
    ]
    assert len(gateway.requests) == 2


def test_cancelled_while_it_waits_to_be_sent_again_it_is_not_sent_and_its_answer_stays_on_record(
    tmp_path: Path, gateway: FaultyGateway
) -> None:
    gateway.faults["gpt-image"] = "http-429"
    waits = threading.Event()

    async def for_ever(_seconds: float) -> None:
        waits.set()
        await asyncio.Event().wait()

    with house(tmp_path, gateway.url, sleep=for_ever) as at:
        comparison = at.ask(ONE)
        assert waits.wait(20)
        (one,) = comparison.generations
        assert at.engine.cancel(comparison.id, [one.id]) == 1
        (record,) = at.store.attempts(one.id)
        assert (record.state, record.exchange.status) == (State.FAILED, 429)
        (one,) = at.when(comparison.id).generations
        assert one.state is State.CANCELLED
    assert len(gateway.requests) == 1


def test_what_has_left_is_interrupted_and_never_sent_again(
    tmp_path: Path, gateway: FaultyGateway
) -> None:
    gateway.faults["gpt-image"] = "hold"
    with house(tmp_path, gateway.url) as at:
        comparison = at.ask(ONE)
        gateway.wait_for(1)
    gateway.faults.clear()
    one = goes_on(tmp_path, comparison.id, gateway)
    assert (one.state, one.attempt) == (State.INTERRUPTED, 1)
    assert one.failure is not None
    assert one.failure.kind is FailureKind.INTERRUPTED
    assert len(gateway.requests) == 1
