"""What servers left behind: queued is run, arrived is stored, in flight is marked interrupted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from components.domain.errors import StorageUnavailable
from components.domain.model import Failure, FailureKind, State
from components.engine.jobs import Job
from components.engine.notifications import Notifications
from components.engine.outcomes import Outcomes
from components.engine.reply_spool import ReplySpool
from components.engine.scheduler import Scheduler
from components.storage.job_queue import JobQueue
from components.storage.jobs import InHand
from components.storage.media.pictures import Pictures
from components.storage.server_locks import ServerLock

log = logging.getLogger("triptych.engine")

INTERRUPTED = Failure(
    FailureKind.INTERRUPTED,
    "The server stopped while this request was in flight. It was not sent again, because the "
    "gateway may have billed it; press Retry to send it again.",
)


class Recovery:
    """Looks for work that nobody is at any more; lives on the scheduler's loop."""

    def __init__(
        self,
        *,
        job_queue: JobQueue,
        spool: ReplySpool,
        outcomes: Outcomes,
        notifications: Notifications,
        pictures: Pictures,
        server_lock: ServerLock,
        scheduler: Scheduler,
        server: str,
        now: Callable[[], datetime],
    ) -> None:
        """`server` is this process's id."""
        self._job_queue, self._spool, self._outcomes = job_queue, spool, outcomes
        self._notifications, self._server_lock = notifications, server_lock
        self._scheduler, self._server, self._now = scheduler, server, now
        self._pictures = pictures

    async def sweep(self, every_s: float) -> None:
        """Take up what servers leave, and remove pictures that rows left, until it is cancelled."""
        while True:
            await asyncio.sleep(every_s)
            try:
                await self.take_up()
                self._pictures.sweep_soon()
            except StorageUnavailable as exc:
                log.warning("looking for work left by other servers: %s", exc)
            except Exception:
                # Whatever it is, it must not end the sweeps to come; the log has it whole.
                log.exception("looking for work left by other servers failed")

    async def take_up(self) -> None:
        """Run what dead servers left queued, store what arrived, mark the rest as interrupted.

        Raises StorageUnavailable.
        """
        in_hand = await asyncio.to_thread(self._job_queue.in_hand)
        others = {one.server for one in in_hand} - {self._server}
        dead = await asyncio.to_thread(lambda: {s for s in others if self._server_lock.is_dead(s)})
        for one in in_hand:
            if one.state is State.QUEUED:
                if await self._is_ours(one, dead):
                    self._scheduler.begin(Job(one.generation_id, one.comparison_id))
            elif self._is_lost(one, dead):
                await self._interrupt(one)
        alive = {one.generation_id for one in in_hand if one.server in others - dead}
        for generation_id, attempt in tuple(self._spool.waiting()):
            if not self._scheduler.has(generation_id) and generation_id not in alive:
                work = self._outcomes.settle_spooled(generation_id, attempt)
                self._scheduler.track(generation_id, work)

    async def interrupt_lost(self) -> None:
        """Mark what this server had in flight and waits for no more. Raises StorageUnavailable."""
        for one in await asyncio.to_thread(self._job_queue.in_hand):
            if self._is_lost(one, set()):
                await self._interrupt(one)

    async def _is_ours(self, one: InHand, dead: set[str]) -> bool:
        """Whether a queued generation is this server's to run, and nobody is at it."""
        if one.server == self._server:
            # Without a task its work ended by a defect before it was claimed.
            return not self._scheduler.has(one.generation_id)
        return one.server in dead and await asyncio.to_thread(
            lambda: self._job_queue.adopt(one.generation_id, former=one.server, server=self._server)
        )

    def _is_lost(self, one: InHand, dead: set[str]) -> bool:
        """Whether a request was sent, nobody waits for its reply any more, and it is not here."""
        if one.state is not State.RUNNING:
            return False
        ours = one.server == self._server and not self._scheduler.has(one.generation_id)
        if not ours and one.server not in dead:
            return False
        return not self._spool.has(one.generation_id, one.attempt)

    async def _interrupt(self, one: InHand) -> None:
        if await asyncio.to_thread(
            lambda: self._job_queue.give_up(
                one.generation_id, INTERRUPTED, at=self._now(), sent=one
            )
        ):
            self._notifications.publish(one.comparison_id)
