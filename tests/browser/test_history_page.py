"""The history page in use: filters and pages in the URL, marks, deleting, side by side, import."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from components.domain.filters import Filter
from components.storage.archives import add
from components.storage.history.history import History
from tests.support.archive_samples import comparisons, fill
from tests.support.serving import Server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose history has 40 comparisons, two generations each."""
    folder = tmp_path_factory.mktemp("history")
    store, media = fill(folder, 40)
    store.close()
    del media
    with Server(folder) as server:
        yield server


def rows(page: Page) -> None:
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()


def tick(page: Page, *numbers: int) -> None:
    """Tick rows of the table by their boxes, counted from 0."""
    rows(page)
    for done, number in enumerate(numbers, 1):
        box = page.get_by_test_id("stDataFrame").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 16, box["y"] + 40 + 28 + 56 * number)
        expect(page.get_by_text(f"{done} ticked")).to_be_visible()


def test_filter_order_view_and_page_live_in_the_url(page: Page, served: Server) -> None:
    page.goto(f"{served.url}/history?alias=gpt-image&sort=slowest&page=2")
    expect(page.get_by_text("40 generations")).to_be_visible()
    rows(page)
    assert "page=2" in page.url
    assert "upto=" in page.url
    page.locator(".st-key-view").get_by_text("gallery").click()
    expect(page.get_by_text("the newest come first")).to_be_visible()
    page.wait_for_url("**view=gallery**")
    assert "page=2" not in page.url
    assert "upto=" not in page.url
    expect(page.locator(".tt-line")).to_have_count(10)
    link = page.url
    page.goto(f"{served.url}/gateway")
    page.goto(link)
    expect(page.locator(".tt-line")).to_have_count(10)
    page.locator(".tt-line-prompt").first.click()
    page.wait_for_url("**/?comparison=*")


def test_what_a_link_asks_for_and_is_not_here_is_said(page: Page, served: Server) -> None:
    page.goto(f"{served.url}/history?alias=nobody&state=melted&from=yesterday&page=-7&upto=x")
    expect(page.get_by_text("“nobody”")).to_be_visible()
    expect(page.get_by_text("“melted”")).to_be_visible()
    expect(page.get_by_text("“yesterday”")).to_be_visible()
    expect(page.get_by_text("80 generations")).to_be_visible()


def test_rows_are_starred_tagged_and_noted_and_found_by_it(page: Page, served: Server) -> None:
    page.goto(f"{served.url}/history?q=%22number%207%20%22")
    expect(page.get_by_text("2 generations")).to_be_visible()
    tick(page, 0, 1)
    page.get_by_role("button", name="Star", exact=False).click()
    expect(page.get_by_role("button", name="Unstar")).to_be_visible()
    page.get_by_role("button", name="Tags").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Tags").fill("client A")
    dialog.get_by_label("Tags").press("Enter")
    dialog.get_by_label("Tags").press("Tab")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Note").click()
    dialog.get_by_role("textbox").fill("the left wing is odd")
    dialog.get_by_role("textbox").press("Control+Enter")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    page.goto(f"{served.url}/history?tag=client%20A&starred=true")
    expect(page.get_by_text("2 generations")).to_be_visible()
    lines = httpx.get(f"{served.url}/export/history.jsonl?tag=client%20A").text.splitlines()
    assert len(lines) == 2
    assert all('"note": "the left wing is odd"' in line for line in lines)
    assert all('"tags": ["client A"]' in line and '"starred": true' in line for line in lines)


def test_chosen_generations_hang_side_by_side_under_an_address_of_their_own(
    page: Page, served: Server
) -> None:
    page.goto(f"{served.url}/history")
    tick(page, 0, 3)
    page.get_by_role("button", name="Side by side").click()
    expect(page.locator("article[data-generation]")).to_have_count(2)
    assert page.url.count("generation=") == 2
    page.reload()
    expect(page.locator("article[data-generation]")).to_have_count(2)
    expect(page.get_by_text("Open its comparison").first).to_be_visible()
    page.goto(f"{served.url}/selection?generation={'0' * 32}")
    expect(page.get_by_text("1 of the generations that the link names is not here")).to_be_visible()


def test_deleting_asks_first_and_takes_the_picture_along(page: Page, served: Server) -> None:
    url = f"{served.url}/export/history.jsonl?q=%22number%2011%20%22"
    page.goto(f"{served.url}/history?q=%22number%2011%20%22")
    expect(page.get_by_text("2 generations")).to_be_visible()
    pictures = [line.split('"image_url": "')[1].split('"')[0] for line in
                httpx.get(url).text.splitlines()]  # fmt: skip
    assert {httpx.get(one).status_code for one in pictures} == {200}
    tick(page, 0, 1)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_text("2 generations", exact=True)).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No generation fits this filter")).to_be_visible()
    expect(page.get_by_text("2 deleted.")).to_be_visible()
    assert {httpx.get(one).status_code for one in pictures} == {404}


