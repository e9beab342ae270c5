"""ZIP files read entry by entry: the same as `zipfile` finds, and never worse than refused."""

from __future__ import annotations

import io
import zipfile

import pytest
import zipstream
from hypothesis import given, settings
from hypothesis import strategies as st

from components.transfer.zip_entries import directory_of, entries_of, opened
from tests.support import hostile_archives

CONTENTS = {
    "manifest.jsonl": b'{"a": "\xc3\xa9"}\n' * 5_000,
    "originals/a.png": bytes(range(256)) * 1_000,
    "empty": b"",
    "fa\N{LATIN SMALL LETTER C WITH CEDILLA}ade \N{BIRD}.txt": b"x",
}


def packed(method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in CONTENTS.items():
            with archive.open(name, "w", force_zip64=name == "empty") as entry:
                entry.write(content)
        archive.comment = comment
    return out.getvalue()


def streamed() -> bytes:
    archive = zipstream.ZipStream(compress_type=zipfile.ZIP_DEFLATED)
    for name, content in CONTENTS.items():
        stored = zipfile.ZIP_STORED if name.startswith("originals/") else None
        archive.add(iter([content]), arcname=name, compress_type=stored)
    return b"".join(archive)


def read(data: bytes) -> dict[str, bytes]:
    file = io.BytesIO(data)
    return {one.name: opened(file, one).read() for one in entries_of(file, directory_of(file))}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(packed(), id="deflated"),
        pytest.param(packed(zipfile.ZIP_STORED), id="stored"),
        pytest.param(packed(comment=b"a comment"), id="with a comment"),
        pytest.param(b"#!/bin/sh\n" + packed(), id="behind something else"),
        pytest.param(streamed(), id="as an export writes it"),
    ],
)
def test_what_zipfile_reads_is_read_alike(data: bytes) -> None:
    assert read(data) == CONTENTS
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == CONTENTS


def test_places_and_sizes_beyond_32_bits_are_read() -> None:
    file = io.BytesIO()
    hostile_archives.write_entries(file, 70_000)
    directory = directory_of(file)
    found = list(entries_of(file, directory))
    assert directory.count == len(found) == 70_001
    with zipfile.ZipFile(file) as archive:
        assert [one.name for one in found] == archive.namelist()
    assert opened(file, found[0]).read() == opened(file, found[-1]).read() == b""


@settings(deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_and_nothing_else_happens(data: st.DataObject) -> None:
    damaged = bytearray(data.draw(st.sampled_from([packed(), streamed()])))
    for _ in range(data.draw(st.integers(1, 4))):
        # Most of the file is content: the places that steer lie at both ends.
        at = data.draw(st.integers(0, 60) | st.integers(-500, -1) | st.integers(0, 300_000))
        damaged[at % len(damaged)] = data.draw(st.integers(0, 255))
    kept = bytes(damaged[: data.draw(st.sampled_from([None, -1, -30, 100]))])
    try:
        found = read(kept)
    except (zipfile.BadZipFile, NotImplementedError):
        return
    # What is read nevertheless is what its checksum says.
    whole = set(CONTENTS.values())
    assert all(content in whole for content in found.values())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_is_packed_in_another_way_is_told_apart(method: int) -> None:
    with pytest.raises(NotImplementedError):
        read(packed(method))


def test_content_that_is_longer_than_it_says_is_not_read_to_its_end() -> None:
    data = packed()
    file = io.BytesIO(data)
    first = next(entries_of(file, directory_of(file)))
    shorter = type(first)(first.name, first.start, first.method, first.flags, first.crc,
                          first.packed, 10)  # fmt: skip
    with pytest.raises(zipfile.BadZipFile):
        opened(file, shorter).read()
