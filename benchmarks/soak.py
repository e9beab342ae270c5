"""A day in miniature: comparisons in a row while people come and go. Memory has to stay flat.

By default 400 comparisons, looked at after 100 and at the end; with `--long` 2,000, after 500.
"""

from __future__ import annotations

import asyncio

from benchmarks.gateway import BenchGateway, Plan
from benchmarks.protocol import Visitor
from benchmarks.subjects import Subject, Triptych
from benchmarks.table import Row, at_most

TITLE = "A day's work in miniature"
_PLANS = {
    "nano-banana": Plan(0.02, 100_000),
    "gpt-image": Plan(0.05, 100_000),
    "image-gen": Plan(0.02, 100_000),
}
_EACH = 10  # comparisons that one visitor makes before leaving
_AT_ONCE = 4


async def _visit(subject: Subject, number: int, count: int) -> None:
    asker, follower = Visitor(subject.url), Visitor(subject.url)
    await asker.open()
    for turn in range(count):
        await asker.generate_and_wait(f"soak {number} {turn}", len(_PLANS))
        if turn == count // 2:
            await follower.open(asker.comparison)
    await asyncio.gather(asker.close(), follower.close())


async def _some(subject: Subject, comparisons: int) -> None:
    waiting = iter(range(comparisons // _EACH))

    async def take() -> None:
        for number in waiting:
            await _visit(subject, number, _EACH)

    await asyncio.gather(*(take() for _ in range(_AT_ONCE)))


def rows(*, quick: bool = False, long: bool = False) -> list[Row]:
    """Memory after a quarter of the comparisons and after all."""
    total = 2_000 if long else 80 if quick else 400
    with BenchGateway() as gateway, Triptych(gateway.url) as ours:
        gateway.plan(_PLANS)
        asyncio.run(_some(ours, total // 4))
        early = ours.memory_mb()
        asyncio.run(_some(ours, total - total // 4))
        late = ours.memory_mb()
    return [
        Row(f"memory after {total:,} comparisons, {total // _EACH * 2} visitors", late, "MB",
            early, f"after {total // 4}", *at_most(1.1, "×", late / early)),
    ]  # fmt: skip
