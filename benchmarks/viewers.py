"""Many people watching comparisons that run: processor, memory and delay of one server process.

One in ten asks, nine follow the link. Latencies are 10, 20 and 10 s: shorter than the real ones,
so there is more to tell than in life. The visitors are WebSocket sessions with an event stream,
and they load each picture's preview.
"""

from __future__ import annotations

import asyncio
import time

from benchmarks.gateway import BenchGateway, Plan
from benchmarks.protocol import Visitor
from benchmarks.subjects import Naive, Subject, Triptych
from benchmarks.table import Row, at_most, percentile

TITLE = "Viewers of running comparisons, one server process"
_PLANS = {
    "nano-banana": Plan(10, 500_000),
    "gpt-image": Plan(20, 1_700_000, "PNG"),
    "image-gen": Plan(10, 500_000),
}
_GROUP = 10  # one asks, the others follow
_RAMP_S = 8.0  # within which the groups come, one after the other
_KEPT_BY_STREAMLIT_S = 125.0  # a session whose tab is gone


class Seen:
    """What so many viewers cost, and what they saw."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self.cores = 0.0
        self.told_s: list[float] = []  # last byte at the gateway → picture shown
        self.drawn_s: list[float] = []  # … → the page drawn anew with its figures
        self.memory_mb = 0.0
        self.missing = 0


async def _group(url: str, size: int, delay_s: float, prompt: str) -> list[Visitor]:
    await asyncio.sleep(delay_s)
    asker = Visitor(url)
    await asker.open()
    await asker.generate(prompt)
    followers = [Visitor(url) for _ in range(size - 1)]
    await asyncio.gather(*(one.open(asker.comparison) for one in followers))
    return [asker, *followers]


async def watch(gateway: BenchGateway, subject: Subject, count: int) -> Seen:
    """`count` viewers from their coming to the last picture."""
    gateway.plan(_PLANS)
    seen = Seen()
    groups = max(1, count // _GROUP)
    began, cpu = time.monotonic(), subject.cpu_s()
    found = await asyncio.gather(
        *(
            _group(subject.url, min(count, _GROUP), _RAMP_S * n / groups, f"watched {count} {n}")
            for n in range(groups)
        )
    )
    visitors = [one for group in found for one in group]
    await asyncio.gather(
        *(one.until(lambda one=one: len(one.told.drawn) >= len(_PLANS), 120) for one in visitors),
        return_exceptions=True,
    )
    seen.cores = (subject.cpu_s() - cpu) / (time.monotonic() - began)
    seen.memory_mb = subject.memory_mb()
    sent = gateway.seen()
    for n, group in enumerate(found):
        written = sorted(
            one.written_s for one in sent if one.prompt == f"watched {count} {n}" and one.written_s
        )
        for one in group:
            for into, told in ((seen.told_s, one.told.loaded), (seen.drawn_s, one.told.drawn)):
                # The n-th picture to come is the n-th that was sent: 0.5 MB never overtakes 10 s.
                into += [a - b for a, b in zip(sorted(told.values()), written, strict=False)]
            seen.missing += len(_PLANS) - len(one.told.drawn)
    await asyncio.gather(*(one.close() for one in visitors))
    return seen


async def _naive(gateway: BenchGateway, subject: Subject, count: int) -> float:
    """Cores that the naive app takes for so many people, each with a comparison of their own."""
    gateway.plan(_PLANS)
    visitors = [Visitor(subject.url, load_pictures=False) for _ in range(count)]
    await asyncio.gather(*(one.open() for one in visitors))
    began, cpu = time.monotonic(), subject.cpu_s()

    async def one_of(number: int, visitor: Visitor) -> None:
        await asyncio.sleep(_RAMP_S * number / count)
        await visitor.run_naive(f"naive {number}")

    await asyncio.gather(*(one_of(n, one) for n, one in enumerate(visitors)))
    cores = (subject.cpu_s() - cpu) / (time.monotonic() - began)
    await asyncio.gather(*(one.close() for one in visitors))
    return cores


def rows(*, quick: bool = False) -> list[Row]:
    """Measure with 1, 10, 50, 100 and 200 viewers, and after they have gone."""
    counts = (1, 10, 50) if quick else (1, 10, 50, 100, 200)
    out: list[Row] = []
    with BenchGateway() as gateway, Triptych(gateway.url) as ours:
        asyncio.run(watch(gateway, ours, 1))  # the first of everything does not count
        empty_mb = ours.memory_mb()
        for count in counts:
            seen = asyncio.run(watch(gateway, ours, count))
            out += _rows_of(count, seen, empty_mb)
        if not quick:
            time.sleep(_KEPT_BY_STREAMLIT_S)
        out.append(
            Row("memory after all have gone, beside before they came", ours.memory_mb(), "MB",
                empty_mb, "before")
        )  # fmt: skip
    with BenchGateway() as gateway, Naive(gateway.url) as naive:
        before_mb = naive.memory_mb()
        cores = asyncio.run(_naive(gateway, naive, 10))
        out.append(Row("naive app, 10 people with a comparison each: CPU", cores, "cores"))
        out.append(
            Row("naive app, 10 people: memory", naive.memory_mb(), "MB", before_mb, "before")
        )
    return out


def _rows_of(count: int, seen: Seen, empty_mb: float) -> list[Row]:
    who = f"{count} viewer{'s' if count > 1 else ''}"
    limits = {100: (0.5, 300.0)}
    cores, delay = limits.get(count, (None, None))
    p95 = percentile(seen.told_s, 0.95) * 1e3
    return [
        Row(f"{who}: CPU", seen.cores, "cores", None, "",
            *(at_most(cores, "cores", seen.cores) if cores else ("", None))),
        Row(f"{who}: last byte → picture loaded, p50", percentile(seen.told_s, 0.5) * 1e3, "ms"),
        Row(f"{who}: last byte → picture loaded, p95", p95, "ms", None, "",
            *(at_most(delay, "ms", p95) if delay else ("", None))),
        Row(f"{who}: last byte → page drawn anew, p95",
            percentile(seen.drawn_s, 0.95) * 1e3, "ms"),
        Row(f"{who}: memory", seen.memory_mb, "MB", empty_mb, "with none"),
        Row(f"{who}: pictures that somebody missed", seen.missing, "", None, "",
            "0", seen.missing == 0),
    ]  # fmt: skip
