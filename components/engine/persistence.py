"""Trying again while a storage is away, for as long as it takes, and saying so meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

from components.domain.errors import StorageUnavailable
from components.engine.jobs import Job
from components.engine.notifications import Notifications
from components.engine.worker_threads import WorkerThreads

log = logging.getLogger("triptych.worker")
T = TypeVar("T")

# Seconds between tries while a storage is out of reach; the last one repeats for as long as it
# takes, because what waits has been paid for.
PATIENCE = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)


class Persistence:
    """Does what needs a storage; lives on one event loop."""

    def __init__(
        self,
        threads: WorkerThreads,
        notifications: Notifications,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        patience: Sequence[float] = PATIENCE,
    ) -> None:
        """`patience` are the seconds between tries, the last of them for as long as it takes."""
        self._threads, self._notifications = threads, notifications
        self._sleep, self._patience = sleep, patience
        self.trouble: dict[str, str] = {}  # generation id -> what it waits for, as sentences

    async def persist(
        self,
        generation_id: str,
        work: Callable[[], T],
        comparison_id: str,
        *,
        waits: str = "The answer has arrived and waits to be stored.",
        within: Callable[[Callable[[], T]], Awaitable[T]] | None = None,
    ) -> T:
        """Do something for one generation that needs a storage, for as long as it takes.

        In the threads for rows, or `within` others. `waits` is what is said meanwhile.
        """
        job = Job(generation_id, comparison_id)
        return await self.persist_for([job], work, waits=waits, within=within)

    async def persist_for(
        self,
        jobs: Collection[Job],
        work: Callable[[], T],
        *,
        waits: str,
        within: Callable[[Callable[[], T]], Awaitable[T]] | None = None,
    ) -> T:
        """As `persist`, for several generations; each of them says what it waits for.

        `jobs` may change meanwhile: whoever leaves it clears its own trouble.
        """
        tries = 0
        try:
            while True:
                try:
                    return await (within or self._threads.row)(work)
                except StorageUnavailable as exc:
                    self._tell(jobs, f"{waits} {exc}", first=tries == 0)
                await self._sleep(self._patience[min(tries, len(self._patience) - 1)])
                tries += 1
        finally:
            for job in jobs:
                self.trouble.pop(job.generation_id, None)

    def _tell(self, jobs: Collection[Job], sentence: str, *, first: bool) -> None:
        for job in jobs:
            if first:
                log.warning("generation %s: %s", job.generation_id, sentence)
            self.trouble[job.generation_id] = sentence
        for comparison_id in {job.comparison_id for job in jobs}:
            self._notifications.publish(comparison_id, in_rows=False)
