"""Claims: taken together in one commit, and put back where nothing was sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from components.engine.jobs import Job
from components.engine.persistence import Persistence
from components.engine.worker_threads import WorkerThreads
from components.storage.job_queue import JobQueue
from components.storage.jobs import Claim, Ended, Unsent

log = logging.getLogger("triptych.worker")

# Seconds that a stop waits for a claim that is being written, to learn whether it was.
_LAST_WAIT_S = 5.0


@dataclass(slots=True)
class _Batch:
    """Jobs that are claimed in one transaction; one that is dropped leaves the list."""

    jobs: list[Job] = field(default_factory=list)


class Claims:
    """What this server takes to send it; lives on one event loop."""

    def __init__(
        self,
        job_queue: JobQueue,
        persistence: Persistence,
        threads: WorkerThreads,
        *,
        server: str,
        gateway_name: str,
        now: Callable[[], datetime],
    ) -> None:
        """`server` is this process's id, `gateway_name` where it sends to."""
        self._job_queue, self._persistence, self._threads = job_queue, persistence, threads
        self._server, self._gateway_name, self._now = server, gateway_name, now
        self._next: tuple[_Batch, asyncio.Task[dict[str, Claim]]] | None = None
        self._being_written: set[asyncio.Task[dict[str, Claim]]] = set()
        self._stopping = False
        self._unsent: list[Unsent] = []

    async def claim(self, job: Job) -> Claim | None:
        """Claim a generation; None when it is not queued (any more).

        Those that come in one moment share a commit, which is a disk's wait. Measured for three
        at once: 6 ms instead of 18. Waits for a database that is away for as long as it takes.
        """
        if self._next is None:
            batch = _Batch()
            task = asyncio.create_task(self._claim_together(batch))
            self._being_written.add(task)
            task.add_done_callback(self._being_written.discard)
            self._next = batch, task
        batch, task = self._next
        batch.jobs.append(job)
        try:
            # Shielded: one that is cancelled does not take the others with it.
            claims = await asyncio.shield(task)
        except asyncio.CancelledError:
            self._leave(batch, task, job)
            raise
        return claims.get(job.generation_id)

    async def _claim_together(self, batch: _Batch) -> dict[str, Claim]:
        self._next = None  # whoever comes from now on shares the next commit
        claims = await self._persistence.persist_for(
            batch.jobs,
            lambda: self._written([job.generation_id for job in tuple(batch.jobs)]),
            waits="It waits to be sent.",
        )
        awaited = {job.generation_id for job in batch.jobs}
        for claim in claims.values():
            if claim.generation.id not in awaited:
                self.unsent(claim)
        return claims

    def _written(self, generation_ids: list[str]) -> dict[str, Claim]:
        if not generation_ids:  # all were dropped while the database was away
            return {}
        return self._job_queue.claim_all(
            generation_ids, server=self._server, gateway=self._gateway_name, at=self._now()
        )

    def _leave(self, batch: _Batch, task: asyncio.Task[dict[str, Claim]], job: Job) -> None:
        """Take a job that was dropped out of its batch; its claim may be there all the same."""
        batch.jobs.remove(job)
        self._persistence.trouble.pop(job.generation_id, None)
        if task.done() and not task.cancelled() and task.exception() is None:
            claim = task.result().get(job.generation_id)
            if claim is not None:
                self.unsent(claim)

    async def put_back(self, claim: Claim, declined: Ended) -> bool:
        """Queue what the gateway did not accept; False when it was cancelled meanwhile."""
        unsent = Unsent(claim, declined)
        return await self._persistence.persist(
            claim.generation.id,
            lambda: self._job_queue.put_back(unsent, server=self._server),
            claim.generation.comparison_id,
            waits="It waits to be sent again.",
        )

    def unsent(self, claim: Claim, declined: Ended | None = None) -> None:
        """Take note of a claim whose task was cancelled with certainly nothing in flight.

        Only a stop needs to know: a person's cancel is in the row before the task hears of it.
        """
        if self._stopping:
            self._unsent.append(Unsent(claim, declined))

    def stop(self) -> None:
        """From here on what is cancelled is what this server leaves to the next."""
        self._stopping = True

    async def put_back_unsent(self) -> None:
        """Queue what was claimed and not sent, for the next server. Raises StorageUnavailable.

        One try, and a few seconds for claims that are being written just now: where the database
        is away, the next server takes for interrupted what this one could not say.
        """
        if self._being_written:
            _, late = await asyncio.wait(self._being_written, timeout=_LAST_WAIT_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        unsent, self._unsent = tuple(self._unsent), []
        if unsent:
            await self._threads.row(
                lambda: self._job_queue.put_back_all(unsent, server=self._server)
            )
            log.info("%d generations were claimed and not sent: queued again", len(unsent))
