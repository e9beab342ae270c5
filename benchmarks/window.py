"""A real Chromium whose page notes, on the machine's clock, when what happened."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

# Clicks, messages to the server, and pictures that have loaded, each with its moment.
_NOTE = """
window.__noted = { clicks: [], sends: [], pictures: [] };
const known = new Set();
const now = () => performance.now();
document.addEventListener("click", () => window.__noted.clicks.push(now()), true);
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  window.__noted.sends.push(now());
  return send.call(this, data);
};
document.addEventListener("load", (event) => {
  const it = event.target;
  if (it.tagName !== "IMG" || !it.naturalWidth) return;
  const cell = it.closest('[class*="st-key-generation-"]');
  if (!cell) return;
  // Each reply has a picture of its own, so whatever has loaded before belongs to an earlier one.
  if (known.has(it.src)) return;
  known.add(it.src);
  const name = [...cell.classList].find((one) => one.startsWith("st-key-generation-"));
  window.__noted.pictures.push([name.slice("st-key-generation-".length), now(), it.src]);
}, true);
"""


@dataclass
class Noted:
    """What a page has noted since it was asked last, in seconds of `time.monotonic`."""

    clicks: list[float] = field(default_factory=list)
    sends: list[float] = field(default_factory=list)
    pictures: dict[str, float] = field(
        default_factory=dict
    )  # cell -> when its first picture had loaded


class Window:
    """One page of an app that is measured."""

    def __init__(self, page: Page) -> None:
        """Take a page that shows nothing yet."""
        self.page = page
        page.set_default_timeout(60_000)
        page.add_init_script(_NOTE)
        self._offset = 0.0

    def open(self, url: str) -> None:
        """Go to an address and wait until the form can be used."""
        self.page.goto(url, wait_until="commit")
        self.page.get_by_label("Prompt").wait_for()
        self.calibrate()

    def calibrate(self) -> None:
        """Find out how the page's clock stands to ours: exact to half the fastest round trip."""
        best = 9e9
        for _ in range(15):
            before = time.monotonic()
            there = self.page.evaluate("performance.now()") / 1000
            after = time.monotonic()
            if after - before < best:
                best, self._offset = after - before, (before + after) / 2 - there

    def generate(self, prompt: str) -> None:
        """Type a prompt and press Generate."""
        self.page.evaluate("Object.assign(__noted, { clicks: [], sends: [], pictures: [] })")
        field = self.page.get_by_label("Prompt")
        field.fill(prompt)
        # Leaving the field tells the server of it. Waiting for that is what a person's way from
        # field to button does; both apps get it.
        field.blur()
        self.page.wait_for_timeout(250)
        self.page.get_by_role("button", name="Generate", exact=True).click()

    def noted(self, cells: int) -> Noted:
        """Wait until that many cells have their pictures, and tell what happened when."""
        # Not at every frame, which is the default: that alone keeps the browser busy.
        self.page.wait_for_function(
            "n => new Set(__noted.pictures.map((one) => one[0])).size >= n", arg=cells, polling=100
        )
        return self.noted_now()

    def noted_now(self) -> Noted:
        """What has happened so far."""
        found: dict[str, Any] = self.page.evaluate("__noted")
        noted = Noted(
            [at / 1000 + self._offset for at in found["clicks"]],
            [at / 1000 + self._offset for at in found["sends"]],
        )
        for cell, at, _source in found["pictures"]:
            noted.pictures.setdefault(cell, at / 1000 + self._offset)
        return noted


@contextmanager
def chromium() -> Iterator[Browser]:
    """One headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("TRIPTYCH_TEST_CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser) -> Iterator[Window]:
    """A page in a browser profile of its own."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    try:
        yield Window(context.new_page())
    finally:
        context.close()
