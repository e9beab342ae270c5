"""Input images: upright, bare and small enough, whatever is uploaded."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from components.domain.errors import AskRefused
from components.domain.model import InputImage
from components.images.inputs import MAX_SIDE, prepare_input, shares
from tests.support.pictures import (
    BLUE,
    corners,
    encoded,
    frames,
    looks_like_quarters,
    noise,
    opened,
    oriented,
    png_chunk,
    png_with,
    quarters,
    sound_pictures,
    srgb_profile,
    swapped_profile,
    with_gps,
)

MB = 1024 * 1024
SOUND = sound_pictures()


def prepare(
    data: bytes,
    name: str = "cat.jpg",
    *,
    budget: int = 3 * MB,
    max_pixels: int = 50_000_000,
    max_upload: int = 50 * MB,
) -> tuple[InputImage, bytes, bytes]:
    return prepare_input(
        data, name, budget_bytes=budget, max_pixels=max_pixels, max_upload_bytes=max_upload
    )


def refusal(data: bytes, name: str = "cat.jpg", **bounds: int) -> str:
    with pytest.raises(AskRefused) as caught:
        prepare(data, name, **bounds)
    assert caught.value.field == "inputs"
    return str(caught.value)


@pytest.mark.parametrize("name", SOUND)
def test_every_kind_of_picture_is_sent_in_a_format_that_models_take(name: str) -> None:
    given_image, sent, preview = prepare(SOUND[name], "cat.bin")
    assert given_image.name == "cat.bin"
    assert given_image.picture.format in ("JPEG", "PNG", "WEBP")
    assert given_image.picture.sha256 == hashlib.sha256(sent).hexdigest()
    assert given_image.picture.bytes == len(sent)
    assert looks_like_quarters(opened(sent), tolerance=60 if "CMYK" in name else 30)
    seen = opened(preview)
    assert seen.format == ("WEBP" if seen.mode == "RGBA" else "JPEG")


@pytest.mark.parametrize(
    "data",
    [
        encoded(quarters(), "JPEG"),
        encoded(quarters(), "JPEG", progressive=True),
        encoded(quarters(mode="L"), "JPEG"),
        encoded(quarters(), "PNG"),
        encoded(quarters(mode="RGBA"), "PNG"),
        encoded(quarters().quantize(8), "PNG"),
        encoded(quarters(), "WEBP"),
        encoded(noise((64, 64), alpha=True), "WEBP"),
        encoded(noise((65, 33)), "WEBP", lossless=True),
    ],
)
def test_a_small_bare_upright_picture_is_sent_byte_for_byte(data: bytes) -> None:
    assert prepare(data)[1] == data


@pytest.mark.parametrize(
    "data",
    [
        with_gps("JPEG"),
        with_gps("PNG"),
        with_gps("WEBP"),
        with_gps("TIFF"),
        encoded(quarters(), "JPEG", comment=b"SecretCamera"),
        encoded(quarters(), "JPEG") + b"SecretCamera",
        encoded(quarters(), "JPEG") + encoded(quarters(), "JPEG", comment=b"SecretCamera"),
        encoded(quarters(), "PNG") + b"SecretCamera",
        encoded(quarters(), "WEBP") + b"SecretCamera",
        encoded(quarters(), "WEBP", xmp=b"<x:xmpmeta>SecretCamera</x:xmpmeta>"),
        png_with(png_chunk(b"tEXt", b"Comment\0SecretCamera")),
        png_with(png_chunk(b"caBX", b"SecretCamera")),
    ],
)
def test_metadata_never_leaves(data: bytes) -> None:
    assert b"SecretCamera" in data
    _, sent, preview = prepare(data)
    for left in (sent, preview):
        assert b"SecretCamera" not in left
        assert b"Exif" not in left
        assert not opened(left).getexif()
    assert looks_like_quarters(opened(sent))


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
@pytest.mark.parametrize("orientation", [2, 3, 4, 5, 6, 7, 8])
def test_a_turned_picture_is_sent_upright(name: str, orientation: int) -> None:
    given_image, sent, _ = prepare(oriented(name, orientation))
    image = opened(sent)
    assert image.size == (given_image.picture.width, given_image.picture.height) == (96, 64)
    assert not image.getexif()
    assert looks_like_quarters(image)


def test_a_profile_is_applied_and_not_sent() -> None:
    sent = prepare(encoded(quarters(), "PNG", icc_profile=swapped_profile()))[1]
    assert "icc_profile" not in opened(sent).info
    red = corners(opened(sent))[0]
    assert red[1] > red[0]
    assert (
        "icc_profile"
        not in opened(prepare(encoded(quarters(), "JPEG", icc_profile=srgb_profile()))[1]).info
    )


def test_a_large_photograph_is_shrunk_to_2048_pixels_and_sent_as_jpeg() -> None:
    given_image, sent, _ = prepare(encoded(quarters((4000, 3000)), "PNG"))
    assert given_image.picture.format == "JPEG"
    assert (given_image.picture.width, given_image.picture.height) == (MAX_SIDE, 1536)
    assert looks_like_quarters(opened(sent))


def test_a_large_file_of_few_pixels_is_encoded_anew() -> None:
    data = encoded(noise((1300, 1300)), "PNG", compress_level=0)
    assert len(data) > 4 * MB
    given_image, sent, _ = prepare(data, budget=20 * MB)
    assert given_image.picture.format == "JPEG"
    assert len(sent) < len(data) / 2


def test_transparency_is_kept_where_it_fits_and_laid_on_white_where_not() -> None:
    image = quarters((600, 400), "RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 300, 200))
    noisy = noise((600, 400), alpha=True)
    noisy.paste((0, 0, 0, 0), (0, 0, 300, 200))
    tiff, noisy_tiff = encoded(image, "TIFF"), encoded(noisy, "TIFF")

    kept = opened(prepare(tiff)[1])
    assert kept.format == "PNG"
    assert kept.getchannel("A").getpixel((10, 10)) == 0

    laid = opened(prepare(noisy_tiff, budget=100_000)[1])
    assert laid.format == "JPEG"
    assert min(laid.getpixel((10, 10))) > 240


def test_an_alpha_channel_that_is_opaque_all_over_does_not_cost_a_png() -> None:
    assert prepare(encoded(quarters(mode="RGBA"), "TIFF"))[0].picture.format == "JPEG"


def test_of_an_animation_the_first_frame_is_sent() -> None:
    sent = opened(prepare(frames("GIF"))[1])
    assert not getattr(sent, "is_animated", False)
    assert corners(sent)[2] == pytest.approx(BLUE, abs=30)


@pytest.mark.parametrize("budget", [5_000_000, 500_000, 50_000, 5_000, 1_500])
def test_whatever_is_uploaded_fits_its_budget(budget: int) -> None:
    for data in (
        encoded(noise((1000, 700)), "JPEG", quality=97),
        encoded(noise((400, 300), alpha=True), "PNG"),
        encoded(Image.new("RGB", (1, 6000)), "PNG"),
    ):
        given_image, sent, _ = prepare(data, budget=budget)
        assert len(sent) <= budget
        assert given_image.picture.bytes == len(sent)


def test_quality_is_given_up_before_size() -> None:
    data = encoded(noise((1000, 1000)), "JPEG", quality=95)
    sent = opened(prepare(data, budget=len(data) * 3 // 4)[1])
    assert sent.size == (1000, 1000)


def test_a_picture_that_cannot_be_made_to_fit_is_refused_by_name() -> None:
    message = refusal(encoded(noise((500, 500)), "JPEG"), "holiday.jpg", budget=100)
    assert "“holiday.jpg”" in message
    assert "fewer" in message


def test_what_is_no_picture_is_refused_by_name() -> None:
    assert "“notes.pdf”" in refusal(b"%PDF-1.7 whatever", "notes.pdf")
    assert "PDF" in refusal(b"%PDF-1.7 whatever", "notes.pdf")
    assert "damaged" in refusal(encoded(quarters(), "JPEG")[:-50])


def test_an_upload_of_too_many_bytes_or_pixels_is_refused_by_name() -> None:
    data = encoded(quarters(), "PNG")
    assert "“big.png”" in refusal(data, "big.png", max_upload=len(data) - 1)
    assert "pixels" in refusal(data, "big.png", max_pixels=96 * 64 - 1)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\pictures\\cat.jpg", "cat.jpg"),
        ("cat\0\ud800\u202egpj.exe", "cat gpj.exe"),
        ("two\nlines.png", "two lines.png"),
        ("", "picture"),
        ("///", "picture"),
        ("ü 猫 🐈.png", "ü 猫 🐈.png"),
        ("x" * 500, "x" * 120),
    ],
)
def test_a_name_is_made_harmless_and_stays_readable(name: str, shown: str) -> None:
    assert prepare(encoded(quarters(), "PNG"), name)[0].name == shown


@given(st.text())
@settings(max_examples=50, deadline=None)
def test_any_name_can_be_written_as_utf_8(name: str) -> None:
    assert refusal(b"no picture", name).encode("utf-8")


@given(st.integers(64 * 1024, 64 * MB), st.integers(1, 16))
def test_as_many_images_as_asked_for_fit_the_body(total: int, count: int) -> None:
    share = shares(total, count)
    part = {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,"}}
    base64_of_one = 4 * ((share + 2) // 3)
    prompt_and_envelope = 3500
    assert share > 0
    assert (len(json.dumps(part)) + base64_of_one) * count + prompt_and_envelope <= total


def test_a_share_uses_what_room_there_is() -> None:
    share = shares(32 * MB, 1)
    assert len(base64.b64encode(bytes(share))) > 31 * MB
    assert shares(32 * MB, 8) > 2.9 * MB
    assert shares(0, 3) == 0
    assert shares(32 * MB, 0) == shares(32 * MB, 1)
