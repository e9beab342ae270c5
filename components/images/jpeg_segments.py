"""PURE: a JPEG file without its metadata, its pixels untouched."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Markers of what a picture is drawn from: frames (baseline, extended, progressive), Huffman and
# quantisation tables, restart intervals, scans. Other kinds of frames are hardly ever met.
_DRAWN_FROM = frozenset((0xC0, 0xC1, 0xC2, 0xC4, 0xDA, 0xDB, 0xDD))
_APP0, _APP2, _APP14, _APP15, _COM, _SCAN, _END = 0xE0, 0xE2, 0xEE, 0xEF, 0xFE, 0xDA, 0xD9
# Where the coded pixels of a scan end: at a marker that is neither a stuffed zero, nor a restart,
# nor a filler in front of the next byte.
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_JFIF, _ADOBE, _PROFILE = b"JFIF\0", b"Adobe", b"ICC_PROFILE\0"
_JFIF_BYTES, _ADOBE_BYTES = 14, 12  # of their contents; what follows is a thumbnail, or nothing


class _Doubtful(Exception):
    """The file is not built as expected, or holds what its pixels may depend on."""


def without_metadata(data: bytes) -> bytes | None:
    """The JPEG with nothing in it but what its pixels are drawn from; None where that is in doubt.

    EXIF, XMP, comments, thumbnails and what else an application wrote is left out wherever it
    stands: in front of the pixels, between the scans of a progressive picture, behind the end mark.
    What says how colours are stored (JFIF, Adobe) stays. One with a colour profile is in doubt: its
    pixels mean something else without.
    """
    try:
        kept = [_kept(marker, segment) for marker, segment in _segments(data)]
    except _Doubtful:
        return None
    return b"".join((b"\xff\xd8", *kept, b"\xff\xd9"))


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of each segment up to the end mark; of a scan, its coded pixels with it."""
    at, scans = 2, 0
    if data[:at] != b"\xff\xd8":
        raise _Doubtful
    while True:
        while data[at : at + 2] == b"\xff\xff":  # fillers
            at += 1
        if len(data) < at + 2 or data[at] != 0xFF:
            raise _Doubtful
        marker = data[at + 1]
        if marker == _END and scans:
            return
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        start, at = at, at + 2 + length
        if length < 2 or at > len(data):
            raise _Doubtful
        if marker == _SCAN:
            scans += 1
            following = _AFTER_SCAN.search(data, at)
            if following is None:
                raise _Doubtful
            at = following.start()
            yield marker, data[start:at].rstrip(b"\xff")  # fillers again
        else:
            yield marker, data[start:at]


def _kept(marker: int, segment: bytes) -> bytes:
    """What stays of a segment: all of it, what it says of how colours are stored, or nothing."""
    content = segment[4:]
    if marker in _DRAWN_FROM:
        return segment
    if marker == _APP0 and content.startswith(_JFIF) and len(content) >= _JFIF_BYTES:
        content = content[: _JFIF_BYTES - 2] + b"\0\0"  # a thumbnail of no pixels
    elif marker == _APP14 and content.startswith(_ADOBE) and len(content) >= _ADOBE_BYTES:
        content = content[:_ADOBE_BYTES]
    elif marker == _APP2 and content.startswith(_PROFILE):
        raise _Doubtful
    elif _APP0 <= marker <= _APP15 or marker == _COM:
        return b""
    else:
        raise _Doubtful
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content
