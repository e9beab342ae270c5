"""One request to the gateway: its body is prepared, it leaves, and something comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from components.domain.errors import CallFailed, MediaMissing, StorageUnavailable
from components.domain.media_types import media_type
from components.domain.model import Exchange, Failure, FailureKind
from components.domain.retry_policy import seconds_until_next
from components.engine.defects import defect
from components.engine.reply_spool import Arrived
from components.engine.worker_threads import WorkerThreads
from components.gateway.client import Gateway
from components.gateway.protocol import request_body
from components.storage.jobs import Claim, Ended
from components.storage.media.media import Media


@dataclass(frozen=True, slots=True)
class Declined:
    """A request that the gateway did not accept and that may be sent again after a pause."""

    ended: Ended
    pause_s: float


class Sender:
    """Sends claimed generations; lives on one event loop."""

    def __init__(
        self,
        media: Media,
        gateway: Gateway,
        threads: WorkerThreads,
        *,
        now: Callable[[], datetime],
    ) -> None:
        """`media` has the input images."""
        self._media, self._gateway, self._threads, self._now = media, gateway, threads, now

    async def send(
        self, claim: Claim, sends: int, leaving: Callable[[], None]
    ) -> Arrived | Declined | Ended:
        """Send a claimed generation once, for the `sends`-th time by itself.

        Returns its reply, or how it ended without one. `leaving` is called before the first byte
        of the request may leave; until then a cancel is certain to have kept all of it here.
        """
        generation = claim.generation
        try:
            body = await self._body(claim)
            answer = await self._gateway.generate(generation.alias, body, leaving)
        except (MediaMissing, StorageUnavailable) as exc:
            failure = Failure(FailureKind.NOT_STORED, f"An input image is not at hand: {exc}")
            return _of(claim, Ended(self._now(), Exchange(), None, failure))
        except CallFailed as exc:
            ended = _of(claim, Ended(self._now(), exc.exchange, None, exc.failure, exc.text))
            pause_s = seconds_until_next(exc, sends)
            return ended if pause_s is None else Declined(ended, pause_s)
        except Exception:  # noqa: BLE001  # a defect of ours, logged: the cell has to end
            return _of(claim, defect(self._now()))
        return Arrived(
            generation.id,
            claim.attempt,
            self._now(),
            answer,
            started_at=generation.started_at,
            gateway=generation.gateway,
        )

    async def _body(self, claim: Claim) -> bytes:
        inputs = [
            (
                media_type(one.picture.extension),
                await self._threads.media(
                    partial(self._media.original, one.picture.sha256, one.picture.extension)
                ),
            )
            for one in claim.ask.inputs
        ]
        if not inputs:
            return request_body(claim.generation.alias, claim.ask.prompt)
        return await self._threads.picture(
            lambda: request_body(claim.generation.alias, claim.ask.prompt, inputs)
        )


def _of(claim: Claim, ended: Ended) -> Ended:
    """An end with the start and the gateway of the attempt that it is of."""
    generation = claim.generation
    return replace(ended, started_at=generation.started_at, gateway=generation.gateway)
