"""The history page: found, opened, exported."""

from __future__ import annotations

import pandas as pd
from playwright.sync_api import Page, expect

from tests.browser.steps import generate, landed
from tests.support.faulty_gateway import FaultyGateway
from tests.support.serving import Server


def test_what_was_generated_is_found_opened_and_exported(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    gateway.faults["gpt-image"] = "http-500"
    for prompt in ("a crimson Hummingbird", "a grey whale"):
        page.goto(server.url)
        generate(page, prompt)
        landed(page, "nano-banana")
        landed(page, "image-gen")
        expect(page.get_by_text("2 of 3 landed, 1 without a picture")).to_be_visible()
    whale = page.url
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("6 generations")).to_be_visible()

    page.get_by_label("Search prompts").fill("hummingbird")
    page.get_by_label("Search prompts").press("Enter")
    expect(page.get_by_text("3 generations")).to_be_visible()
    assert "q=hummingbird" in page.url
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    frame = pd.read_csv(download.value.path())
    assert set(frame["prompt"]) == {"a crimson Hummingbird"}
    assert list(frame["state"]) == ["succeeded", "failed", "succeeded"]

    page.goto(f"{server.url}/history?state=failed&q=whale")
    expect(page.get_by_text("1 generation", exact=True)).to_be_visible()

    page.goto(f"{server.url}/history?q=whale")
    expect(page.get_by_text("3 generations")).to_be_visible()
    table = page.get_by_test_id("stDataFrame")
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 300, box["y"] + 40 + 28)
    page.wait_for_url(whale)
    landed(page, "nano-banana")


def test_an_empty_filter_result_says_so(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/history?q=nothing%20like%20this%20%25_")
    expect(page.get_by_text("No generation fits this filter")).to_be_visible()
