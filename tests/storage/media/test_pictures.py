"""The life of pictures: whatever meets whatever, none that a row shows is lost, and none stays."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from components.domain.clock import utc_now
from components.domain.errors import StorageUnavailable
from components.domain.model import Ask, Failure, FailureKind, Picture
from components.storage.archives import add
from components.storage.comparisons import Store
from components.storage.deletion import Deletion
from components.storage.job_queue import JobQueue
from components.storage.jobs import Ended
from components.storage.media.media import Media
from components.storage.media.object_store import ObjectStore
from components.storage.media.pictures import ABANDONED_AFTER, Pictures, key_of, release
from components.storage.schema import leftovers, removals
from tests.support.archive_samples import comparisons
from tests.support.samples import NOON, create, failed, succeeded


class Watched(ObjectStore):
    """An object store in memory that does something else before it deletes."""

    def __init__(self) -> None:
        super().__init__("memory:///")
        self.before_delete: Callable[[], None] = lambda: None
        self.away = False
        self.tried = 0

    def delete(self, key: str) -> None:
        if self.away:
            self.tried += 1
            raise StorageUnavailable("The media store cannot be used at the moment.")
        before, self.before_delete = self.before_delete, lambda: None
        before()
        super().delete(key)


@pytest.fixture
def objects() -> Watched:
    return Watched()


@pytest.fixture
def media(objects: Watched) -> Media:
    return Media("memory:///", objects=objects)


@pytest.fixture
def pictures(store: Store, media: Media) -> Pictures:
    return Pictures(store, media)


def stored(media: Media, content: bytes = b"a picture") -> Picture:
    """A picture that is in the media store and that no row refers to."""
    sha256 = media.put_original(content, "png")
    media.put_preview(sha256, b"its preview")
    return Picture(sha256, "png", "PNG", len(content), 10, 10)


def alone(one: Picture) -> Ended:
    """A success with this picture and no further one."""
    ended = succeeded(shown=one)
    assert ended.success is not None
    return replace(ended, success=replace(ended.success, others=()))


def released(store: Store, *found: Picture) -> None:
    with store.change() as connection:
        release(connection, [key_of(one) for one in found])


def shown_by_a_row(store: Store, job_queue: JobQueue, one: Picture) -> str:
    """A generation that succeeds with this picture, from its claim to its row; its id."""
    generation = create(store, Ask("x", ("a",))).generations[0]
    job_queue.claim(generation.id, server="one", at=NOON)
    assert job_queue.finish(generation.id, 1, alone(one))
    return generation.id


def waiting(store: Store) -> tuple[set[str], set[str]]:
    """What is released, and what is being removed."""
    with store.reading.connect() as connection:
        return (
            set(connection.execute(sa.select(leftovers.c.key)).scalars()),
            set(connection.execute(sa.select(removals.c.key)).scalars()),
        )


def there(media: Media, one: Picture) -> bool:
    return media.has_original(one.sha256, one.extension)


def test_what_is_released_and_shown_by_nothing_goes(
    store: Store, media: Media, pictures: Pictures
) -> None:
    one = stored(media)
    assert pictures.sweep() == 0
    assert there(media, one)
    released(store, one)
    released(store, one)  # which changes nothing
    assert pictures.sweep() == 1
    assert not there(media, one)
    assert waiting(store) == (set(), set())


def test_what_a_row_shows_stays_and_can_be_released_again(
    store: Store, media: Media, job_queue: JobQueue, pictures: Pictures
) -> None:
    one = stored(media)
    generation_id = shown_by_a_row(store, job_queue, one)
    released(store, one)
    assert pictures.sweep() == 0
    assert there(media, one)
    assert waiting(store) == (set(), set())
    Deletion(store).delete([generation_id])
    assert pictures.sweep() == 1
    assert not there(media, one)


def test_a_new_comparison_does_not_wait_for_a_slow_bucket(
    store: Store, media: Media, objects: Watched, pictures: Pictures
) -> None:
    deletes, goes_on = threading.Event(), threading.Event()

    def slow() -> None:
        deletes.set()
        assert goes_on.wait(20)

    objects.before_delete = slow
    released(store, stored(media))
    sweep = threading.Thread(target=pictures.sweep)
    sweep.start()
    assert deletes.wait(20)
    asked = threading.Thread(target=create, args=(store, Ask("x", ("a",))))
    asked.start()
    asked.join(15)
    hung = asked.is_alive()
    goes_on.set()
    sweep.join(20)
    asked.join(60)
    assert not hung


def test_a_row_that_comes_while_its_picture_is_being_removed_gets_it_back(
    store: Store, media: Media, objects: Watched, job_queue: JobQueue, pictures: Pictures
) -> None:
    one = stored(media)
    released(store, one)
    key = key_of(one)

    def a_worker_has_it_again() -> None:
        stored(media)
        shown_by_a_row(store, job_queue, one)
        with pytest.raises(StorageUnavailable):
            pictures.missing([key])

    objects.before_delete = a_worker_has_it_again
    pictures.sweep()
    assert pictures.missing([key]) == (key,)
    stored(media)
    assert pictures.missing([key]) == ()
    assert pictures.sweep() == 0
    assert there(media, one)


def test_a_row_whose_picture_went_between_put_and_row_is_told(
    store: Store, media: Media, job_queue: JobQueue, pictures: Pictures
) -> None:
    one = stored(media)
    released(store, one)
    stored(media)
    pictures.sweep()
    shown_by_a_row(store, job_queue, one)
    assert pictures.missing([key_of(one)]) == (key_of(one),)


def test_what_is_released_while_it_is_being_removed_is_looked_at_again(
    store: Store, media: Media, objects: Watched, job_queue: JobQueue, pictures: Pictures
) -> None:
    one = stored(media)
    released(store, one)

    def comes_and_goes() -> None:
        stored(media)
        Deletion(store).delete([shown_by_a_row(store, job_queue, one)])
        assert pictures.sweep() == 0  # another server's: the key is taken

    objects.before_delete = comes_and_goes
    pictures.sweep()
    assert waiting(store) == ({key_of(one)}, set())
    stored(media)
    pictures.sweep()
    assert not there(media, one)
    assert waiting(store) == (set(), set())


def test_what_a_store_out_of_reach_does_not_remove_is_removed_later(
    store: Store, media: Media, objects: Watched, pictures: Pictures
) -> None:
    """What was tried may be removed all the same, by a request that is still on its way."""
    found = [stored(media, content) for content in (b"1", b"2", b"3")]
    released(store, *found)
    objects.away = True
    assert pictures.sweep() == 0
    assert objects.tried == 1
    still_released, being_removed = waiting(store)
    assert (len(still_released), len(being_removed)) == (2, 1)
    with pytest.raises(StorageUnavailable):
        pictures.missing(list(being_removed))
    objects.away = False
    assert pictures.sweep() == 2
    assert Pictures(store, media, now=lambda: utc_now() + ABANDONED_AFTER).sweep() == 1
    assert not any(there(media, one) for one in found)


def test_a_sweep_that_died_is_taken_over_once_nothing_of_it_can_be_on_its_way(
    store: Store, media: Media
) -> None:
    one = stored(media)
    with store.change() as connection:
        connection.execute(removals.insert().values(key=key_of(one), since=NOON))
    soon = Pictures(store, media, now=lambda: NOON + timedelta(minutes=1))
    late = Pictures(store, media, now=lambda: NOON + ABANDONED_AFTER)
    assert soon.sweep() == 0
    with pytest.raises(StorageUnavailable):
        soon.missing([key_of(one)])
    assert late.missing([key_of(one)]) == ()
    assert late.sweep() == 1
    assert not there(media, one)


def test_a_sweep_ends_before_others_take_it_for_dead(store: Store, media: Media) -> None:
    found = [stored(media, content) for content in (b"1", b"2", b"3")]
    released(store, *found)
    times = iter([NOON, NOON, NOON + ABANDONED_AFTER, NOON + ABANDONED_AFTER])
    assert Pictures(store, media, now=lambda: next(times)).sweep() == 1
    released_still, being_removed = waiting(store)
    assert len(released_still) == 2
    assert being_removed == set()


def test_two_sweeps_at_once_share_the_keys(store: Store, media: Media, objects: Watched) -> None:
    one, two = stored(media, b"1"), stored(media, b"2")
    released(store, one)
    other = Pictures(store, media)

    def meanwhile() -> None:
        released(store, one, two)
        assert other.sweep() == 1

    objects.before_delete = meanwhile
    assert Pictures(store, media).sweep() == 1
    assert not there(media, two)
    assert waiting(store) == ({key_of(one)}, set())


def cancelled(job_queue: JobQueue, generation_id: str) -> None:
    failure = Failure(FailureKind.CANCELLED, "Cancelled.")
    assert job_queue.give_up(generation_id, failure, at=NOON)


def sent_again(job_queue: JobQueue, generation_id: str) -> None:
    cancelled(job_queue, generation_id)
    assert job_queue.requeue(generation_id, server="one", gateway="x")
    assert job_queue.claim(generation_id, server="one", at=NOON)


@pytest.mark.parametrize("moved_on", [cancelled, sent_again])
def test_a_picture_that_comes_too_late_is_kept_by_its_attempt(
    store: Store, media: Media, job_queue: JobQueue, moved_on: Callable[[JobQueue, str], None]
) -> None:
    generation_id = create(store, Ask("x", ("a",))).generations[0].id
    job_queue.claim(generation_id, server="one", at=NOON)
    moved_on(job_queue, generation_id)
    before = store.generation(generation_id)
    one, further = stored(media), stored(media, b"a further one of the same reply")
    pictures = Pictures(store, media)
    assert not job_queue.finish(generation_id, 1, succeeded(shown=one, others=(further,)))
    assert store.generation(generation_id) == before
    assert store.attempts(generation_id)[0].kept == key_of(one)
    assert pictures.sweep() == 1
    assert not there(media, further)
    with store.change() as connection:
        release(connection, [key_of(one)])
    assert pictures.sweep() == 0
    assert there(media, one)
    if moved_on is sent_again:
        assert job_queue.finish(generation_id, 2, failed())
    assert Deletion(store).delete([generation_id]).gone == 1
    assert pictures.sweep() == 1
    assert not there(media, one)


def test_a_success_that_is_written_twice_keeps_its_picture_once(
    store: Store, media: Media, job_queue: JobQueue
) -> None:
    one = stored(media)
    generation_id = shown_by_a_row(store, job_queue, one)
    job_queue.finish(generation_id, 1, alone(one))
    (attempt,) = store.attempts(generation_id)
    assert attempt.kept is None
    assert Pictures(store, media).sweep() == 0


def test_what_an_earlier_record_of_an_attempt_kept_goes_with_it(
    store: Store, media: Media, job_queue: JobQueue, pictures: Pictures
) -> None:
    generation_id = create(store, Ask("x", ("a",))).generations[0].id
    job_queue.claim(generation_id, server="one", at=NOON)
    kept = media.put_kept(b"no picture")
    assert job_queue.finish(generation_id, 1, replace(failed(), kept=kept))
    assert not job_queue.finish(generation_id, 1, failed())
    assert pictures.sweep() == 1
    assert not media.has_kept(kept)


def test_a_picture_that_comes_for_what_was_deleted_is_released(
    media: Media, job_queue: JobQueue, pictures: Pictures
) -> None:
    one = stored(media)
    assert not job_queue.finish("0" * 32, 1, alone(one))
    assert pictures.sweep() == 1
    assert not there(media, one)


def test_of_an_archive_all_goes_with_its_rows(store: Store, media: Media) -> None:
    (found,) = comparisons(media, 1, inputs=True)
    add(store, [found])
    Deletion(store).delete([one.id for one in found.generations])
    assert Pictures(store, media).sweep() == len({one.file for one in found.pictures})
