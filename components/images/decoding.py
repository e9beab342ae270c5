"""Pictures from untrusted bytes: recognised, bounded, decoded completely, and a preview made.

Pure: bytes go in, values come out; no file and no network is touched. Safe in several threads.
What a picture is, is told by its bytes alone, never by a declared type or a name.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass

from PIL import ExifTags, Image, ImageFile

from components.domain.errors import PictureUnusable
from components.domain.media_types import EXTENSIONS
from components.domain.model import FailureKind, Picture
from components.images.colours import eight_bit, in_srgb, profile_of, without_idle_alpha
from components.images.png import plain_pixels

# A grid cell is about 450 CSS pixels wide, twice that on a dense screen. A preview lies between a
# picture's arrival and its being seen. Measured on 1024 × 1024, which most aliases draw: as JPEG
# 4 ms and 124 kB, nothing resampled; as WebP of 896 pixels 15 ms for resampling, 20 ms for
# encoding and 43–84 kB. JPEG has no alpha channel, so what needs one is still WebP. Of larger
# pictures Hamming takes half the time of Lanczos.
PREVIEW_SIDE = 1024
_PREVIEW_FILTER = Image.Resampling.HAMMING

_MAX_FRAMES = 200  # an animation is decoded that far to be believed

# No other format is ever tried: no SVG, no Ghostscript.
_FORMATS = tuple(EXTENSIONS)

# Registered now, because Pillow's own registration at first use is not locked against threads.
for _plugin in ("Jpeg", "Mpo", "Png", "WebP", "Gif", "Avif", "Bmp", "Tiff"):
    importlib.import_module(f"PIL.{_plugin}ImagePlugin")
Image.preinit()

# Pillow warns of odd metadata and of large pictures. Both are dealt with here, and Python keeps
# every different warning text for ever, which hostile bytes could make grow without end.
warnings.filterwarnings("ignore", module=r"PIL\.")
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_STARTS = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG": "PNG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}
_OTHER_STARTS = {
    b"%pdf": "a PDF document",
    b"%!ps": "a PostScript document",
    b"8bps": "a Photoshop document",
    b"pk\3\4": "a ZIP archive",
    b"<!doctype html": "an HTML page",
    b"<html": "an HTML page",
    b"<svg": "an SVG drawing",
    b"{": "JSON text",
    b"[": "JSON text",
}


@dataclass(frozen=True, slots=True)
class Examined:
    """A picture that decoded completely, and its preview: upright, sRGB; WebP if transparent."""

    picture: Picture
    preview: bytes


@dataclass(frozen=True, slots=True)
class Decoded:
    """What decoding found out about a picture.

    `image` is upright, 8-bit RGB or RGBA in sRGB, carries no metadata, and is shrunk to the side
    that was asked for; `width` and `height` are those of the original, upright.
    """

    format: str
    mode: str  # of the original, in Pillow's words
    width: int
    height: int
    turned: bool  # EXIF told to turn it
    animated: bool
    image: Image.Image


def examine(
    data: bytes, *, max_pixels: int, sound: Callable[[Picture], None] | None = None
) -> Examined:
    """The facts about a picture of at most `max_pixels` pixels, and its preview.

    `sound` is told the facts as soon as the picture is known to be one, before its preview is made.
    Raises PictureUnusable as `decode` does.
    """
    decoded = decode(data, max_pixels=max_pixels, side=PREVIEW_SIDE, how=_PREVIEW_FILTER)
    picture = Picture(
        sha256=hashlib.sha256(data).hexdigest(),
        extension=EXTENSIONS[decoded.format],
        format=decoded.format,
        bytes=len(data),
        width=decoded.width,
        height=decoded.height,
    )
    if sound is not None:
        sound(picture)
    return Examined(picture, _preview(decoded.image))


def decode(
    data: bytes,
    *,
    max_pixels: int,
    side: int,
    how: Image.Resampling = Image.Resampling.LANCZOS,
) -> Decoded:
    """Decodes a picture completely and shrinks it to at most `side` pixels on its longer side.

    Raises PictureUnusable: PICTURE_TOO_LARGE, from the header alone, where it has more than
    `max_pixels` pixels; NOT_A_PICTURE where it is of no known format, cut short or damaged. Of an
    animation the first frame is the picture; the others are decoded too, up to 200 frames or
    `max_pixels` in all, so that a damaged one is found. Bytes after the end are tolerated.
    """
    if not data:
        raise _not_a_picture("The data is empty: 0 bytes came.")
    _let_pillow_decode(max_pixels)
    try:
        return _decode(data, max_pixels, side, how)
    except PictureUnusable:
        raise
    except Image.DecompressionBombError as exc:
        raise _too_large(None, max_pixels) from exc
    except Exception as exc:
        # Hostile bytes make Pillow raise nearly anything: SyntaxError, struct.error, zlib.error,
        # OverflowError, MemoryError, KeyError, … All of it means the same here.
        raise _not_a_picture(_what_came(data)) from exc


def _decode(data: bytes, max_pixels: int, side: int, how: Image.Resampling) -> Decoded:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as source:
        _check_size(source, max_pixels)
        # MPO is a JPEG with more JPEGs behind it, as phones write: the first is the picture.
        name = "JPEG" if source.format == "MPO" else str(source.format)
        if name == "PNG":
            _check_png_sums(data)
        animated = name != "JPEG" and bool(getattr(source, "is_animated", False))
        plain = plain_pixels(data, source.size, source.mode) if name == "PNG" else None
        if plain is None:
            source.load()
        # Pillow's TIFF reader turns by itself, and then reports nothing left to turn.
        orientation = _orientation(source) if plain is None else 1
        mode = source.mode
        turn = _TURNS.get(orientation)
        width, height = source.size if orientation < 5 else source.size[::-1]
        # Single pixels are taken out of what is far too large first: that bounds the cost of the
        # conversions, and four times the side is enough for the smooth step after them.
        image = eight_bit(_fitted(plain or source, 4 * side, Image.Resampling.NEAREST))
        image = in_srgb(_fitted(image, side, how), profile_of(source))
        if turn is not None:
            image = image.transpose(turn)
        if image is source:
            image = image.copy()
        if animated:
            _check_other_frames(source, max_pixels)
    # Pillow's encoders would copy comments and profiles out of `info`.
    image.info = {}
    return Decoded(name, mode, width, height, turn is not None, animated, image)


def _let_pillow_decode(max_pixels: int) -> None:
    """Keeps Pillow's process-wide bound from refusing what our own bound allows.

    It only ever grows, so threads cannot undo each other's. It stays in force as a second line:
    it is what stops WebP from making room for a huge canvas before a size can be asked.
    """
    if Image.MAX_IMAGE_PIXELS is not None and max_pixels > Image.MAX_IMAGE_PIXELS:
        Image.MAX_IMAGE_PIXELS = max_pixels


def _check_size(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise _too_large((width, height), max_pixels)


def _check_png_sums(data: bytes) -> None:
    """Reads all chunks to the end mark with their checksums: decoding alone skips those of IDAT."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as again:
        again.verify()


