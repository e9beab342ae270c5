"""Sixty generations of 2 MB, thirty at once, beside a bare asyncio script that only keeps files."""

from __future__ import annotations

import asyncio
import base64
import json
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.gateway import BenchGateway, Plan
from benchmarks.protocol import Visitor
from benchmarks.subjects import Naive, Subject, Triptych
from benchmarks.table import Row, at_most, median

TITLE = "60 generations of 2 MB, 30 at once"
_BYTES = 2_000_000
_LATENCIES = {"nano-banana": 1.2, "gpt-image": 4.0, "image-gen": 1.2}
_COUNT, _AT_ONCE, _SAMPLES = 60, 30, 4


def _plans() -> dict[str, Plan]:
    return {name: Plan(latency, _BYTES, "PNG") for name, latency in _LATENCIES.items()}


async def _bare(url: str) -> float:
    """Seconds that the simplest script takes: ask, parse, decode, write a file."""
    slots = asyncio.Semaphore(_AT_ONCE)
    aliases = [alias for alias in _LATENCIES for _ in range(_SAMPLES)] * 5
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        async with httpx.AsyncClient(
            timeout=300, trust_env=False, limits=httpx.Limits(max_connections=None)
        ) as client:

            async def one(number: int, alias: str) -> None:
                async with slots:
                    answer = await client.post(
                        f"{url}/v1/chat/completions",
                        json={
                            "model": alias,
                            "messages": [{"role": "user", "content": "bare"}],
                            "stream": False,
                        },
                    )
                    message = json.loads(answer.content)["choices"][0]["message"]
                    found = message["images"][0]["image_url"]["url"].split(",", 1)[1]
                    (Path(folder) / f"{number}.png").write_bytes(base64.b64decode(found))

            await asyncio.gather(*(one(n, alias) for n, alias in enumerate(aliases)))
    return time.monotonic() - began


async def _ours(url: str, name: str) -> float:
    """Seconds from five clicks of twelve pictures each to the sixtieth picture."""
    visitors = [Visitor(url) for _ in range(_COUNT // (_SAMPLES * len(_LATENCIES)))]
    await asyncio.gather(*(one.open(setup=f"prompt=x&samples={_SAMPLES}") for one in visitors))
    began = time.monotonic()
    each = _SAMPLES * len(_LATENCIES)
    await asyncio.gather(*(one.generate(f"{name} {n}") for n, one in enumerate(visitors)))
    await asyncio.gather(
        *(one.until(lambda one=one: len(one.told.landed) >= each) for one in visitors)
    )
    took = max(max(one.told.landed.values()) for one in visitors) - began
    await asyncio.gather(*(one.close() for one in visitors))
    return took


async def _naive(url: str, name: str) -> float:
    """The same with ten sessions of the naive app that ask for three pictures, twice."""
    visitors = [Visitor(url) for _ in range(_AT_ONCE // len(_LATENCIES))]
    await asyncio.gather(*(one.open() for one in visitors))
    began = time.monotonic()

    async def twice(number: int, visitor: Visitor) -> None:
        for turn in range(_COUNT // _AT_ONCE):
            await visitor.run_naive(f"{name} {number} {turn}")

    await asyncio.gather(*(twice(n, one) for n, one in enumerate(visitors)))
    took = time.monotonic() - began
    await asyncio.gather(*(one.close() for one in visitors))
    return took


def _pictures_bytes(subject: Subject) -> int:
    originals = (subject.data_dir / "data" / "media" / "original").rglob("*.*")
    return sum(one.stat().st_size for one in originals)


def rows(*, quick: bool = False) -> list[Row]:
    """Measure ours, the bare script and the naive app in turns."""
    turns = 2 if quick else 6
    with (
        BenchGateway() as gateway,
        Triptych(gateway.url, TRIPTYCH_MAX_RUNNING=str(_AT_ONCE)) as ours,
        Naive(gateway.url) as naive,
    ):
        gateway.plan(_plans())
        took: dict[str, list[float]] = {"ours": [], "bare": [], "naive": []}
        kept: dict[str, list[float]] = {"ours": [], "naive": []}
        # Beside the idle server, for what one turn has freed is kept for the next one.
        ours.peak_mb(reset=True)
        idle = ours.peak_mb()
        for turn in range(turns):
            took["bare"].append(asyncio.run(_bare(gateway.url)))
            took["ours"].append(asyncio.run(_ours(ours.url, f"turn {turn}")))
            kept["ours"].append(ours.memory_mb())
            if turn < 2:
                took["naive"].append(asyncio.run(_naive(naive.url, f"turn {turn}")))
                kept["naive"].append(naive.memory_mb())
        peak = ours.peak_mb() - idle
        disk, pictures = ours.disk_bytes(), _pictures_bytes(ours)
    ratio = median(took["ours"]) / median(took["bare"])
    # The first turn also fills what is allocated once.
    further = (kept["ours"][-1] - kept["ours"][1 if turns > 2 else 0]) / (
        _COUNT * max(1, turns - (2 if turns > 2 else 1))
    )
    naive_further = (kept["naive"][-1] - kept["naive"][0]) / (_COUNT * (len(kept["naive"]) - 1))
    return [
        Row("first click → sixtieth picture kept", median(took["ours"]), "s",
            median(took["bare"]), "bare asyncio script", *at_most(1.2, "×", ratio)),
        Row("the same, naive app", median(took["naive"]), "s",
            median(took["bare"]), "bare asyncio script"),
        Row("peak memory beyond the idle server's, per generation in flight", peak / _AT_ONCE, "MB",
            _BYTES / 1e6, "the picture"),
        Row("memory kept per further finished result", further, "MB",
            naive_further, "naive", *at_most(0.1, "MB", further)),
        Row("disk in all", disk / 1e6, "MB", pictures / 1e6, "the pictures",
            *at_most(1.15, "×", disk / pictures)),
    ]  # fmt: skip
