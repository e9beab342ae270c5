"""One component alone in a blank page of a real Chromium, with a clock that the test sets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from components.ui.frontend import assets
from tests.support.news_server import NewsServer

_MOUNT = """
async ([name, source, html, data]) => {
  window.triggers ??= [];
  window.mounted ??= {};
  if (!mounted[name]) {
    // As Streamlit does: a module from a blob, in an element that stays.
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const parentElement = document.createElement("div");
    parentElement.id = name;
    parentElement.innerHTML = html;
    document.body.append(parentElement);
    mounted[name] = { draw: (await import(url)).default, parentElement };
  }
  const { draw, parentElement } = mounted[name];
  const setTriggerValue = (trigger, value) => triggers.push([trigger, value]);
  mounted[name].forget = draw({ data, parentElement, setTriggerValue });
}
"""


class Stage:
    """A page on which components are drawn as Streamlit draws them, and what they triggered."""

    def __init__(self, page: Page, server: NewsServer) -> None:
        self.page, self.server = page, server

    def draw(self, name: str, data: dict[str, Any], html: str | None = None) -> None:
        """Draw a component, or draw it anew with other data; `html` in place of its own."""
        if html is None:
            html = "" if name in ("listen", "paste") else assets.html(f"{name}.html")
        self.page.evaluate(_MOUNT, [name, assets.javascript(f"{name}.js"), html, data])

    def forget(self, name: str) -> None:
        """Take a component off the page."""
        self.page.evaluate("name => mounted[name].forget()", name)

    @property
    def triggers(self) -> list[list[Any]]:
        """What was triggered so far, as names and values."""
        found: list[list[Any]] = self.page.evaluate("triggers")
        return found

    def pass_time(self, milliseconds: int) -> None:
        """Let so much time pass on the page's clock."""
        self.page.clock.run_for(milliseconds)

    def until(self, condition: str) -> None:
        """Wait until this is true on the page, whatever its clock says."""
        for _ in range(2_000):
            # Each question is a task of its own on the page, after those that waited before it.
            if self.page.evaluate(condition):
                return
        raise AssertionError(f"never true: {condition}")


@pytest.fixture
def stage(browser: Browser) -> Iterator[Stage]:
    """A blank page of a small server; time stands still on it."""
    with NewsServer() as server:
        context = browser.new_context()
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.clock.install(time=0)
        page.goto(server.url)
        page.clock.pause_at(10_000)
        yield Stage(page, server)
        context.close()
        assert not errors, errors
