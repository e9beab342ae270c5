"""The complete app while one alias misbehaves and the other two succeed."""

from __future__ import annotations

import base64
import io
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pandas as pd
import pytest
from PIL import Image
from playwright.sync_api import Page, WebSocket, expect

from tests.browser.steps import cell, generate, landed
from tests.support.faulty_gateway import HOSTILE, FaultyGateway
from tests.support.serving import Server

ALIASES = ("nano-banana", "gpt-image", "image-gen")
TOKEN = "tk/live+9e2d=4b6a8c0f-Zq"
# A deadline and a bound that hostile answers reach quickly.
SETTINGS = {"timeout_s": "5", "max_reply_bytes": "1000000"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, gateway: FaultyGateway) -> Iterator[Server]:
    with Server(
        tmp_path_factory.mktemp("data"), gateway_url=gateway.url, gateway_token=TOKEN, **SETTINGS
    ) as server:
        yield server


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("http-502", ("failed", "502 Bad Gateway")),
        ("litellm-no-database", ("failed", "did not accept the token")),
        ("moderation-400", ("refused", "declined")),
        ("text-only", ("refused", "I cannot draw that")),
        ("picture-cut-short-beside-error", ("failed", "late error")),
        ("json-null", ("failed", "answered with null")),
        ("html-200", ("failed", "a web page instead of a reply")),
        ("deep-json", ("failed", "no complete chat completion")),
        ("reset-in-body", ("failed", "lost in the middle of the reply")),
        ("endless-padding", ("failed", "deadline of 5 s passed")),
        ("gzip-bomb", ("failed", "larger than 1,000,000 bytes")),
        ("picture-cut-short", ("failed", "damaged or cut short")),
        ("picture-svg", ("failed", "an SVG drawing, not a picture")),
        ("picture-bomb", ("failed", "megapixels")),
        ("bidi-error", ("failed", "HTTP 500")),
        ("link-metadata-service", ("failed", "which is not allowed")),
    ],
)
def test_one_alias_misbehaves_and_the_other_two_never_notice(
    page: Page, server: Server, gateway: FaultyGateway, fault: str, told: tuple[str, str]
) -> None:
    state, sentence = told
    gateway.faults["gpt-image"] = fault
    page.goto(server.url)
    generate(page, f"a kite and {fault}")
    landed(page, "nano-banana")
    landed(page, "image-gen")
    expect(cell(page, "gpt-image")).to_contain_text(sentence)
    expect(cell(page, "gpt-image").get_by_role("button", name="Retry")).to_be_visible()
    expect(page.get_by_text("2 of 3 landed, 1 without a picture")).to_be_visible()
    comparison = page.url.rsplit("=", 1)[1]
    rows = pd.read_csv(f"{server.url}/export/history.csv?comparison={comparison}")
    states = dict(zip(rows["alias"], rows["state"], strict=True))
    assert states == {"nano-banana": "succeeded", "gpt-image": state, "image-gen": "succeeded"}
    said = cell(page, "gpt-image").inner_text()
    for leak in ("Traceback", "Errno", "Exception", "httpx", "<script", server.data_dir.name):
        assert leak not in said
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    assert "Traceback" not in server.output


