"""Recognising, bounding and previewing pictures, with real files of every kind."""

from __future__ import annotations

import hashlib
import random
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from components.domain.errors import PictureUnusable
from components.domain.media_types import MEDIA_TYPES, media_type, preview_type
from components.domain.model import FailureKind
from components.images.decoding import PREVIEW_SIDE, examine
from tests.support.pictures import (
    RED,
    SIZE,
    corners,
    encoded,
    frames,
    grey_ramp,
    looks_like_quarters,
    noise,
    opened,
    oriented,
    png_bomb,
    png_chunk,
    png_with,
    quarters,
    sixteen_bit_tiff_big_endian,
    sound_pictures,
    srgb_profile,
    swapped_profile,
)

# The module has Pillow's warnings switched off; pytest switches them on again.
pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning:PIL"),
    pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning"),
]

MANY = 10_000_000
SOUND = sound_pictures()


def refusal(data: bytes, max_pixels: int = MANY) -> PictureUnusable:
    with pytest.raises(PictureUnusable) as caught:
        examine(data, max_pixels=max_pixels)
    message = str(caught.value)
    assert message.endswith(".")
    assert "Error" not in message
    assert "<" not in message
    return caught.value


@pytest.mark.parametrize("name", SOUND)
def test_every_format_and_mode_is_told_from_its_bytes_and_shown_in_its_colours(name: str) -> None:
    data = SOUND[name]
    examined = examine(data, max_pixels=MANY)
    picture = examined.picture
    kind = name.split(maxsplit=1)[0].lower()
    assert picture.extension == {"jpeg": "jpg", "mpo": "jpg"}.get(kind, kind)
    assert picture.format == {"jpg": "JPEG"}.get(picture.extension, picture.extension.upper())
    assert (picture.width, picture.height) == SIZE
    assert picture.bytes == len(data)
    assert picture.sha256 == hashlib.sha256(data).hexdigest()
    preview = opened(examined.preview)
    assert preview_type(examined.preview) == f"image/{str(preview.format).lower()}"
    assert preview.format == ("WEBP" if preview.mode == "RGBA" else "JPEG")
    assert preview.size == SIZE
    assert looks_like_quarters(preview, tolerance=60 if "CMYK" in name else 30)


def test_each_extension_has_its_media_type_and_anything_else_is_opaque_bytes() -> None:
    assert set(MEDIA_TYPES) == {"jpg", "png", "webp", "gif", "avif", "bmp", "tiff"}
    assert media_type("jpg") == "image/jpeg"
    assert media_type("png") == "image/png"
    assert media_type("svg") == "application/octet-stream"


@pytest.mark.parametrize(
    ("data", "shades"),
    [
        (encoded(grey_ramp("I;16", [0, 257 * 100, 65535]), "PNG"), [0, 100, 255]),
        (encoded(grey_ramp("I;16", [0, 257 * 100, 65535]), "TIFF"), [0, 100, 255]),
        (sixteen_bit_tiff_big_endian(), [0, 100, 255]),
        (encoded(grey_ramp("I", [0, 257 * 100, 65535]), "TIFF"), [0, 100, 255]),
        (encoded(grey_ramp("I", [0, 100, 255]), "TIFF"), [0, 100, 255]),
        (encoded(grey_ramp("I", [-1000, 0, 1000]), "TIFF"), [0, 128, 255]),
        (encoded(grey_ramp("F", [0.0, 0.5, 1.0]), "TIFF"), [0, 128, 255]),
        (encoded(grey_ramp("F", [-8.0, 0.0, 8.0]), "TIFF"), [0, 128, 255]),
        (encoded(grey_ramp("L", [0, 100, 255]), "PNG"), [0, 100, 255]),
        (encoded(grey_ramp("1", [0, 255]), "PNG"), [0, 255]),
    ],
)
def test_grey_of_any_depth_keeps_its_shades(data: bytes, shades: list[int]) -> None:
    preview = opened(examine(data, max_pixels=MANY).preview).convert("L")
    seen = [preview.getpixel((8 * column + 4, 4)) for column in range(len(shades))]
    assert seen == pytest.approx(shades, abs=8)


