"""Stopping the server while fifty people watch comparisons that run."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter

from benchmarks.gateway import BenchGateway, Plan
from benchmarks.protocol import Visitor
from benchmarks.subjects import Naive, Subject, Triptych
from benchmarks.table import Row, at_most, median

TITLE = "Stopping with 50 viewers attached"
_VIEWERS = 50
_PLANS = {
    "nano-banana": Plan(0.3, 500_000),
    "gpt-image": Plan(600, 500_000),
    "image-gen": Plan(600, 500_000),
}


async def _attach(gateway: BenchGateway, subject: Subject) -> list[Visitor]:
    gateway.plan(_PLANS)
    askers = [Visitor(subject.url) for _ in range(_VIEWERS // 10)]
    for number, one in enumerate(askers):
        await one.open()
        await one.generate(f"stopped {number}")
    others = [Visitor(subject.url) for _ in range(_VIEWERS - len(askers))]
    await asyncio.gather(
        *(one.open(askers[n % len(askers)].comparison) for n, one in enumerate(others))
    )
    everyone = [*askers, *others]
    await asyncio.gather(
        *(one.until(lambda one=one: len(one.told.landed) >= 1) for one in everyone)
    )
    return everyone


async def _stop(gateway: BenchGateway, subject: Subject) -> float:
    visitors = await _attach(gateway, subject)
    took = await asyncio.to_thread(subject.stop, 60)
    await asyncio.gather(*(one.close() for one in visitors))
    return took


async def _stop_naive(_gateway: BenchGateway, subject: Subject) -> float:
    """The naive app with fifty pages open and nothing under way."""
    visitors = [Visitor(subject.url) for _ in range(_VIEWERS)]
    await asyncio.gather(*(one.open() for one in visitors))
    took = await asyncio.to_thread(subject.stop, 60)
    await asyncio.gather(*(one.close() for one in visitors))
    return took


def _states(subject: Subject) -> Counter[tuple[str, str]]:
    with sqlite3.connect(subject.data_dir / "data" / "triptych.sqlite3") as database:
        return Counter(database.execute("SELECT alias, state FROM generations").fetchall())


def rows(*, quick: bool = False) -> list[Row]:
    """Stop ours a few times, look at its rows each time, and the naive app for comparison."""
    took, naive_took, wrong = [], [], 0
    for _ in range(1 if quick else 3):
        with BenchGateway() as gateway:
            with Triptych(gateway.url) as ours:
                took.append(asyncio.run(_stop(gateway, ours)))
                expected = {"nano-banana": "succeeded"}
                wrong += sum(
                    count
                    for (alias, state), count in _states(ours).items()
                    if state != expected.get(alias, "interrupted")
                )
            with Naive(gateway.url) as naive:
                naive_took.append(asyncio.run(_stop_naive(gateway, naive)))
    return [
        Row("SIGTERM → the process is gone", median(took), "s", median(naive_took),
            "naive, idle", *at_most(5, "s", max(took))),
        Row("rows in a wrong state", wrong, "", None, "", "0", wrong == 0),
    ]  # fmt: skip
