"""One picture encoded twice, and two that differ by little."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from components.images.similarity import fingerprint, look_the_same
from tests.support.pictures import encoded, frames, noise

SIDE = 1024


def photograph() -> Image.Image:
    """Soft shapes of every size, as in a photograph."""
    chance = random.Random(3)  # noqa: S311
    image = Image.frombytes("RGB", (4, 4), chance.randbytes(48)).resize((SIDE, SIDE))
    for cells, share in ((16, 0.5), (64, 0.4), (256, 0.3), (SIDE, 0.12)):
        finer = Image.frombytes("RGB", (cells, cells), chance.randbytes(cells * cells * 3))
        image = Image.blend(image, finer.resize((SIDE, SIDE), Image.Resampling.BICUBIC), share)
    return image.filter(ImageFilter.GaussianBlur(0.8))


def page(changed: str = "The cat sat on the mat.") -> Image.Image:
    """Black text of 10 to 20 pixels, with one line of it given."""
    image = Image.new("RGB", (SIDE, SIDE), "white")
    pen = ImageDraw.Draw(image)
    for size, top in ((10, 10), (14, 300), (20, 600)):
        font = ImageFont.load_default(size)
        for line in range(9):
            text = changed if line == 4 else "Pack my box with five dozen liquor jugs " * 3
            pen.text((13, top + line * 27), text, fill="black", font=font)
    return image


def drawing() -> Image.Image:
    """Plain areas and sharp edges, partly transparent."""
    image = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.ellipse((100, 100, 900, 900), fill=(220, 190, 60, 255))
    pen.rectangle((300, 300, 600, 800), fill=(60, 90, 120, 128))
    return image


PHOTOGRAPH, PAGE, DRAWING = photograph(), page(), drawing()


def same(one: bytes, other: bytes) -> bool:
    prints = [fingerprint(data, max_pixels=10**8) for data in (one, other)]
    found = look_the_same(*prints)
    assert look_the_same(*reversed(prints)) is found
    return found


@pytest.mark.parametrize(
    ("name", "quality"),
    [("JPEG", 75), ("JPEG", 90), ("JPEG", 95), ("WEBP", 80), ("WEBP", 90), ("AVIF", 70),
     ("AVIF", 90)],
)  # fmt: skip
@pytest.mark.parametrize("image", [PHOTOGRAPH, PAGE], ids=["photograph", "page"])
def test_a_picture_encoded_twice_is_the_same(image: Image.Image, name: str, quality: int) -> None:
    other = encoded(image, name, quality=quality)
    assert same(encoded(image, "PNG"), other)
    assert same(encoded(image, "JPEG", quality=90), other)


def test_a_transparent_picture_encoded_twice_is_the_same() -> None:
    png = encoded(DRAWING, "PNG")
    assert same(png, encoded(DRAWING, "WEBP", lossless=True))
    assert same(png, encoded(DRAWING, "WEBP", quality=85))
    assert not same(png, encoded(DRAWING.convert("RGB"), "PNG"))


def dot(side: int, shade: int) -> Callable[[Image.Image], None]:
    """Paints a dot that is lighter or darker by `shade`, across the corner of a block of 8."""

    def paint(image: Image.Image) -> None:
        old = image.getpixel((604, 205))
        assert isinstance(old, tuple)
        new = tuple(value + shade if value < 128 else value - shade for value in old[:3])
        image.paste(new, (605, 205, 605 + side, 205 + side))

    return paint


def line(image: Image.Image) -> None:
    ImageDraw.Draw(image).line((500, 133, 700, 150), fill=(90, 90, 90), width=1)


def word(image: Image.Image) -> None:
    font = ImageFont.load_default(12)
    ImageDraw.Draw(image).text((620, 450), "word", fill=(200, 30, 30), font=font)


CHANGES = {"dot of 6": dot(6, 100), "pale dot of 6": dot(6, 64), "dot of 3": dot(3, 120),
           "line": line, "word": word}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("image", [PHOTOGRAPH, PAGE, DRAWING.convert("RGB")])
def test_a_small_dot_a_line_or_a_word_is_a_difference(
    image: Image.Image, change: Callable[[Image.Image], None]
) -> None:
    changed = image.copy()
    change(changed)
    for name, options in (("PNG", {}), ("JPEG", {"quality": 80}), ("WEBP", {"quality": 80})):
        assert not same(encoded(image, "PNG"), encoded(changed, name, **options)), name
    assert not same(encoded(image, "JPEG", quality=90), encoded(changed, "JPEG", quality=75))


@pytest.mark.parametrize(
    "other",
    ["The cot sat on the mat.", "The cat sat on the mat,", "The cat sat on the mat",
     "The cat sat on the nat.", "The cat sat on the mat ."],
)  # fmt: skip
def test_another_letter_is_a_difference(other: str) -> None:
    for name in ("JPEG", "WEBP"):
        assert not same(encoded(PAGE, "PNG"), encoded(page(other), name, quality=80)), name


def test_one_pixel_is_a_difference_where_no_encoding_can_have_made_it() -> None:
    changed = PHOTOGRAPH.copy()
    red, green, blue = changed.getpixel((7, 9))  # type: ignore[misc]
    changed.putpixel((7, 9), (red ^ 1, green, blue))
    assert not same(encoded(PHOTOGRAPH, "PNG"), encoded(changed, "PNG"))
    assert same(encoded(PHOTOGRAPH, "PNG"), encoded(PHOTOGRAPH, "PNG", compress_level=0))


def test_other_sizes_and_animations_are_differences() -> None:
    assert not same(encoded(noise((96, 64)), "PNG"), encoded(noise((64, 96)), "JPEG"))
    assert not same(encoded(noise((96, 64)), "PNG"), encoded(noise((95, 64)), "JPEG"))
    assert not same(frames("GIF"), frames("GIF"))


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (17, 33), (2500, 40)])
def test_pictures_of_any_size_are_compared(size: tuple[int, int]) -> None:
    plain = Image.new("RGB", size, (200, 60, 40))
    assert same(encoded(plain, "PNG"), encoded(plain, "JPEG", quality=95))
    assert not same(encoded(plain, "PNG"), encoded(Image.new("RGB", size), "JPEG", quality=95))
