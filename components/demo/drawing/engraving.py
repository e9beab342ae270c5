"""Engraver's work for the demo gateway's plates: swelling lines, rosettes, round type."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from components.demo.drawing.canvas import OVERSAMPLING, Mask, set_width, typeface

# Directions of the lines, in degrees, by index in the direction map. 0 is the sky's.
DIRECTIONS = (0.0, 32.0, -28.0, 68.0, -62.0, 12.0)
_SPACING = 6.2  # pixels between lines: fine enough for a tone, coarse enough to be seen as lines


def relief_of(mask: Image.Image, radius: float) -> Mask:
    """Roundness of the forms in `mask`: from -1, turned from the light, to 1, towards it."""
    # Blurred at a quarter of the size, where it costs a sixteenth.
    small = mask.resize((mask.width // 4, mask.height // 4), Image.Resampling.BOX)
    blurred = as_mask(small.filter(ImageFilter.GaussianBlur(radius / 4)))
    step = max(1, round(radius / 5))
    slope = blurred - np.roll(blurred, (step, step), (0, 1))
    peak = np.float32(max(float(np.abs(slope).max()), 1e-6))
    return _enlarged(slope / peak, mask.size)


def engraved(density: Mask, direction: NDArray[np.uint8], bulge: Mask) -> Mask:
    """Ink from 0 to 1 for a wanted density: parallel lines that swell with it, crossed in the dark.

    `direction` holds indices into DIRECTIONS; `bulge` bends the lines over the forms.
    """
    height, width = density.shape
    y = np.arange(height, dtype=np.float32)[:, None]
    x = np.arange(width, dtype=np.float32)[None, :]
    angle = np.radians(np.array(DIRECTIONS, np.float32))
    # A line at angle a is where x·sin a + y·cos a is a multiple of the spacing.
    sine, cosine = np.sin(angle)[direction], np.cos(angle)[direction]
    along: Mask = np.asarray(sine * x + cosine * y, np.float32)
    along += bulge * np.float32(2.1 * _SPACING)
    along += np.sin(x / 47 + y / 71).astype(np.float32) * 1.3
    ink = _lines(along, density * np.float32(1.12) - np.float32(0.10))
    dark = density - np.float32(0.52)
    if float(dark.max()) > 0:
        across: Mask = np.asarray(cosine * x - sine * y, np.float32)
        across += bulge * np.float32(2.1 * _SPACING)
        ink = np.maximum(ink, _lines(across, dark * np.float32(1.25)))
    return ink


def ruled(size: tuple[int, int], spacing: float, share: float) -> Mask:
    """Slanting lines of even weight, for shadows of letters."""
    y, x = np.ogrid[0 : size[1], 0 : size[0]]
    along = ((x + y) * np.float32(0.7071) * np.float32(_SPACING / spacing)).astype(np.float32)
    return _lines(along, np.full((size[1], size[0]), share, np.float32))


def _lines(along: Mask, weight: Mask) -> Mask:
    ink = along * np.float32(1 / _SPACING)
    ink -= np.floor(ink)
    ink -= np.float32(0.5)
    np.abs(ink, out=ink)
    # What stands here climbs from 0 to 1 in half a spacing, so this makes an edge one pixel soft.
    ink *= -2
    ink += weight
    ink *= np.float32(_SPACING / 2)
    ink += np.float32(0.35)
    np.clip(ink, 0, 1, out=ink)
    ink *= weight > 0
    return ink


def rays(size: tuple[int, int], x: float, y: float, count: int) -> Mask:
    """1 within every other of `count` rays from a point, 0 between them, soft at the edges."""
    # They are only a tone to be hatched, so a quarter of the size is enough.
    down, across = np.ogrid[0 : size[1] // 4, 0 : size[0] // 4]
    at = np.arctan2((down - y / 4).astype(np.float32), (across - x / 4).astype(np.float32))
    wave = np.sin(at * np.float32(count))
    return _enlarged(np.clip(wave * 6 + 0.5, 0, 1).astype(np.float32), size)


def rim(solid: Mask, width: float) -> Mask:
    """`solid` grown by about `width` pixels."""
    mask = as_image(solid)
    small = mask.resize((mask.width // 2, mask.height // 2), Image.Resampling.BOX)
    grown = small.filter(ImageFilter.GaussianBlur(width / 2))
    return as_mask(grown.point([min(255, v * 5) for v in range(256)]).resize(mask.size))


def rosette(
    pen: ImageDraw.ImageDraw, centre: tuple[float, float], radius: float, rng: Generator
) -> None:
    """A guilloche rosette as on banknotes; centre and radius in pixels of the pen's canvas."""
    turn = np.linspace(0, 2 * math.pi, 1440)
    for ring in range(4):
        outer = radius * (1.0 - 0.235 * ring)
        lobes = int(rng.integers(5, 15))
        depth = outer * rng.uniform(0.09, 0.17)
        twist = rng.uniform(0, math.pi)
        threads = int(rng.integers(9, 14))
        for i in range(threads):
            shift = twist + i * 2 * math.pi / threads
            sway = np.sin(lobes * turn + shift) + 0.35 * np.sin(3 * lobes * turn - shift)
            r = outer - depth * 1.3 + depth * sway * 0.85
            points = np.stack([r * np.cos(turn), r * np.sin(turn)], 1) + np.array(centre)
            pen.line([tuple(p) for p in points.tolist()], fill=255, width=2)


def set_round(
    image: Image.Image, text: str, centre: tuple[float, float], radius: float, size: int
) -> None:
    """Sets `text` once round a circle, letters upright to the outside, starting at the top."""
    wide = set_width(text, size, 0.0)
    if not text or wide <= 0:
        return
    stretch = 2 * math.pi * radius / wide
    font = typeface(size)
    box = size * 2
    walked = 0.0
    for letter in text:
        step = font.getlength(letter)
        at = (walked + step / 2) * stretch / radius - math.pi / 2
        walked += step
        if letter == " ":
            continue
        glyph = Image.new("L", (box, box), 0)
        ImageDraw.Draw(glyph).text(
            (box / 2, box / 2 + size * 0.36), letter, fill=255, font=font, anchor="ms",
            stroke_width=size * 0.012,
        )  # fmt: skip
        glyph = glyph.rotate(-math.degrees(at) - 90, Image.Resampling.BICUBIC)
        corner = (round(centre[0] + radius * math.cos(at) - box / 2),
                  round(centre[1] + radius * math.sin(at) - box / 2))  # fmt: skip
        image.paste(255, corner, glyph)


def soft(mask: Image.Image) -> Mask:
    """An oversampled grey mask at final size, from 0 to 1."""
    return as_mask(mask.reduce(OVERSAMPLING))


def as_mask(image: Image.Image) -> Mask:
    """A grey picture as numbers from 0 to 1."""
    return np.asarray(image, np.float32) * np.float32(1 / 255)


def as_image(mask: Mask) -> Image.Image:
    """Numbers from 0 to 1 as a grey picture."""
    return Image.fromarray((mask * np.float32(255)).astype(np.uint8))


def _enlarged(values: Mask, size: tuple[int, int]) -> Mask:
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BILINEAR))
