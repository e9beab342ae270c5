"""A history of N generations, written by the same function that an import uses.

    python -m benchmarks.synthetic_history N [--data-dir data] [--picture-bytes 0]

For benchmarks, and for trying the history page. Without --picture-bytes there are a few small
pictures, shared by many generations; with it, each success gets a different one of that size.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

from components.demo.drawing.art import draw
from components.domain.archive import (
    ArchivedAttempt,
    ArchivedComparison,
    ArchivedError,
    ArchivedGeneration,
    ArchivedPicture,
)
from components.domain.model import FailureKind, State
from components.images.decoding import examine
from components.storage.archives import add
from components.storage.comparisons import Store
from components.storage.media.media import Media

ALIASES = ("nano-banana", "gpt-image", "image-gen")
SUBJECTS = ("hummingbird", "whale", "fox", "owl", "butterfly", "robot")
PLACES = ("over the sea", "in a forest", "on a hill at night", "in the rain", "under two moons")
STYLES = (
    "a vintage scientific illustration", "a woodcut", "a children's book page",
    "an engraving with fine lines", "a poster in two colours", "a paper collage",
    "a photograph on an old postcard", "a stained glass window",
)  # fmt: skip
WORDS = (
    "soft light", "long shadows", "muted colours", "a wide margin", "tiny birds far away",
    "clouds like wool", "a bright red sun", "snow on the ground", "high contrast", "gold leaf",
    "a curious expression", "reflections", "morning mist", "a handwritten caption", "no people",
)  # fmt: skip
_LATENCY_S = {"nano-banana": 13.0, "gpt-image": 110.0, "image-gen": 14.0}
_USD = {"nano-banana": 0.039, "gpt-image": 0.17, "image-gen": None}
_ANSWERED = {
    "nano-banana": "google/gemini-2.5-flash-image",
    "gpt-image": "openai/gpt-image-1",
    "image-gen": None,
}
FIRST_DAY = datetime(2025, 11, 1, 8, tzinfo=UTC)
_BATCH = 400


def synthetic(
    count: int, picture: Callable[[random.Random, str], ArchivedPicture], seed: int = 7
) -> Iterator[ArchivedComparison]:
    """Comparisons with `count` generations in all, from the oldest to the newest, over a year.

    `picture` gives the picture of an alias. The same arguments give the same comparisons.
    """
    rng = random.Random(seed)  # noqa: S311  # nothing secret
    left, comparisons = count, -(-count // len(ALIASES))
    for number in range(comparisons):
        at = FIRST_DAY + timedelta(days=365) * (number / comparisons)
        at += timedelta(seconds=rng.random())
        aliases = ALIASES[:left]
        yield _comparison(rng, at, aliases, picture)
        left -= len(aliases)


def _comparison(
    rng: random.Random,
    at: datetime,
    aliases: tuple[str, ...],
    picture: Callable[[random.Random, str], ArchivedPicture],
) -> ArchivedComparison:
    prompt = (
        f"{rng.choice(STYLES)} of a {rng.choice(SUBJECTS)} {rng.choice(PLACES)}, "
        f"{', '.join(rng.sample(WORDS, 4))}, number {rng.randrange(10**6)}"
    )
    return ArchivedComparison(
        id=f"{rng.getrandbits(128):032x}",
        created_at=at,
        prompt=prompt,
        aliases=aliases,
        samples=1,
        inputs=(),
        generations=tuple(
            _generation(rng, at, alias, position, picture) for position, alias in enumerate(aliases)
        ),
    )


def _generation(
    rng: random.Random,
    at: datetime,
    alias: str,
    position: int,
    picture: Callable[[random.Random, str], ArchivedPicture],
) -> ArchivedGeneration:
    latency_s = _LATENCY_S[alias] * rng.lognormvariate(0, 0.25)
    lucky = rng.random() < 0.94
    error = None
    if not lucky:
        kind = rng.choice((FailureKind.GATEWAY_ERROR, FailureKind.REFUSED, FailureKind.TIMED_OUT))
        error = ArchivedError(kind=kind, message="The gateway gave no picture this time.")
    state = State.SUCCEEDED
    if error:
        state = State.REFUSED if error.kind is FailureKind.REFUSED else State.FAILED
    finished_at = at + timedelta(seconds=latency_s)
    tokens = rng.randrange(1_000, 4_000)
    gateway = "https://gateway.example.com"
    return ArchivedGeneration(
        id=f"{rng.getrandbits(128):032x}",
        alias=alias,
        sample=1,
        position=position,
        state=state,
        attempt=1,
        gateway=gateway,
        created_at=at,
        started_at=at,
        finished_at=finished_at,
        latency_s=latency_s,
        picture=picture(rng, alias) if lucky else None,
        others=(),
        answered_by=_ANSWERED[alias] if lucky else None,
        text="Here is the picture that you asked for." if lucky else "",
        finish_reason="stop" if lucky else None,
        prompt_tokens=40 if lucky else None,
        completion_tokens=tokens if lucky else None,
        total_tokens=tokens + 40 if lucky else None,
        cost_usd=_USD[alias] if lucky else None,
        error=error,
        starred=rng.random() < 0.01,
        note="",
        tags=("favourite",) if rng.random() < 0.005 else (),
        attempts=(
            ArchivedAttempt(
                number=1,
                state=state,
                gateway=gateway,
                started_at=at,
                finished_at=finished_at,
                latency_s=latency_s,
                status=200,
                error=error,
                text="",
                headers=(("content-type", "application/json"),),
                connect_s=0.02,
                first_byte_s=latency_s * 0.98,
                reply='{"object": "chat.completion"}',
            ),
        ),
    )


def small_pictures(media: Media) -> dict[str, list[tuple[ArchivedPicture, bytes]]]:
    """Some small pictures for each alias, drawn by the demo gateway's hands and stored."""
    found: dict[str, list[tuple[ArchivedPicture, bytes]]] = {}
    for alias in ALIASES:
        for number, subject in enumerate(SUBJECTS):
            drawn = Image.open(io.BytesIO(draw(alias, f"a {subject}", "").data)).convert("RGB")
            drawn.thumbnail((320 + 16 * number, 320 + 16 * number))
            out = io.BytesIO()
            drawn.save(out, "JPEG", quality=82)
            kept = store_picture(media, out.getvalue())
            found.setdefault(alias, []).append((kept, out.getvalue()))
    return found


