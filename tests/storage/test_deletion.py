"""Deleting: what ended goes with all that is its own, what is under way or needed stays."""

from __future__ import annotations

import pytest

from components.domain.errors import UnknownComparison
from components.domain.filters import Filter
from components.domain.model import Ask
from components.storage.annotations import Annotations
from components.storage.archives import add
from components.storage.comparisons import Store
from components.storage.deletion import Deleted, Deletion
from components.storage.history.history import History
from components.storage.job_queue import JobQueue
from components.storage.media.media import Media
from components.storage.media.pictures import Pictures
from tests.support.archive_samples import comparisons
from tests.support.samples import NOON, create, failed


@pytest.fixture
def media() -> Media:
    return Media("memory:///")


class Swept(Deletion):
    """A deletion after which the pictures are swept at once."""

    def __init__(self, store: Store, media: Media) -> None:
        super().__init__(store)
        self._sweep = Pictures(store, media).sweep

    def delete(self, ids: list[str]) -> Deleted:
        deleted = super().delete(ids)
        self._sweep()
        return deleted


@pytest.fixture
def deletion(store: Store, media: Media) -> Deletion:
    return Swept(store, media)


def test_deleting_takes_generation_attempts_marks_and_pictures(
    store: Store, media: Media, deletion: Deletion
) -> None:
    (found,) = comparisons(media, 1, inputs=True)
    add(store, [found])
    first, second = found.generations
    Annotations(store).tag([first.id], ["t"])
    version = store.comparison(found.id).version
    assert deletion.delete([first.id, "nowhere"]).gone == 1
    assert store.generation(first.id) is None
    assert store.attempts(first.id) == ()
    assert History(store).choices().tags == ()
    assert [one.id for one in store.comparison(found.id).generations] == [second.id]
    assert store.comparison(found.id).version == version + 1
    assert first.picture is not None
    assert second.picture is not None
    assert not media.has_original(first.picture.sha256, "png")
    assert media.has_original(second.picture.sha256, "png")
    assert media.has_original(found.inputs[0].sha256, "png")
    deletion.delete([second.id])
    with pytest.raises(UnknownComparison):
        store.comparison(found.id)
    assert not media.has_original(found.inputs[0].sha256, "png")
    assert History(store).count(Filter(q="hummingbird")).number == 0


def test_a_picture_stays_while_anything_refers_to_it(
    store: Store, media: Media, deletion: Deletion
) -> None:
    one, two, three, four = comparisons(media, 4, inputs=True)
    shown = one.generations[0].picture
    assert shown is not None
    twin = two.generations[0].model_copy(update={"picture": shown})
    two = two.model_copy(update={"generations": (twin,)})
    further = three.generations[0].model_copy(update={"others": (shown,)})
    three = three.model_copy(update={"generations": (further,)})
    sent = four.inputs[0].model_copy(update=shown.model_dump())
    four = four.model_copy(update={"inputs": (sent,)})
    add(store, [one, two, three, four])
    for each in (one, two, three):
        deletion.delete([x.id for x in each.generations])
        assert media.has_original(shown.sha256, "png")
    deletion.delete([x.id for x in four.generations])
    assert not media.has_original(shown.sha256, "png")


def test_what_is_under_way_is_never_deleted(
    store: Store, job_queue: JobQueue, deletion: Deletion
) -> None:
    running, queued, ended = create(store, Ask("x", ("a", "b", "c"))).generations
    job_queue.claim(running.id, server="one", at=NOON)
    job_queue.claim(ended.id, server="one", at=NOON)
    job_queue.finish(ended.id, 1, failed())
    deleted = deletion.delete([running.id, queued.id, ended.id])
    assert (deleted.gone, deleted.unfinished) == (1, 2)
    assert {one.id for one in store.comparison(running.comparison_id).generations} == {
        running.id,
        queued.id,
    }
