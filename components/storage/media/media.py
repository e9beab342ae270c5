"""Pictures under their content hash: originals, previews, and bytes that did not decode.

Keys are made of the content's SHA-256, so writing a picture again changes nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator

from components.domain.errors import MediaMissing
from components.domain.media_types import MEDIA_TYPES
from components.storage.media.object_store import ObjectStore, missing
from components.storage.media.preview_cache import PreviewCache

_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEPT_KEY = re.compile(r"kept/([0-9a-f]{2})/\1[0-9a-f]{62}\.bin")
_PREVIEWS_BYTES = 8 * 1024 * 1024  # held in memory, some sixty
_THUMBNAILS_BYTES = 4 * 1024 * 1024  # some thirteen hundred


class Media:
    """The media store. Its methods may be called from several threads at once."""

    def __init__(self, url: str, *, objects: ObjectStore | None = None) -> None:
        """`url` as `ObjectStore` takes it; `objects` stands in for what would be opened there.

        Raises SettingsInvalid and StorageUnavailable as that does.
        """
        self._objects = objects or ObjectStore(url)
        self._previews = PreviewCache(_PREVIEWS_BYTES)
        self._thumbnails = PreviewCache(_THUMBNAILS_BYTES)

    def put_original(self, data: bytes, extension: str) -> str:
        """Stores a picture's bytes as they came; gives their SHA-256 in hexadecimal.

        Raises StorageUnavailable, and ValueError for an extension that no picture has.
        """
        if extension not in MEDIA_TYPES:
            raise ValueError(f"no picture has the extension {extension!r}")
        sha256 = hashlib.sha256(data).hexdigest()
        self._objects.put(_original_key(sha256, extension), data)
        return sha256

    def put_preview(self, sha256: str, preview: bytes) -> None:
        """Stores the preview of the picture with this hash.

        Raises StorageUnavailable, and MediaMissing for what cannot be a hash.
        """
        self._objects.put(_preview_key(sha256), preview)
        self._previews.put(sha256, preview)

    def put_kept(self, data: bytes) -> str:
        """Stores bytes that did not decode, for inspection; gives the key to find them by.

        Raises StorageUnavailable.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        key = f"kept/{sha256[:2]}/{sha256}.bin"
        self._objects.put(key, data)
        return key

    def original(self, sha256: str, extension: str) -> bytes:
        """A picture's bytes as they came. Raises MediaMissing, StorageUnavailable."""
        return self._objects.get(_original_key(sha256, extension))

    def preview(self, sha256: str) -> bytes:
        """The preview of a picture. Raises MediaMissing, StorageUnavailable."""
        if (fresh := self._previews.get(sha256)) is not None:
            return fresh
        try:
            return self._objects.get(_preview_key(sha256))
        except MediaMissing:
            return self._objects.get(_former_preview_key(sha256))

    def thumbnail(self, sha256: str, make: Callable[[bytes], bytes]) -> bytes:
        """What `make` makes of the preview of a picture, held for a minute.

        About 3 kB each; without it a page of the table would decode 25 previews for each new
        browser. Raises MediaMissing, StorageUnavailable.
        """
        if (fresh := self._thumbnails.get(sha256)) is not None:
            return fresh
        made = make(self.preview(sha256))
        self._thumbnails.put(sha256, made)
        return made

    def kept(self, key: str) -> bytes:
        """Bytes that did not decode, by what `put_kept` gave.

        Raises MediaMissing, also for a key of any other form, and StorageUnavailable.
        """
        if not _KEPT_KEY.fullmatch(key):
            raise missing()
        return self._objects.get(key)

    async def original_async(self, sha256: str, extension: str) -> bytes:
        """As `original`, without holding up the event loop."""
        return await self._objects.get_async(_original_key(sha256, extension))

    async def preview_async(self, sha256: str) -> bytes:
        """As `preview`, without holding up the event loop."""
        if (fresh := self._previews.get(sha256)) is not None:
            return fresh
        try:
            return await self._objects.get_async(_preview_key(sha256))
        except MediaMissing:
            return await self._objects.get_async(_former_preview_key(sha256))

    def stream_original(self, sha256: str, extension: str) -> Iterator[bytes]:
        """A picture's bytes in pieces of about 256 KiB, so that memory stays flat.

        Raises MediaMissing and StorageUnavailable at once, and StorageUnavailable in mid-stream.
        """
        return self._objects.stream(_original_key(sha256, extension))

    def has_original(self, sha256: str, extension: str) -> bool:
        """Whether the picture is there; what cannot be a picture's name never is.

        Raises StorageUnavailable where nobody can tell.
        """
        try:
            return self._objects.has(_original_key(sha256, extension))
        except MediaMissing:
            return False

    def is_whole(self, sha256: str, extension: str) -> bool:
        """Whether the picture is there and its preview too.

        Raises StorageUnavailable where nobody can tell.
        """
        return self.has_original(sha256, extension) and (
            self._objects.has(_preview_key(sha256))
            or self._objects.has(_former_preview_key(sha256))
        )

    def has_kept(self, key: str) -> bool:
        """Whether bytes that did not decode are there. Raises StorageUnavailable."""
        return bool(_KEPT_KEY.fullmatch(key)) and self._objects.has(key)

    def delete(self, sha256: str, extension: str) -> None:
        """Takes a picture and all that was made of it away, the original first.

        Raises StorageUnavailable, and MediaMissing for what cannot be a picture's name.
        """
        original, preview = _original_key(sha256, extension), _preview_key(sha256)
        try:
            for key in (original, preview, _former_preview_key(sha256)):
                self._objects.delete(key)
        finally:
            # Last, so that nothing that was read before is held after it.
            self._previews.drop(sha256)
            self._thumbnails.drop(sha256)

    def delete_kept(self, key: str) -> None:
        """Takes bytes away that did not decode, if they are there. Raises StorageUnavailable."""
        if _KEPT_KEY.fullmatch(key):
            self._objects.delete(key)

    def check(self) -> None:
        """Writes a small object and reads it back. Raises StorageUnavailable if that fails."""
        self._objects.check()


def _original_key(sha256: str, extension: str) -> str:
    if not _SHA256.fullmatch(sha256) or extension not in MEDIA_TYPES:
        raise missing()
    return f"original/{sha256[:2]}/{sha256}.{extension}"


def _preview_key(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise missing()
    return f"preview/{sha256[:2]}/{sha256}"


def _former_preview_key(sha256: str) -> str:
    """Where previews lay while all of them were WebP."""
    return f"{_preview_key(sha256)}.webp"
