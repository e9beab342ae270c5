"""The whole story in a browser, against a gateway on loopback that is told when to answer."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path

import httpx
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import TOKEN, NewPage
from tests.browser.steps import alone, cell, drawn, generate, input_images, landed
from tests.support.faulty_gateway import FaultyGateway
from tests.support.serving import Server

ALIASES = ("nano-banana", "gpt-image", "image-gen")


def figure(page: Page, alias: str, name: str) -> float:
    """An exact figure of a cell: `latency-s` or `bytes`."""
    found = cell(page, alias).locator(f"[data-{name}]").get_attribute(f"data-{name}")
    assert found is not None
    return float(found)


def test_a_second_click_by_a_slip_of_the_hand_is_not_paid_for(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    page.goto(server.url)
    page.get_by_label("Prompt").fill("clicked twice")
    page.get_by_label("Prompt").blur()
    page.get_by_role("button", name="Generate", exact=True).evaluate(
        "button => { button.click(); setTimeout(() => button.click(), 150); }"
    )
    for alias in ("nano-banana", "gpt-image", "image-gen"):
        drawn(page, alias)
    page.reload()
    drawn(page, "gpt-image")
    assert len(gateway.requests) == 3


def test_each_picture_lands_by_itself_while_the_slow_one_is_on_its_way(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    gateway.faults["gpt-image"] = "hold"
    page.goto(server.url)
    generate(page, "A vintage scientific illustration of a hummingbird")
    landed(page, "nano-banana")
    landed(page, "image-gen")
    expect(page.get_by_text("2 of 3 landed")).to_be_visible()
    expect(cell(page, "gpt-image").get_by_role("status")).to_contain_text("usually 100–180 s")
    columns = [cell(page, alias).bounding_box() for alias in ALIASES]
    waiting = columns[1]
    lefts = [box["x"] for box in columns if box]
    assert lefts == sorted(lefts)
    assert len(set(lefts)) == 3
    top_before = columns[0] and columns[0]["y"]
    gateway.release()
    landed(page, "gpt-image")
    expect(page.get_by_text("3 of 3 landed")).to_be_visible()
    after = [cell(page, alias).bounding_box() for alias in ALIASES]
    assert [box["x"] for box in after if box] == lefts
    assert after[0] is not None
    assert after[0]["y"] == top_before
    assert waiting is not None
    assert after[1] is not None
    assert abs(after[1]["height"] - waiting["height"]) < 2
    expect(page.get_by_label("Prompt")).to_have_value(
        "A vintage scientific illustration of a hummingbird"
    )


def test_the_figures_on_the_page_are_those_of_the_csv_and_of_the_files(
    page: Page, server: Server
) -> None:
    page.goto(server.url)
    generate(page, "a red fox, =1+1, “quoted”, 狐 🦊")
    for alias in ALIASES:
        landed(page, alias)
    comparison = page.url.rsplit("=", 1)[1]
    frame = pd.read_csv(f"{server.url}/export/history.csv?comparison={comparison}")
    assert list(frame["alias"]) == list(ALIASES)
    for row in frame.itertuples():
        assert figure(page, row.alias, "latency-s") == row.latency_s
        assert figure(page, row.alias, "bytes") == row.bytes
        with page.expect_download() as download:
            cell(page, row.alias).get_by_role("link", name="Download").click()
        data = download.value.path().read_bytes()
        assert len(data) == row.bytes
        assert hashlib.sha256(data).hexdigest() == row.sha256
        assert download.value.suggested_filename.startswith(f"{row.alias}-1-")
        assert Image.open(io.BytesIO(data)).size == (row.width, row.height)
        answer = httpx.get(row.image_url)
        assert answer.content == data
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_second_browser_follows_the_link_live(
    new_page: NewPage, server: Server, gateway: FaultyGateway
) -> None:
    gateway.faults["gpt-image"] = "hold"
    first = new_page()
    first.goto(server.url)
    generate(first, "a lighthouse")
    landed(first, "nano-banana")
    first.get_by_role("button", name="Copy link").click()
    expect(first.get_by_role("button", name="Copied")).to_be_visible()
    link = first.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{server.url}/?comparison=")
    second = new_page()
    second.goto(link)
    landed(second, "nano-banana")
    expect(cell(second, "gpt-image").get_by_role("status")).to_be_visible()
    expect(second.get_by_text("a lighthouse").first).to_be_visible()
    gateway.release()
    landed(second, "gpt-image")
    landed(first, "gpt-image")
    for alias in ALIASES:
        assert figure(first, alias, "latency-s") == figure(second, alias, "latency-s")
        sources = {landed(one, alias).get_attribute("src") for one in (first, second)}
        assert len(sources) == 1


def test_closing_the_tab_changes_nothing(
    new_page: NewPage, server: Server, gateway: FaultyGateway
) -> None:
    gateway.faults["gpt-image"] = "hold"
    first = new_page()
    first.goto(server.url)
    generate(first, "a paper boat")
    landed(first, "nano-banana")
    link = first.url
    first.close()
    gateway.release()
    again = new_page()
    again.goto(link)
    for alias in ALIASES:
        landed(again, alias)
    assert sum(one.prompt == "a paper boat" for one in gateway.requests) == 3


def test_a_failed_one_says_so_and_is_retried_alone(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    gateway.faults["gpt-image"] = "http-500"
    page.goto(server.url)
    generate(page, "a teapot")
    landed(page, "nano-banana")
    landed(page, "image-gen")
    expect(cell(page, "gpt-image")).to_contain_text("HTTP 500")
    expect(page.get_by_text("2 of 3 landed, 1 without a picture")).to_be_visible()
    gateway.faults.clear()
    cell(page, "gpt-image").get_by_role("button", name="Retry").click()
    landed(page, "gpt-image")
    expect(cell(page, "gpt-image")).to_contain_text("attempt 2")
    asked = [one.alias for one in gateway.requests if one.prompt == "a teapot"]
    assert sorted(asked) == ["gpt-image", "gpt-image", "image-gen", "nano-banana"]


def test_cancel_stops_waiting_at_once(page: Page, server: Server, gateway: FaultyGateway) -> None:
    gateway.faults["gpt-image"] = "hold"
    page.goto(server.url)
    generate(page, "a windmill")
    landed(page, "nano-banana")
    landed(page, "image-gen")
    cell(page, "gpt-image").get_by_role("button", name="Cancel").click()
    expect(cell(page, "gpt-image")).to_contain_text("may still bill it")
    gateway.wait_until(lambda requests: any(one.left for one in requests))
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


@pytest.mark.parametrize("prompt", ["", "   \n\t  "])
def test_an_empty_prompt_is_refused_at_the_field(page: Page, server: Server, prompt: str) -> None:
    page.goto(server.url)
    generate(page, prompt)
    expect(page.get_by_role("alert")).to_contain_text("the prompt is empty")
    assert "comparison" not in page.url


def test_no_alias_is_refused_at_the_field(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_label("Prompt").fill("a cup")
    alone(page, "none of them")
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Choose at least one alias")
    expect(page.get_by_label("Prompt")).to_have_value("a cup")


def test_control_enter_sends_and_samples_stand_below_each_other(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    page.goto(server.url)
    page.get_by_role("radio", name="2").or_(page.get_by_role("button", name="2")).first.click()
    page.get_by_label("Prompt").fill("two by two")
    page.get_by_label("Prompt").press("Control+Enter")
    for alias in ALIASES:
        landed(page, alias, 1)
        landed(page, alias, 2)
    one, two = (cell(page, "gpt-image", n).bounding_box() for n in (1, 2))
    assert one is not None
    assert two is not None
    assert one["x"] == two["x"]
    assert one["y"] < two["y"]
    assert sum(one.prompt == "two by two" for one in gateway.requests) == 6


def test_a_setup_link_fills_the_form_and_sends_nothing(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    before = len(gateway.requests)
    page.goto(f"{server.url}/?prompt=a%20%2B%20b%20%26%20c&alias=gpt-image&samples=3")
    expect(page.get_by_label("Prompt")).to_have_value("a + b & c")
    expect(page.get_by_text("3 pictures")).to_be_visible()
    assert len(gateway.requests) == before
    page.get_by_role("button", name="Generate", exact=True).click()
    for sample in (1, 2, 3):
        landed(page, "gpt-image", sample)
    assert [one.alias for one in gateway.requests[before:]] == ["gpt-image"] * 3


@pytest.mark.parametrize("found", ["0" * 32, "nonsense", "%3Cscript%3E", "a" * 500])
def test_an_unknown_id_says_so_in_a_sentence(page: Page, server: Server, found: str) -> None:
    page.goto(f"{server.url}/?comparison={found}")
    expect(page.get_by_text("There is no comparison with this id")).to_be_visible()
    expect(page.get_by_label("Prompt")).to_be_visible()


def test_an_uploaded_image_goes_along_and_is_shown_as_sent(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    page.goto(server.url)
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((3000, 2000)).convert("RGB").save(buffer, "BMP")
    page.locator("input[type=file]").set_input_files(
        {"name": "big.bmp", "mimeType": "image/bmp", "buffer": buffer.getvalue()}
    )
    expect(page.get_by_text("2048 × 1365")).to_be_visible()
    alone(page, "gpt-image")
    generate(page, "as an oil painting")
    landed(page, "gpt-image")
    (request,) = [one for one in gateway.requests if one.prompt == "as an oil painting"]
    url = request.document["messages"][0]["content"][1]["image_url"]["url"]
    assert url.startswith("data:image/jpeg;base64,")
    page.get_by_role("button", name="Remove", exact=True).click()
    input_images(page, 0)


def test_however_large_the_inputs_are_the_request_stays_below_the_limit(
    page: Page, gateway: FaultyGateway, tmp_path: Path
) -> None:
    limit = 300_000
    with Server(tmp_path, gateway_url=gateway.url, max_body_bytes=str(limit)) as small:
        page.goto(small.url)
        pictures = []
        for number in range(3):
            buffer = io.BytesIO()
            Image.effect_noise((1500, 1000), 90 + number).convert("RGB").save(buffer, "PNG")
            pictures.append(
                {"name": f"{number}.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
            )
        alone(page, "gpt-image")
        page.locator("input[type=file]").set_input_files(pictures)
        generate(page, "three into one")  # at once: it must not leave without the images
        landed(page, "gpt-image")
        (request,) = [one for one in gateway.requests if one.prompt == "three into one"]
        assert len(request.body) <= limit
        parts = request.document["messages"][0]["content"][1:]
        shown = page.locator(".tt-asked + .tt-inputs a")
        expect(shown).to_have_count(3)
        for number, part in enumerate(parts):
            sent = base64.b64decode(part["image_url"]["url"].split(",", 1)[1])
            href = shown.nth(number).get_attribute("href")
            assert hashlib.sha256(sent).hexdigest() in (href or "")
        page.goto("about:blank")  # so that the end of the server cuts no stream of it


def test_what_is_no_picture_is_refused_at_the_field(page: Page, server: Server) -> None:
    page.goto(server.url)
    page.get_by_label("Prompt").fill("kept")
    page.locator("input[type=file]").set_input_files(
        {"name": "evil.png", "mimeType": "image/png", "buffer": b"<svg onload=alert(1)>"}
    )
    expect(page.get_by_role("alert")).to_contain_text("evil.png")
    expect(page.get_by_label("Prompt")).to_have_value("kept")


def test_a_result_can_be_used_as_input_and_pasting_adds_another(page: Page, server: Server) -> None:
    page.goto(server.url)
    alone(page, "nano-banana")
    generate(page, "a source")
    landed(page, "nano-banana")
    cell(page, "nano-banana").get_by_role("button", name="Use as input").click()
    input_images(page, 1)
    page.evaluate(
        """async () => {
          const canvas = document.createElement("canvas");
          canvas.width = canvas.height = 40;
          canvas.getContext("2d").fillRect(0, 0, 20, 20);
          const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
          const data = new DataTransfer();
          data.items.add(new File([blob], "pasted.png", { type: "image/png" }));
          document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
        }"""
    )
    input_images(page, 2)


def test_run_again_makes_a_new_comparison_of_the_same(page: Page, server: Server) -> None:
    page.goto(server.url)
    alone(page, "image-gen")
    generate(page, "once more")
    landed(page, "image-gen")
    first = page.url
    page.get_by_role("button", name="Run again").click()
    page.wait_for_url(lambda url: "comparison=" in url and url != first)
    landed(page, "image-gen")
    expect(cell(page, "nano-banana")).to_have_count(0)


def test_the_zip_holds_all_originals_a_csv_and_a_manifest(page: Page, server: Server) -> None:
    page.goto(server.url)
    generate(page, "a harbour")
    for alias in ALIASES:
        landed(page, alias)
    with page.expect_download() as download:
        page.locator(".st-key-tt-toolbar").get_by_role("link", name="Download").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        assert manifest["prompt"] == "a harbour"
        frame = pd.read_csv(io.BytesIO(archive.read("comparison.csv")))
        assert list(frame["alias"]) == list(ALIASES)
        for one in manifest["generations"]:
            (picture,) = one["pictures"]
            data = archive.read(picture["file"])
            assert hashlib.sha256(data).hexdigest() == picture["sha256"]


def test_the_curl_command_works_in_a_shell_and_never_holds_the_token(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    prompt = 'it\'s $HOME `id` \\ "quoted" $(id) 🦊'
    page.goto(server.url)
    alone(page, "nano-banana")
    generate(page, prompt)
    landed(page, "nano-banana")
    cell(page, "nano-banana").get_by_role("button", name="curl").click()
    command = (
        page.get_by_test_id("stCode")
        .get_by_role("code")
        .or_(page.locator("[data-testid=stCode] code"))
        .first.inner_text()
    )
    assert TOKEN not in command
    before = len(gateway.requests)
    done = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        check=True,
        env={"BEARER": "mine", "PATH": "/usr/bin:/bin"},
    )
    assert json.loads(done.stdout)["choices"]
    assert gateway.requests[before].prompt == prompt
    assert gateway.requests[before].headers["authorization"] == "Bearer mine"


def test_the_raw_facts_are_there_for_the_curious(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    gateway.faults["nano-banana"] = "http-502"
    page.goto(server.url)
    alone(page, "nano-banana")
    generate(page, "a broken gateway")
    expect(cell(page, "nano-banana")).to_contain_text("502")
    cell(page, "nano-banana").get_by_role("button", name="Details").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Attempt 1")
    expect(dialog).to_contain_text("gateway_error")


def test_it_fits_a_phone_as_one_column(new_page: NewPage, server: Server) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, color_scheme="dark", is_mobile=True)
    page.goto(server.url)
    generate(page, "a narrow street")
    boxes = []
    for alias in ALIASES:
        landed(page, alias)
        boxes.append(cell(page, alias).bounding_box())
    lefts = {box["x"] for box in boxes if box}
    tops = [box["y"] for box in boxes if box]
    assert len(lefts) == 1
    assert tops == sorted(tops)
    assert all(box["x"] + box["width"] <= 390 for box in boxes if box)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_hostile_text_is_inert_everywhere(page: Page, server: Server) -> None:
    page.goto(server.url)
    alone(page, "nano-banana")
    prompt = '<img src=x onerror="window.hacked=1"> </div><script>window.hacked=1</script> \u202e'
    generate(page, prompt)
    landed(page, "nano-banana")
    expect(page.locator(".tt-asked")).to_contain_text("<script>")
    page.goto(f"{server.url}/history")
    expect(page.get_by_text("generations")).to_be_visible()
    assert page.evaluate("window.hacked") is None
