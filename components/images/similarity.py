"""Whether two pictures show the same, such as one picture as PNG and as JPEG."""

from __future__ import annotations

import io
from collections.abc import Iterable

from PIL import Image, ImageChops, ImageStat

from components.images.decoding import Examined
from components.images.previews import _FORMATS

_TILES = 64  # a side

# Levels of 256 by which the tiles of one picture differ as PNG and as JPEG, WebP or AVIF: measured
# from 512 pixels on, up to 26 in a colour (chroma is stored coarsely) and 8 in grey; a dot of 24
# pixels that was added to a picture of 1024 × 1024 makes 134 and more in a colour, 33 in grey.
_MOST_OF_COLOUR, _MOST_OF_GREY, _MOST_ON_AVERAGE = 40, 16, 6


def look_the_same(one: bytes, other: bytes) -> bool:
    """Whether two previews show the same picture, such as its JPEG and its PNG.

    The same file encoded twice differs by a few levels where it is compressed; two pictures of one
    prompt differ by far more somewhere, even when only a detail moved.
    """
    if one == other:
        return True
    tiles = []
    for preview in (one, other):
        with Image.open(io.BytesIO(preview), formats=_FORMATS) as image:
            tiles.append(image.convert("RGBA").resize((_TILES, _TILES), Image.Resampling.BOX))
    colours = ImageStat.Stat(ImageChops.difference(*tiles))
    greys = ImageStat.Stat(ImageChops.difference(*(tile.convert("L") for tile in tiles)))
    return (
        max(colours.mean) <= _MOST_ON_AVERAGE
        and max(high for _, high in colours.extrema) <= _MOST_OF_COLOUR
        and max(high for _, high in greys.extrema) <= _MOST_OF_GREY
    )


def is_among(examined: Examined, found: Iterable[Examined]) -> bool:
    """Whether the same picture came before, in the same file or in one of another format."""
    size = (examined.picture.width, examined.picture.height)
    return any(
        examined.picture.sha256 == other.picture.sha256
        or (
            size == (other.picture.width, other.picture.height)
            and look_the_same(examined.preview, other.preview)
        )
        for other in found
    )