def test_a_float_picture_of_no_numbers_at_all_still_gives_a_preview() -> None:
    ramp = grey_ramp("F", [float("nan"), float("inf"), 0.5])
    assert examine(encoded(ramp, "TIFF"), max_pixels=MANY).picture.width == 24


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_a_preview_keeps_transparency(mode: str) -> None:
    image = quarters(mode="RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size).point(lambda v: 255 * (v > 127)))
    data = encoded(image.quantize(8) if mode == "P" else image.convert(mode), "PNG")
    preview = opened(examine(data, max_pixels=MANY).preview)
    assert preview.mode == "RGBA"
    alpha = preview.getchannel("A")
    assert alpha.getpixel((10, 5)) == 0
    assert alpha.getpixel((10, 60)) == 255


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_measured_and_shown_upright(name: str, orientation: int) -> None:
    examined = examine(oriented(name, orientation), max_pixels=MANY)
    assert (examined.picture.width, examined.picture.height) == SIZE
    preview = opened(examined.preview)
    assert preview.size == SIZE
    assert looks_like_quarters(preview)
    assert not preview.getexif()


def test_colours_are_read_through_the_profile_that_comes_with_them() -> None:
    data = encoded(quarters(), "PNG", icc_profile=swapped_profile())
    red, green, *_ = corners(opened(examine(data, max_pixels=MANY).preview))
    assert red[1] > red[0]
    assert green[0] > green[1]


@pytest.mark.parametrize(
    "profile",
    [b"no profile at all", srgb_profile()[:200], srgb_profile(), bytes(3000)],
    ids=["text", "cut", "sRGB", "zeros"],
)
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "CMYK"])
def test_a_profile_that_is_broken_or_for_other_colours_is_ignored(
    mode: str, profile: bytes
) -> None:
    name = "TIFF" if mode == "CMYK" else "PNG"
    data = encoded(quarters(mode=mode), name, icc_profile=profile)
    preview = opened(examine(data, max_pixels=MANY).preview)
    assert preview.size == SIZE
    assert mode == "L" or looks_like_quarters(preview, tolerance=60)


def test_a_preview_is_bounded_on_its_longer_side_and_holds_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    tall = encoded(noise((500, 3000)), "JPEG", exif=exif, comment=b"SecretComment")
    preview = examine(tall, max_pixels=MANY).preview
    assert opened(preview).size == (round(500 * PREVIEW_SIDE / 3000), PREVIEW_SIDE)
    assert b"Secret" not in preview
    thread = examine(encoded(Image.new("L", (1, 5000)), "PNG"), max_pixels=MANY).preview
    assert opened(thread).size == (1, PREVIEW_SIDE)


def test_a_preview_of_a_far_larger_picture_is_still_true() -> None:
    data = encoded(quarters((6000, 4000)), "JPEG", quality=60)
    examined = examine(data, max_pixels=30_000_000)
    assert (examined.picture.width, examined.picture.height) == (6000, 4000)
    assert looks_like_quarters(opened(examined.preview))


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"\0" * 300, "not a picture"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "SVG"),
        (b'<?xml version="1.0"?>\n<!-- x -->\n<svg></svg>', "SVG"),
        (b"\xef\xbb\xbf <!DOCTYPE html><html><body>502 Bad Gateway</body></html>", "HTML"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "PostScript"),
        (b"PK\x03\x04" + bytes(60), "ZIP"),
        (b'{"error": "no"}', "JSON"),
        (b"8BPS\0\1" + bytes(60), "Photoshop"),
        (b"\0\0\0\x18ftypheic" + bytes(60), "HEIC"),
        (b"\xd7\xcd\xc6\x9a" + bytes(60), "not a picture"),
    ],
)
def test_what_is_no_picture_is_refused_and_named(data: bytes, word: str) -> None:
    error = refusal(data)
    assert error.kind is FailureKind.NOT_A_PICTURE
    assert word in str(error)


@pytest.mark.parametrize("name", ["ICO", "EPS", "PCX", "PPM", "TGA", "JPEG2000", "ICNS", "SGI"])
def test_formats_that_a_browser_or_a_user_has_no_use_for_are_refused(name: str) -> None:
    assert refusal(encoded(quarters((64, 64)), name)).kind is FailureKind.NOT_A_PICTURE


