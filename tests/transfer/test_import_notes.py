"""What an import remembers: each name and id once, and the pictures that the file holds."""

from __future__ import annotations

import pytest

from components.domain.archive import ArchivedComparison, ArchivedPicture
from components.domain.errors import StorageUnavailable
from components.transfer.import_notes import ImportNotes
from tests.support.hostile_archives import comparison, generation


def picture(digit: str, **changes: int) -> ArchivedPicture:
    facts = {"sha256": digit * 64, "extension": "png", "format": "PNG", "bytes": 9, "width": 1}
    return ArchivedPicture(**(facts | {"height": 1} | changes))


def asked(number: int, *generations: int) -> ArchivedComparison:
    return ArchivedComparison.model_validate_json(
        comparison(number, *(generation(one) for one in generations))
    )


def test_a_name_a_comparison_or_a_generation_is_there_once() -> None:
    with ImportNotes() as notes:
        assert notes.note_entries([("a", "1"), ("b", "2")])
        assert not notes.note_entries([("c", "3"), ("a", "4")])
        assert (notes.entry("a"), notes.entry("z")) == ("1", None)
        assert notes.note_ids(asked(1, 10, 11))
        assert notes.note_ids(asked(2, 12, 1))
        assert not notes.note_ids(asked(1, 20))
        assert not notes.note_ids(asked(3, 11))
        assert not notes.note_ids(asked(4, 30, 30))


def test_a_picture_has_the_same_facts_wherever_it_is_named() -> None:
    with ImportNotes() as notes:
        assert notes.note_picture(picture("b"))
        assert notes.note_picture(picture("b"))
        assert not notes.note_picture(picture("b", width=2))
        assert notes.note_picture(picture("a"))
        assert notes.note_picture(picture("c"))
        notes.note_entries([(picture(one).file, one) for one in "cad"])
        assert list(notes.pictures()) == [(picture("a"), "a"), (picture("c"), "c")]


def test_what_was_stored_and_is_not_needed_is_told_in_order() -> None:
    with ImportNotes() as notes:
        for key in "cabca":
            notes.note_stored(key)
        notes.note_needed(["b", "z", "b"])
        assert notes.stored() == 3
        assert list(notes.not_needed()) == ["a", "c"]


def test_what_finds_no_room_is_told_as_a_storage_that_is_away() -> None:
    with (
        ImportNotes(most_bytes=200_000) as notes,
        pytest.raises(StorageUnavailable, match=r"room .*\.$"),
    ):
        notes.note_entries((f"{number:0200}", "") for number in range(10_000))
