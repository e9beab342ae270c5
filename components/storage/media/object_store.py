"""Bytes under keys in a local folder or an S3 bucket, whole or not at all; errors in our words."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, MemoryStore, from_url

from components.domain.errors import MediaMissing, SettingsInvalid, StorageUnavailable

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig
    from obstore.store import ObjectStore as Objects

_PIECE_BYTES = 256 * 1024  # of a stream
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


class ObjectStore:
    """Its methods may be called from several threads at once.

    A write is atomic: there is the whole object under its key, or none. For a folder obstore writes
    `<key>#1` and renames it, seen with strace, and a writer killed in mid-write leaves only such
    a `#1` behind, which is never read. It does not fsync, so `put` does: about 2 ms for 1.5 MB,
    and what was reported as stored survives a power cut too.

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
        self._folder: Path | None = None
        self._store: Objects
        self._probed: Objects
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

    def put(self, key: str, data: bytes) -> None:
        """Store an object. Raises StorageUnavailable."""
        self._put(self._store, key, data)

    def get(self, key: str) -> bytes:
        """An object, whole. Raises MediaMissing, StorageUnavailable."""
        with _reading():
            return bytes(obstore.get(self._store, key).bytes())

    async def get_async(self, key: str) -> bytes:
        """As `get`, without holding up the event loop."""
        with _reading():
            result = await obstore.get_async(self._store, key)
            return bytes(await result.bytes_async())

    def stream(self, key: str) -> Iterator[bytes]:
        """An object in pieces of about 256 KiB, so that memory stays flat.

        Raises MediaMissing and StorageUnavailable at once, and StorageUnavailable in mid-stream.
        """
        with _reading():
            pieces = obstore.get(self._store, key).stream(_PIECE_BYTES)
        return _pieces(pieces)

    def has(self, key: str) -> bool:
        """Whether there is such an object. Raises StorageUnavailable where nobody can tell."""
        try:
            with _reading():
                obstore.head(self._store, key)
        except MediaMissing:
            return False
        return True

    def delete(self, key: str) -> None:
        """Take an object away, if it is there. Raises StorageUnavailable."""
        try:
            with _reading():
                obstore.delete(self._store, key)
        except MediaMissing:
            return

    def check(self) -> None:
        """Write a small object and read it back. Raises StorageUnavailable if that fails."""
        self._put(self._probed, _PROBE_KEY, _PROBE)
        try:
            with _reading():
                same = bytes(obstore.get(self._probed, _PROBE_KEY).bytes()) == _PROBE
        except MediaMissing:
            same = False
        if not same:
            raise StorageUnavailable("The media store does not give back what it was given.")

    def _put(self, store: Objects, key: str, data: bytes) -> None:
        with _storing():
            obstore.put(store, key, data, use_multipart=False)
            if self._folder is not None:
                file = self._folder / key
                _flush(file)
                _flush(file.parent)


def missing() -> MediaMissing:
    """What is said of an object that is not there, and of a name that no object can have."""
    return MediaMissing("There is no such picture in the media store.")


def _bucket(url: str, patience: timedelta) -> Objects:
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
        raise missing() from exc
    except (BaseError, OSError, ValueError) as exc:
        raise _unavailable(exc) from exc


def _unavailable(cause: Exception) -> StorageUnavailable:
    """Says what is wrong in our words: the store's name paths, buckets and addresses."""
    if isinstance(cause, PermissionDeniedError | UnauthenticatedError | PermissionError):
        return StorageUnavailable("The media store refuses access: its credentials do not suffice.")
    if "No space left" in str(cause):
        return StorageUnavailable("The media store is full.")
    return StorageUnavailable("The media store cannot be used at the moment.")