def test_figures_over_the_filter_are_shown_on_demand(page: Page, served: Server) -> None:
    page.goto(f"{served.url}/history?figures=true&q=number")
    table = page.locator(".tt-figures-table")
    expect(table).to_contain_text("Median latency (s)")
    expect(table.locator("tr.tt-all")).to_contain_text("all of them")
    expect(page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")
           .first).to_be_visible()  # fmt: skip


def test_later_pages_stay_while_results_arrive(page: Page, served: Server) -> None:
    page.goto(f"{served.url}/history?view=gallery&page=2")
    first = page.locator(".tt-line-prompt").first
    expect(first).to_be_visible()
    before = first.inner_text()
    from benchmarks.synthetic_history import open_folder

    store, media = open_folder(served.data_dir)
    add(store, comparisons(media, 12, seed=99))
    assert History(store).count(Filter()).number > 80
    store.close()
    page.reload()
    expect(page.get_by_text("Newer results have arrived")).to_be_visible()
    assert page.locator(".tt-line-prompt").first.inner_text() == before
    page.get_by_role("button", name="Show them").click()
    expect(page.get_by_text("Newer results have arrived")).to_be_hidden()
    assert "upto=" not in page.url


def test_an_exported_zip_is_taken_in_on_the_page_and_a_bad_one_is_refused(
    page: Page, served: Server
) -> None:
    exported = httpx.get(
        f"{served.url}/export/history.zip?q=%22number%203%20of%20series%201%22"
    ).content
    assert "manifest.jsonl" in zipfile.ZipFile(io.BytesIO(exported)).namelist()
    page.goto(f"{served.url}/history")
    page.get_by_role("button", name="Import").click()
    upload = page.get_by_role("dialog").locator("input[type=file]")
    upload.set_input_files({"name": "a.zip", "mimeType": "application/zip", "buffer": exported})
    expect(page.get_by_text("2 were here already")).to_be_visible()
    upload.set_input_files({"name": "b.zip", "mimeType": "application/zip", "buffer": b"PK\3\4no"})
    expect(page.get_by_text("This is not a ZIP file, or it is damaged")).to_be_visible()


def test_every_export_answers_with_its_type_as_a_file(served: Server) -> None:
    types = {
        "csv": "text/csv; charset=utf-8",
        "jsonl": "application/jsonl; charset=utf-8",
        "parquet": "application/vnd.apache.parquet",
        "zip": "application/zip",
    }
    for extension, content_type in types.items():
        answer = httpx.get(f"{served.url}/export/history.{extension}?alias=gpt-image&q=number")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == content_type
        assert f"triptych-history.{extension}" in answer.headers["content-disposition"]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.content
    assert httpx.get(f"{served.url}/export/history.xlsx").status_code == 404
    refused = httpx.get(f"{served.url}/export/history.parquet?from=yesterday")
    assert refused.status_code == 400
    assert "neither a date" in refused.text


def test_a_comparison_as_one_html_file_shows_its_pictures_offline(
    new_page: object, served: Server
) -> None:
    rows = httpx.get(f"{served.url}/export/history.jsonl?q=%22number%205%20%22").text.splitlines()
    comparison = rows[0].split('"comparison_id": "')[1].split('"')[0]
    answer = httpx.get(f"{served.url}/download/comparison/{comparison}.html")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "attachment" in answer.headers["content-disposition"]
    page: Page = new_page()  # type: ignore[operator]
    page.context.set_offline(True)
    page.set_content(answer.text)
    expect(page.locator("figure img")).to_have_count(2)
    assert page.evaluate("[...document.images].every(one => one.naturalWidth > 0)")
    assert httpx.get(f"{served.url}/download/comparison/{'0' * 32}.html").status_code == 404


def test_a_phone_shows_the_gallery_without_scrolling_sideways(
    new_page: object, served: Server
) -> None:
    page: Page = new_page(viewport={"width": 390, "height": 800})  # type: ignore[operator]
    page.goto(f"{served.url}/history?view=gallery")
    expect(page.locator(".tt-line")).to_have_count(10)
    width = page.evaluate("document.querySelector('.stMainBlockContainer').scrollWidth")
    assert width <= 390
