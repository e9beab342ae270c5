"""A picture that comes once more while a sweep removes it, at each step of both."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from components.domain.clock import utc_now
from components.domain.errors import MediaMissing, StorageUnavailable
from components.domain.model import Ask, InputImage, Picture
from components.storage.comparisons import Store
from components.storage.deletion import Deletion
from components.storage.job_queue import JobQueue
from components.storage.media.media import Media
from components.storage.media.pictures import Pictures, key_of, release
from components.storage.schema import comparisons
from tests.support.objects import StoppingObjects
from tests.support.samples import NOON, create, succeeded

DATA = b"a picture"
PICTURE = Picture(hashlib.sha256(DATA).hexdigest(), "jpg", "JPEG", len(DATA), 40, 30)
KEY = key_of(PICTURE)


@dataclass(frozen=True)
class Place:
    """Storages that belong together, and threads to use them from."""

    store: Store
    objects: StoppingObjects
    media: Media
    pictures: Pictures
    pool: ThreadPoolExecutor

    def put(self) -> None:
        self.media.put_original(DATA, "jpg")
        self.media.put_preview(PICTURE.sha256, b"preview")

    def release(self) -> None:
        with self.store.change() as connection:
            release(connection, [KEY])

    def is_whole(self) -> bool:
        """Whether original and preview are there for a server that holds nothing in memory."""
        fresh = Media("", objects=self.objects)
        return fresh.original(PICTURE.sha256, "jpg") == DATA and (
            fresh.preview(PICTURE.sha256) == b"preview"
        )

    def later(self, by: timedelta) -> Pictures:
        """What a sweep is so much later."""
        return Pictures(self.store, self.media, now=lambda: utc_now() + by)


@pytest.fixture
def place(store: Store) -> Iterator[Place]:
    objects = StoppingObjects()
    media = Media("", objects=objects)
    with ThreadPoolExecutor(4) as pool:
        yield Place(store, objects, media, Pictures(store, media), pool)


class Writer:
    """Does what a worker does with a reply: puts, writes its row, and sees that all is there."""

    def __init__(self, place: Place) -> None:
        self._place, self._written = place, False
        self._queue = JobQueue(place.store)
        (one,) = create(place.store, Ask("x", ("a",))).generations
        assert self._queue.claim(one.id, server="one", at=NOON)
        self.generation_id = one.id

    def put(self) -> None:
        self._place.put()

    def write(self) -> None:
        if not self._written:
            ended = succeeded(shown=PICTURE, others=())
            self._written = self._queue.finish(self.generation_id, 1, ended)
            assert self._written

    def confirm(self) -> bool:
        """Whether its picture is there; False while that cannot be told."""
        try:
            while self._place.pictures.missing([KEY]):
                self.put()
        except StorageUnavailable:
            return False
        return True


STEPS = ("before", "taken", "original gone", "preview gone", "ended")


@pytest.mark.parametrize(
    ("puts", "writes", "confirms"),
    [
        (first, second, third)
        for n, first in enumerate(STEPS)
        for m, second in enumerate(STEPS[n:], n)
        for third in STEPS[m:]
    ],
)
def test_a_picture_that_comes_while_it_is_removed_is_there_with_its_row(
    place: Place, puts: str, writes: str, confirms: str
) -> None:
    """The writer puts, writes and confirms each at one step of the sweep, or a later one."""
    place.put()
    place.release()
    writer, done = Writer(place), False

    def at(step: str) -> None:
        nonlocal done
        if step == puts:
            writer.put()
        if step == writes:
            writer.write()
        if step == confirms:
            done = writer.confirm()

    with ExitStack() as stops:
        at("before")
        stop = stops.enter_context(place.objects.stop("before", "delete"))
        sweep = place.pool.submit(place.pictures.sweep)
        if writes != "before":  # else the sweep finds the row, and removes nothing
            for step in STEPS[1:-1]:
                stop.wait_until_reached()
                at(step)
                following = stops.enter_context(place.objects.stop("after", "delete"))
                stop.go_on.set()
                stop = following
        stop.go_on.set()
        sweep.result(20)
    at("ended")
    if writes == "before" and confirms not in {"before", "ended"}:
        done = writer.confirm()
    assert done or writer.confirm()
    assert place.is_whole()
    place.pictures.sweep()
    place.later(timedelta(hours=1)).sweep()
    assert place.is_whole()
    Deletion(place.store).delete([writer.generation_id])
    place.pictures.sweep()
    assert not place.objects.keys


WITH_INPUT = Ask("x", ("a",), 1, (InputImage(PICTURE, "a cat.jpg"),))


def count(store: Store) -> int:
    with store.reading.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(comparisons)).scalar_one()


def test_no_comparison_is_written_whose_input_image_is_being_removed(place: Place) -> None:
    place.put()
    place.release()
    with place.objects.stop("before", "delete") as stop:
        sweep = place.pool.submit(place.pictures.sweep)
        stop.wait_until_reached()
        with pytest.raises(MediaMissing):
            create(place.store, WITH_INPUT)
        assert count(place.store) == 0
    assert sweep.result(20) == 1
    place.put()
    create(place.store, WITH_INPUT)
    assert place.is_whole()


def waits_for_a_lock(store: Store) -> bool:
    with store.reading.connect() as connection:
        query = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(connection.execute(query).scalar_one())


def test_a_sweep_waits_for_a_comparison_that_is_being_written(place: Place) -> None:
    """And finds it: its input image was released by the last other one a moment before."""
    place.put()
    place.release()
    sweeps: list[Future[int]] = []

    def meanwhile(_under_way: int) -> None:
        sweeps.append(place.pool.submit(place.pictures.sweep))
        while not place.store.is_sqlite and not waits_for_a_lock(place.store):
            assert not sweeps[0].done()

    create(place.store, WITH_INPUT, admit=meanwhile)
    assert sweeps[0].result(20) == 0
    assert place.is_whole()
