"""The formats of pictures that are known here: their names, file extensions and media types."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Format as Pillow names it -> extension.
EXTENSIONS = {
    "JPEG": "jpg",
    "PNG": "png",
    "WEBP": "webp",
    "GIF": "gif",
    "AVIF": "avif",
    "BMP": "bmp",
    "TIFF": "tiff",
}
MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {extension: f"image/{name.lower()}" for name, extension in EXTENSIONS.items()}
)


def media_type(extension: str) -> str:
    """The media type to serve a file with this extension as; opaque bytes if it is no picture."""
    return MEDIA_TYPES.get(extension, "application/octet-stream")


def preview_type(preview: bytes) -> str:
    """The media type of a preview that was made here."""
    return "image/webp" if preview.startswith(b"RIFF") else "image/jpeg"
