"""A whole engine for tests: real database, real media folder, real HTTP on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from components.domain.aliases import BUILT_IN, Alias
from components.domain.clock import utc_now
from components.domain.model import Ask, Comparison
from components.engine.admission import Limits
from components.engine.engine import Engine
from components.engine.notifications import Notifications
from components.engine.reply_spool import ReplySpool
from components.engine.worker import Worker, WorkerStorages
from components.gateway.client import Gateway
from components.storage.comparisons import Store
from components.storage.job_queue import JobQueue
from components.storage.media.media import Media
from components.storage.media.pictures import Pictures
from components.storage.server_locks import FileServerLock, ServerLock

TOKEN = SecretStr("tok-5f3a9c1e7b2d")
ASK = Ask("a hummingbird", ("nano-banana", "gpt-image", "image-gen"))


async def at_once(_seconds: float) -> None:
    """A sleep that does not."""
    await asyncio.sleep(0)


@dataclass
class House:
    """An engine and its parts."""

    engine: Engine
    store: Store
    job_queue: JobQueue
    media: Media
    pictures: Pictures
    spool: ReplySpool
    notifications: Notifications

    def ask(self, ask: Ask = ASK, visitor: str = "somebody") -> Comparison:
        """Start a comparison."""
        return self.engine.ask(ask, visitor=visitor)

    def when(
        self,
        comparison_id: str,
        met: Callable[[Comparison], bool] = lambda one: one.ended,
        timeout_s: float = 20,
    ) -> Comparison:
        """The comparison as soon as `met(comparison)`; TimeoutError when it never is."""

        async def wait() -> Comparison:
            async with asyncio.timeout(timeout_s):
                with self.notifications.listening(comparison_id) as changed:
                    while True:
                        found = await asyncio.to_thread(self.store.comparison, comparison_id)
                        if met(found):
                            return found
                        await changed.wait()
                        changed.clear()

        return asyncio.run(wait())


@contextmanager
def house(
    folder: Path,
    gateway_url: str,
    *,
    server: str = "one",
    store: Store | None = None,
    job_queue: JobQueue | None = None,
    media: Media | None = None,
    spool: ReplySpool | None = None,
    server_lock: ServerLock | None = None,
    limits: Limits | None = None,
    aliases: Sequence[Alias] = BUILT_IN,
    timeout_s: float = 20.0,
    stop: bool = True,
    sleep: Callable[[float], Awaitable[None]] = at_once,
    **engine: Any,
) -> Iterator[House]:
    """A running engine in `folder`; with `stop=False` it is left running, as if it were killed."""
    owns_store = store is None
    store = store or Store(f"sqlite:///{folder / 'test.sqlite3'}")
    media = media or Media((folder / "media").resolve().as_uri())
    job_queue = job_queue or JobQueue(store)
    pictures = Pictures(store, media)
    spool, notifications = spool or ReplySpool(folder / "arrived"), Notifications()
    worker = Worker(
        WorkerStorages(store, job_queue, media, pictures, spool, notifications),
        Gateway(base_url=gateway_url, token=TOKEN, timeout_s=timeout_s, max_reply_bytes=8_000_000),
        server=server,
        gateway_name=gateway_url,
        token=TOKEN,
        aliases=aliases,
        max_pixels=20_000_000,
        now=utc_now,
        sleep=sleep,
    )
    running = Engine(
        store=store,
        job_queue=job_queue,
        worker=worker,
        spool=spool,
        pictures=pictures,
        notifications=notifications,
        server_lock=server_lock or FileServerLock(folder / "servers", server),
        aliases=aliases,
        gateway_name=gateway_url,
        server=server,
        limits=limits,
        **engine,
    )
    running.start()
    try:
        yield House(running, store, job_queue, media, pictures, spool, notifications)
    finally:
        if stop:
            running.stop()
            if owns_store:
                store.close()
