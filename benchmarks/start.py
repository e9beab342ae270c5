"""From starting the process to the first page that can be used, and the first comparison."""

from __future__ import annotations

import tempfile
import time

from playwright.sync_api import Browser

from benchmarks.comparison import LARGE, Measured, once, plans
from benchmarks.gateway import BenchGateway
from benchmarks.subjects import Naive, Subject, Triptych
from benchmarks.table import Row, median
from benchmarks.window import chromium, window

TITLE = "Starting"


def _started(browser: Browser, subject: Subject) -> tuple[float, float]:
    """Seconds until the process answers, and until the form is on the page in Chromium."""
    began = subject.launch()
    subject.wait()
    answers_s = time.monotonic() - began
    with window(browser) as page:
        page.open(subject.url)
        return answers_s, time.monotonic() - began


def _first_comparisons(browser: Browser, gateway: BenchGateway, subject: Subject) -> list[float]:
    into = Measured()
    with window(browser) as page:
        page.open(subject.url)
        gateway.plan(plans(LARGE, 0.1))
        for number in range(4):
            once(gateway, page, f"first {number}", into)
    return into.overhead_s


def rows(*, quick: bool = False) -> list[Row]:
    """Start ours and the naive app in turns, without and with compiled bytecode."""
    out = []
    with BenchGateway() as gateway, chromium() as browser:
        for label in ("nothing compiled yet", "warm"):
            found: dict[str, list[tuple[float, float]]] = {"Triptych": [], "naive": []}
            for _ in range(1 if quick else 3):
                for kind in (Triptych, Naive):
                    with tempfile.TemporaryDirectory() as cache:
                        cold = {"PYTHONPYCACHEPREFIX": cache} if label != "warm" else {}
                        subject = kind(gateway.url, **cold)
                        try:
                            found[subject.name].append(_started(browser, subject))
                        finally:
                            subject.__exit__()
            for index, what in ((0, "it answers"), (1, "the form can be used")):
                ours, naive = (
                    median(one[index] for one in found[name]) for name in ("Triptych", "naive")
                )
                out.append(Row(f"process start → {what}, {label}", ours, "s", naive, "naive"))
        firsts: dict[str, list[float]] = {}
        for kind in (Triptych, Naive):
            with kind(gateway.url) as subject:
                firsts[subject.name] = _first_comparisons(browser, gateway, subject)
        first, baseline = firsts["Triptych"], firsts["naive"]
        out.append(
            Row("overhead of the first comparison after the start", first[0] * 1e3, "ms",
                baseline[0] * 1e3, "naive")
        )  # fmt: skip
        out.append(
            Row("the same, beside the fourth", first[0] * 1e3, "ms", first[3] * 1e3, "the fourth")
        )
    return out
