"""News as they are pushed: to everyone who watches, through a proxy that cuts, until the stop."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.browser.conftest import TOKEN
from tests.browser.steps import cell, drawn, generate, landed
from tests.support.faulty_gateway import FaultyGateway
from tests.support.serving import Server


class HeldSocket:
    """The page's WebSocket, of which nothing reaches the server while it is held back."""

    def __init__(self, page: Page) -> None:
        self.held_back = False
        page.route_web_socket(re.compile("/_stcore/stream"), self._relay)

    def _relay(self, from_page: WebSocketRoute) -> None:
        to_server = from_page.connect_to_server()
        to_server.on_message(from_page.send)
        from_page.on_message(lambda one: None if self.held_back else to_server.send(one))


def shown(page: Page) -> str:
    """The id of the comparison that the page shows."""
    expect(page).to_have_url(re.compile(r"comparison=[0-9a-f]{32}"))
    return page.url.rsplit("=", 1)[1]


def news(lines: Iterator[str]) -> dict[str, object]:
    """The next news of an event stream."""
    line = next(line for line in lines if line.startswith("data: "))
    found: dict[str, object] = json.loads(line.removeprefix("data: "))
    return found


def test_where_a_proxy_cuts_the_stream_the_page_asks_instead(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    asked: list[str] = []

    def proxy(route: Route) -> None:
        if "once=1" in route.request.url:
            asked.append(route.request.url)
            route.continue_()
        else:
            route.fulfill(content_type="text/event-stream", body="retry: 10\n\n")

    page.route(re.compile("/live/"), proxy)
    gateway.faults["gpt-image"] = "hold"
    page.goto(server.url)
    generate(page, "a stream that is cut")
    landed(page, "nano-banana")
    gateway.release()
    landed(page, "gpt-image")
    expect(page.get_by_text("3 of 3 landed")).to_be_visible()
    assert asked


def test_pictures_land_where_a_proxy_lets_nothing_of_the_news_through(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    page.route(
        re.compile("/live/"), lambda route: route.fulfill(content_type="text/event-stream", body="")
    )
    gateway.faults["gpt-image"] = "hold"
    page.goto(server.url)
    generate(page, "no news at all")
    drawn(page, "nano-banana")
    gateway.release()
    drawn(page, "gpt-image")
    expect(page.get_by_text("3 of 3 landed")).to_be_visible()


def test_a_preview_that_does_not_load_leaves_the_clock_in_its_place(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    socket = HeldSocket(page)
    gateway.faults["gpt-image"] = "hold"
    page.goto(server.url)
    generate(page, "a preview that is away")
    for alias in ("nano-banana", "image-gen"):
        drawn(page, alias)
    socket.held_back = True
    page.route(re.compile("/app/static/preview/"), lambda route: route.fulfill(status=204))
    gateway.release()
    waited = cell(page, "gpt-image")
    expect(waited.get_by_text("landed, on its way to this page")).to_be_visible()
    expect(waited.locator(".tt-value")).to_have_count(2)
    expect(waited.locator("img")).to_have_count(0)
    expect(waited.locator(".tt-clock")).to_be_visible()


def test_everyone_who_watches_is_told_the_same(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    gateway.faults["gpt-image"] = "hold"
    page.goto(server.url)
    generate(page, "watched by two")
    landed(page, "nano-banana")
    landed(page, "image-gen")
    address = f"{server.url}/live/{shown(page)}"
    with httpx.stream("GET", address) as one, httpx.stream("GET", address) as two:
        streams = (one.iter_lines(), two.iter_lines())
        before = [news(lines) for lines in streams]
        assert before[0] == before[1] == httpx.get(f"{address}?once=1").json()
        gateway.release()
        after = [news(lines) for lines in streams]
    assert after[0] == after[1]
    told, known = after[0]["landed"], before[0]["landed"]
    assert isinstance(told, dict)
    assert isinstance(known, dict)
    (new,) = told.keys() - known.keys()
    picture = landed(page, "gpt-image").get_attribute("src")
    assert picture == told[new]["preview"]
    drawn = cell(page, "gpt-image")
    latency, size = told[new]["figures"]
    expect(drawn.locator("[data-latency-s]")).to_have_text(latency["value"])
    expect(drawn.locator("[data-bytes]")).to_have_text(size["value"])
    expect(drawn.get_by_text(size["unit"])).to_be_visible()


def test_a_picture_and_its_figures_are_shown_without_a_rerun(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    socket = HeldSocket(page)
    gateway.faults["gpt-image"] = "hold"
    page.goto(server.url)
    generate(page, "shown before anything is drawn anew")
    for alias in ("nano-banana", "image-gen"):
        expect(cell(page, alias).locator("[data-latency-s]")).to_be_visible()
    socket.held_back = True
    gateway.release()
    landed(page, "gpt-image")
    waited = cell(page, "gpt-image")
    expect(page.get_by_text("3 of 3 landed")).to_be_visible()
    shown_first = waited.locator(".tt-value").all_inner_texts()
    expect(waited.locator(".tt-wait")).to_be_visible()  # not drawn anew so far
    expect(waited.get_by_role("button", name="Cancel")).to_be_hidden()
    socket.held_back = False
    page.reload()
    expect(cell(page, "gpt-image").locator("[data-latency-s]")).to_be_visible()
    assert cell(page, "gpt-image").locator(".tt-value").all_inner_texts() == shown_first


def test_streams_end_when_the_server_is_asked_to_stop(
    page: Page, gateway: FaultyGateway, tmp_path: Path
) -> None:
    gateway.faults["gpt-image"] = "hold"
    with (
        Server(tmp_path, gateway_url=gateway.url, gateway_token=TOKEN) as server,
        ThreadPoolExecutor() as threads,
    ):
        page.goto(server.url)
        generate(page, "watched until the end")
        landed(page, "nano-banana")
        address = f"{server.url}/live/{shown(page)}"
        page.goto("about:blank")
        with httpx.stream("GET", address) as one, httpx.stream("GET", address) as two:
            streams = [one.iter_lines(), two.iter_lines()]
            for lines in streams:
                news(lines)
            ends = [threads.submit(list, lines) for lines in streams]
            assert server.stop() in (0, -15)
            for end in ends:
                assert end.result() is not None  # it ended properly, not in mid-chunk


def test_a_retried_cell_waits_without_the_picture_of_another_generation(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    page.goto(server.url)
    generate(page, "the first of two")
    landed(page, "nano-banana")
    gateway.faults["nano-banana"] = "hold"
    first = shown(page)
    page.get_by_role("button", name="Run again").click()
    expect(page).not_to_have_url(re.compile(first))
    expect(cell(page, "nano-banana").get_by_role("status")).to_be_visible()
    expect(cell(page, "nano-banana").locator("img")).to_have_count(0)
