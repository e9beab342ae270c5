"""Histories for tests: whole comparisons with real, small, different pictures."""

from __future__ import annotations

import random
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from components.domain.archive import (
    ArchivedAttempt,
    ArchivedComparison,
    ArchivedError,
    ArchivedGeneration,
    ArchivedInput,
    ArchivedPicture,
)
from components.domain.model import FailureKind, State
from components.images.decoding import examine
from components.storage.archives import add
from components.storage.comparisons import Store
from components.storage.media.media import Media
from tests.support.pictures import encoded, quarters
from tests.support.samples import NOON


def stored_picture(media: Media, number: int) -> ArchivedPicture:
    """A picture that no other number gives, in the media store with its preview."""
    image = quarters((40, 30))
    image.putpixel((0, 0), (number % 256, number // 256 % 256, 7))
    data = encoded(image, "PNG")
    examined = examine(data, max_pixels=10_000)
    media.put_original(data, "png")
    media.put_preview(examined.picture.sha256, examined.preview)
    return ArchivedPicture(**asdict(examined.picture))


def comparisons(
    media: Media, count: int, *, seed: int = 1, inputs: bool = False
) -> list[ArchivedComparison]:
    """`count` comparisons of two generations; every fifth second one failed."""
    rng = random.Random(seed)  # noqa: S311  # nothing secret
    found = []
    for number in range(count):
        at = NOON + timedelta(minutes=number + seed * 1000)

        def generation(position: int, alias: str, number: int = number) -> ArchivedGeneration:
            lucky = position == 0 or number % 5 != 4
            latency_s = 5 + rng.random() * 20
            at_ = NOON + timedelta(minutes=number + seed * 1000)
            error = (
                None
                if lucky
                else ArchivedError(kind=FailureKind.GATEWAY_ERROR, message="It broke.")
            )
            state = State.SUCCEEDED if lucky else State.FAILED
            return ArchivedGeneration(
                id=f"{rng.getrandbits(128):032x}", alias=alias, sample=1, position=position,
                state=state, attempt=1, gateway="http://gateway.test", created_at=at_,
                started_at=at_, finished_at=at_ + timedelta(seconds=latency_s),
                latency_s=latency_s,
                picture=stored_picture(media, 2 * number + position + 100 * seed)
                if lucky else None,
                others=(), answered_by="google/gemini" if position else None,
                text="Here it is." if lucky else "", finish_reason="stop" if lucky else None,
                prompt_tokens=7 if lucky else None, completion_tokens=None, total_tokens=None,
                cost_usd=0.04 if position else None, error=error, starred=False, note="",
                tags=(),
                attempts=(
                    ArchivedAttempt(
                        number=1, state=state, gateway="http://gateway.test", started_at=at_,
                        finished_at=at_, latency_s=latency_s, status=200, error=error, text="",
                        headers=(("server", "test"),), connect_s=0.01, first_byte_s=None,
                        reply="{}",
                    ),
                ),
            )  # fmt: skip

        sent = stored_picture(media, 50_000 + number).model_dump() if inputs else None
        found.append(
            ArchivedComparison(
                id=f"{rng.getrandbits(128):032x}",
                created_at=at,
                prompt=f"a hummingbird, number {number} of series {seed}",
                aliases=("nano-banana", "gpt-image"),
                samples=1,
                inputs=(ArchivedInput(**sent, name="a cat.png"),) if sent else (),
                generations=(generation(0, "nano-banana"), generation(1, "gpt-image")),
            )
        )
    return found


def fill(folder: Path, count: int) -> tuple[Store, Media]:
    """The default storages of a data folder, with `count` comparisons in them."""
    media = Media((folder / "media").resolve().as_uri())
    store = Store(f"sqlite:///{folder / 'triptych.sqlite3'}")
    add(store, comparisons(media, count))
    return store, media