def _check_other_frames(source: ImageFile.ImageFile, max_pixels: int) -> None:
    pixels = 0
    for frame in range(1, _MAX_FRAMES):
        try:
            source.seek(frame)
        except EOFError:
            return
        _check_size(source, max_pixels)
        pixels += source.width * source.height
        if pixels > max_pixels:
            return
        source.load()


def _fitted(image: Image.Image, side: int, how: Image.Resampling) -> Image.Image:
    longer = max(image.size)
    if longer <= side:
        return image
    width, height = (max(1, round(length * side / longer)) for length in image.size)
    return image.resize((width, height), how)


def _orientation(image: Image.Image) -> int:
    """EXIF orientation 1–8; 1 where EXIF is absent or unreadable."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001  # Pillow's errors are of several types
        return 1  # broken EXIF is no reason to lose a good picture
    return value if isinstance(value, int) and value in _TURNS else 1


def _preview(image: Image.Image) -> bytes:
    out = io.BytesIO()
    seen = without_idle_alpha(image)
    if seen.mode == "RGBA":
        seen.save(out, "WEBP", quality=75, method=0)
    else:
        seen.save(out, "JPEG", quality=80)
    return out.getvalue()


def _not_a_picture(message: str) -> PictureUnusable:
    return PictureUnusable(FailureKind.NOT_A_PICTURE, message)


def _too_large(size: tuple[int, int] | None, max_pixels: int) -> PictureUnusable:
    megapixels = f"{max_pixels / 1e6:g} megapixels"
    if size is None:
        message = f"The picture is far larger than {megapixels}, the most that is decoded."
    else:
        width, height = size
        message = f"The picture has {width} × {height} pixels; at most {megapixels} are decoded."
    return PictureUnusable(FailureKind.PICTURE_TOO_LARGE, message)


def _what_came(data: bytes) -> str:
    name = next((name for start, name in _STARTS.items() if data.startswith(start)), None)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        name = "WebP"
    if data[4:12] in (b"ftypavif", b"ftypavis"):
        name = "AVIF"
    if name:
        return f"The {name} picture is damaged or cut short."
    if data[4:8] == b"ftyp":
        return "The data is a HEIC picture or a film, and neither can be decoded."
    head = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith((b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in head:
        head = b"<svg"
    for start, other in _OTHER_STARTS.items():
        if head.startswith(start):
            return f"The data is {other}, not a picture."
    return "The data is not a picture: it is neither JPEG, PNG, WebP, GIF, AVIF, BMP nor TIFF."
