"""The history page where there are more tags than a list of choices can hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from components.domain.filters import Filter
from components.storage.annotations import Annotations
from components.storage.history.history import History
from tests.support.archive_samples import fill
from tests.support.serving import Server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with three comparisons, and 900 tags on the newest generation."""
    folder = tmp_path_factory.mktemp("choices")
    store, _ = fill(folder, 3)
    page = History(store).page(Filter(), offset=0, limit=2)
    first, second = page["generation_id"]
    Annotations(store).tag([first], [f"tag {number:04}" for number in range(900)])
    Annotations(store).tag([second], ["Client Zürich"])
    store.close()
    with Server(folder) as server:
        yield server


def test_a_link_to_a_tag_beyond_the_list_finds_what_has_it(page: Page, served: Server) -> None:
    page.goto(f"{served.url}/history?tag=tag%200201&tag=tag%200899")
    expect(page.get_by_text("1 generation", exact=True)).to_be_visible()
    assert "tag=tag+0201" in page.url.replace("%20", "+")
    expect(page.get_by_text("cannot be found here")).to_be_hidden()


def test_a_part_of_a_tag_that_is_typed_finds_it(page: Page, served: Server) -> None:
    page.goto(f"{served.url}/history")
    expect(page.get_by_text("6 generations")).to_be_visible()
    page.get_by_role("button", name="More filters").click()
    box = page.get_by_role("combobox", name="Tag")
    box.fill("ZÜRICH")
    page.get_by_text("Add: ZÜRICH").click()
    expect(page.get_by_text("There is no tag “ZÜRICH”")).to_be_visible()
    expect(page.get_by_text("“Client Zürich”")).to_be_visible()
    box.fill("client")
    page.get_by_role("option", name="Client Zürich").click()
    expect(page.get_by_text("1 generation", exact=True)).to_be_visible()
