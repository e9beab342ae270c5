"""From a reply's last byte to its stored row: what is waited for, and what must not be."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from components.domain.errors import StorageUnavailable
from components.domain.model import State
from components.storage.media.media import Media
from tests.support.faulty_gateway import FaultyGateway
from tests.support.house import ASK, house

ONE = replace(ASK, aliases=("gpt-image",))


class RefusesOnce(Media):
    """A media store that is away for the first original."""

    def __init__(self, folder: Path) -> None:
        super().__init__((folder / "media").resolve().as_uri())
        self.arrived = folder / "arrived"
        self.spooled: list[int] = []  # replies in the spool at each original that came

    def put_original(self, data: bytes, extension: str) -> str:
        self.spooled.append(len(list(self.arrived.glob("*.reply"))))
        if len(self.spooled) == 1:
            raise StorageUnavailable("The media store cannot be used at the moment.")
        return super().put_original(data, extension)


class Hangs(Media):
    """A media store that does not answer until it is told to."""

    def __init__(self, folder: Path) -> None:
        super().__init__((folder / "media").resolve().as_uri())
        self.answers = threading.Event()

    def put_original(self, data: bytes, extension: str) -> str:
        assert self.answers.wait(60)
        return super().put_original(data, extension)


def test_a_reply_is_spooled_before_it_is_decoded_and_a_refused_original_is_put_again(
    tmp_path: Path,
) -> None:
    media = RefusesOnce(tmp_path)
    with FaultyGateway({}) as gateway, house(tmp_path, gateway.url, media=media) as at:
        comparison = at.ask(ONE)
        (one,) = at.when(comparison.id).generations
        assert one.success is not None
        assert media.original(one.success.picture.sha256, one.success.picture.extension)
        assert media.spooled == [1, 1]
        assert len(gateway.requests) == 1


def test_a_media_store_that_does_not_answer_holds_up_no_row(tmp_path: Path) -> None:
    media = Hangs(tmp_path)
    with FaultyGateway({}) as gateway, house(tmp_path, gateway.url, media=media) as at:
        try:
            hanging = at.ask(replace(ASK, samples=4))
            gateway.wait_for(12)
            other = at.ask(replace(ONE, prompt="[fault:http-401] no picture"))
            assert at.when(other.id).generations[0].state is State.FAILED
            assert not any(one.state.ended for one in at.store.comparison(hanging.id).generations)
        finally:
            media.answers.set()
        assert all(one.success for one in at.when(hanging.id).generations)
