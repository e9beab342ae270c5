"""An object store that stops where a test wants it to, and goes on when it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from components.domain.errors import StorageUnavailable
from components.storage.media.object_store import ObjectStore

PATIENCE_S = 20.0


@dataclass(frozen=True)
class Stop:
    """A place in an operation: `reached` by whoever comes there first, who waits for `go_on`."""

    reached: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)  # who stands there
    go_on: threading.Event = field(default_factory=threading.Event)

    def wait_until_reached(self) -> None:
        """Wait until somebody stands there."""
        assert self.reached.wait(PATIENCE_S), "nobody came here"


class StoppingObjects(ObjectStore):
    """Objects in memory whose operations can be stopped before or after, or be out of reach."""

    def __init__(self) -> None:
        """Nothing stops at first."""
        super().__init__("memory:///")
        self._stops: dict[tuple[str, str], Stop] = {}
        self.away = False
        self.keys: set[str] = set()

    @contextmanager
    def stop(self, when: str, operation: str) -> Iterator[Stop]:
        """Stop the next one that comes `before` or `after` an operation; all go on at the end."""
        stop = self._stops[when, operation] = Stop()
        try:
            yield stop
        finally:
            stop.go_on.set()

    def _pass(self, when: str, operation: str) -> None:
        stop = self._stops.pop((when, operation), None)
        if stop is not None:
            stop.threads.append(threading.current_thread())
            stop.reached.set()
            assert stop.go_on.wait(PATIENCE_S), "the test never let it go on"
        if self.away:
            raise StorageUnavailable("The media store cannot be used at the moment.")

    def put(self, key: str, data: bytes) -> None:
        """As it is, with its stops."""
        self._pass("before", "put")
        super().put(key, data)
        self.keys.add(key)
        self._pass("after", "put")

    def has(self, key: str) -> bool:
        """As it is, with its stops."""
        self._pass("before", "has")
        found = super().has(key)
        self._pass("after", "has")
        return found

    def delete(self, key: str) -> None:
        """As it is, with its stops."""
        self._pass("before", "delete")
        super().delete(key)
        self.keys.discard(key)
        self._pass("after", "delete")
