"""The faster way to a PNG's pixels: the same pixels as Pillow's, and no way round its checks."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, PngImagePlugin

from components.domain.errors import PictureUnusable
from components.images.decoding import examine
from components.images.png import plain_pixels
from tests.support.pictures import encoded, noise

SIDE = 12


def chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content)) + kind + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )  # fmt: skip


def made_by_hand(scanlines: bytes, *, colour: int = 2, compressed: bytes | None = None) -> bytes:
    """A PNG of 12 × 12 around these bytes, whatever they are."""
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, colour, 0, 0, 0)
    body = zlib.compress(scanlines) if compressed is None else compressed
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def by_pillow(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image.copy()


def plain(data: bytes) -> Image.Image | None:
    with Image.open(io.BytesIO(data)) as image:
        return plain_pixels(data, image.size, image.mode)


@given(
    filters=st.lists(st.integers(0, 4), min_size=SIDE, max_size=SIDE),
    values=st.binary(min_size=SIDE * SIDE * 4, max_size=SIDE * SIDE * 4),
    alpha=st.booleans(),
)
def test_every_filter_gives_the_pixels_that_pillow_gives(
    filters: list[int], values: bytes, *, alpha: bool
) -> None:
    width = SIDE * (4 if alpha else 3)
    lines = [bytes([kind]) + values[width * n : width * (n + 1)] for n, kind in enumerate(filters)]
    data = made_by_hand(b"".join(lines), colour=6 if alpha else 2)
    found = plain(data)
    assert found is not None
    assert found.mode == ("RGBA" if alpha else "RGB")
    assert ImageChops.difference(found, by_pillow(data)).getbbox(alpha_only=False) is None


def text(key: str) -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text(key, "value")
    return info


def xmp() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", '<x tiff:Orientation="3"/>')
    return info


RGB = noise((20, 10))
EXIF = Image.Exif()
EXIF[0x0112] = 6


@pytest.mark.parametrize(
    ("image", "options"),
    [
        (RGB, {}),
        (RGB, {"compress_level": 1}),
        (RGB, {"dpi": (72, 72), "pnginfo": text("Software")}),
        (noise((20, 10), alpha=True), {}),
    ],
)
def test_what_models_draw_takes_the_fast_way(
    image: Image.Image, options: dict[str, object]
) -> None:
    data = encoded(image, "PNG", **options)
    found = plain(data)
    assert found is not None
    assert ImageChops.difference(found, by_pillow(data)).getbbox(alpha_only=False) is None


@pytest.mark.parametrize(
    ("image", "options"),
    [
        (RGB, {"exif": EXIF}),
        (RGB, {"pnginfo": text("Raw profile type exif")}),
        (RGB, {"pnginfo": text("exif")}),
        (RGB, {"pnginfo": text("XML:com.adobe.xmp")}),
        (RGB, {"pnginfo": xmp()}),
        (RGB, {"transparency": (1, 2, 3)}),
        (RGB.convert("L"), {}),
        (RGB.quantize(16), {}),
        (RGB, {"save_all": True, "append_images": [noise((20, 10))]}),
        (noise((2049, 2048)), {"compress_level": 0}),
    ],
)
def test_what_needs_more_than_pixels_is_left_to_pillow(
    image: Image.Image, options: dict[str, object]
) -> None:
    assert plain(encoded(image, "PNG", **options)) is None


def test_sixteen_bits_are_left_to_pillow() -> None:
    lines = b"".join(b"\0" + bytes(range(72)) for _ in range(SIDE))
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 16, 2, 0, 0, 0)
    data = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines))
        + chunk(b"IEND", b"")
    )  # fmt: skip
    assert plain(data) is None
    assert examine(data, max_pixels=1_000).picture.width == SIDE


WHOLE = b"".join(b"\0" + bytes(range(36)) for _ in range(SIDE))


@pytest.mark.parametrize(
    "compressed",
    [
        zlib.compress(WHOLE[:200]),
        zlib.compress(WHOLE * 2),
        zlib.compress(WHOLE)[:60],
        zlib.compress(WHOLE)[:-2],
        zlib.compress(b"\x09" + WHOLE[1:]),
        b"",
        b"\x78\x9c" + b"\xff" * 50,
    ],
    ids=[
        "too few lines", "too many lines", "cut in mid-stream", "cut in its sum", "no such filter",
        "empty", "junk",
    ],
)  # fmt: skip
def test_pixels_that_do_not_decode_are_refused_as_by_pillow_alone(compressed: bytes) -> None:
    data = made_by_hand(b"", compressed=compressed)
    try:
        by_pillow(data)
    except Exception:  # noqa: BLE001  # of whatever type Pillow raises
        with pytest.raises(PictureUnusable):
            examine(data, max_pixels=1_000)
    else:
        assert examine(data, max_pixels=1_000).picture.width == SIDE


HEAD = chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0))
SIXTEEN_BITS = chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 16, 2, 0, 0, 0))
PIXELS = zlib.compress(WHOLE)
HALVES = chunk(b"IDAT", PIXELS[:40]), chunk(b"IDAT", PIXELS[40:])
END = chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "chunks",
    [
        (HEAD, HALVES[0], chunk(b"tEXt", b"Comment\0x"), HALVES[1], END),
        (HEAD, SIXTEEN_BITS, *HALVES, END),
        (chunk(b"tEXt", b"Comment\0x"), HEAD, *HALVES, END),
        (HEAD, *HALVES, chunk(b"iCCP", b"name\0\0" + zlib.compress(b"profile")), END),
    ],
    ids=["pixels in two places", "two headers", "a late header", "a late profile"],
)
def test_chunks_in_an_order_that_no_png_has_are_left_to_pillow(chunks: tuple[bytes, ...]) -> None:
    data = b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
    assert plain_pixels(data, (SIDE, SIDE), "RGB") is None
    assert plain_pixels(b"\x89PNG\r\n\x1a\n" + HEAD + b"".join(HALVES) + END, (SIDE, SIDE), "RGB")


def test_pixels_that_a_decoder_would_stumble_over_leave_no_memory_behind() -> None:
    width, height = 60_000, 3
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    line = b"\0" + bytes(4 * width)
    hostile = [
        b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(lines)) + END
        for lines in (line, line + b"\x09" + line[1:] + line)
    ]
    process = psutil.Process()
    for turn in range(201):
        if turn == 1:
            before = process.memory_info().rss
        for data in hostile:
            assert plain_pixels(data, (width, height), "RGBA") is None
    # A decoder that never frees its buffers for one line of these loses 0.5 MB a picture.
    assert process.memory_info().rss - before < 40_000_000


def test_pixels_far_beyond_the_size_take_no_more_room_than_the_size() -> None:
    data = made_by_hand(b"", compressed=zlib.compress(bytes(50_000_000)))
    tracemalloc.start()
    try:
        assert plain_pixels(data, (SIDE, SIDE), "RGB") is None
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=200))
def test_nothing_that_a_plain_png_may_hold_raises(junk: bytes) -> None:
    plain_pixels(junk, (SIDE, SIDE), "RGB")
    plain_pixels(b"\x89PNG\r\n\x1a\n" + junk, (SIDE, SIDE), "RGB")
    data = made_by_hand(b"", compressed=junk)
    found = plain_pixels(data, (SIDE, SIDE), "RGB")
    assert found is None or found.size == (SIDE, SIDE)
