"""One generation from queued to its end: claimed, sent, sent again where safe, stored."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from pydantic import SecretStr

from components.core import imaging
from components.core.aliases import Alias
from components.core.errors import CallFailed, MediaMissing, PictureUnusable, StorageUnavailable
from components.core.estimate import cost_of
from components.core.events import Events
from components.core.gateway import Gateway
from components.core.imaging import Examined
from components.core.media import Media
from components.core.model import Exchange, Failure, FailureKind, Picture, Success
from components.core.resending import seconds_until_next
from components.core.spool import Arrived, Spool
from components.core.store import Store
from components.core.thumbnails import is_among
from components.core.wire import Answer, Reply, exchange_of, read_reply, request_body
from components.core.words import blot_bytes
from components.core.worklist import Claim, Ended, Worklist

log = logging.getLogger("triptych.errand")
T = TypeVar("T")

# Seconds between tries while a storage is out of reach; the last one repeats for as long as it
# takes, because what waits has been paid for.
PATIENCE = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
# Failures to read a reply after which its bytes may still hold most of a picture that was paid for.
_WORTH_KEEPING = frozenset({FailureKind.NOT_A_PICTURE, FailureKind.UNREADABLE_REPLY})


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything that an errand writes to and reads from."""

    store: Store
    worklist: Worklist
    media: Media
    spool: Spool
    events: Events


