"""Image bytes under their content hash, in an object store: a local folder or an S3 bucket."""

from __future__ import annotations

import hashlib
import os
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, MemoryStore, from_url

from components.domain.errors import MediaMissing, SettingsInvalid, StorageUnavailable
from components.domain.media_types import MEDIA_TYPES

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

_SHA256 = re.compile(r"[0-9a-f]{64}")
_KEPT_KEY = re.compile(r"kept/([0-9a-f]{2})/\1[0-9a-f]{62}\.bin")
_PIECE_BYTES = 256 * 1024  # of a stream
_FRESH_BYTES = 8 * 1024 * 1024  # of previews, some sixty
_FRESH_S = 60.0
_PROBE_KEY = "probe/written-and-read"
_PROBE = b"This file shows that the media store can be written and read.\n"

# obstore's own defaults would try an unreachable bucket for three minutes. With these it is given
# up after about ten seconds, and a bucket that accepts connections but never answers after 30 s
# (the probe: 5 s). The engine has its own, longer patience for a paid picture.
_RETRY: RetryConfig = {
    "max_retries": 2,
    "retry_timeout": timedelta(seconds=8),
    "backoff": {
        "init_backoff": timedelta(milliseconds=200),
        "max_backoff": timedelta(seconds=1),
        "base": 2,
    },
}
_CONNECT_S = timedelta(seconds=3)
_REQUEST_S = timedelta(seconds=30)
_PROBE_S = timedelta(seconds=5)


class _Fresh:
    """The previews of the last minute, which is when everybody who watches asks for them."""

    def __init__(self, most_bytes: int) -> None:
        self._left = most_bytes
        self._lock = threading.Lock()
        self._held: OrderedDict[str, tuple[float, bytes]] = OrderedDict()

    def get(self, sha256: str) -> bytes | None:
        """The preview, where it is held."""
        with self._lock:
            since, preview = self._held.get(sha256, (0.0, None))
        # Not for long: another server may have deleted it.
        return preview if time.monotonic() - since < _FRESH_S else None

    def put(self, sha256: str, preview: bytes) -> None:
        """Hold it, and let go of the oldest ones for it."""
        with self._lock:
            self._let_go(sha256)
            self._held[sha256] = time.monotonic(), preview
            self._left -= len(preview)
            while self._left < 0:
                self._let_go(next(iter(self._held)))

    def drop(self, sha256: str) -> None:
        """Let go of it, if it is held."""
        with self._lock:
            self._let_go(sha256)

    def _let_go(self, sha256: str) -> None:
        _, preview = self._held.pop(sha256, (0.0, b""))
        self._left += len(preview)


