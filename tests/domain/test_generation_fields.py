"""A generation's fields are said once, and everything that is declared apart agrees with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

import pytest

from components.domain.archive import (
    ArchivedComparison,
    ArchivedError,
    ArchivedGeneration,
    ArchivedPicture,
)
from components.domain.generation_fields import COLUMNS, FIELDS, FREE_TEXT, Kind, Output, Part
from components.domain.model import (
    Comparison,
    Failure,
    Generation,
    Picture,
    State,
    Success,
    Usage,
)
from components.storage.schema import Moment, comparisons, generations
from components.transfer.comparison_zip import manifest
from components.transfer.tables import SCHEMA
from tests.support.samples import INPUT, NOON, succeeded
from tests.support.serving import ROOT

FIXTURES = ROOT / "tests/fixtures/version-1.0.0"


def named(*parts: Part, without: Iterable[str] = ()) -> set[str]:
    return {one.column for one in FIELDS if one.part in parts} - set(without)


def attributes(value: type) -> set[str]:
    return {one.name for one in fields(value)}


def failure(names: set[str]) -> set[str]:
    return {f"error_{name}" for name in names}


# What each declaration has, what the fields say, and what it has besides, each for a reason.
DECLARED = {
    "schema.generations": (
        set(generations.c.keys()),
        named(*set(Part) - {Part.COMPARISON, Part.LINK}, without={"tags"}),
        {"comparison_id"},  # the key of its comparison
    ),
    "schema.comparisons": (
        set(comparisons.c.keys()),
        named(Part.COMPARISON),
        # of the comparison alone
        {"created_at", "aliases", "samples", "visitor", "version", "number", "search_text"},
    ),
    "model.Comparison": (
        attributes(Comparison),
        named(Part.COMPARISON),
        {"created_at", "aliases", "samples", "version", "generations"},
    ),
    "model.Generation": (
        attributes(Generation),
        named(Part.REQUEST),
        {"comparison_id", "success", "failure", "text"},  # a failure has a text too
    ),
    "model.Picture": (attributes(Picture), named(Part.PICTURE), set()),
    "model.Success": (attributes(Success), named(Part.REPLY), {"picture", "usage"}),
    "model.Usage": (attributes(Usage), named(Part.USAGE), {"cost_usd"}),  # as it was reported
    "model.Failure": (failure(attributes(Failure)), named(Part.FAILURE), set()),
    "archive.ArchivedComparison": (
        set(ArchivedComparison.model_fields),
        named(Part.COMPARISON),
        {"triptych", "created_at", "aliases", "samples", "generations"},
    ),
    "archive.ArchivedGeneration": (
        set(ArchivedGeneration.model_fields),
        named(Part.REQUEST, Part.REPLY, Part.USAGE, Part.MARK),
        {"picture", "error", "attempts"},
    ),
    "archive.ArchivedPicture": (set(ArchivedPicture.model_fields), named(Part.PICTURE), set()),
    "archive.ArchivedError": (
        failure(set(ArchivedError.model_fields)), named(Part.FAILURE), set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("place", DECLARED)
def test_what_is_declared_apart_has_every_field_and_nothing_else(place: str) -> None:
    there, said, besides = DECLARED[place]
    assert not said - there, f"{place} lacks {sorted(said - there)}"
    unsaid = there - said - besides
    assert not unsaid, f"generation_fields lacks {sorted(unsaid)}, which {place} has"
    assert besides <= there, f"{place} has no {sorted(besides - there)} any more"


def test_each_column_of_the_tables_is_of_the_kind_that_its_field_says() -> None:
    for one in FIELDS:
        table = comparisons if one.part is Part.COMPARISON else generations
        if one.part is not Part.LINK and one.kind is not Kind.WORDS:
            column = table.c[one.column].type
            kind = Kind.MOMENT if isinstance(column, Moment) else {
                "TEXT": Kind.TEXT, "INTEGER": Kind.WHOLE, "BIGINT": Kind.WHOLE,
                "DOUBLE": Kind.REAL, "BOOLEAN": Kind.YES_NO, "JSON": Kind.PICTURES,
            }[str(column)]  # fmt: skip
            assert kind is one.kind, one.name


def test_a_field_of_an_attribute_that_may_be_absent_can_be_null() -> None:
    for one in FIELDS:
        told = ArchivedGeneration.model_fields.get(one.column)
        if told and one.column in generations.c and one.kind is not Kind.PICTURES:
            nullable = type(None) in getattr(told.annotation, "__args__", ())
            assert generations.c[one.column].nullable == nullable, one.name


def test_the_manifest_of_a_comparison_has_every_column_of_an_export() -> None:
    success = succeeded().success
    assert success is not None
    cell = Generation("1" * 32, "2" * 32, "a", 1, 0, State.SUCCEEDED, 1, NOON, success=success)
    whole = manifest(Comparison("2" * 32, NOON, "a fox", ("a",), 1, (INPUT,), (cell,)), "http://x")
    (told,) = whole["generations"]
    assert set(told["error"] or ()) == set()  # it succeeded; a failure has the two of `Failure`
    has = {*whole, *told, *told["pictures"][0], *told["usage"], "error_kind", "error_message"}
    # The name of the file in the ZIP stands instead of its URL.
    assert set(COLUMNS) - has == {"image_url"}
    assert "file" in has


def test_names_are_different_and_every_output_has_its_own_in_one_order() -> None:
    names = [one.name for one in FIELDS]
    assert len(set(names)) == len(names)
    assert SCHEMA.names == [
        one.name
        for output in (Output.EVERY, Output.TYPED)
        for one in FIELDS
        if one.output is output
    ]
    assert names[: len(COLUMNS)] == list(COLUMNS)


def test_columns_of_version_1_0_0_stand_where_they_stood() -> None:
    header = (FIXTURES / "history.csv").read_text("utf-8").split("\n", 1)[0]
    assert list(COLUMNS)[: header.count(",") + 1] == header.split(",")


def test_every_text_that_may_come_from_outside_is_defused() -> None:
    # Ours are hashes, ids, words of a closed set, times and links.
    ours = {"comparison_id", "generation_id", "state", "sha256", "error_kind", "input_images",
            "permalink", "image_url"}  # fmt: skip
    texts = {one.name for one in FIELDS if one.kind is Kind.TEXT and one.name in COLUMNS}
    assert texts - ours == set(FREE_TEXT)
