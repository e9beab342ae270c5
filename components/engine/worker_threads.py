"""The threads that workers use, and trying again while a storage is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from components.domain.errors import StorageUnavailable
from components.engine.notifications import Notifications

log = logging.getLogger("triptych.worker")
T = TypeVar("T")

# Seconds between tries while a storage is out of reach; the last one repeats for as long as it
# takes, because what waits has been paid for.
PATIENCE = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)


class WorkerThreads:
    """Threads for each kind of work, so that none queues behind another; for one event loop."""

    def __init__(
        self,
        notifications: Notifications,
        *,
        sleep: Callable[[float], Awaitable[None]],
        patience: Sequence[float] = PATIENCE,
    ) -> None:
        """`patience` are the seconds between tries, the last of them for as long as it takes."""
        self._notifications, self._sleep, self._patience = notifications, sleep, patience
        self.trouble: dict[str, str] = {}  # generation id -> what it waits for, as sentences
        # Rows must not queue behind pictures that are being decoded, nor behind a media store that
        # does not answer, nor the spool behind rows that wait for a locked database.
        self.spool_threads = ThreadPoolExecutor(2, "triptych-spool")
        self.media_threads = ThreadPoolExecutor(8, "triptych-media")
        self._row_threads = ThreadPoolExecutor(4, "triptych-rows")
        self._picture_threads = ThreadPoolExecutor(2, "triptych-pictures")

    def close(self) -> None:
        """Let go of the threads."""
        self.spool_threads.shutdown(wait=False)  # what arrived is still written down
        for threads in (self._row_threads, self.media_threads, self._picture_threads):
            threads.shutdown(wait=False, cancel_futures=True)

    async def persist(
        self,
        generation_id: str,
        work: Callable[[], T],
        comparison_id: str | None = None,
        *,
        waits: str = "The answer has arrived and waits to be stored.",
        within: Callable[[Callable[[], T]], Awaitable[T]] | None = None,
    ) -> T:
        """Do something that needs a storage, for as long as it takes, and say so meanwhile.

        In the threads for rows, or `within` others.
        """
        tries = 0
        try:
            while True:
                try:
                    return await (within or self.row)(work)
                except StorageUnavailable as exc:
                    if tries == 0:
                        log.warning("generation %s waits for a storage: %s", generation_id, exc)
                    self.trouble[generation_id] = f"{waits} {exc}"
                    if comparison_id:
                        self._notifications.publish(comparison_id, in_rows=False)
                await self._sleep(self._patience[min(tries, len(self._patience) - 1)])
                tries += 1
        finally:
            self.trouble.pop(generation_id, None)

    async def row(self, work: Callable[[], T]) -> T:
        """Do something with rows in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._row_threads, work)

    async def media(self, work: Callable[[], T]) -> T:
        """Do something with the media store in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self.media_threads, work)

    async def spool(self, work: Callable[[], T]) -> T:
        """Do something with the spool in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self.spool_threads, work)

    async def picture(self, work: Callable[[], T]) -> T:
        """Do something that takes the processor, such as decoding a picture, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._picture_threads, work)
