"""Tells whoever is watching a comparison that it has changed. Nothing but the news passes here."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager


class Listener(asyncio.Event):
    """An event that is set at each piece of news, on the loop in which it was made."""

    def __init__(self) -> None:
        """Made in the running loop in which it will be waited for."""
        super().__init__()
        self.loop = asyncio.get_running_loop()
        self.nudged = False  # whether there was news that no row holds

    def nudge(self) -> None:
        """Set it, for news that no row holds."""
        self.nudged = True
        self.set()


class Notifications:
    """News of comparisons, from any thread to any event loop.

    What changed is read from the store, so news may be merged but never lost.
    """

    def __init__(self) -> None:
        """Nobody listens yet."""
        self._lock = threading.Lock()
        self._listeners: dict[str, set[Listener]] = {}
        self._closed = False
        self._news = 0

    @property
    def closed(self) -> bool:
        """Whether the server is stopping, so that every listener should leave."""
        return self._closed

    @property
    def news(self) -> int:
        """How often anything was published: what was read at the same count is the same news."""
        return self._news

    @property
    def listened_to(self) -> frozenset[str]:
        """The comparisons that somebody listens to."""
        with self._lock:
            return frozenset(self._listeners)

    @contextmanager
    def listening(self, comparison_id: str) -> Iterator[Listener]:
        """An event that is set whenever this comparison changes. Call it in a running loop."""
        listener = Listener()
        with self._lock:
            self._listeners.setdefault(comparison_id, set()).add(listener)
        try:
            yield listener
        finally:
            with self._lock:
                listeners = self._listeners[comparison_id]
                listeners.discard(listener)
                if not listeners:
                    del self._listeners[comparison_id]

    def publish(self, comparison_id: str, *, in_rows: bool = True) -> None:
        """Say that this comparison has changed. Callable from any thread.

        `in_rows` is false for news that its version does not tell, such as a picture that waits
        for a storage.
        """
        with self._lock:
            self._news += 1
            listeners = tuple(self._listeners.get(comparison_id, ()))
        self._wake(listeners, Listener.set if in_rows else Listener.nudge)

    def close(self) -> None:
        """Wake every listener for good: the server stops."""
        with self._lock:
            self._closed = True
            listeners = tuple(one for some in self._listeners.values() for one in some)
        self._wake(listeners, Listener.set)

    @staticmethod
    def _wake(listeners: Iterable[Listener], how: Callable[[Listener], None]) -> None:
        for listener in listeners:
            try:
                listener.loop.call_soon_threadsafe(how, listener)
            except RuntimeError:
                continue  # that loop is closed, its listener is gone with it
