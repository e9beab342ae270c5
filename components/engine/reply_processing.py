"""What a reply turns into: pictures that are kept, or the failure that says why there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from pydantic import SecretStr

from components.domain.aliases import Alias
from components.domain.errors import CallFailed, PictureUnusable
from components.domain.estimates import cost_of
from components.domain.model import Exchange, Failure, FailureKind, Picture, Success
from components.domain.text.redaction import blot_bytes
from components.engine.persistence import Persistence
from components.engine.reply_spool import Arrived
from components.engine.worker_threads import WorkerThreads
from components.gateway.client import Gateway
from components.gateway.protocol import (
    Answer,
    Reply,
    exchange_of,
    may_hold_a_picture,
    read_reply,
)
from components.images import decoding
from components.images.decoding import Examined
from components.images.similarity import Fingerprint, fingerprint, look_the_same
from components.storage.jobs import Ended
from components.storage.media.media import Media

# Failures to read a reply after which its bytes may still hold most of a picture that was paid for.
_WORTH_KEEPING = frozenset({FailureKind.NOT_A_PICTURE, FailureKind.UNREADABLE_REPLY})
_MOST_FETCHED = 4  # pictures that a reply only links to


@dataclass(slots=True)
class Seen:
    """A picture that came, and where it is on its way into the media store already."""

    data: bytes
    examined: Examined
    original: Future[str] | None = None
    fingerprint: Fingerprint | None = None  # made where it is to be compared with another


@dataclass(frozen=True, slots=True)
class Looked:
    """What a first look into a reply has found."""

    reply: Reply
    facts: Exchange
    first: Seen | PictureUnusable | None  # of its images, where it has any


@dataclass(frozen=True, slots=True)
class Processed:
    """How an attempt ended, and the pictures that are to be stored before that is written down."""

    ended: Ended
    pictures: list[Seen] = field(default_factory=list)


class ReplyProcessor:
    """Judges replies and keeps what is in them; lives on one event loop."""

    def __init__(
        self,
        media: Media,
        gateway: Gateway,
        threads: WorkerThreads,
        persistence: Persistence,
        *,
        token: SecretStr | None,
        aliases: Sequence[Alias],
        max_pixels: int,
    ) -> None:
        """`gateway` fetches pictures that a reply only links to, `aliases` have the prices."""
        self._media, self._gateway, self._threads, self._token = media, gateway, threads, token
        self._persistence = persistence
        self._aliases = {alias.name: alias for alias in aliases}
        self._max_pixels = max_pixels

    async def process(
        self, alias: str, comparison_id: str, arrived: Arrived, written: Future[None] | None
    ) -> Processed:
        """Turn a reply into usable pictures, or into the failure that says why there is none.

        Whatever the verdict, nothing that may have been paid for is dropped: an answer that may
        hold more than the pictures that came of it is kept whole. `written` is done once the reply
        is in the spool.
        """
        answer, at = arrived.answer, arrived.finished_at
        looked: Looked | None = None
        try:
            looked = await self._threads.picture(partial(self._look, alias, answer, written))
            reply = looked.reply
            images = [one.data for one in reply.images] or await self._fetched(reply)
        except CallFailed as exc:
            kind = exc.failure.kind
            # What is only linked to may still be there tomorrow.
            known = looked is not None or (kind in _WORTH_KEEPING and bool(answer.body))
            facts, kept = await self._kept_whole(arrived, comparison_id, always=known)
            return Processed(Ended(at, facts, None, exc.failure, exc.text, kept))
        pictures, unusable = await self._examined_all(images, looked.first)
        kept = None
        if pictures:
            if unusable or reply.leftover or len(images) < len(reply.links):
                kept = await self.put_kept(arrived, answer.body, comparison_id)
            shown = [one.examined.picture for one in pictures]
            success = self._success(alias, reply, shown)
            return Processed(Ended(at, looked.facts, success, kept=kept), pictures)
        reason, data = unusable[0]
        # What was fetched is not in the answer; several, or one beside what is more, are.
        whole = not reply.links and (reply.leftover or len(unusable) > 1)
        kept = await self.put_kept(arrived, answer.body if whole else data, comparison_id)
        failure = reply.failure or Failure(reason.kind, str(reason))
        return Processed(Ended(at, looked.facts, None, failure, reply.text, kept))

    async def _kept_whole(
        self, arrived: Arrived, comparison_id: str, *, always: bool
    ) -> tuple[Exchange, str | None]:
        """The facts of an answer without a picture, and its key where it is worth keeping."""
        answer = arrived.answer

        def look() -> tuple[Exchange, bool]:
            return exchange_of(answer, self._token), always or may_hold_a_picture(answer)

        facts, worth_keeping = await self._threads.picture(look)
        if not worth_keeping:
            return facts, None
        return facts, await self.put_kept(arrived, answer.body, comparison_id)

    async def _fetched(self, reply: Reply) -> list[bytes]:
        """The pictures that a reply links to, as far as they can be had.

        Raises CallFailed where none can: with the error that the reply itself reports, if it does.
        """
        links = reply.links[:_MOST_FETCHED]
        fetched = await asyncio.gather(*map(self._fetch, links))
        images = [one for one in fetched if isinstance(one, bytes)]
        if images:
            return images
        failed = next(one for one in fetched if isinstance(one, CallFailed))
        raise CallFailed(reply.failure or failed.failure, text=reply.text)

    async def _fetch(self, link: str) -> bytes | CallFailed:
        try:
            return await self._gateway.fetch_picture(link)
        except CallFailed as exc:
            return exc

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
                seen = await self._threads.picture(partial(self._examined, data))
            if isinstance(seen, PictureUnusable):
                unusable.append((seen, data))
                continue
            if not pictures or not await self._threads.picture(
                partial(self._is_among, seen, pictures)
            ):
                pictures.append(seen)
        return pictures, unusable

    def _is_among(self, seen: Seen, found: Sequence[Seen]) -> bool:
        """Whether the same picture came before, in the same file or encoded in another way."""
        picture = seen.examined.picture
        for other in found:
            known = other.examined.picture
            if picture.sha256 == known.sha256:
                return True
            if (picture.width, picture.height) == (known.width, known.height) and look_the_same(
                self._fingerprint(seen), self._fingerprint(other)
            ):
                return True
        return False

    def _fingerprint(self, seen: Seen) -> Fingerprint:
        if seen.fingerprint is None:
            seen.fingerprint = fingerprint(seen.data, max_pixels=self._max_pixels)
        return seen.fingerprint

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
            work = partial(self._media.put_original, data, picture.extension)
            under_way.append(self._threads.media_threads.submit(work))

        sound = put if store else None
        try:
            examined = decoding.examine(data, max_pixels=self._max_pixels, sound=sound)
        except PictureUnusable as exc:
            return exc
        return Seen(data, examined, under_way[0] if under_way else None)

    async def keep(self, generation_id: str, comparison_id: str, pictures: list[Seen]) -> None:
        """Store pictures, for as long as it takes. What is stored already is not stored again."""
        under_way = (asyncio.wrap_future(one.original) for one in pictures if one.original)
        await asyncio.gather(*under_way, return_exceptions=True)

        def put() -> None:
            while pictures:
                seen = pictures[-1]
                before, seen.original = seen.original, None
                if before is None:
                    self._media.put_original(seen.data, seen.examined.picture.extension)
                else:
                    before.result()  # raises what it failed with; the next try puts it anew
                self._media.put_preview(seen.examined.picture.sha256, seen.examined.preview)
                pictures.pop()

        await self._persistence.persist(
            generation_id,
            put,
            comparison_id,
            waits="The picture has arrived and waits to be stored.",
            within=self._threads.media,
        )

    async def put_kept(self, arrived: Arrived, data: bytes, comparison_id: str) -> str:
        """Store bytes that are no picture for whoever wants to look into them; their key.

        Waits for as long as it takes while the media store is away.
        """
        shown = await self._threads.picture(partial(blot_bytes, data, self._token, thorough=True))
        return await self._persistence.persist(
            arrived.generation_id,
            lambda: self._media.put_kept(shown),
            comparison_id,
            within=self._threads.media,
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
