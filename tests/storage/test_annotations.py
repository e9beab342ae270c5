"""Stars, tags, notes, and deleting: what ended goes, what is under way or needed stays."""

from __future__ import annotations

import pytest

from components.domain.errors import UnknownComparison
from components.domain.filters import Filter
from components.domain.model import Ask
from components.storage.annotations import LONGEST_TAG, Annotations, tidy_tag
from components.storage.archives import add
from components.storage.comparisons import Store
from components.storage.history import History
from components.storage.job_queue import JobQueue
from components.storage.media import Media
from tests.support.archive_samples import comparisons
from tests.support.samples import NOON, create, failed


@pytest.fixture
def media() -> Media:
    return Media("memory:///")


@pytest.fixture
def marks(store: Store, media: Media) -> Annotations:
    return Annotations(store, media)


def marked(store: Store) -> dict[str, tuple[bool, list[str], str]]:
    rows = History(store).page(Filter(), offset=0, limit=100)
    return {
        row.generation_id: (bool(row.starred), list(row.tags), row.note)
        for row in rows.itertuples()
    }


def test_marks_are_kept_changed_and_taken_away(store: Store, marks: Annotations) -> None:
    first, second = create(store, Ask("x", ("a", "b"))).generations
    marks.star([first.id, "nowhere"], starred=True)
    marks.tag([first.id, second.id, "nowhere"], ["  client\nA ", "b", ""])
    marks.tag([first.id], ["b"])
    marks.note([second.id], "  <b>odd</b>\0 ")
    assert marked(store) == {
        first.id: (True, ["b", "client A"], ""),
        second.id: (False, ["b", "client A"], "<b>odd</b>"),
    }
    marks.star([first.id], starred=False)
    marks.tag([first.id, second.id], ["new"], ["client A"])
    marks.note([second.id], "")
    assert marked(store) == {
        first.id: (False, ["b", "new"], ""),
        second.id: (False, ["b", "new"], ""),
    }
    assert History(store).choices().tags == ("b", "new")


@pytest.mark.parametrize("tag", ["\u202eevil", "x" * 500, "a\tb\r\nc", "\ud800", "  "])
def test_a_tag_is_one_short_storable_line(tag: str) -> None:
    tidy = tidy_tag(tag)
    assert len(tidy) <= LONGEST_TAG
    assert "\n" not in tidy
    assert "\u202e" not in tidy
    tidy.encode()


def test_deleting_takes_generation_attempts_marks_and_pictures(
    store: Store, media: Media, marks: Annotations
) -> None:
    (found,) = comparisons(media, 1, inputs=True)
    add(store, [found])
    first, second = found.generations
    marks.tag([first.id], ["t"])
    version = store.comparison(found.id).version
    assert marks.delete([first.id, "nowhere"]).gone == 1
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
    marks.delete([second.id])
    with pytest.raises(UnknownComparison):
        store.comparison(found.id)
    assert not media.has_original(found.inputs[0].sha256, "png")
    assert History(store).count(Filter(q="hummingbird")).number == 0


def test_a_picture_stays_while_anything_refers_to_it(
    store: Store, media: Media, marks: Annotations
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
        marks.delete([x.id for x in each.generations])
        assert media.has_original(shown.sha256, "png")
    marks.delete([x.id for x in four.generations])
    assert not media.has_original(shown.sha256, "png")


def test_what_is_under_way_is_never_deleted(
    store: Store, job_queue: JobQueue, marks: Annotations
) -> None:
    running, queued, ended = create(store, Ask("x", ("a", "b", "c"))).generations
    job_queue.claim(running.id, server="one", at=NOON)
    job_queue.claim(ended.id, server="one", at=NOON)
    job_queue.finish(ended.id, 1, failed())
    deleted = marks.delete([running.id, queued.id, ended.id])
    assert (deleted.gone, deleted.unfinished) == (1, 2)
    assert {one.id for one in store.comparison(running.comparison_id).generations} == {
        running.id,
        queued.id,
    }


def test_no_picture_is_removed_while_a_request_is_in_flight(
    store: Store, job_queue: JobQueue, media: Media, marks: Annotations
) -> None:
    (found,) = comparisons(media, 1)
    add(store, [found])
    flying = create(store, Ask("x", ("a",))).generations[0]
    job_queue.claim(flying.id, server="one", at=NOON)
    marks.delete([one.id for one in found.generations])
    shown = found.generations[0].picture
    assert shown is not None
    assert media.has_original(shown.sha256, "png")
    assert marks.sweep() == 0
    job_queue.finish(flying.id, 1, failed())
    assert marks.sweep() == 2
    assert not media.has_original(shown.sha256, "png")
    assert marks.sweep() == 0
