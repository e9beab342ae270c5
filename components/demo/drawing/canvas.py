"""What every hand of the demo gateway shares: canvas, lettering, grain, captions and encoding."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont, PngImagePlugin

from components.demo.drawing.prompt_reading import typeable
from components.demo.drawing.shapes import RGB, Shape

# Everything is drawn at twice the size and averaged down: Pillow's polygons have no soft edges.
OVERSAMPLING = 2
MADE_BY = "Triptych demo gateway"
_TILE = 768  # side of the grain's tile; 3 × 3 of them hold any picture at any offset
_TILES = 3

Mask = NDArray[np.float32]
Colouring = Callable[[Shape], RGB]


@dataclass(frozen=True, slots=True)
class Print:
    """A finished picture as it goes over the wire."""

    data: bytes
    media_type: Literal["image/jpeg", "image/png"]
    width: int
    height: int


def caption(alias: str) -> str:
    """The line inside every picture that keeps it from being taken for a model's."""
    name = typeable(alias) or "unnamed"
    return f"SYNTHETIC · {MADE_BY} · {name if len(name) <= 44 else name[:43] + '…'}"


def mix(a: RGB, b: RGB, share: float) -> RGB:
    """The colour `share` of the way from `a` to `b`."""
    red, green, blue = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue


def luminance(colour: RGB) -> float:
    """Perceived lightness from 0 to 1."""
    return (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 255


def hexed(text: str) -> RGB:
    """`rrggbb` as a colour."""
    return int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16)


def scaled(shape: Shape, by: float, dx: float = 0.0, dy: float = 0.0) -> list[tuple[float, float]]:
    """The shape's corners as Pillow wants them, moved and then scaled."""
    return [(x, y) for x, y in ((shape.points + np.array([dx, dy])) * by).tolist()]


def silhouette(
    shapes: Iterable[Shape], size: tuple[int, int], by: float, dx: float = 0.0, dy: float = 0.0
) -> Image.Image:
    """One grey mask, white where any of the shapes is."""
    mask = Image.new("L", size, 0)
    pen = ImageDraw.Draw(mask)
    for shape in shapes:
        pen.polygon(scaled(shape, by, dx, dy), fill=255)
    return mask


@lru_cache(maxsize=64)
def typeface(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's bundled typeface, so that no font need be installed."""
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):  # Pillow built without FreeType
        raise TypeError("The demo gateway needs a Pillow with FreeType.")
    return font


def set_width(text: str, size: int, tracking: float) -> float:
    """How wide `set_text` makes `text`; `tracking` is the extra space in parts of the size."""
    return typeface(size).getlength(text) + tracking * size * max(len(text) - 1, 0)


def fitted(text: str, size: int, tracking: float, width: float, smallest: int = 8) -> int:
    """The largest size up to `size` at which `text` is no wider than `width`."""
    wide = set_width(text, size, tracking)
    return size if wide <= width else max(smallest, int(size * width / wide))


def set_text(
    pen: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size: int,
    fill: RGB | int,
    *,
    tracking: float = 0.0,
    weight: float = 0.0,
    anchor: Literal["l", "m", "r"] = "m",
) -> None:
    """Sets one line, letter-spaced, vertically centred on `at`; `weight` thickens the strokes."""
    font = typeface(size)
    wide = set_width(text, size, tracking)
    x = at[0] - {"l": 0.0, "m": wide / 2, "r": wide}[anchor]
    for i, letter in enumerate(text):
        # Kerning with the letter before, which setting letters one by one would lose.
        if i:
            x += font.getlength(text[i - 1 : i + 1]) - font.getlength(letter) + tracking * size
        pen.text((x, at[1] + size * 0.36), letter, fill=fill, font=font, anchor="ls",
                 stroke_width=weight * size)  # fmt: skip


def wrapped(text: str, size: int, tracking: float, width: float, lines: int) -> list[str]:
    """`text` broken into at most `lines` lines no wider than `width`; the rest becomes …"""
    found: list[str] = []
    words = text.split()
    line = ""
    while words:
        word = words.pop(0)
        longer = f"{line} {word}".strip()
        if set_width(longer, size, tracking) <= width:
            line = longer
        elif not line:
            keep = max(1, int(len(word) * width / set_width(word, size, tracking)) - 1)
            found.append(word[:keep])
            words.insert(0, word[keep:])
        else:
            found.append(line)
            line = ""
            words.insert(0, word)
        if len(found) == lines and (line or words):
            found[-1] = found[-1].rstrip(",.;: ") + "…"
            return found
    return [*found, line] if line else found


