"""One comparison after the other in a browser: what we add to the gateway's own time.

python -m benchmarks comparison [--runs N]
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser

from benchmarks.gateway import BenchGateway, Plan
from benchmarks.subjects import Naive, Subject, Triptych
from benchmarks.table import Row, at_most, median, percentile
from benchmarks.window import Noted, Window, chromium, window

TITLE = "A comparison, click to last picture"
LATENCIES = {"nano-banana": 1.2, "gpt-image": 4.0, "image-gen": 1.2}
PICTURES = {"0.5 MB": (500_000, "JPEG"), "1.7 MB": (1_700_000, "PNG")}
LARGE = PICTURES["1.7 MB"]


def plans(kind: tuple[int, str], scale: float = 1.0) -> dict[str, Plan]:
    """All aliases with pictures of this size and format, their latencies scaled."""
    return {name: Plan(latency * scale, *kind) for name, latency in LATENCIES.items()}


@dataclass
class Measured:
    """What was seen of some comparisons of one app."""

    overhead_s: list[float] = field(default_factory=list)  # click → last picture, less the slowest
    ratio: list[float] = field(default_factory=list)
    to_request_s: list[float] = field(default_factory=list)  # click at the server → last request
    from_click_s: list[float] = field(default_factory=list)  # the same from the browser's click
    visible_s: list[float] = field(default_factory=list)  # last byte at the gateway → loaded


def once(gateway: BenchGateway, page: Window, prompt: str, into: Measured) -> Noted:
    """Measure one comparison."""
    page.generate(prompt)
    noted = page.noted(len(LATENCIES))
    seen = [one for one in gateway.seen() if one.prompt == prompt]
    assert len(seen) == len(LATENCIES), f"{len(seen)} requests for one comparison"
    click = noted.clicks[-1]
    sent = min(at for at in noted.sends if at >= click)
    last_request = max(one.arrived_s for one in seen)
    slowest = max(one.written_s - one.arrived_s for one in seen if one.written_s)
    took = max(noted.pictures.values()) - click
    into.overhead_s.append(took - slowest)
    into.ratio.append(took / slowest)
    into.to_request_s.append(last_request - sent)
    into.from_click_s.append(last_request - click)
    for one in seen:
        assert one.written_s is not None
        into.visible_s.append(noted.pictures[f"{one.alias}-1"] - one.written_s)
    return noted


def measure(
    browser: Browser, gateway: BenchGateway, subject: Subject, kind: tuple[int, str], runs: int
) -> Measured:
    """`runs` comparisons in one fresh session, after one that does not count."""
    into = Measured()
    with window(browser) as page:
        page.open(subject.url)
        gateway.plan(plans(kind, 0.1))
        once(gateway, page, "warm-up", Measured())
        gateway.plan(plans(kind))
        for number in range(runs):
            once(gateway, page, f"hummingbird {kind[0]} {number}", into)
    return into


def in_one_session(
    browser: Browser, gateway: BenchGateway, subject: Subject, count: int
) -> list[float]:
    """The overhead of each of `count` comparisons in one session, in seconds."""
    into = Measured()
    with window(browser) as page:
        page.open(subject.url)
        gateway.plan(plans(LARGE, 0.1))
        for number in range(count):
            once(gateway, page, f"session {number}", into)
    return into.overhead_s


def traffic(
    browser: Browser, gateway: BenchGateway, subject: Subject, kind: tuple[int, str]
) -> tuple[int, int]:
    """Bytes that the browser got for one comparison, and those of its pictures."""
    got = 0

    def add(event: dict[str, Any]) -> None:
        nonlocal got
        got += int(event["encodedDataLength"])

    def frame(event: dict[str, Any]) -> None:
        nonlocal got
        data = event["response"]["payloadData"]
        got += len(data) * 3 // 4 if event["response"]["opcode"] == 2 else len(data)

    with window(browser) as page:
        page.open(subject.url)
        gateway.plan(plans(kind, 0.1))
        page.page.wait_for_timeout(500)  # the page's own scripts are not the comparison's
        network = page.page.context.new_cdp_session(page.page)
        network.on("Network.loadingFinished", add)
        network.on("Network.webSocketFrameReceived", frame)
        network.send("Network.enable")
        once(gateway, page, "traffic", Measured())
        page.page.wait_for_timeout(500)
    return got, kind[0] * len(LATENCIES)


def rows(*, quick: bool = False) -> list[Row]:
    """Measure ours and the naive app in turns, and return the rows."""
    runs, session, naive_session = (2, 10, 10) if quick else (6, 50, 10)
    found: dict[tuple[str, str], Measured] = {}
    sessions: dict[str, list[float]] = {}
    bytes_sent: dict[str, tuple[int, int]] = {}
    with (
        BenchGateway() as gateway,
        chromium() as browser,
        Triptych(gateway.url) as ours,
        Naive(gateway.url) as naive,
    ):
        for label, kind in PICTURES.items():
            for subject in (ours, naive):
                found[subject.name, label] = measure(browser, gateway, subject, kind, runs)
        for subject in (ours, naive):
            bytes_sent[subject.name] = traffic(browser, gateway, subject, LARGE)
        sessions["naive"] = in_one_session(browser, gateway, naive, naive_session)
        sessions["Triptych"] = in_one_session(browser, gateway, ours, session)
    return _rows(found, sessions, bytes_sent)


def _rows(
    found: dict[tuple[str, str], Measured],
    sessions: dict[str, list[float]],
    bytes_sent: dict[str, tuple[int, int]],
) -> list[Row]:
    out = []
    for label in PICTURES:
        ours, naive = found["Triptych", label], found["naive", label]
        both = [
            ("wall time ÷ slowest alias", "", 1.0, ours.ratio, naive.ratio, 1.05),
            ("overhead over the slowest alias", "ms", 1e3, ours.overhead_s, naive.overhead_s, 150),
            ("click at the server → last request", "ms", 1e3,
             ours.to_request_s, naive.to_request_s, 150),
            ("click in the browser → last request", "ms", 1e3,
             ours.from_click_s, naive.from_click_s, None),
        ]  # fmt: skip
        for what, unit, factor, mine, theirs, limit in both:
            value = median(mine) * factor
            target, met = at_most(limit, unit, value) if limit else ("", None)
            out.append(
                Row(f"{what}, {label}", value, unit, median(theirs) * factor, "naive", target, met)
            )
        for share, limit in ((0.5, 120), (0.95, 250)):
            value = percentile(ours.visible_s, share) * 1e3
            out.append(
                Row(
                    f"last byte → picture loaded, {label}, p{share * 100:.0f}", value, "ms",
                    percentile(naive.visible_s, share) * 1e3, "naive",
                    *at_most(limit, "ms", value),
                )
            )  # fmt: skip
    for name, label in (("Triptych", "ours"), ("naive", "naive")):
        overheads = sessions[name]
        # A fifth of them at each end: one alone would be noise.
        some = max(5, len(overheads) // 5)
        first, last = median(overheads[:some]), median(overheads[-some:])
        target, met = at_most(1.2, "×", last / first) if name == "Triptych" else ("", None)
        out.append(
            Row(
                f"overhead of the last {some} of {len(overheads)} in one session ({label}), "
                f"beside its first {some}",
                last * 1e3, "ms", first * 1e3, f"first {some}", target, met,
            )
        )  # fmt: skip
    for name in ("Triptych", "naive"):
        got, pictures = bytes_sent[name]
        target, met = at_most(1, "×", got / pictures) if name == "Triptych" else ("", None)
        out.append(
            Row(
                f"sent to the browser for one comparison of 1.7 MB each ({name})",
                got / 1e6, "MB", pictures / 1e6, "the pictures", target, met,
            )
        )  # fmt: skip
    return out
