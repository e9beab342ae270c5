"""One generation from queued to its end: claimed, sent, sent again where that is safe, stored."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr

from components.domain.aliases import Alias
from components.engine.claiming import Claims
from components.engine.jobs import Job
from components.engine.notifications import Notifications
from components.engine.outcomes import Outcomes
from components.engine.persistence import PATIENCE, Persistence
from components.engine.reply_processing import ReplyProcessor
from components.engine.reply_spool import Arrived, ReplySpool
from components.engine.sending import Declined, Sender
from components.engine.worker_threads import WorkerThreads
from components.gateway.client import Gateway
from components.storage.comparisons import Store
from components.storage.job_queue import JobQueue
from components.storage.jobs import Claim
from components.storage.media.media import Media
from components.storage.media.pictures import Pictures


@dataclass(frozen=True, slots=True)
class WorkerStorages:
    """Everything that a worker writes to and reads from."""

    store: Store
    job_queue: JobQueue
    media: Media
    pictures: Pictures
    spool: ReplySpool
    notifications: Notifications


class Worker:
    """Runs generations one by one, each on its own; lives on one event loop."""

    def __init__(
        self,
        storages: WorkerStorages,
        gateway: Gateway,
        *,
        server: str,
        gateway_name: str,
        token: SecretStr | None,
        aliases: Sequence[Alias],
        max_pixels: int,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        patience: Sequence[float] = PATIENCE,
    ) -> None:
        """`server` is this process's id, `gateway_name` what rows call the gateway."""
        self._gateway, self._sleep = gateway, sleep
        self._notifications = storages.notifications
        self._threads = WorkerThreads()
        self._persistence = Persistence(
            self._threads, storages.notifications, sleep=sleep, patience=patience
        )
        self._claims = Claims(
            storages.job_queue,
            self._persistence,
            self._threads,
            server=server,
            gateway_name=gateway_name,
            now=now,
        )
        self._sender = Sender(storages.media, gateway, self._threads, now=now)
        self._outcomes = Outcomes(
            store=storages.store,
            job_queue=storages.job_queue,
            spool=storages.spool,
            notifications=storages.notifications,
            persistence=self._persistence,
            threads=self._threads,
            processor=ReplyProcessor(
                storages.media,
                gateway,
                self._threads,
                self._persistence,
                token=token,
                aliases=aliases,
                max_pixels=max_pixels,
            ),
            pictures=storages.pictures,
            now=now,
        )

    @property
    def trouble(self) -> dict[str, str]:
        """What generations wait for while a storage is away, as sentences, by their ids."""
        return self._persistence.trouble

    @property
    def gateway(self) -> Gateway:
        """The gateway that everything goes to."""
        return self._gateway

    @property
    def outcomes(self) -> Outcomes:
        """What stores replies, also those that arrived earlier."""
        return self._outcomes

    async def run(self, job: Job) -> None:
        """Send a queued generation and see it through to its end. Never raises but for cancel.

        While it pauses before it is sent again it is queued: nothing of it is in flight, so a
        stop, a crash and a cancel may come.
        """
        for sends in itertools.count(1):
            claim = await self._claims.claim(job)
            if claim is None:
                return
            self._notifications.publish(job.comparison_id)
            pause_s = await self._attempt(claim, sends)
            if pause_s is None:
                return
            await self._sleep(pause_s)

    async def _attempt(self, claim: Claim, sends: int) -> float | None:
        """Send a claim; seconds after which it may be sent again, None when it has ended."""
        generation = claim.generation
        left = asyncio.Event()
        try:
            outcome = await self._sender.send(claim, sends, left.set)
        except asyncio.CancelledError:
            if not left.is_set():
                self._claims.unsent(claim)
            raise
        match outcome:
            case Arrived():
                await self._outcomes.settle_arrived(
                    generation.alias, generation.comparison_id, outcome
                )
                return None
            case Declined():
                try:
                    waits = await self._claims.put_back(claim, outcome.ended)
                except asyncio.CancelledError:
                    self._claims.unsent(claim, outcome.ended)
                    raise
                self._notifications.publish(generation.comparison_id)
                return outcome.pause_s if waits else None
            case _:
                await self._outcomes.finish(
                    generation.id, generation.comparison_id, claim.attempt, outcome
                )
                return None

    def stop_sending(self) -> None:
        """From here on what is cancelled is left to the next server."""
        self._claims.stop()

    async def put_back_unsent(self) -> None:
        """Queue what was claimed and not sent, for the next server. Raises StorageUnavailable."""
        await self._claims.put_back_unsent()

    async def aclose(self) -> None:
        """Close the gateway's connections and the threads."""
        await self._gateway.aclose()
        self._threads.close()
