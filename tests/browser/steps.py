"""What a visitor does, in the words of the stable names."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect


def generate(page: Page, prompt: str) -> None:
    """Type a prompt and press Generate."""
    page.get_by_label("Prompt").fill(prompt)
    page.get_by_role("button", name="Generate", exact=True).click()


def cell(page: Page, alias: str, sample: int = 1) -> Locator:
    """The cell of one generation."""
    return page.locator(f".st-key-generation-{alias}-{sample}")


def landed(page: Page, alias: str, sample: int = 1) -> Locator:
    """The picture of one generation, once it is there and has been loaded."""
    picture = cell(page, alias, sample).locator("img").first
    expect(picture).to_be_visible()
    page.wait_for_function(
        "e => e.complete && e.naturalWidth > 0", arg=picture.element_handle(), timeout=20_000
    )
    return picture


def drawn(page: Page, alias: str, sample: int = 1) -> None:
    """Wait until a generation's picture is there with all that belongs to it."""
    landed(page, alias, sample)
    expect(cell(page, alias, sample).locator("[data-latency-s]")).to_be_visible()


def input_images(page: Page, count: int) -> None:
    """Wait until the form holds so many input images."""
    expect(page.locator("[class*='st-key-remove-']")).to_have_count(count)


def alone(page: Page, alias: str) -> None:
    """Choose one alias and no other."""
    group = page.get_by_test_id("stButtonGroup").filter(has_text="Aliases")
    for name in ("nano-banana", "gpt-image", "image-gen"):
        pill = group.get_by_role("button", name=name)
        pressed = pill.get_attribute("aria-pressed") == "true"
        if pressed != (name == alias):
            pill.click()
            expect(pill).to_have_attribute("aria-pressed", str(name == alias).lower())
