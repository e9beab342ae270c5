"""Stars, tags and notes: kept, changed and taken away, as one short line where they are one."""

from __future__ import annotations

import pytest

from components.domain.filters import Filter
from components.domain.model import Ask
from components.storage.annotations import LONGEST_TAG, Annotations, tidy_tag
from components.storage.comparisons import Store
from components.storage.history.history import History
from tests.support.samples import create


@pytest.fixture
def marks(store: Store) -> Annotations:
    return Annotations(store)


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
