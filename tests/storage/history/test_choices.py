"""What there is to filter by, when it is more than a list should hold."""

from __future__ import annotations

import pytest

from components.domain.model import Ask
from components.storage.annotations import Annotations
from components.storage.comparisons import Store
from components.storage.history.choices import MOST_CHOICES
from components.storage.history.history import History
from tests.support.samples import create

MANY = 450


@pytest.fixture
def many_tags(store: Store) -> Store:
    """A store with so many tags that no list can hold them; one of them with capital letters."""
    comparison = create(store, Ask("x", ("a",)))
    marks = Annotations(store)
    ids = [comparison.generations[0].id]
    marks.tag(ids, [f"tag {number:04}" for number in range(MANY)])
    marks.tag(ids, ["zebra CROSSING"])
    return store


def test_a_list_of_choices_that_is_cut_says_so(many_tags: Store) -> None:
    choices = History(many_tags).choices()
    assert choices.tags == tuple(f"tag {number:04}" for number in range(MOST_CHOICES))
    assert choices.more == {"tag"}


def test_what_is_asked_for_is_among_the_choices_however_many_there_are(many_tags: Store) -> None:
    choices = History(many_tags).choices({"tag": ["tag 0300", "tag 0001", "nowhere"]})
    assert "tag 0300" in choices.tags
    assert "nowhere" not in choices.tags
    assert len(choices.tags) == MOST_CHOICES + 1
    assert list(choices.tags) == sorted(choices.tags)


def test_a_part_of_a_choice_brings_those_that_hold_it(many_tags: Store) -> None:
    choices = History(many_tags).choices({"tag": ["ＣＲＯＳＳ", "044"]})
    added = set(choices.tags[MOST_CHOICES:])
    assert added == {"zebra CROSSING", *(f"tag {number:04}" for number in range(440, 450))}
    many = History(many_tags).choices({"tag": ["TAG"]})
    assert MOST_CHOICES < len(many.tags) < MANY


def test_what_is_asked_for_adds_nothing_to_a_list_that_is_whole(store: Store) -> None:
    create(store, Ask("x", ("nano-banana",)))
    assert History(store).choices({"alias": ["nano"]}).aliases == ("nano-banana",)
