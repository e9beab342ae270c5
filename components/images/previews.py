"""PURE: previews shrunk for tables, and compared."""

from __future__ import annotations

import io

from PIL import Image

_FORMATS = ("JPEG", "WEBP")
SIDE = 112  # pixels: twice the height of a table's row


def thumbnail(preview: bytes) -> bytes:
    """A stored preview (of our own making) at most `SIDE` pixels wide and high, as WebP."""
    with Image.open(io.BytesIO(preview), formats=_FORMATS) as image:
        image.thumbnail((SIDE, SIDE))
        out = io.BytesIO()
        image.save(out, "WEBP", quality=75, method=2)
        return out.getvalue()