def test_a_truncated_picture_can_be_looked_into(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    gateway.faults["gpt-image"] = "picture-cut-short"
    page.goto(server.url)
    generate(page, "half a kite")
    expect(cell(page, "gpt-image")).to_contain_text("cut short")
    cell(page, "gpt-image").get_by_role("button", name="Details").click()
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role("link", name="Download what arrived").click()
    assert download.value.suggested_filename.endswith(".bin")
    assert download.value.path().read_bytes()[:4] == b"\x89PNG"


def test_hostile_text_is_inert_on_every_page_and_in_every_file(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    gateway.faults.update(
        {"nano-banana": "hostile-text", "gpt-image": "hostile-error", "image-gen": "hostile-text"}
    )
    page.goto(server.url)
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(picture, "PNG")
    page.locator("input[type=file]").set_input_files(
        {
            "name": "![a](http:__evil.invalid)<b>=1+1\u202e.png",
            "mimeType": "image/png",
            "buffer": picture.getvalue(),
        }
    )
    expect(page.get_by_text("40 × 30")).to_be_visible()
    generate(page, HOSTILE.replace("\ud800", ""))
    landed(page, "nano-banana")
    expect(cell(page, "gpt-image")).to_contain_text("HTTP 400")
    comparison = page.url.rsplit("=", 1)[1]
    for alias in ("nano-banana", "gpt-image"):
        cell(page, alias).get_by_role("button", name="Details").click()
        expect(page.get_by_role("dialog")).to_contain_text("Attempt 1")
        page.get_by_role("dialog").get_by_role("button", name="Close").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    cell(page, "nano-banana").get_by_role("button", name="Text").click()
    expect(page.get_by_text("evil.invalid/a.png").first).to_be_visible()
    for path in ("/history", "/gateway"):
        page.goto(server.url + path)
        expect(page.get_by_test_id("stMainBlockContainer")).to_be_visible()
    assert page.evaluate("window.hacked") is None
    assert not [url for url in asked if "evil" in url]
    archive = httpx.get(f"{server.url}/download/comparison/{comparison}.zip")
    with zipfile.ZipFile(io.BytesIO(archive.content)) as files:
        assert files.testzip() is None
        assert all(re.fullmatch(r"[A-Za-z0-9._/-]+", name) for name in files.namelist())
        assert not [name for name in files.namelist() if ".." in name or name[0] == "/"]
    rows = pd.read_csv(f"{server.url}/export/history.csv?comparison={comparison}")
    for cells in rows.select_dtypes("str").to_numpy():
        assert not [one for one in cells if isinstance(one, str) and one[:1] in "=+-@\t\r"]


def spellings(token: str) -> list[bytes]:
    """Everything by which the token could be told, whatever stands before it."""
    found = [token, quote(token, safe=""), token.encode().hex()]
    found.append(re.sub(r"%..", lambda m: m[0].lower(), found[1]))
    found.append("".join(f"&#{ord(char)};" for char in token))
    found.append("".join(f"\\u{ord(char):04x}" for char in token))
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + token.encode()).decode()
        whole = encoded[4 if before else 0 : (before + len(token)) // 3 * 4]
        found += [whole, whole.replace("+", "-").replace("/", "_")]
    return [word.encode() for word in found]


def test_after_a_run_full_of_failures_the_token_is_nowhere(
    page: Page, server: Server, gateway: FaultyGateway
) -> None:
    frames: list[bytes] = []

    def listen(socket: WebSocket) -> None:
        socket.on(
            "framereceived", lambda data: frames.append(data if isinstance(data, bytes) else b"")
        )

    page.on("websocket", listen)
    served: dict[str, bytes] = {}
    echoes = ["echo-everywhere", "echo-in-text", "echo-as-page", "echo-in-location",
              "echo-token", "echo-token-500", "http-401", "redirect-elsewhere"]  # fmt: skip
    for fault in echoes:
        gateway.faults.update(dict.fromkeys(ALIASES, fault))
        page.goto(server.url)
        generate(page, f"{fault} for all")
        expect(page.get_by_text("of 3 landed").first).to_be_visible()
        expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
        cell(page, "gpt-image").get_by_role("button", name="Details").click()
        expect(page.get_by_role("dialog")).to_contain_text("Attempt 1")
        served[f"the page after {fault}"] = page.content().encode()
        comparison = page.url.rsplit("=", 1)[1]
        archive = httpx.get(f"{server.url}/download/comparison/{comparison}.zip").content
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            for name in files.namelist():
                served[f"{name} after {fault}"] = files.read(name)
    assert frames
    for path in ("/history", "/gateway"):
        page.goto(server.url + path)
        expect(page.get_by_test_id("stMainBlockContainer")).to_be_visible()
        served[path] = page.content().encode()
    served["the frames of the pages"] = b"\n".join(frames)
    served["what the server printed"] = server.output.encode()
    served["the history as CSV"] = httpx.get(f"{server.url}/export/history.csv").content
    served["health"] = httpx.get(f"{server.url}/healthz").content
    with sqlite3.connect(server.data_dir / "triptych.sqlite3") as connection:
        served["the database"] = "\n".join(connection.iterdump()).encode("utf-8", "replace")
    connection.close()
    for file in server.data_dir.rglob("*"):
        if file.is_file():  # the database's files and its log, pictures, what was kept, the spool
            served[str(file.relative_to(server.data_dir))] = file.read_bytes()
    assert b"[hidden]" in served["the database"]
    for place, content in served.items():
        for spelling in spellings(TOKEN):
            assert spelling not in content, (place, spelling)
    assert not [one for one in gateway.requests if one.elsewhere]
