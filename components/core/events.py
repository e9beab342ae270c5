"""Tells whoever is watching a comparison that it has changed. Nothing but the news passes here."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Events:
    """News of comparisons, from any thread to any event loop.

    A listener gets an `asyncio.Event` that is set at each change; what changed is read from the
    store, so news may be merged but never lost.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether the server is stopping, so that every listener should leave."""
        return self._closed

    @contextmanager
    def listening(self, comparison_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever this comparison changes. Call it in a running loop."""
        listener = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._listeners.setdefault(comparison_id, set()).add(listener)
        try:
            yield listener[1]
        finally:
            with self._lock:
                listeners = self._listeners[comparison_id]
                listeners.discard(listener)
                if not listeners:
                    del self._listeners[comparison_id]

    def publish(self, comparison_id: str) -> None:
        """Say that this comparison has changed. Callable from any thread."""
        with self._lock:
            listeners = tuple(self._listeners.get(comparison_id, ()))
        self._wake(listeners)

    def close(self) -> None:
        """Wake every listener for good: the server stops."""
        with self._lock:
            self._closed = True
            listeners = tuple(one for some in self._listeners.values() for one in some)
        self._wake(listeners)

    @staticmethod
    def _wake(
        listeners: tuple[tuple[asyncio.AbstractEventLoop, asyncio.Event], ...],
    ) -> None:
        for loop, event in listeners:
            try:
                loop.call_soon_threadsafe(event.set)
            except RuntimeError:
                continue  # that loop is closed, its listener is gone with it
