"""Preparing input images: upright, stripped of metadata, and small enough for the request.

Pure: bytes go in, values come out. What leaves here is what is sent, shown and kept.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from PIL import Image

from components.domain.errors import AskRefused, PictureUnusable
from components.domain.model import InputImage
from components.images.colours import without_idle_alpha
from components.images.decoding import Decoded, decode, examine
from components.images.jpeg_segments import without_metadata

MAX_SIDE = 2048
_KEPT_BYTES = 4 * 1024 * 1024  # a clean picture up to here is sent byte for byte
_QUALITIES = (90, 80, 65)
_SIDES = (2048, 1600, 1280, 1024, 800, 640, 512, 400, 320, 256, 192, 128, 96, 64)
_MAX_NAME = 120

# Of a request body: the prompt and the JSON around it, and the JSON and data URL of each image.
_ROOM_FOR_PROMPT = 512 * 1024
_ROOM_PER_IMAGE = 256

# Chunks that hold nothing but pixels and how to draw them. Everything else may tell
# where, when and by whom a picture was made: EXIF, XMP, comments, profiles, thumbnails, C2PA.
_PNG_CHUNKS = frozenset(
    (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"sRGB", b"gAMA", b"cHRM", b"pHYs", b"sBIT")
)
_WEBP_CHUNKS = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH"))


def prepare_input(
    data: bytes, name: str, *, budget_bytes: int, max_pixels: int, max_upload_bytes: int
) -> tuple[InputImage, bytes, bytes]:
    """What to send of an uploaded picture: its facts, its bytes, and a preview of it.

    `data` is the upload, at most `max_upload_bytes` bytes and `max_pixels` pixels; `name` is what
    the user calls it. The bytes to send are at most `budget_bytes`: upright, without metadata, in
    sRGB, at most 2048 pixels on the longer side; a JPEG, or a PNG where transparency fits. A
    clean JPEG, PNG or WebP within those bounds stays as it is, byte for byte; of a JPEG whose
    pixels are within them only the metadata goes. Of an animation the first frame is sent.

    Raises AskRefused("inputs", …), with the name in its sentence, where that cannot be done.
    """
    name = _clean_name(name)
    if len(data) > max_upload_bytes:
        raise _refused(
            name,
            f"It has {_megabytes(len(data))}; at most {_megabytes(max_upload_bytes)} are taken.",
        )
    try:
        decoded = decode(data, max_pixels=max_pixels, side=MAX_SIDE)
    except PictureUnusable as exc:
        raise _refused(name, str(exc)) from exc
    sent = _bare(data, decoded)
    if sent is None or len(sent) > min(budget_bytes, _KEPT_BYTES):
        sent = _encoded(decoded.image, budget_bytes, name)
    examined = examine(sent, max_pixels=max(max_pixels, MAX_SIDE**2))
    return InputImage(examined.picture, name), sent, examined.preview


def shares(total_bytes: int, count: int) -> int:
    """Bytes that each of `count` images may have so that all fit a body of `total_bytes` bytes.

    Base64 makes four bytes of three. A sixteenth of the body, at most 512 KiB, is left for the
    prompt and the JSON around it, 256 bytes an image for its part. Never negative.
    """
    room = total_bytes - min(_ROOM_FOR_PROMPT, total_bytes // 16)
    return max(0, (room // max(1, count) - _ROOM_PER_IMAGE) // 4 * 3)


def _encoded(image: Image.Image, budget_bytes: int, name: str) -> bytes:
    """The largest and best encoding of the picture that fits: quality goes first, then size."""
    seen = without_idle_alpha(image)
    if seen.mode == "RGBA":
        png = _saved(seen, "PNG")
        if len(png) <= budget_bytes:
            return png
        seen = _on_white(seen)
    for jpeg in _jpegs(seen):
        if len(jpeg) <= budget_bytes:
            return jpeg
    raise _refused(name, "Even made very small, it does not fit into a request. Send fewer images.")


def _jpegs(image: Image.Image) -> Iterator[bytes]:
    longer = max(image.size)
    for side in (longer, *(side for side in _SIDES if side < longer)):
        width, height = (max(1, round(length * side / longer)) for length in image.size)
        smaller = image if side == longer else image.resize((width, height))
        for quality in _QUALITIES:
            yield _saved(smaller, "JPEG", quality=quality)


def _saved(image: Image.Image, name: str, **options: int) -> bytes:
    out = io.BytesIO()
    image.save(out, name, **options)
    return out.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _bare(data: bytes, decoded: Decoded) -> bytes | None:
    """The file with nothing but its pixels in it, untouched; None where it has to be encoded anew.

    That is where it is large, turned, animated, of odd colours, or not bare for certain.
    """
    if (
        max(decoded.width, decoded.height) > MAX_SIDE
        or decoded.turned
        or decoded.animated
        or decoded.mode not in ("1", "L", "LA", "P", "RGB", "RGBA")
    ):
        return None
    match decoded.format:
        case "PNG":
            return data if _is_chunked(data, 8, _PNG_CHUNKS, png=True) else None
        case "WEBP":
            return data if _is_chunked(data, 12, _WEBP_CHUNKS, png=False) else None
        case "JPEG":
            return without_metadata(data)
        case _:
            return None


def _is_chunked(data: bytes, start: int, allowed: frozenset[bytes], *, png: bool) -> bool:
    """Walks the chunks of a PNG or WebP: all of them allowed, and nothing after the last."""
    while start + 8 <= len(data):
        length, kind = data[start : start + 4], data[start + 4 : start + 8]
        if not png:
            length, kind = kind, length
        if kind not in allowed:
            return False
        size = int.from_bytes(length, "big" if png else "little")
        # After its content a PNG chunk has a checksum, a WebP chunk a filler to an even length.
        start += 8 + size + (4 if png else size % 2)
        if kind == b"IEND":
            break
    return start == len(data)


def _clean_name(name: str) -> str:
    """The last part of a file name, printable, of at most 120 characters."""
    last = re.split(r"[/\\]", name)[-1]
    printable = "".join(character if character.isprintable() else " " for character in last)
    return " ".join(printable.split())[:_MAX_NAME].strip() or "picture"


def _megabytes(count: int) -> str:
    return f"{count / (1024 * 1024):.1f} MB"


def _refused(name: str, reason: str) -> AskRefused:
    return AskRefused("inputs", f"“{name}” cannot be sent along. {reason}")
