"""The disk is full in mid-run: the page says so, and nothing that was paid for is lost."""

from __future__ import annotations

import resource
from pathlib import Path

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import TOKEN, NewPage
from tests.browser.steps import cell, generate, landed
from tests.support.faulty_gateway import FaultyGateway
from tests.support.serving import Server


def room(server: Server, limit: int) -> None:
    """Let the server's files grow to so many bytes: the kernel refuses its writes beyond that.

    The nearest to a full disk that needs neither a mount nor a privilege.
    """
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


def test_a_full_disk_is_told_and_pictures_land_as_soon_as_there_is_room(
    new_page: NewPage, gateway: FaultyGateway, tmp_path: Path
) -> None:
    gateway.faults.update({"gpt-image": "hold", "image-gen": "hold"})
    with Server(tmp_path, gateway_url=gateway.url, gateway_token=TOKEN) as server:
        page = new_page()
        page.goto(server.url)
        generate(page, "a small harbour")
        landed(page, "nano-banana")
        gateway.wait_until(lambda all_: sum("harbour" in one.prompt for one in all_) == 3)
        room(server, 0)
        gateway.release()
        for alias in ("gpt-image", "image-gen"):
            expect(cell(page, alias)).to_contain_text(
                "The picture has arrived and waits to be stored. The media store"
            )
        health = httpx.get(f"{server.url}/healthz")
        assert health.status_code == 503
        assert health.json()["waiting_for_storage"] == 2
        second = new_page()
        second.goto(page.url)
        landed(second, "nano-banana")
        second.get_by_role("button", name="Run again").click()
        expect(second.get_by_role("alert")).to_contain_text("Nothing was sent.")
        room(server, resource.RLIM_INFINITY)
        for alias in ("gpt-image", "image-gen"):
            landed(page, alias)
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        assert "Traceback" not in server.output
        assert not list((tmp_path / "arrived").iterdir())
        for one in (page, second):
            one.goto("about:blank")  # so that the end of the server cuts no stream of it
    assert sum("harbour" in one.prompt for one in gateway.requests) == 3
