"""What becomes of pictures that come too late, or once more: kept, shown, or removed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from components.domain.errors import AskRefused
from components.domain.model import Comparison, InputImage, Picture, State
from components.engine.reply_spool import ReplySpool
from components.storage.deletion import Deletion
from components.storage.media.media import Media
from components.storage.media.pictures import key_of, release
from tests.support.faulty_gateway import FaultyGateway
from tests.support.house import ASK, House, house
from tests.support.objects import StoppingObjects

ONE = replace(ASK, aliases=("gpt-image",))


@pytest.fixture
def gateway() -> Iterator[FaultyGateway]:
    with FaultyGateway() as gateway:
        yield gateway


@pytest.fixture
def objects() -> StoppingObjects:
    return StoppingObjects()


class Watched(ReplySpool):
    """A spool that tells when a reply is forgotten, which nobody is told of otherwise."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.forgotten = threading.Event()

    def forget(self, generation_id: str, attempt: int) -> None:
        super().forget(generation_id, attempt)
        self.forgotten.set()


@pytest.fixture
def spool(tmp_path: Path) -> Watched:
    return Watched(tmp_path / "arrived")


@pytest.fixture
def at(
    tmp_path: Path, gateway: FaultyGateway, objects: StoppingObjects, spool: Watched
) -> Iterator[House]:
    media = Media("", objects=objects)
    with house(tmp_path, gateway.url, media=media, spool=spool, sweep_every_s=0.05) as at:
        yield at


def delete(at: House, comparison: Comparison) -> None:
    ids = [one.id for one in comparison.generations]
    assert Deletion(at.store).delete(ids).gone == len(ids)
    at.pictures.sweep()


def cancelled_while_it_waits(at: House, objects: StoppingObjects) -> Comparison:
    """A comparison whose picture came while the media store was away, and which was cancelled."""
    objects.away = True
    comparison = at.ask(ONE)
    (one,) = comparison.generations
    at.when(comparison.id, lambda _: at.engine.trouble(one.id) is not None)
    assert at.engine.cancel(comparison.id, [one.id]) == 1
    return comparison


def test_a_picture_that_waits_and_is_cancelled_is_kept_by_its_attempt(
    at: House, objects: StoppingObjects
) -> None:
    comparison = cancelled_while_it_waits(at, objects)
    (one,) = comparison.generations
    objects.away = False

    def told(_: Comparison) -> bool:
        return any(each.state is State.SUCCEEDED for each in at.store.attempts(one.id))

    (found,) = at.when(comparison.id, told).generations
    assert found.state is State.CANCELLED
    (attempt,) = at.store.attempts(one.id)
    sha256, _, extension = (attempt.kept or "").partition(".")
    at.pictures.sweep()
    assert at.media.original(sha256, extension)
    assert {key.rpartition("/")[2].partition(".")[0] for key in objects.keys} == {sha256}
    delete(at, comparison)
    assert not objects.keys


def test_a_picture_that_is_half_put_and_whose_generation_is_deleted_goes(
    at: House, objects: StoppingObjects, spool: Watched
) -> None:
    with objects.stop("after", "put") as stop:
        comparison = at.ask(ONE)
        stop.wait_until_reached()
        assert at.engine.cancel(comparison.id, [comparison.generations[0].id]) == 1
        delete(at, comparison)
        assert objects.keys
    assert spool.forgotten.wait(20)
    at.pictures.sweep()
    at.pictures.settle(20)
    assert not objects.keys


def test_a_picture_that_was_deleted_and_comes_again_is_there(
    at: House, objects: StoppingObjects
) -> None:
    first = at.when(at.ask(ONE).id)
    delete(at, first)
    assert not objects.keys
    (again,) = at.when(at.ask(ONE).id).generations
    (before,) = first.generations
    assert again.success is not None
    assert before.success is not None
    assert again.success.picture == before.success.picture
    assert at.media.original(again.success.picture.sha256, again.success.picture.extension)
    assert at.media.preview(again.success.picture.sha256)


def test_an_ask_whose_input_image_is_being_removed_says_so_at_its_field(
    at: House, objects: StoppingObjects
) -> None:
    sent = Picture(at.media.put_original(b"a cat", "png"), "png", "PNG", 5, 1, 1)
    with at.store.change() as connection:
        release(connection, [key_of(sent)])
    with objects.stop("before", "delete") as stop:
        stop.wait_until_reached()
        with pytest.raises(AskRefused, match="An input image was deleted just now") as caught:
            at.ask(replace(ONE, inputs=(InputImage(sent, "a cat.png"),)))
    assert caught.value.field == "inputs"
