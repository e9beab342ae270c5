"""Small pictures of the last minute, which is when everybody who watches asks for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from cachetools import TTLCache

# Not for long: another server may have deleted one.
FRESH_S = 60.0


class PreviewCache:
    """Bytes by the hash of their original, bounded in bytes and in time; for any thread."""

    def __init__(self, most_bytes: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` tells seconds."""
        self._held: TTLCache[str, bytes] = TTLCache(most_bytes, FRESH_S, clock, len)
        self._lock = threading.Lock()

    def get(self, sha256: str) -> bytes | None:
        """The bytes, where they are held."""
        with self._lock:
            return self._held.get(sha256)

    def put(self, sha256: str, data: bytes) -> None:
        """Hold them, and let go of the oldest ones for it; what is larger than all is not held."""
        with self._lock:
            if len(data) <= self._held.maxsize:
                self._held[sha256] = data

    def drop(self, sha256: str) -> None:
        """Let go of them, if they are held."""
        with self._lock:
            self._held.pop(sha256, None)
