"""The engine's event loop, in a thread of its own, and one task a generation on it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from concurrent.futures import Future
from typing import Any, TypeVar

from components.engine.jobs import Job

T = TypeVar("T")


class Scheduler:
    """Runs jobs, as many at once as it may, each in a task that can be dropped.

    `start`, `stop`, `call`, `submit` and `drop` are for other threads; the rest is for the loop.
    """

    def __init__(self, work: Callable[[Job], Coroutine[Any, Any, None]], *, at_once: int) -> None:
        """`work` sees one job through to its end."""
        self._work = work
        self._slots = asyncio.Semaphore(at_once)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="triptych-engine", daemon=True
        )
        self._tasks: dict[str, asyncio.Task[None]] = {}  # touched on the loop only

    # For other threads

    def start(self) -> None:
        """Begin to run the loop."""
        self._thread.start()

    def stop(self) -> None:
        """End the loop. Tasks should have ended before."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        if not self._thread.is_alive():
            self._loop.close()

    def call(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run something on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def submit(self, jobs: Iterable[Job]) -> None:
        """Begin these jobs, all at once."""
        self._loop.call_soon_threadsafe(self._begin_all, tuple(jobs))

    def drop(self, generation_ids: Iterable[str]) -> None:
        """Cancel the tasks of these generations."""
        self._loop.call_soon_threadsafe(self._drop_all, tuple(generation_ids))

    @property
    def running(self) -> int:
        """How many generations have a task."""
        return len(self._tasks)

    # On the loop

    def has(self, generation_id: str) -> bool:
        """Whether there is a task for this generation."""
        return generation_id in self._tasks

    def begin(self, job: Job) -> None:
        """Work on a job as soon as there is room."""
        self.track(job.generation_id, self._in_turn(job))

    def track(self, generation_id: str, work: Coroutine[Any, Any, None]) -> None:
        """Run something as the task of this generation, after what runs for it already."""
        before = self._tasks.get(generation_id)
        task = self._loop.create_task(_after(before, work))
        self._tasks[generation_id] = task

        def done(_: asyncio.Task[None]) -> None:
            if self._tasks.get(generation_id) is task:
                del self._tasks[generation_id]

        task.add_done_callback(done)

    async def cancel_all(self) -> None:
        """Cancel every task and wait until each has ended."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin_all(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self.begin(job)

    def _drop_all(self, generation_ids: Iterable[str]) -> None:
        for generation_id in generation_ids:
            if task := self._tasks.get(generation_id):
                task.cancel()

    async def _in_turn(self, job: Job) -> None:
        async with self._slots:
            await self._work(job)


async def _after(before: Awaitable[None] | None, work: Coroutine[Any, Any, None]) -> None:
    """Do the work once an earlier task of the same generation is out of the way."""
    try:
        if before is not None:
            await asyncio.wait([asyncio.ensure_future(before)])
    except asyncio.CancelledError:
        work.close()
        raise
    await work
