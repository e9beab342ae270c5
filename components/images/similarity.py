"""PURE: whether two pictures are one picture encoded twice, such as its PNG and its JPEG.

What tells them apart is what re-encoding explains: it changes single pixels by a lot where there
are edges, but hardly the mean of a few of them, and hardly anything where nothing is drawn.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from components.images.decoding import decode

_SIDE = 2048  # a larger picture is compared as if it had that many pixels on its longer side
_CELL, _COARSE, _AREA = 4, 8, 16  # pixels a side; JPEG and its kin store colour half as finely

# How far the mean of a cell may be off, in levels of 256: so many, and a share of the contrast
# around it (the lesser of the two pictures': what only one of them shows is no excuse). Measured on
# photo-like pictures and on text of 10 to 32 pixels, 1024 × 1024, as JPEG, WebP and AVIF of
# qualities 60 to 95. Photographs and black or plain text are within it from quality 75 (JPEG) or 80
# on; brightly coloured text, whose colours are clipped, is often beyond it, and then both are kept.
# A dot of 6 × 6 pixels, half as bright or dark again, was never within it, nor a line of one pixel,
# nor another letter in text of 10 pixels, black on white.
_LEVELS = 3.0
_OF_BRIGHTNESS, _OF_COLOURS, _OF_COLOUR = 0.035, 0.015, 0.15

_EXACT_FORMATS = frozenset({"PNG", "BMP"})  # two of these differ only where the pictures do

_Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is compared of a picture: means of small cells, and the contrast around them."""

    still: bool
    exact: bool  # its format changes no pixel
    pixels: bytes  # SHA-256 of them
    fine: tuple[_Array, ...]  # brightness and opacity of cells, on a grid and between its lines
    coarse: _Array  # two colour differences of larger cells
    contrast: _Array  # of brightness, two colour differences and opacity, of areas


def fingerprint(data: bytes, *, max_pixels: int) -> Fingerprint:
    """The fingerprint of a picture, decoded in full. Raises PictureUnusable as `decode` does.

    Takes about as long as decoding it twice; under a megabyte of memory.
    """
    decoded = decode(data, max_pixels=max_pixels, side=_SIDE)
    image = decoded.image.convert("RGBA")
    seen = Image.new("RGBA", image.size, "white")
    seen.alpha_composite(image)
    bands = [*seen.convert("RGB").convert("YCbCr").split(), image.getchannel("A")]
    pixels = np.stack([_padded(np.asarray(band)) for band in bands])
    between = np.roll(pixels[[0, 3]], -_CELL // 2, axis=(1, 2))
    return Fingerprint(
        still=not decoded.animated,
        exact=decoded.format in _EXACT_FORMATS,
        pixels=hashlib.sha256(image.tobytes()).digest(),
        fine=(_means(pixels[[0, 3]], _CELL), _means(between, _CELL)),
        coarse=_means(pixels[[1, 2]], _COARSE),
        contrast=_spread(pixels),
    )


def look_the_same(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two pictures differ by no more than what encoding one of them again explains.

    A dot of 6 pixels, a thin line, another letter is more than that; so is an animation. In doubt
    they do not.
    """
    if one.contrast.shape != other.contrast.shape or one.coarse.shape != other.coarse.shape:
        return False
    if not (one.still and other.still):
        return False  # only the first of their pictures is known
    if one.pixels == other.pixels or (one.exact and other.exact):
        return one.pixels == other.pixels
    contrast = np.minimum(one.contrast, other.contrast)
    bright = _LEVELS + _OF_BRIGHTNESS * contrast[[0, 3]]
    bright[0] += _OF_COLOURS * (contrast[1] + contrast[2])
    colour = _LEVELS + _OF_COLOUR * contrast[[1, 2]]
    return all(
        np.all(np.abs(here - there) <= _enlarged(allowed, here.shape))
        for here, there, allowed in (
            (one.coarse, other.coarse, colour),
            *((mine, its, bright) for mine, its in zip(one.fine, other.fine, strict=True)),
        )
    )


def _padded(band: _Array) -> _Array:
    """With its last row and column repeated up to a whole number of areas."""
    missing = [(0, -length % _AREA) for length in band.shape]
    return np.pad(band, missing, mode="edge")


def _blocks(bands: _Array, side: int) -> _Array:
    count, height, width = bands.shape
    return bands.reshape(count, height // side, side, width // side, side)


def _means(bands: _Array, side: int) -> _Array:
    means: _Array = _blocks(bands, side).mean(axis=(2, 4), dtype=np.float32)
    return means.astype(np.float16)


def _spread(bands: _Array) -> _Array:
    """The difference of the lightest and the darkest pixel within an area and those beside it."""
    blocks = _blocks(bands, _AREA)
    spread = (blocks.max(axis=(2, 4)) - blocks.min(axis=(2, 4))).astype(np.float32)
    around = np.pad(spread, ((0, 0), (1, 1), (1, 1)), mode="edge")
    height, width = spread.shape[1:]
    shifted = [around[:, y : y + height, x : x + width] for y in range(3) for x in range(3)]
    largest: _Array = np.max(shifted, axis=0)
    return largest


def _enlarged(allowed: _Array, shape: tuple[int, ...]) -> _Array:
    factor = shape[1] // allowed.shape[1]
    return allowed.repeat(factor, axis=1).repeat(factor, axis=2)
