"""PURE: previews shrunk for tables."""

from __future__ import annotations

import io

from PIL import Image

SIDE = 112  # pixels: twice the height of a table's row


def thumbnail(preview: bytes) -> bytes:
    """A stored preview (WebP of our own making) at most `SIDE` pixels wide and high, as WebP."""
    with Image.open(io.BytesIO(preview), formats=["WEBP"]) as image:
        image.thumbnail((SIDE, SIDE))
        out = io.BytesIO()
        image.save(out, "WEBP", quality=75, method=2)
        return out.getvalue()
