"""Copying a link, pasting images, and the shortcut that must not leave an upload behind."""

from __future__ import annotations

import base64
from typing import Any

from playwright.sync_api import Dialog, expect

from tests.ui.frontend.conftest import Stage

_CLIPBOARD = """
accepts => {
  window.copied = [];
  const writeText = async (text) => {
    if (!accepts) throw new DOMException("refused", "NotAllowedError");
    copied.push(text);
  };
  Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText } });
}
"""
_SELECTION = """
accepts => {
  document.execCommand = (command) => {
    if (accepts === null) throw new Error("not offered");
    if (accepts) copied.push(`${command} ${document.activeElement.value}`);
    return accepts;
  };
}
"""
_PASTE = """
files => {
  const clipboardData = new DataTransfer();
  for (const [name, type, text] of files)
    clipboardData.items.add(new File([text], name, { type }));
  const event = new ClipboardEvent("paste", { clipboardData, cancelable: true });
  document.dispatchEvent(event);
  return event.defaultPrevented;
}
"""
_KEYS = """
() => {
  window.keys = 0;
  document.addEventListener("keydown", (event) => { keys += event.defaultPrevented ? 100 : 1; });
}
"""


def copy_button(stage: Stage, *, clipboard: bool, selection: bool | None = False) -> None:
    stage.draw("copy", {"label": "<i>Copy", "title": "A link", "path": "/?comparison=c"})
    stage.page.evaluate(_CLIPBOARD, clipboard)
    stage.page.evaluate(_SELECTION, selection)


def test_a_link_is_copied_whole_and_the_button_says_so_for_a_moment(stage: Stage) -> None:
    copy_button(stage, clipboard=True)
    button = stage.page.get_by_role("button")
    expect(button).to_have_text("<i>Copy")
    expect(button).to_have_attribute("title", "A link")
    button.click()
    expect(button).to_have_text("Copied")
    assert stage.page.evaluate("copied") == [f"{stage.server.url}/?comparison=c"]
    stage.pass_time(1_700)
    button.click()
    stage.until("copied.length === 2")
    stage.pass_time(1_700)
    expect(button).to_have_text("Copied")
    stage.pass_time(200)
    expect(button).to_have_text("<i>Copy")


def test_a_refused_clipboard_is_gone_around_by_a_selection(stage: Stage) -> None:
    copy_button(stage, clipboard=False, selection=True)
    stage.page.get_by_role("button").click()
    expect(stage.page.get_by_role("button")).to_have_text("Copied")
    assert stage.page.evaluate("copied") == [f"copy {stage.server.url}/?comparison=c"]
    expect(stage.page.locator("textarea")).to_have_count(0)


def test_where_neither_works_the_link_is_shown_to_be_copied_by_hand(stage: Stage) -> None:
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.default_value)
        dialog.dismiss()

    stage.page.on("dialog", answer)
    for selection in (False, None):
        copy_button(stage, clipboard=False, selection=selection)
        stage.page.get_by_role("button").click()
        expect(stage.page.get_by_role("button")).to_have_text("<i>Copy")
    stage.until("true")
    assert asked == [f"{stage.server.url}/?comparison=c"] * 2
    expect(stage.page.locator("textarea")).to_have_count(0)


def listen(stage: Stage, **changes: Any) -> None:
    stage.draw("paste", {"maxFiles": 2, "maxBytes": 10, "pending": ".pending"} | changes)


def test_pasted_images_arrive_with_their_bytes_as_many_as_fit_into_the_form(stage: Stage) -> None:
    listen(stage)
    files = [[f"{name}.png", "image/png", name] for name in "abc"]
    assert stage.page.evaluate(_PASTE, files) is True
    stage.until("triggers.length === 1")
    ((name, pasted),) = stage.triggers
    assert name == "pasted"
    assert [(one["name"], one["size"], base64.b64decode(one["base64"])) for one in pasted] == [
        ("a.png", 1, b"a"),
        ("b.png", 1, b"b"),
    ]


def test_an_image_that_is_too_large_arrives_without_its_bytes(stage: Stage) -> None:
    listen(stage)
    stage.page.evaluate(_PASTE, [["large.png", "image/png", "x" * 11], ["a.png", "image/png", "a"]])
    stage.until("triggers.length === 1")
    assert stage.triggers[0][1] == [
        {"name": "large.png", "size": 11, "base64": ""},
        {"name": "a.png", "size": 1, "base64": "YQ=="},
    ]


def test_what_is_no_image_is_left_to_the_field_that_it_is_pasted_into(stage: Stage) -> None:
    listen(stage)
    assert stage.page.evaluate(_PASTE, [["notes.txt", "text/plain", "a"]]) is False
    assert stage.page.evaluate(_PASTE, []) is False
    mixed = [["notes.txt", "text/plain", "a"], ["b.png", "image/png", "b"]]
    assert stage.page.evaluate(_PASTE, mixed) is True
    stage.until("triggers.length === 1")
    assert [one["name"] for one in stage.triggers[0][1]] == ["b.png"]


def test_a_paste_is_taken_once_however_often_the_page_was_drawn_and_not_after_it(
    stage: Stage,
) -> None:
    for _ in range(3):
        listen(stage)
    one = [["a.png", "image/png", "a"]]
    stage.page.evaluate(_PASTE, one)
    stage.until("triggers.length === 1")
    stage.forget("paste")
    assert stage.page.evaluate(_PASTE, one) is False
    assert len(stage.triggers) == 1


def test_the_shortcut_is_held_back_while_a_file_is_on_its_way_and_nothing_else_is(
    stage: Stage,
) -> None:
    listen(stage)
    stage.page.evaluate(_KEYS)
    stage.page.keyboard.press("Control+Enter")
    assert stage.page.evaluate("keys") == 2  # the modifier itself and the key
    stage.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<i class=pending></i>')")
    for shortcut in ("Control+Enter", "Meta+Enter"):
        stage.page.keyboard.press(shortcut)
    assert stage.page.evaluate("keys") == 4  # the modifiers alone
    stage.page.keyboard.press("Enter")
    stage.page.keyboard.press("Control+a")
    assert stage.page.evaluate("keys") == 7
