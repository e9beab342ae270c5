"""A real Chromium, a real server process, and a real HTTP gateway on loopback."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.support.faulty_gateway import FaultyGateway
from tests.support.serving import Server

TOKEN = "tok-9e2d4b6a8c0f"
ARTIFACTS = Path("test-artifacts")


@pytest.fixture(scope="module")
def gateway() -> Iterator[FaultyGateway]:
    """A gateway that answers well unless a test asks for a fault."""
    with FaultyGateway() as gateway:
        yield gateway


@pytest.fixture(autouse=True)
def _well_behaved(request: pytest.FixtureRequest) -> Iterator[None]:
    """Take the faults of one test away before the next."""
    yield
    if "gateway" in request.fixturenames:
        found: FaultyGateway = request.getfixturevalue("gateway")
        found.faults.clear()
        found.release()
        found.hold_again()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, gateway: FaultyGateway) -> Iterator[Server]:
    """A server that is connected to that gateway, with an empty history."""
    with Server(
        tmp_path_factory.mktemp("data"), gateway_url=gateway.url, gateway_token=TOKEN
    ) as server:
        yield server
        assert TOKEN not in server.output


NewPage = Callable[..., Page]


@pytest.fixture
def new_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[NewPage]:
    """Makes pages, each in a browser profile of its own; errors in their consoles fail the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []
    pages: list[Page] = []

    def note(line: ConsoleMessage) -> None:
        url = line.location["url"]
        # Streamlit looks for its own base path first below the page that was asked for.
        if line.type == "error" and "/_stcore/" not in url:
            errors.append(f"{line.text} {url}")

    def make(**options: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 1000}, **options})  # type: ignore[arg-type]
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", note)
        pages.append(page)
        return page

    yield make
    ARTIFACTS.mkdir(exist_ok=True)
    name = re.sub(r"\W+", "-", request.node.name)
    for number, page in enumerate(pages):
        if not page.is_closed():
            page.screenshot(path=ARTIFACTS / f"{name}-{number}.png")
    for context in contexts:
        context.close()
    assert not errors, errors


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """One page, wide."""
    return new_page()
