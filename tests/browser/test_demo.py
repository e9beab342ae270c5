"""The first visit: nothing configured, the demo gateway answers."""

from __future__ import annotations

import io
from collections.abc import Iterator

import httpx
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from components.domain.version import VERSION
from tests.browser.steps import cell, generate, landed
from tests.support.serving import Server

ALIASES = ("nano-banana", "gpt-image", "image-gen")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as a newcomer starts it, only with a demo gateway that takes less time."""
    with Server(tmp_path_factory.mktemp("demo"), demo_time_scale="0.01") as server:
        yield server


def test_a_newcomer_gets_three_different_synthetic_pictures(page: Page, demo: Server) -> None:
    page.goto(demo.url)
    expect(page.get_by_text("Every picture is synthetic")).to_be_visible()
    page.get_by_role("button", name="A vintage scientific illustration of a hummingbird").click()
    expect(page.get_by_label("Prompt")).to_have_value(
        "A vintage scientific illustration of a hummingbird"
    )
    page.get_by_role("button", name="Generate", exact=True).click()
    for alias in ALIASES:
        landed(page, alias)
    expect(cell(page, "image-gen")).to_contain_text("answered by nano-banana")
    frame = pd.read_csv(f"{demo.url}/export/history.csv")
    assert set(frame["gateway"]) == {"demo (synthetic)"}
    assert set(frame["cost_usd"]) == {0.0}
    assert frame["sha256"].nunique() == 3
    assert frame["bytes"].between(400_000, 2_200_000).all()
    for url in frame["image_url"]:
        Image.open(io.BytesIO(httpx.get(url).content)).load()


def test_the_composite_alias_really_falls_back(page: Page, demo: Server) -> None:
    page.goto(demo.url)
    generate(page, "[fail nano-banana] a lighthouse")
    landed(page, "image-gen")
    expect(cell(page, "image-gen")).to_contain_text("answered by gpt-image")
    expect(cell(page, "nano-banana").get_by_role("button", name="Retry")).to_be_visible()


def test_a_refusal_is_an_outcome_of_its_own(page: Page, demo: Server) -> None:
    page.goto(demo.url)
    generate(page, "[refuse gpt-image] a portrait")
    landed(page, "nano-banana")
    expect(cell(page, "gpt-image")).to_contain_text("refused")


def test_the_demo_answers_curl_as_the_gateway_does(demo: Server) -> None:
    answer = httpx.post(
        f"{demo.url}/demo/v1/chat/completions",
        json={"model": "nano-banana", "stream": False,
              "messages": [{"role": "user", "content": "a cup of coffee"}]},
        timeout=30,
    ).json()  # fmt: skip
    url = answer["choices"][0]["message"]["images"][0]["image_url"]["url"]
    assert url.startswith("data:image/jpeg;base64,")


def test_the_gateway_page_tells_what_is_there_and_tries_it(page: Page, demo: Server) -> None:
    page.goto(f"{demo.url}/gateway")
    expect(page.get_by_text("fast iteration, photorealism")).to_be_visible()
    expect(page.get_by_text(f"Triptych {VERSION}", exact=True)).to_be_visible()
    expect(page.get_by_text("image-gen: rough, as of 20")).to_be_visible()
    page.get_by_role("button", name="Try the gateway").click()
    expect(page.get_by_text("The gateway answers and lists 3 models")).to_be_visible()
    expect(page.get_by_text("[fail]", exact=True)).to_be_visible()
