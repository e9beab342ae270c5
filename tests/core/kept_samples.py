"""Histories for tests: whole comparisons with real, small, different pictures."""

from __future__ import annotations

import random
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from components.core.imaging import examine
from components.core.keeping import add
from components.core.kept import (
    KeptAttempt,
    KeptComparison,
    KeptError,
    KeptGeneration,
    KeptInput,
    KeptPicture,
)
from components.core.media import Media
from components.core.model import FailureKind, State
from components.core.store import Store
from tests.core.pictures import encoded, quarters
from tests.core.samples import NOON


def stored_picture(media: Media, number: int) -> KeptPicture:
    """A picture that no other number gives, in the media store with its preview."""
    image = quarters((40, 30))
    image.putpixel((0, 0), (number % 256, number // 256 % 256, 7))
    data = encoded(image, "PNG")
    examined = examine(data, max_pixels=10_000)
    media.put_original(data, "png")
    media.put_preview(examined.picture.sha256, examined.preview)
    return KeptPicture(**asdict(examined.picture))


def comparisons(
    media: Media, count: int, *, seed: int = 1, inputs: bool = False
) -> list[KeptComparison]:
    """`count` comparisons of two generations; every fifth second one failed."""
    rng = random.Random(seed)  # noqa: S311  # nothing secret
    found = []
    for number in range(count):
        at = NOON + timedelta(minutes=number + seed * 1000)

        def generation(position: int, alias: str, number: int = number) -> KeptGeneration:
            lucky = position == 0 or number % 5 != 4
            latency_s = 5 + rng.random() * 20
            at_ = NOON + timedelta(minutes=number + seed * 1000)
            error = (
                None if lucky else KeptError(kind=FailureKind.GATEWAY_ERROR, message="It broke.")
            )
            state = State.SUCCEEDED if lucky else State.FAILED
            return KeptGeneration(
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
                    KeptAttempt(
                        number=1, state=state, gateway="http://gateway.test", started_at=at_,
                        finished_at=at_, latency_s=latency_s, status=200, error=error, text="",
                        headers=(("server", "test"),), connect_s=0.01, first_byte_s=None,
                        reply="{}",
                    ),
                ),
            )  # fmt: skip

        sent = stored_picture(media, 50_000 + number).model_dump() if inputs else None
        found.append(
            KeptComparison(
                id=f"{rng.getrandbits(128):032x}",
                created_at=at,
                prompt=f"a hummingbird, number {number} of series {seed}",
                aliases=("nano-banana", "gpt-image"),
                samples=1,
                inputs=(KeptInput(**sent, name="a cat.png"),) if sent else (),
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