class Media:
    """The media store. Its methods may be called from several threads at once.

    Keys are made of the content's SHA-256, so writing a picture again changes nothing. A write is
    atomic: there is the whole object under its key, or none. For a folder obstore writes
    `<key>#1` and renames it, seen with strace, and a writer killed in mid-write leaves only such
    a `#1` behind, which is never read. It does not fsync, so `_put` does: about 2 ms for 1.5 MB,
    and a picture that was reported as stored survives a power cut too.

    Writes overwrite instead of obstore's mode="create", which needs hard links in a folder and
    conditional writes in a bucket, and would keep a damaged object for ever; the same bytes over
    themselves do no harm.
    """

    def __init__(self, url: str) -> None:
        """`url` is `file:///folder` (made if absent), `s3://bucket/prefix` or `memory:///`.

        A bucket's credentials, region and endpoint come from the usual `AWS_…` variables.
        Raises SettingsInvalid for another kind of URL, StorageUnavailable if the folder cannot be
        made. A bucket is not contacted yet: that is what `check` is for.
        """
        self._fresh = _Fresh(_FRESH_BYTES)
        self._folder: Path | None = None
        self._store: ObjectStore
        self._probed: ObjectStore
        if url.startswith("file:///"):
            with _storing():
                store = LocalStore.from_url(url, mkdir=True)
            self._folder = store.prefix
            self._store = self._probed = store
        elif url.startswith("s3://"):
            self._store, self._probed = _bucket(url, _REQUEST_S), _bucket(url, _PROBE_S)
        elif url.startswith("memory:///"):
            self._store = self._probed = MemoryStore()
        else:
            raise SettingsInvalid("TRIPTYCH_MEDIA_URL must begin with file:/// or s3://.")

    def put_original(self, data: bytes, extension: str) -> str:
        """WorkerStorages a picture's bytes as they came; gives their SHA-256 in hexadecimal.

        Raises StorageUnavailable, and ValueError for an extension that no picture has.
        """
        if extension not in MEDIA_TYPES:
            raise ValueError(f"no picture has the extension {extension!r}")
        sha256 = hashlib.sha256(data).hexdigest()
        self._put(self._store, _original_key(sha256, extension), data)
        return sha256

    def put_preview(self, sha256: str, preview: bytes) -> None:
        """WorkerStorages the preview of the picture with this hash.

        Raises StorageUnavailable, and MediaMissing for what cannot be a hash.
        """
        self._put(self._store, _preview_key(sha256), preview)
        self._fresh.put(sha256, preview)

    def put_kept(self, data: bytes) -> str:
        """WorkerStorages bytes that did not decode, for inspection; gives the key to find them by.

        Raises StorageUnavailable.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        key = f"kept/{sha256[:2]}/{sha256}.bin"
        self._put(self._store, key, data)
        return key

    def original(self, sha256: str, extension: str) -> bytes:
        """A picture's bytes as they came. Raises MediaMissing, StorageUnavailable."""
        return self._get(_original_key(sha256, extension))

    def preview(self, sha256: str) -> bytes:
        """The preview of a picture. Raises MediaMissing, StorageUnavailable."""
        if (fresh := self._fresh.get(sha256)) is not None:
            return fresh
        try:
            return self._get(_preview_key(sha256))
        except MediaMissing:
            return self._get(_former_preview_key(sha256))

    def kept(self, key: str) -> bytes:
        """Bytes that did not decode, by what `put_kept` gave.

        Raises MediaMissing, also for a key of any other form, and StorageUnavailable.
        """
        if not _KEPT_KEY.fullmatch(key):
            raise _missing()
        return self._get(key)

    async def original_async(self, sha256: str, extension: str) -> bytes:
        """As `original`, without holding up the event loop."""
        return await self._get_async(_original_key(sha256, extension))

    async def preview_async(self, sha256: str) -> bytes:
        """As `preview`, without holding up the event loop."""
        if (fresh := self._fresh.get(sha256)) is not None:
            return fresh
        try:
            return await self._get_async(_preview_key(sha256))
        except MediaMissing:
            return await self._get_async(_former_preview_key(sha256))

    def stream_original(self, sha256: str, extension: str) -> Iterator[bytes]:
        """A picture's bytes in pieces of about 256 KiB, so that memory stays flat.

        Raises MediaMissing and StorageUnavailable at once, and StorageUnavailable in mid-stream.
        """
        with _reading():
            pieces = obstore.get(self._store, _original_key(sha256, extension)).stream(_PIECE_BYTES)
        return _pieces(pieces)

    def has_original(self, sha256: str, extension: str) -> bool:
        """Whether the picture is there; what cannot be a picture's name never is.

        Raises StorageUnavailable where nobody can tell.
        """
        try:
            with _reading():
                obstore.head(self._store, _original_key(sha256, extension))
        except MediaMissing:
            return False
        return True

    def delete(self, sha256: str, extension: str) -> None:
        """Takes a picture and its preview away, if they are there. Raises StorageUnavailable."""
        original, preview = _original_key(sha256, extension), _preview_key(sha256)
        self._fresh.drop(sha256)
        for key in (original, preview, _former_preview_key(sha256)):
            try:
                with _reading():
                    obstore.delete(self._store, key)
            except MediaMissing:
                continue

    def delete_kept(self, key: str) -> None:
        """Takes bytes away that did not decode, if they are there. Raises StorageUnavailable."""
        if _KEPT_KEY.fullmatch(key):
            try:
                with _reading():
                    obstore.delete(self._store, key)
            except MediaMissing:
                return

    def check(self) -> None:
        """Writes a small object and reads it back. Raises StorageUnavailable if that fails."""
        self._put(self._probed, _PROBE_KEY, _PROBE)
        try:
            with _reading():
                same = bytes(obstore.get(self._probed, _PROBE_KEY).bytes()) == _PROBE
        except MediaMissing:
            same = False
        if not same:
            raise StorageUnavailable("The media store does not give back what it was given.")

    def _put(self, store: ObjectStore, key: str, data: bytes) -> None:
        with _storing():
            obstore.put(store, key, data, use_multipart=False)
            if self._folder is not None:
                file = self._folder / key
                _flush(file)
                _flush(file.parent)

    def _get(self, key: str) -> bytes:
        with _reading():
            return bytes(obstore.get(self._store, key).bytes())

    async def _get_async(self, key: str) -> bytes:
        with _reading():
            result = await obstore.get_async(self._store, key)
            return bytes(await result.bytes_async())


def _original_key(sha256: str, extension: str) -> str:
    if not _SHA256.fullmatch(sha256) or extension not in MEDIA_TYPES:
        raise _missing()
    return f"original/{sha256[:2]}/{sha256}.{extension}"


def _preview_key(sha256: str) -> str:
    if not _SHA256.fullmatch(sha256):
        raise _missing()
    return f"preview/{sha256[:2]}/{sha256}"


def _former_preview_key(sha256: str) -> str:
    """Where previews lay while all of them were WebP."""
    return f"{_preview_key(sha256)}.webp"


def _bucket(url: str, patience: timedelta) -> ObjectStore:
    options: ClientConfig = {
        # Whether it is http or https is for the configured endpoint to say; MinIO and its like
        # often stand in the same house without a certificate. AWS's own is always https.
        "allow_http": True,
        "connect_timeout": _CONNECT_S,
        "timeout": patience,
    }
    try:
        return from_url(url, client_options=options, retry_config=_RETRY)
    except (BaseError, ValueError) as exc:
        # The store's own words quote the whole configuration.
        raise SettingsInvalid(
            "TRIPTYCH_MEDIA_URL, or one of the AWS_… variables, is not usable for a bucket."
        ) from exc


def _flush(path: Path) -> None:
    """Makes a file's content, or the names in a folder, outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _pieces(stream: Iterable[bytes]) -> Iterator[bytes]:
    with _reading():
        for piece in stream:
            yield bytes(piece)


@contextmanager
def _storing() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError, ValueError) as exc:
        raise _unavailable(exc) from exc


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as exc:
        raise _missing() from exc
    except (BaseError, OSError, ValueError) as exc:
        raise _unavailable(exc) from exc


def _missing() -> MediaMissing:
    return MediaMissing("There is no such picture in the media store.")


def _unavailable(cause: Exception) -> StorageUnavailable:
    """Says what is wrong in our words: the store's name paths, buckets and addresses."""
    if isinstance(cause, PermissionDeniedError | UnauthenticatedError | PermissionError):
        return StorageUnavailable("The media store refuses access: its credentials do not suffice.")
    if "No space left" in str(cause):
        return StorageUnavailable("The media store is full.")
    return StorageUnavailable("The media store cannot be used at the moment.")
