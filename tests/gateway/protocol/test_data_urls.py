"""Base64 and data URLs in every spelling that was seen."""

from __future__ import annotations

import base64
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.gateway.protocol.data_urls import (
    decode_base64,
    decode_data_url,
    hints_at_a_picture,
    pictures_in_text,
)


@given(
    data=st.binary(min_size=1, max_size=300),
    width=st.integers(1, 80),
    url_safe=st.booleans(),
    padded=st.booleans(),
)
def test_base64_decodes_with_any_breaks_alphabet_and_padding(
    data: bytes, width: int, *, url_safe: bool, padded: bool
):
    text = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(data).decode()
    text = text if padded else text.rstrip("=")
    for gap in ("\n", "\r\n", " ", "\t", "\\n"):
        wrapped = gap.join(text[start : start + width] for start in range(0, len(text), width))
        assert decode_base64(wrapped) == data
        image = decode_data_url(f"data:image/png;base64,{wrapped}")
        assert image
        assert image.data == data


def test_base64_that_is_cut_short_gives_what_there_is_of_it():
    assert decode_base64("QUJDR") == b"ABC"


@pytest.mark.parametrize("size", [1_048_575, 1_048_576, 1_048_577, 3_000_001])
@pytest.mark.parametrize("breaks", ["", "\n", "\\r\\n", "\\/"])
def test_base64_of_megabytes_decodes_as_in_one_piece(size: int, breaks: str):
    data = random.Random(size).randbytes(size)  # noqa: S311
    text = base64.b64encode(data).decode()
    if breaks == "\\/":
        text = text.replace("/", breaks)
    elif breaks:
        text = breaks.join(text[start : start + 76] for start in range(0, len(text), 76))
    assert decode_base64(text) == data
    assert decode_base64(f"data:,{text}", 6) == data
    assert decode_base64(text[:1_048_576] + "=" + text[1_048_576:]) is None


@pytest.mark.parametrize("text", ["", " ", "====", "A", "QUJD!", "QU=JD", "é", "\ud800"])
def test_what_is_no_base64_decodes_to_nothing(text: str):
    assert decode_base64(text) is None


@pytest.mark.parametrize(
    ("url", "declared"),
    [
        ("data:image/jpeg;base64,QUJD", "image/jpeg"),
        ("DATA:IMAGE/JPEG;BASE64,QUJD", "image/jpeg"),
        ("data:image/svg+xml;charset=utf-8;base64,QUJD", "image/svg+xml"),
        ("data:;base64,QUJD", None),
        ("data:base64,QUJD", None),
        ("data:image/jpeg; base64 ,QUJD", "image/jpeg"),
        (" <data:image/png;base64,QUJD>\n", "image/png"),
        ('data:image/png;name="a, b.png";base64,QUJD', "image/png"),
        ('data:image/png;name="a;base64,b.png";base64,QUJD', "image/png"),
        ("data:image/png,%41BC", "image/png"),
        ("data:,ABC", None),
    ],
)
def test_every_spelling_of_a_data_url_is_read(url: str, declared: str | None):
    image = decode_data_url(url)
    assert image
    assert (image.data, image.declared_type) == (b"ABC", declared)


@pytest.mark.parametrize(
    "url", ["", "data:", "data:image/png", "data:image/png;base64,", "data:;base64,!", "http://x/,"]
)
def test_what_is_no_data_url_is_none(url: str):
    assert decode_data_url(url) is None


@settings(deadline=None)
@given(st.text(st.characters()))
def test_no_text_crashes_the_readers_of_data_urls(text: str):
    for tried in (text, f"data:{text}", f"data:image/png;base64,{text}"):
        decode_data_url(tried)
        found, links, rest = pictures_in_text(tried, 100)
        assert all(isinstance(one, str) for one in [*found, *links, rest])


@pytest.mark.parametrize("name", ['"a, b.png"', "a, b.png", '"it, too"', "a,b,c"])
def test_a_comma_in_a_name_does_not_end_the_head(name: str):
    picture = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()
    image = decode_data_url(f"data:image/png;name={name};base64,{picture}")
    assert image
    assert image.data[:4] == b"\x89PNG"


def test_a_payload_in_clear_may_hold_the_word_base64():
    image = decode_data_url("data:text/plain,one;base64,QUJD")
    assert image
    assert image.data == b"one;base64,QUJD"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("see data:image/gif;base64,R0lGOA==", True),
        ('{"x": "iVBORw0KGgoAAAA"}', True),
        ("I cannot draw that.", False),
        ("base64 is an encoding", False),
        ('{"data": "base64"}', False),
    ],
)
def test_the_trace_of_a_picture_is_seen_in_any_text(text: str, *, hint: bool):
    assert hints_at_a_picture(text) is hint