@pytest.mark.parametrize("name", SOUND)
def test_a_picture_cut_in_half_is_refused(name: str) -> None:
    error = refusal(SOUND[name][: len(SOUND[name]) // 2])
    assert error.kind is FailureKind.NOT_A_PICTURE
    assert "cut short" in str(error)


@pytest.mark.parametrize("name", sorted(set(SOUND) - {"GIF", "TIFF pages", "MPO"}))
def test_a_picture_that_lacks_its_last_eight_bytes_is_refused(name: str) -> None:
    assert refusal(SOUND[name][:-8]).kind is FailureKind.NOT_A_PICTURE


def test_a_gif_that_lacks_only_its_end_mark_is_taken_since_all_its_pixels_are_there() -> None:
    assert examine(SOUND["GIF"][:-1], max_pixels=MANY).picture.extension == "gif"


@pytest.mark.parametrize("name", SOUND)
def test_bytes_after_the_end_of_a_picture_are_tolerated(name: str) -> None:
    data = SOUND[name] + b"\r\n--boundary--\r\n" * 20
    assert examine(data, max_pixels=MANY).picture.bytes == len(data)


def test_a_png_with_one_damaged_byte_of_pixels_is_refused() -> None:
    data = bytearray(encoded(noise(SIZE), "PNG"))
    data[-30] ^= 0x10
    assert "damaged" in str(refusal(bytes(data)))


@pytest.mark.parametrize("name", ["PNG", "WEBP", "GIF", "AVIF"])
def test_an_animation_is_refused_if_a_later_frame_is_damaged(name: str) -> None:
    data = frames(name)
    assert refusal(data[: len(data) * 3 // 4]).kind is FailureKind.NOT_A_PICTURE


def test_a_long_animation_is_decoded_only_so_far_as_the_pixel_bound_allows() -> None:
    data = frames("GIF")
    cut = data[:-40]
    assert refusal(cut).kind is FailureKind.NOT_A_PICTURE
    assert examine(cut, max_pixels=SIZE[0] * SIZE[1]).picture.width == SIZE[0]


@pytest.mark.parametrize("name", SOUND)
def test_a_picture_over_the_pixel_bound_is_refused_as_too_large(name: str) -> None:
    pixels = SIZE[0] * SIZE[1]
    examine(SOUND[name], max_pixels=pixels)
    error = refusal(SOUND[name], max_pixels=pixels - 1)
    assert error.kind is FailureKind.PICTURE_TOO_LARGE
    assert "96 × 64" in str(error)


@pytest.mark.parametrize(
    "data",
    [
        png_bomb(30_000, 30_000),
        png_bomb(12_000, 12_000),
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 100, 0, 0, 54, 40, 30_000, 30_000, 1, 24, *[0] * 6),
        b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0)
        + b"," + struct.pack("<HHHHB", 0, 0, 65_535, 65_535, 0) + b"\x02\x02\x44\x01\0;",
        b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4)
        + b"\xff\x7f\x00" * 2 + bytes(8),
    ],
    ids=["PNG 900 MP", "PNG 144 MP", "BMP", "GIF", "WebP"],
)  # fmt: skip
def test_a_bomb_is_recognised_from_its_header(data: bytes) -> None:
    error = refusal(data, max_pixels=100_000_000)
    assert error.kind is FailureKind.PICTURE_TOO_LARGE
    assert "100 megapixels" in str(error)


def test_a_bound_over_that_of_pillow_is_honoured() -> None:
    data = encoded(Image.new("1", (20_000, 10_000)), "PNG")
    assert examine(data, max_pixels=200_000_000).picture.width == 20_000


@pytest.mark.parametrize(
    "chunk",
    [
        png_chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(20_000_000))),
        png_chunk(b"iTXt", b"k\0\1\0\0\0" + zlib.compress(bytes(20_000_000))),
        png_chunk(b"iCCP", b"k\0\0" + zlib.compress(bytes(20_000_000))),
    ],
    ids=["zTXt", "iTXt", "iCCP"],
)
def test_a_text_bomb_in_a_png_is_refused(chunk: bytes) -> None:
    assert refusal(png_with(chunk)).kind is FailureKind.NOT_A_PICTURE


@pytest.mark.parametrize("size", [(0, 10), (10, 0)])
def test_a_picture_without_any_pixel_is_refused(size: tuple[int, int]) -> None:
    assert refusal(png_bomb(*size)).kind is FailureKind.NOT_A_PICTURE


def test_pictures_are_examined_in_several_threads_at_once_with_the_same_result() -> None:
    names = list(SOUND) * 4
    alone = {name: examine(data, max_pixels=MANY) for name, data in SOUND.items()}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda name: examine(SOUND[name], max_pixels=MANY), names))
    assert found == [alone[name] for name in names]


def survives(data: bytes) -> None:
    try:
        examined = examine(data, max_pixels=MANY)
    except PictureUnusable:
        return
    assert opened(examined.preview).format in ("JPEG", "WEBP")


@given(st.binary(max_size=400))
def test_no_bytes_whatever_raise_anything_but_picture_unusable(data: bytes) -> None:
    survives(data)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(SOUND)), st.randoms(use_true_random=False))
def test_no_damage_to_a_picture_raises_anything_but_picture_unusable(
    name: str, chance: random.Random
) -> None:
    data = bytearray(SOUND[name])
    for _ in range(chance.randint(1, 12)):
        # Headers are where damage does most harm, so half of it goes there.
        at = chance.randrange(len(data) if chance.random() < 0.5 else min(len(data), 300))
        match chance.randrange(4):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                data[at] ^= 1 << chance.randrange(8)
            case 2:
                data[at : at + 4] = chance.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff"))
            case _:
                del data[at : at + chance.randint(1, 8)]
    survives(bytes(data))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 255)), min_size=1, max_size=8))
def test_no_damage_to_a_profile_raises_anything(damage: list[tuple[int, int]]) -> None:
    profile = bytearray(swapped_profile())
    for at, value in damage:
        profile[at % len(profile)] = value
    data = encoded(quarters(), "PNG", icc_profile=bytes(profile))
    assert examine(data, max_pixels=MANY).picture.width == SIZE[0]


def test_the_first_frame_of_an_animation_is_the_preview() -> None:
    preview = opened(examine(frames("GIF"), max_pixels=MANY).preview)
    assert not getattr(preview, "is_animated", False)
    assert corners(preview)[0] == pytest.approx(RED, abs=30)
