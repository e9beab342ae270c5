"""What version 1.0.0 left, on the pages of now."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.faulty_gateway import FaultyGateway
from tests.support.serving import Server

WRITTEN = Path(__file__).parents[1] / "fixtures/version-1.0.0"
EXPECTED: dict[str, Any] = json.loads((WRITTEN / "expected.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, gateway: FaultyGateway) -> Iterator[Server]:
    """A server on a copy of its data folder."""
    folder = tmp_path_factory.mktemp("earlier") / "data"
    shutil.copytree(WRITTEN / "folder", folder)
    aliases = json.dumps([{"name": "black-forest/flux-1.1:pro@eu+x"}])
    with Server(folder, gateway_url=gateway.url, aliases=aliases) as server:
        yield server


def pictures_have_loaded(page: Page, count: int) -> None:
    page.wait_for_function(
        "n => [...document.querySelectorAll('[class*=st-key-generation-] img')]"
        ".filter(e => e.complete && e.naturalWidth > 0).length >= n",
        arg=count,
        timeout=20_000,
    )


@pytest.mark.parametrize("name", ["bird", "hostile", "formula", "arabic", "again"])
def test_a_comparison_is_shown_with_its_prompt_and_pictures(
    page: Page, served: Server, name: str
) -> None:
    comparison_id = EXPECTED["named"][name]
    of = [one for one in EXPECTED["generations"] if one["comparison_id"] == comparison_id]
    page.goto(f"{served.url}/?comparison={comparison_id}")
    landed = [one for one in of if one["state"] == "succeeded"]
    pictures_have_loaded(page, len(landed))
    first_word = next(one for one in EXPECTED["comparisons"] if one["id"] == comparison_id)[
        "prompt"
    ].split()[0]
    expect(page.get_by_text(first_word).first).to_be_visible()
    for one in landed:
        if one["answered_by"]:
            expect(page.get_by_text(one["answered_by"]).first).to_be_visible()


def test_the_history_lists_and_finds_it(page: Page, served: Server) -> None:
    page.goto(f"{served.url}/history")
    expect(page.get_by_text(f"{len(EXPECTED['generations'])} generations")).to_be_visible()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    for one in EXPECTED["filters"]:
        if "state=" in one["query"]:
            continue  # what was unfinished has ended since
        page.goto(f"{served.url}/history{one['query']}&view=gallery")
        count = len(one["generations"])
        text = "1 generation" if count == 1 else f"{count} generations"
        expect(page.get_by_text(text, exact=True)).to_be_visible()