def store_picture(media: Media, data: bytes) -> ArchivedPicture:
    """A picture and its preview into the media store; its facts."""
    examined = examine(data, max_pixels=10_000_000)
    media.put_original(data, examined.picture.extension)
    media.put_preview(examined.picture.sha256, examined.preview)
    return ArchivedPicture(**asdict(examined.picture))


def fill(store: Store, media: Media, count: int, *, picture_bytes: int = 0) -> None:
    """Write a history of `count` generations into an empty store."""
    pictures = small_pictures(media)

    def shared(rng: random.Random, alias: str) -> ArchivedPicture:
        return rng.choice(pictures[alias])[0]

    def different(rng: random.Random, alias: str) -> ArchivedPicture:
        # What stands behind the end of a picture changes its hash and nothing that is seen.
        data = rng.choice(pictures[alias])[1]
        return store_picture(media, data + os.urandom(max(8, picture_bytes - len(data))))

    found = synthetic(count, different if picture_bytes else shared)
    for batch in _batched(found):
        add(store, batch)


def _batched(found: Iterator[ArchivedComparison]) -> Iterator[list[ArchivedComparison]]:
    batch: list[ArchivedComparison] = []
    for one in found:
        batch.append(one)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def open_folder(folder: Path) -> tuple[Store, Media]:
    """The default database and media store of a data folder."""
    folder.mkdir(parents=True, exist_ok=True)
    media = Media((folder / "media").resolve().as_uri())
    return Store(f"sqlite:///{folder / 'triptych.sqlite3'}"), media


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--picture-bytes", type=int, default=0)
    given = parser.parse_args()
    began = time.perf_counter()
    store, media = open_folder(given.data_dir)
    fill(store, media, given.count, picture_bytes=given.picture_bytes)
    store.close()
    print(f"{given.count:,} generations in {time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
