"""The work that belongs to the server: asks become requests, replies become stored results.

One event loop in a thread of its own runs every request of this server. The rows are the list of
work (`job_queue`): a generation is written as queued before anything happens, claimed in the moment
it is sent, and finished by the worker, so that a page, a tab or this process may end at any time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from components.domain.aliases import Alias
from components.domain.clock import utc_now
from components.domain.errors import AskRefused, MediaMissing, StorageUnavailable
from components.domain.ids import new_id
from components.domain.model import Ask, Comparison, Failure, FailureKind
from components.engine.admission import Admission, Limits
from components.engine.jobs import Job
from components.engine.notifications import Notifications
from components.engine.recovery import Recovery
from components.engine.reply_spool import ReplySpool
from components.engine.scheduler import Scheduler
from components.engine.worker import Worker
from components.storage.comparisons import Store
from components.storage.job_queue import JobQueue
from components.storage.media.pictures import Pictures
from components.storage.server_locks import ServerLock

log = logging.getLogger("triptych.engine")

# How long a stop waits for pictures that are being removed; what it leaves is removed later.
_LAST_SWEEP_S = 1.0

CANCELLED = Failure(
    FailureKind.CANCELLED,
    "Cancelled. The gateway may go on working on it and may still bill it.",
)
CANCELLED_UNSENT = Failure(FailureKind.CANCELLED, "Cancelled before this request was sent.")


class Engine:
    """Starts, resumes, cancels and retries generations. Its verbs may be called from any thread."""

    def __init__(
        self,
        *,
        store: Store,
        job_queue: JobQueue,
        worker: Worker,
        spool: ReplySpool,
        pictures: Pictures,
        notifications: Notifications,
        server_lock: ServerLock,
        aliases: Sequence[Alias],
        gateway_name: str,
        server: str,
        limits: Limits | None = None,
        now: Callable[[], datetime] = utc_now,
        ids: Callable[[], str] = new_id,
        sweep_every_s: float = 10.0,
    ) -> None:
        """`server` is this process's id; the engine closes `worker` and `server_lock`."""
        limits = limits or Limits()
        self._store, self._job_queue, self._worker = store, job_queue, worker
        self._notifications, self._server_lock = notifications, server_lock
        self._pictures = pictures
        self._gateway_name, self._server = gateway_name, server
        self._now, self._ids, self._sweep_every_s = now, ids, sweep_every_s
        self._admission = Admission(aliases, limits)
        self._scheduler = Scheduler(worker.run, at_once=limits.running)
        self._recovery = Recovery(
            job_queue=job_queue,
            spool=spool,
            outcomes=worker.outcomes,
            notifications=notifications,
            pictures=pictures,
            server_lock=server_lock,
            scheduler=self._scheduler,
            server=server,
            now=now,
        )
        self._sweeps: list[asyncio.Task[None]] = []

    # Life

    def start(self) -> None:
        """Begin to work: take up what an earlier server left, then whatever is asked."""
        self._scheduler.start()
        self._scheduler.call(self._begin()).result(timeout=60)

    def stop(self) -> None:
        """End within seconds: in flight becomes interrupted, what was not sent is queued."""
        self._scheduler.call(self._end()).result(timeout=20)
        self._scheduler.stop()
        self._server_lock.close()

    async def _begin(self) -> None:
        await self._recovery.take_up()
        self._sweeps.append(asyncio.create_task(self._recovery.sweep(self._sweep_every_s)))

    async def _end(self) -> None:
        for sweep in self._sweeps:
            sweep.cancel()
        self._worker.stop_sending()
        await self._scheduler.cancel_all()
        try:
            await self._worker.put_back_unsent()
            await self._recovery.interrupt_lost()
        except StorageUnavailable as exc:
            # The next start marks all as interrupted: this server's lock is gone by then.
            log.warning("could not write down what was in flight: %s", exc)
        await self._worker.aclose()
        await asyncio.to_thread(self._pictures.settle, _LAST_SWEEP_S)

    # Verbs

    def ask(self, ask: Ask, *, visitor: str) -> Comparison:
        """Write the comparison down and send all its requests at once.

        Returns it as it was written, all queued. Raises AskRefused (nothing was sent; the error
        names the field) or StorageUnavailable (nothing was sent).
        """
        ask = self._admission.checked(ask)
        try:
            comparison = self._store.create(
                ask,
                comparison_id=self._ids(),
                new_id=self._ids,
                gateway=self._gateway_name,
                server=self._server,
                visitor=visitor,
                at=self._now(),
                admit=self._admission.room_for(len(ask.aliases) * ask.samples),
            )
        except MediaMissing as exc:
            raise AskRefused(
                "inputs", "An input image was deleted just now. Remove it and add it once more."
            ) from exc
        self._scheduler.submit(Job(one.id, comparison.id) for one in comparison.generations)
        return comparison

    def retry(self, generation_id: str, *, visitor: str) -> bool:
        """Send one generation that ended without a picture again; False when it is not one.

        Raises AskRefused when its alias is no longer in the table, or the visitor has too much
        under way; StorageUnavailable.
        """
        generation = self._store.generation(generation_id)
        if generation is None or not generation.state.retriable:
            return False
        self._admission.check_alias(generation.alias)
        queued = self._job_queue.requeue(
            generation_id,
            server=self._server,
            gateway=self._gateway_name,
            visitor=visitor,
            admit=self._admission.room_for(1),
        )
        if queued is None:
            return False
        self._notifications.publish(queued.comparison_id)
        self._scheduler.submit([Job(generation_id, queued.comparison_id)])
        return True

    def cancel(self, comparison_id: str, generation_ids: Iterable[str]) -> int:
        """Stop waiting for these generations, at once; how many were still unfinished.

        Raises StorageUnavailable.
        """
        cancelled = [
            one
            for one in generation_ids
            if self._job_queue.give_up(one, CANCELLED, at=self._now(), unsent=CANCELLED_UNSENT)
        ]
        if cancelled:
            self._notifications.publish(comparison_id)
            self._scheduler.drop(cancelled)
        return len(cancelled)

    def trouble(self, generation_id: str) -> str | None:
        """What keeps a generation from being sent or stored at the moment, as a sentence."""
        return self._worker.trouble.get(generation_id)

    @property
    def waiting(self) -> int:
        """How many generations wait for a storage that is away."""
        return len(self._worker.trouble)

    @property
    def running(self) -> int:
        """How many generations this server has in hand."""
        return self._scheduler.running

    def models(self) -> tuple[str, ...]:
        """The models that the gateway lists, asked now. Raises CallFailed."""
        return self._scheduler.call(self._worker.gateway.models()).result()