@lru_cache(maxsize=1)
def _noise() -> NDArray[np.int8]:
    """Film grain, made once: grey noise, slightly soft."""
    raw = np.random.default_rng(7).standard_normal((_TILE, _TILE), dtype=np.float32)
    return _texture(raw + 0.45 * (np.roll(raw, 1, 0) + np.roll(raw, 1, 1)))


@lru_cache(maxsize=1)
def _tooth() -> NDArray[np.int8]:
    """The tooth of heavy paper, made once: blotches and fibres lit from the upper left."""
    rng = np.random.default_rng(11)
    edge = 16  # the tile's own other side, so that the blur leaves no seam
    tile = rng.integers(0, 256, (_TILE, _TILE), dtype=np.uint8)
    raw = Image.fromarray(np.pad(tile, edge, mode="wrap"))
    total = np.zeros((_TILE, _TILE), np.float32)
    for radius, weight in ((1.2, 1.0), (3.0, 0.9)):
        blurred = np.asarray(raw.filter(ImageFilter.GaussianBlur(radius)), np.float32)
        layer = blurred[edge:-edge, edge:-edge]
        lit = layer - np.roll(layer, (2, 2), (0, 1))
        total += weight * lit / max(float(lit.std()), 1e-6)
    return _texture(total)


def _texture(values: NDArray[np.float32]) -> NDArray[np.int8]:
    """The tile at a standard deviation of 16, repeated so that any window of it can be cut."""
    tile = np.clip(values * (16 / values.std()), -127, 127).astype(np.int8)
    return np.tile(tile, (_TILES, _TILES))


def roughened(
    image: Image.Image, rng: Generator, *, grain: float = 0.0, tooth: float = 0.0
) -> Image.Image:
    """The picture with film grain and paper tooth of these standard deviations, in grey levels."""
    height, width = image.height, image.width
    rough = np.zeros((height, width), np.float32)
    for texture, amount in ((_noise, grain), (_tooth, tooth)):
        if amount:
            y, x = rng.integers(0, _TILE, 2)
            rough += texture()[y : y + height, x : x + width] * np.float32(amount / 16)
    pixels = np.asarray(image, np.int16) + np.rint(rough).astype(np.int16)[:, :, None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def covered(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture scaled and cropped about its middle to fill `size` exactly."""
    wide, high = size
    scale = max(wide / image.width, high / image.height)
    across, down = wide / scale, high / scale
    left, top = max(0.0, (image.width - across) / 2), max(0.0, (image.height - down) / 2)
    right, bottom = min(left + across, image.width), min(top + down, image.height)
    return image.resize(size, Image.Resampling.LANCZOS, (left, top, right, bottom))


def _told(alias: str) -> str:
    return (
        f"Synthetic picture, drawn by the {MADE_BY} in the hand of its alias "
        f"{typeable(alias)[:80] or 'unnamed'}. No image model made it."
    )


def as_jpeg(image: Image.Image, alias: str, quality: int = 95) -> Print:
    """JPEG, with EXIF that says what the caption says."""
    exif = Image.Exif()
    exif[0x010E] = _told(alias)  # ImageDescription
    exif[0x0131] = MADE_BY  # Software
    out = io.BytesIO()
    image.save(
        out, "JPEG", quality=quality, subsampling=0, exif=exif, comment=_told(alias).encode()
    )
    return Print(out.getvalue(), "image/jpeg", image.width, image.height)


def as_png(image: Image.Image, alias: str) -> Print:
    """PNG, with text chunks that say what the caption says."""
    text = PngImagePlugin.PngInfo()
    text.add_text("Title", "Synthetic picture")
    text.add_text("Description", _told(alias))
    text.add_text("Software", MADE_BY)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1, pnginfo=text)
    return Print(out.getvalue(), "image/png", image.width, image.height)
