"""The threads that workers use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class WorkerThreads:
    """Threads for each kind of work, so that none queues behind another; for one event loop."""

    def __init__(self) -> None:
        """Made at once, started as there is work."""
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