@dataclass(slots=True)
class Seen:
    """A picture that came, and where it is on its way into the media store already."""

    data: bytes
    examined: Examined
    original: Future[str] | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What a first look into a reply has found."""

    reply: Reply
    facts: Exchange
    first: Seen | PictureUnusable | None  # of its images, where it has any


@dataclass(frozen=True, slots=True)
class Judged:
    """How an attempt ended, and the pictures that are to be stored before that is written down."""

    ended: Ended
    pictures: list[Seen] = field(default_factory=list)


class Errands:
    """Runs generations one by one, each on its own; lives on one event loop."""

    def __init__(
        self,
        stores: Stores,
        gateway: Gateway,
        *,
        token: SecretStr | None,
        aliases: Sequence[Alias],
        max_pixels: int,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        patience: Sequence[float] = PATIENCE,
    ) -> None:
        self._to, self._gateway, self._token = stores, gateway, token
        self._aliases = {alias.name: alias for alias in aliases}
        self._max_pixels, self._now, self._sleep = max_pixels, now, sleep
        self._patience = patience
        self._to_claim: list[str] = []
        self._claims: asyncio.Task[dict[str, Claim]]
        self.trouble: dict[str, str] = {}  # generation id -> what it waits for, as sentences
        # Rows must not queue behind pictures that are being decoded, nor behind a media store that
        # does not answer, nor the spool behind rows that wait for a locked database, so each has
        # its threads.
        self._spool_threads = ThreadPoolExecutor(2, "triptych-spool")
        self._row_threads = ThreadPoolExecutor(4, "triptych-rows")
        self._media_threads = ThreadPoolExecutor(8, "triptych-media")
        self._picture_threads = ThreadPoolExecutor(2, "triptych-pictures")

    async def aclose(self) -> None:
        """Close the gateway's connections and the threads."""
        await self._gateway.aclose()
        self._spool_threads.shutdown(wait=False)  # what arrived is still written down
        self._row_threads.shutdown(wait=False, cancel_futures=True)
        self._media_threads.shutdown(wait=False, cancel_futures=True)
        self._picture_threads.shutdown(wait=False, cancel_futures=True)

    @property
    def gateway(self) -> Gateway:
        """The gateway that everything goes to."""
        return self._gateway

    async def run(self, generation_id: str, server: str) -> None:
        """Send a queued generation and see it through to its end. Never raises but for cancel."""
        claim = await self._claim(generation_id, server)
        if claim is None:
            return
        self._to.events.publish(claim.generation.comparison_id)
        try:
            body = await self._body(claim)
        except (MediaMissing, StorageUnavailable) as exc:
            failure = Failure(FailureKind.NOT_STORED, f"An input image is not at hand: {exc}")
            await self._finish(claim, claim.attempt, Ended(self._now(), Exchange(), None, failure))
            return
        except Exception:
            await self._finish(claim, claim.attempt, self._defect())
            return
        await self._send(claim, body)

    async def _claim(self, generation_id: str, server: str) -> Claim | None:
        """Claim a generation; those that come in one moment share a commit, which is a disk's wait.

        Measured for three at once: 6 ms instead of 18.
        """
        self._to_claim.append(generation_id)
        if len(self._to_claim) == 1:
            self._claims = asyncio.create_task(self._claim_together(server))
        # Shielded: one that is cancelled does not take the others with it.
        return (await asyncio.shield(self._claims)).get(generation_id)

    async def _claim_together(self, server: str) -> dict[str, Claim]:
        wanted, self._to_claim = self._to_claim, []
        return await self._persist(
            wanted[0],
            lambda: self._to.worklist.claim_all(wanted, server=server, at=self._now()),
            waits="It waits to be sent.",
        )

    async def _body(self, claim: Claim) -> bytes:
        inputs = [
            (
                imaging.media_type(one.picture.extension),
                await self._media(
                    partial(self._to.media.original, one.picture.sha256, one.picture.extension)
                ),
            )
            for one in claim.ask.inputs
        ]
        if not inputs:
            return request_body(claim.generation.alias, claim.ask.prompt)
        return await self._picture(
            lambda: request_body(claim.generation.alias, claim.ask.prompt, inputs)
        )

    async def _send(self, claim: Claim, body: bytes) -> None:
        generation = claim.generation
        attempt, sent = claim.attempt, 0
        while True:
            try:
                answer = await self._gateway.generate(generation.alias, body)
            except CallFailed as exc:
                sent += 1
                ended = Ended(self._now(), exc.exchange, None, exc.failure, exc.text)
                delay = seconds_until_next(exc, sent)
                if delay is None:
                    await self._finish(claim, attempt, ended)
                    return
                await self._sleep(delay)
                if not await self._persist(
                    generation.id,
                    partial(
                        self._to.worklist.send_again, generation.id, attempt, ended, at=self._now()
                    ),
                    generation.comparison_id,
                    waits="It waits to be sent again.",
                ):
                    return
                attempt += 1
                self._to.events.publish(generation.comparison_id)
            except Exception:
                await self._finish(claim, attempt, self._defect())
                return
            else:
                arrived = Arrived(generation.id, attempt, self._now(), answer)
                written = self._spool_threads.submit(self._write_down, arrived)
                await self._settle(generation.alias, generation.comparison_id, arrived, written)
                return

    def _write_down(self, arrived: Arrived) -> None:
        try:
            if not self._to.spool.keep(arrived):
                log.warning("no room to spool generation %s: only in memory", arrived.generation_id)
        except Exception:
            # The reply is still in memory, and storing it matters more than this net under it.
            log.exception("the reply of generation %s was not spooled", arrived.generation_id)

    async def settle_spooled(self, generation_id: str, attempt: int) -> None:
        """Store a reply that had arrived before a server died."""
        try:
            generation = await self._row(lambda: self._to.store.generation(generation_id))
            arrived = await self._spool(lambda: self._to.spool.read(generation_id, attempt))
        except StorageUnavailable as exc:
            log.warning("the reply of generation %s stays spooled: %s", generation_id, exc)
            return
        if generation is None or arrived is None:
            self._to.spool.forget(generation_id, attempt)
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
        try:
            judged = await self._judge(alias, comparison_id, arrived, written)
            if judged.pictures:
                await self._keep(generation_id, comparison_id, judged.pictures)
            await self._persist(
                generation_id,
                lambda: self._to.worklist.finish(generation_id, attempt, judged.ended),
                comparison_id,
            )
        except Exception:
            defect = self._defect()
            kept = await self._put_kept(arrived, arrived.answer.body, comparison_id)
            defect = replace(defect, kept=kept)
            await self._persist(
                generation_id,
                lambda: self._to.worklist.finish(generation_id, attempt, defect),
                comparison_id,
            )
        self._to.events.publish(comparison_id)
        await self._spool(lambda: self._to.spool.forget(generation_id, attempt))

    async def _judge(
        self, alias: str, comparison_id: str, arrived: Arrived, written: Future[None] | None
    ) -> Judged:
        """Turn a reply into usable pictures, or into the failure that says why there is none."""
        answer, at = arrived.answer, arrived.finished_at
        try:
            looked = await self._picture(partial(self._look, alias, answer, written))
            images = [one.data for one in looked.reply.images] or [
                await self._gateway.fetch_picture(link) for link in looked.reply.links[:1]
            ]
        except CallFailed as exc:
            kept = None
            if exc.failure.kind in _WORTH_KEEPING and answer.body:
                kept = await self._put_kept(arrived, answer.body, comparison_id)
            facts = await self._picture(partial(exchange_of, answer, self._token))
            return Judged(Ended(at, facts, None, exc.failure, exc.text, kept))
        pictures, unusable = await self._examined_all(images, looked.first)
        if not pictures:
            reason, data = unusable[0]
            kept = await self._put_kept(arrived, data, comparison_id)
            failure = Failure(reason.kind, str(reason))
            return Judged(Ended(at, looked.facts, None, failure, looked.reply.text, kept))
        shown = [one.examined.picture for one in pictures]
        success = self._success(alias, looked.reply, shown)
        return Judged(Ended(at, looked.facts, success), pictures)

    async def _examined_all(
        self, images: Sequence[bytes], first: Seen | PictureUnusable | None
    ) -> tuple[list[Seen], list[tuple[PictureUnusable, bytes]]]:
        """Those of the images that are pictures and differ, and those that are none."""
        pictures: list[Seen] = []
        unusable: list[tuple[PictureUnusable, bytes]] = []
        for number, data in enumerate(images):
            seen: Seen | PictureUnusable
            if number == 0 and first is not None:
                seen = first
            else:
                # One by one, so that a reply with many does not hold up those of others.
                seen = await self._picture(partial(self._examined, data))
            if isinstance(seen, PictureUnusable):
                unusable.append((seen, data))
                continue
            found = [other.examined for other in pictures]
            if not found or not await self._picture(partial(is_among, seen.examined, found)):
                pictures.append(seen)
        return pictures, unusable

    def _look(self, alias: str, answer: Answer, written: Future[None] | None) -> Looked:
        """All that has to be found out of the usual reply, in one go: changing threads costs.

        Raises CallFailed as `read_reply` does.
        """
        try:
            reply = read_reply(answer, alias, self._token)
            facts = exchange_of(answer, self._token)
        finally:
            # Decoders are the one thing here that could take the process down; and what is not
            # written yet cannot be forgotten.
            if written is not None:
                written.result()
        if not reply.images:
            return Looked(reply, facts, None)
        # The first is kept for certain if it is sound; others may turn out to be the same again.
        return Looked(reply, facts, self._examined(reply.images[0].data, store=True))

    def _examined(self, data: bytes, *, store: bool = False) -> Seen | PictureUnusable:
        """Look at an image; with `store` the original of a sound one is put away meanwhile."""
        under_way: list[Future[str]] = []

        def put(picture: Picture) -> None:
            # A wait for the disk, which passes while the preview is made.
            work = partial(self._to.media.put_original, data, picture.extension)
            under_way.append(self._media_threads.submit(work))

        sound = put if store else None
        try:
            examined = imaging.examine(data, max_pixels=self._max_pixels, sound=sound)
        except PictureUnusable as exc:
            return exc
        return Seen(data, examined, under_way[0] if under_way else None)

    async def _keep(self, generation_id: str, comparison_id: str, pictures: list[Seen]) -> None:
        """Store pictures, for as long as it takes. What is stored already is not stored again."""
        under_way = (asyncio.wrap_future(one.original) for one in pictures if one.original)
        await asyncio.gather(*under_way, return_exceptions=True)

        def put() -> None:
            while pictures:
                seen = pictures[-1]
                before, seen.original = seen.original, None
                if before is None:
                    self._to.media.put_original(seen.data, seen.examined.picture.extension)
                else:
                    before.result()  # raises what it failed with; the next try puts it anew
                self._to.media.put_preview(seen.examined.picture.sha256, seen.examined.preview)
                pictures.pop()

        await self._persist(
            generation_id,
            put,
            comparison_id,
            waits="The picture has arrived and waits to be stored.",
            within=self._media,
        )

    async def _put_kept(self, arrived: Arrived, data: bytes, comparison_id: str) -> str:
        """Store bytes that are no picture for whoever wants to look into them; their key."""
        shown = await self._picture(partial(blot_bytes, data, self._token, thorough=True))
        return await self._persist(
            arrived.generation_id,
            lambda: self._to.media.put_kept(shown),
            comparison_id,
            within=self._media,
        )

    def _success(self, alias: str, reply: Reply, pictures: Sequence[Picture]) -> Success:
        return Success(
            picture=pictures[0],
            others=tuple(pictures[1:]),
            text=reply.text,
            finish_reason=reply.finish_reason,
            answered_by=reply.answered_by,
            usage=reply.usage,
            cost_usd=cost_of(reply.usage, self._aliases.get(alias)),
        )

    async def _finish(self, claim: Claim, attempt: int, ended: Ended) -> None:
        generation = claim.generation
        await self._persist(
            generation.id,
            lambda: self._to.worklist.finish(generation.id, attempt, ended),
            generation.comparison_id,
        )
        self._to.events.publish(generation.comparison_id)

    def _defect(self) -> Ended:
        """A failure for a defect of ours. Call it where the exception is being handled."""
        error_id = secrets.token_hex(4)
        log.exception("error %s", error_id)
        failure = Failure(
            FailureKind.INTERNAL,
            "Triptych itself failed here. The request may have been billed. "
            f"The server's log tells more under error id {error_id}.",
        )
        return Ended(self._now(), Exchange(), None, failure)

    async def _persist(
        self,
        generation_id: str,
        work: Callable[[], T],
        comparison_id: str | None = None,
        *,
        waits: str = "The answer has arrived and waits to be stored.",
        within: Callable[[Callable[[], T]], Awaitable[T]] | None = None,
    ) -> T:
        """Do something that needs a storage, for as long as it takes, and say so meanwhile.

        In the threads for rows, or `within` others.
        """
        tries = 0
        try:
            while True:
                try:
                    return await (within or self._row)(work)
                except StorageUnavailable as exc:
                    if tries == 0:
                        log.warning("generation %s waits for a storage: %s", generation_id, exc)
                    self.trouble[generation_id] = f"{waits} {exc}"
                    if comparison_id:
                        self._to.events.publish(comparison_id, in_rows=False)
                await self._sleep(self._patience[min(tries, len(self._patience) - 1)])
                tries += 1
        finally:
            self.trouble.pop(generation_id, None)

    async def _row(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._row_threads, work)

    async def _media(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._media_threads, work)

    async def _spool(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._spool_threads, work)

    async def _picture(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._picture_threads, work)
