"""JPEG files with metadata in every place that a file has."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from components.images.inputs import prepare_input
from components.images.jpeg_segments import without_metadata
from tests.support.pictures import encoded, noise, opened, quarters, srgb_profile, with_gps

SECRET = b"SecretCamera"
PLAIN = {
    "baseline": encoded(noise((97, 65)), "JPEG", quality=80),
    "progressive": encoded(noise((97, 65)), "JPEG", quality=80, progressive=True),
    "grey": encoded(noise((97, 65)).convert("L"), "JPEG", progressive=True),
    "restarts": encoded(noise((97, 65)), "JPEG", restart_marker_rows=1),
    "as RGB": encoded(noise((97, 65)), "JPEG", keep_rgb=True),
}


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content


def places(data: bytes) -> list[int]:
    """Where a segment may stand: behind the start, and in front of each marker after it."""
    found, at = [2], 2
    while data[at + 1] != 0xD9:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[found[-1] + 1] == 0xDA:
            at = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]").search(data, at).start()  # type: ignore[union-attr]
        found.append(at)
    return found


def sent(data: bytes) -> bytes:
    return prepare_input(
        data, "a.jpg", budget_bytes=3_000_000, max_pixels=10**6, max_upload_bytes=10**7
    )[1]


METADATA = st.one_of(
    st.tuples(st.sampled_from([0xE0, *range(0xE1, 0xF0), 0xFE]), st.binary(max_size=40)).map(
        lambda pair: segment(pair[0], b"X" + SECRET + pair[1])
    ),
    st.just(segment(0xE1, b"Exif\0\0" + SECRET)),
    st.just(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET)),
    st.just(segment(0xE2, b"MPF\0" + SECRET)),
    st.just(b"\xff\xff\xff" + segment(0xFE, SECRET)),
)


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(sorted(PLAIN)),
    st.lists(st.tuples(st.integers(0, 30), METADATA), max_size=5),
    st.sampled_from([b"", SECRET, PLAIN["baseline"], b"\0\0\0\x18ftypmp42" + SECRET]),
)
def test_metadata_goes_from_every_place_and_every_pixel_stays(
    name: str, added: list[tuple[int, bytes]], behind: bytes
) -> None:
    plain = PLAIN[name]
    where = places(plain)
    dirty = plain
    for at, extra in sorted(added, key=lambda one: one[0] % len(where), reverse=True):
        position = where[at % len(where)]
        dirty = dirty[:position] + extra + dirty[position:]
    left = without_metadata(dirty + behind)
    assert left is not None
    assert SECRET not in left
    assert len(left) <= len(plain)
    assert opened(left).tobytes() == opened(plain).tobytes()
    assert opened(left).mode == opened(plain).mode
    assert without_metadata(left) == left


@pytest.mark.parametrize("marker", [0xFE, 0xE1, 0xED])
def test_what_stands_between_the_scans_of_a_progressive_picture_is_not_sent(marker: int) -> None:
    plain = PLAIN["progressive"]
    for position in places(plain):
        dirty = plain[:position] + segment(marker, b"Exif\0\0" + SECRET) + plain[position:]
        left = sent(dirty)
        assert SECRET not in left
        assert opened(left).tobytes() == opened(plain).tobytes()


def test_a_thumbnail_in_the_head_goes_and_the_head_stays() -> None:
    plain = PLAIN["baseline"]
    head = b"JFIF\0\1\1\0\0\1\0\1\1\1" + b"abc"
    left = without_metadata(plain[:2] + segment(0xE0, head) + plain[20:])
    assert left == plain


def test_pictures_of_cameras_keep_their_pixels() -> None:
    plain = encoded(quarters(), "JPEG")
    for dirty in (
        with_gps("JPEG"),
        encoded(quarters(), "JPEG", comment=SECRET),
        encoded(quarters(), "MPO", save_all=True, append_images=[noise((8, 8))]),
    ):
        left = sent(dirty)
        assert SECRET not in left
        assert opened(left).tobytes() == opened(plain).tobytes()


def test_a_large_film_behind_a_small_picture_costs_no_quality() -> None:
    plain = PLAIN["baseline"]
    assert sent(plain + b"\0" * 5_000_000) == plain


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff\xd9",
        PLAIN["baseline"][:-2],
        PLAIN["baseline"][:100],
        PLAIN["baseline"][:2] + b"X" + PLAIN["baseline"][2:],
        PLAIN["baseline"][:2] + b"\xff\xe1\0\1" + PLAIN["baseline"][2:],
        encoded(quarters(), "JPEG", icc_profile=srgb_profile()),
        encoded(quarters(), "PNG"),
        PLAIN["baseline"].replace(b"\xff\xc0", b"\xff\xc3"),
    ],
)
def test_in_doubt_nothing_is_taken_out(data: bytes) -> None:
    assert without_metadata(data) is None


def test_sixteen_bits_and_cmyk_are_left_to_a_new_encoding() -> None:
    cmyk = encoded(quarters().convert("CMYK"), "JPEG")
    assert opened(sent(cmyk)).mode == "RGB"


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    for tried in (data, b"\xff\xd8" + data, PLAIN["baseline"][:170] + data):
        without_metadata(tried)


def test_the_samples_are_what_their_names_say() -> None:
    assert PLAIN["progressive"].count(b"\xff\xda") > 3
    assert isinstance(opened(PLAIN["restarts"]), Image.Image)
    assert b"\xff\xd0" in PLAIN["restarts"]
