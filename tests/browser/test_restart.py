"""A server that dies in mid-run, and what the next one makes of it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import TOKEN, NewPage
from tests.browser.steps import cell, generate, landed
from tests.support.faulty_gateway import FaultyGateway
from tests.support.serving import Server


@pytest.mark.parametrize("end", ["kill", "stop"])
def test_finished_stays_finished_queued_runs_and_in_flight_is_interrupted(
    new_page: NewPage, gateway: FaultyGateway, tmp_path: Path, end: str
) -> None:
    gateway.faults["gpt-image"] = "hold"
    settings = {"gateway_url": gateway.url, "gateway_token": TOKEN, "max_running": "1"}
    prompt = f"a clock tower, {end}"
    with Server(tmp_path, **settings) as server:
        page = new_page()
        page.goto(server.url)
        generate(page, prompt)
        landed(page, "nano-banana")
        gateway.wait_until(lambda requests: sum(one.prompt == prompt for one in requests) == 2)
        link = page.url
        expect(cell(page, "image-gen").get_by_role("status")).to_contain_text(
            "waiting for its turn"
        )
        page.close()
        if end == "kill":
            server.kill()
        else:
            assert server.stop() in (0, -15)
        server.start()
        page = new_page()
        page.goto(link)
        landed(page, "nano-banana")
        landed(page, "image-gen")
        expect(cell(page, "gpt-image")).to_contain_text("interrupted")
        assert sum(one.prompt == prompt for one in gateway.requests) == 3
        gateway.faults.clear()
        cell(page, "gpt-image").get_by_role("button", name="Retry").click()
        landed(page, "gpt-image")
        frame = pd.read_csv(f"{server.url}/export/history.csv")
        assert list(frame["state"]) == ["succeeded"] * 3
        assert list(frame["attempt"]) == [1, 2, 1]
        assert TOKEN not in server.output
        page.goto("about:blank")  # so that the end of the server cuts no stream of it
    assert sum(one.prompt == prompt for one in gateway.requests) == 4
