"""Makes the README's pictures from the running app: `python -m tests.browser.screenshots`."""

from __future__ import annotations

import io
import os
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.steps import cell, drawn, generate
from tests.support.serving import ROOT, Server

FOLDER = ROOT / "docs"
expect.set_options(timeout=40_000)
PROMPT = "A vintage scientific illustration of a hummingbird"
ALIASES = ("nano-banana", "gpt-image", "image-gen")


def shoot(page: Page, name: str) -> None:
    """Write what the page shows now as `docs/<name>.webp`."""
    FOLDER.mkdir(exist_ok=True)
    page.mouse.move(0, 0)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    image.save(FOLDER / f"{name}.webp", quality=82, method=6)
    sys.stdout.write(f"docs/{name}.webp {image.width} × {image.height}\n")


def story(browser: Browser, url: str) -> None:
    """The first comparison, while waiting, finished, with a failure, on a phone; the history."""
    page = browser.new_page(viewport={"width": 1400, "height": 1130})
    page.goto(url)
    generate(page, PROMPT)
    drawn(page, "nano-banana")
    drawn(page, "image-gen")
    shoot(page, "waiting")
    drawn(page, "gpt-image")
    expect(page.get_by_text("3 of 3 landed")).to_be_visible()
    shoot(page, "compare")
    link = page.url
    generate(page, "[fail gpt-image 402] A neon sign that says “OPEN LATE” in the rain at night")
    drawn(page, "nano-banana")
    expect(cell(page, "gpt-image").get_by_role("button", name="Retry")).to_be_visible()
    drawn(page, "image-gen")
    shoot(page, "failure")
    for prompt in ("A lighthouse on a cliff in golden evening light", "Three robots drinking tea"):
        generate(page, prompt)
        for alias in ALIASES:
            drawn(page, alias)
    page.goto(f"{url}/history")
    expect(page.get_by_text("generations")).to_be_visible()
    page.wait_for_load_state("networkidle")
    shoot(page, "history")
    phone = browser.new_page(viewport={"width": 390, "height": 1500}, color_scheme="dark")
    phone.goto(link)
    for alias in ALIASES[:2]:
        drawn(phone, alias)
    shoot(phone, "phone")


def main() -> None:
    """Start a server with an empty history and the demo gateway, and walk through it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("TRIPTYCH_TEST_CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox"],
        )
        story(browser, server.url)
        browser.close()


if __name__ == "__main__":
    main()
