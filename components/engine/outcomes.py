"""How attempts ended, written down: a reply as what it turns out to be, or a failure."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime

from components.domain.errors import StorageUnavailable
from components.engine.defects import defect
from components.engine.notifications import Notifications
from components.engine.persistence import Persistence
from components.engine.reply_processing import ReplyProcessor
from components.engine.reply_spool import Arrived, ReplySpool
from components.engine.worker_threads import WorkerThreads
from components.storage.comparisons import Store
from components.storage.job_queue import JobQueue
from components.storage.jobs import Ended
from components.storage.media.pictures import Pictures, keys_of

log = logging.getLogger("triptych.worker")


class Outcomes:
    """Stores what came of attempts, for as long as it takes; lives on one event loop."""

    def __init__(
        self,
        *,
        store: Store,
        job_queue: JobQueue,
        spool: ReplySpool,
        notifications: Notifications,
        persistence: Persistence,
        threads: WorkerThreads,
        processor: ReplyProcessor,
        pictures: Pictures,
        now: Callable[[], datetime],
    ) -> None:
        """`processor` tells what a reply is; the rest is where that is written down."""
        self._store, self._job_queue, self._spool = store, job_queue, spool
        self._notifications, self._persistence = notifications, persistence
        self._threads, self._processor, self._now = threads, processor, now
        self._pictures = pictures

    async def finish(
        self, generation_id: str, comparison_id: str, attempt: int, ended: Ended
    ) -> bool:
        """Write down how an attempt ended, and tell whoever watches; see `JobQueue.finish`."""
        taken = await self._persistence.persist(
            generation_id,
            lambda: self._job_queue.finish(generation_id, attempt, ended),
            comparison_id,
        )
        self._notifications.publish(comparison_id)
        return taken

    async def settle_arrived(self, alias: str, comparison_id: str, arrived: Arrived) -> None:
        """Store a reply that has arrived just now; it is spooled while it is looked into."""
        written = self._threads.spool_threads.submit(self._write_down, arrived)
        await self._settle(alias, comparison_id, arrived, written)

    async def settle_spooled(self, generation_id: str, attempt: int) -> None:
        """Store a reply that had arrived before a server died."""
        try:
            generation = await self._threads.row(lambda: self._store.generation(generation_id))
            arrived = await self._threads.spool(lambda: self._spool.read(generation_id, attempt))
        except StorageUnavailable as exc:
            log.warning("the reply of generation %s stays spooled: %s", generation_id, exc)
            return
        if arrived is None:
            self._spool.forget(generation_id, attempt)
            return
        if generation is None:
            # Deleted meanwhile. What of it is in the media store already has to go too.
            await self._settle("", "", arrived)
            return
        log.info("storing the reply of generation %s, which arrived earlier", generation_id)
        await self._settle(generation.alias, generation.comparison_id, arrived)

    async def _settle(
        self,
        alias: str,
        comparison_id: str,
        arrived: Arrived,
        written: Future[None] | None = None,
    ) -> None:
        """Store a reply as what it is. `written` is done once it is in the spool."""
        generation_id, attempt = arrived.generation_id, arrived.attempt

        def own(ended: Ended) -> Ended:
            return replace(ended, started_at=arrived.started_at, gateway=arrived.gateway)

        came: tuple[str, ...] = ()
        try:
            processed = await self._processor.process(alias, comparison_id, arrived, written)
            came = keys_of(processed.ended.success)
            if processed.pictures:
                await self._processor.keep(generation_id, comparison_id, processed.pictures)
            await self._finish_whole(alias, comparison_id, arrived, own(processed.ended))
        except Exception:  # noqa: BLE001  # a defect of ours, logged: what was paid for is kept
            ended = defect(self._now())
            kept = await self._processor.put_kept(arrived, arrived.answer.body, comparison_id)
            ended = own(replace(ended, kept=kept, unused=came))
            await self.finish(generation_id, comparison_id, attempt, ended)
        await self._threads.spool(lambda: self._spool.forget(generation_id, attempt))

    async def _finish_whole(
        self, alias: str, comparison_id: str, arrived: Arrived, ended: Ended
    ) -> None:
        """Write an end down and see that what it refers to is there.

        The same pictures may just have been removed, because they were deleted before.
        """

        async def finish() -> bool:
            return await self.finish(arrived.generation_id, comparison_id, arrived.attempt, ended)

        shown = await finish()
        if not alias:
            return  # nothing refers to anything
        keys = keys_of(ended.success, ended.kept)
        while await self._persistence.persist(
            arrived.generation_id,
            # Of what came too late the attempt keeps one; the rest is released.
            lambda: self._pictures.missing(keys if shown else keys[:1]),
            comparison_id,
            within=self._threads.media,
        ):
            again = await self._processor.process(alias, comparison_id, arrived, None)
            if again.pictures:
                await self._processor.keep(arrived.generation_id, comparison_id, again.pictures)
            if not shown:
                await finish()

    def _write_down(self, arrived: Arrived) -> None:
        try:
            if not self._spool.keep(arrived):
                log.warning("no room to spool generation %s: only in memory", arrived.generation_id)
        except Exception:
            # The reply is still in memory, and storing it matters more than this net under it.
            log.exception("the reply of generation %s was not spooled", arrived.generation_id)
