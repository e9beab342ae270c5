"""The work that belongs to the server: asks become requests, replies become stored results.

One event loop in a thread of its own runs every request of this server. The rows are the list of
work (`job_queue`): a generation is written as queued before anything happens, claimed in the moment
it is sent, and finished by the worker, so that a page, a tab or this process may end at any time.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from components.domain.aliases import Alias
from components.domain.clock import utc_now
from components.domain.errors import AskRefused, StorageUnavailable
from components.domain.ids import new_id
from components.domain.model import Ask, Comparison, Failure, FailureKind, State
from components.domain.validation import checked
from components.engine.notifications import Notifications
from components.engine.reply_spool import ReplySpool
from components.engine.worker import Worker
from components.storage.comparisons import Store
from components.storage.job_queue import InHand, JobQueue
from components.storage.server_locks import ServerLock

log = logging.getLogger("triptych.engine")

CANCELLED = Failure(
    FailureKind.CANCELLED,
    "Cancelled. The gateway may go on working on it and may still bill it.",
)
INTERRUPTED = Failure(
    FailureKind.INTERRUPTED,
    "The server stopped while this request was in flight. It was not sent again, because the "
    "gateway may have billed it; press Retry to send it again.",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one server and one visitor may have under way."""

    running: int = 64
    queued_per_visitor: int = 48
    inputs: int = 8


class Engine:
    """Starts, resumes, cancels and retries generations. Its verbs may be called from any thread."""

    def __init__(
        self,
        *,
        store: Store,
        job_queue: JobQueue,
        make_worker: Callable[[], Worker],
        spool: ReplySpool,
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
        """`make_worker` is called once, on the engine's own loop; `server` is this process's id."""
        self._store, self._job_queue, self._spool = store, job_queue, spool
        self._make_worker = make_worker
        self._notifications, self._server_lock = notifications, server_lock
        self._aliases, self._gateway_name, self._server = aliases, gateway_name, server
        self._limits = limits or Limits()
        self._now, self._ids, self._sweep_every_s = now, ids, sweep_every_s
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="triptych-engine", daemon=True
        )
        self._tasks: dict[str, asyncio.Task[None]] = {}  # touched on the loop only
        self._background: set[asyncio.Task[None]] = set()

    # Life

    def start(self) -> None:
        """Begin to work: take up what an earlier server left, then whatever is asked."""
        self._thread.start()
        self._on_loop(self._begin()).result(timeout=60)

    def stop(self) -> None:
        """End within seconds: what is in flight becomes interrupted, what is queued stays so."""
        self._on_loop(self._end()).result(timeout=20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        if not self._thread.is_alive():
            self._loop.close()
        self._server_lock.close()

    # Verbs

    def ask(self, ask: Ask, *, visitor: str) -> Comparison:
        """Write the comparison down and send all its requests at once.

        Returns it as it was written, all queued. Raises AskRefused (nothing was sent; the error
        names the field) or StorageUnavailable (nothing was sent).
        """
        ask = checked(ask, self._aliases, self._limits.inputs)
        wanted = len(ask.aliases) * ask.samples
        self._admit(wanted, visitor)
        comparison = self._store.create(
            ask,
            comparison_id=self._ids(),
            new_id=self._ids,
            gateway=self._gateway_name,
            server=self._server,
            visitor=visitor,
            at=self._now(),
        )
        self._schedule([one.id for one in comparison.generations])
        return comparison

    def retry(self, generation_id: str, *, visitor: str) -> bool:
        """Send one generation that ended without a picture again; False when it is not one.

        Raises AskRefused when its alias is no longer in the table, or the visitor has too much
        under way.
        """
        generation = self._store.generation(generation_id)
        if generation is None or not generation.state.retriable:
            return False
        if generation.alias not in {alias.name for alias in self._aliases}:
            raise AskRefused(
                "aliases",
                f"{generation.alias} is no longer in the alias table, so it cannot be retried.",
            )
        self._admit(1, visitor)
        queued = self._job_queue.requeue(
            generation_id, server=self._server, gateway=self._gateway_name
        )
        if queued is None:
            return False
        self._notifications.publish(queued.comparison_id)
        self._schedule([generation_id])
        return True

    def cancel(self, comparison_id: str, generation_ids: Iterable[str]) -> int:
        """Stop waiting for these generations, at once; how many were still unfinished."""
        cancelled = [
            one for one in generation_ids if self._job_queue.give_up(one, CANCELLED, at=self._now())
        ]
        if cancelled:
            self._notifications.publish(comparison_id)
            self._loop.call_soon_threadsafe(self._drop, cancelled)
        return len(cancelled)

    def trouble(self, generation_id: str) -> str | None:
        """What keeps a paid result from being stored at the moment, as a sentence; or None."""
        return self._worker.trouble.get(generation_id)

    @property
    def waiting(self) -> int:
        """How many generations wait for a storage that is away."""
        return len(self._worker.trouble)

    @property
    def running(self) -> int:
        """How many generations this server has in hand."""
        return len(self._tasks)

    def models(self) -> tuple[str, ...]:
        """The models that the gateway lists, asked now. Raises CallFailed."""
        found: tuple[str, ...] = self._on_loop(self._worker.gateway.models()).result()
        return found

    # On the loop

    def _on_loop(self, work: Coroutine[Any, Any, Any]) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _admit(self, wanted: int, visitor: str) -> None:
        under_way = self._store.unfinished_of(visitor)
        if under_way + wanted > self._limits.queued_per_visitor:
            raise AskRefused(
                "form",
                f"You have {under_way} pictures on the way and {self._limits.queued_per_visitor} "
                "is the most at once. Wait for some to land, or cancel them.",
            )

    def _schedule(self, generation_ids: Sequence[str]) -> None:
        self._loop.call_soon_threadsafe(self._begin_work, tuple(generation_ids))

    def _begin_work(self, generation_ids: Sequence[str]) -> None:
        for generation_id in generation_ids:
            self._track(generation_id, self._work_on(generation_id))

    def _track(self, generation_id: str, work: Coroutine[Any, Any, None]) -> None:
        before = self._tasks.get(generation_id)
        task = self._loop.create_task(_after(before, work))
        self._tasks[generation_id] = task

        def done(_: asyncio.Task[None]) -> None:
            if self._tasks.get(generation_id) is task:
                del self._tasks[generation_id]

        task.add_done_callback(done)

    def _drop(self, generation_ids: Sequence[str]) -> None:
        for generation_id in generation_ids:
            if task := self._tasks.get(generation_id):
                task.cancel()

    async def _work_on(self, generation_id: str) -> None:
        async with self._slots:
            await self._worker.run(generation_id, self._server)

    async def _begin(self) -> None:
        self._slots = asyncio.Semaphore(self._limits.running)
        self._worker = self._make_worker()
        await self._recover()
        task = self._loop.create_task(self._sweep())
        self._background.add(task)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(self._sweep_every_s)
            try:
                await self._recover()
            except StorageUnavailable as exc:
                log.warning("looking for work left by other servers: %s", exc)
            except Exception:
                log.exception("looking for work left by other servers failed")

    async def _recover(self) -> None:
        """Take up what dead servers left: run what is queued, store what arrived, mark the rest."""
        in_hand = await asyncio.to_thread(self._job_queue.in_hand)
        others = {one.server for one in in_hand} - {self._server}
        dead = await asyncio.to_thread(lambda: {s for s in others if self._server_lock.is_dead(s)})
        for one in in_hand:
            if one.server in dead and one.state is State.QUEUED:
                if await asyncio.to_thread(self._adopt, one):
                    self._begin_work([one.generation_id])
            elif one.state is State.QUEUED and one.server == self._server:
                # Ours, and nobody is at it: its work ended by a defect before it was claimed.
                if one.generation_id not in self._tasks:
                    self._begin_work([one.generation_id])
            elif self._is_lost(one, dead) and not self._spool.has(one.generation_id, one.attempt):
                await self._interrupt(one)
        alive = {one.generation_id for one in in_hand if one.server in others - dead}
        for generation_id, attempt in tuple(self._spool.waiting()):
            if generation_id not in self._tasks and generation_id not in alive:
                self._track(generation_id, self._worker.settle_spooled(generation_id, attempt))

    def _is_lost(self, one: InHand, dead: set[str]) -> bool:
        """Whether a request was sent and nobody is waiting for its reply any more."""
        if one.state is not State.RUNNING:
            return False
        return one.server in dead or (
            one.server == self._server and one.generation_id not in self._tasks
        )

    def _adopt(self, one: InHand) -> bool:
        return self._job_queue.adopt(one.generation_id, former=one.server, server=self._server)

    async def _interrupt(self, one: InHand) -> None:
        if await asyncio.to_thread(
            lambda: self._job_queue.give_up(
                one.generation_id, INTERRUPTED, at=self._now(), sent=one
            )
        ):
            self._notifications.publish(one.comparison_id)

    async def _end(self) -> None:
        for task in self._background:
            task.cancel()
        tasks = dict(self._tasks)
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        try:
            for one in await asyncio.to_thread(self._job_queue.in_hand):
                arrived = self._spool.has(one.generation_id, one.attempt)
                if self._is_lost(one, set()) and not arrived:
                    await self._interrupt(one)
        except StorageUnavailable as exc:
            # The next start marks them: this server's lock is gone by then.
            log.warning("could not mark requests in flight as interrupted: %s", exc)
        await self._worker.aclose()


async def _after(before: Awaitable[None] | None, work: Coroutine[Any, Any, None]) -> None:
    """Do the work once an earlier task of the same generation is out of the way."""
    try:
        if before is not None:
            await asyncio.wait([asyncio.ensure_future(before)])
    except asyncio.CancelledError:
        work.close()
        raise
    await work
