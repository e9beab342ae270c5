"""The clocks: of a frame that waits and of a comparison as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.ui.frontend.conftest import Stage


def wait(stage: Stage, **changes: Any) -> None:
    data = {"generation": "g", "elapsed": 0, "usually": "usually 12–15 s", "until": 15, "say": ""}
    stage.draw("wait", data | changes)


def elapsed(stage: Stage, **changes: Any) -> None:
    data = {"id": "c", "version": 3, "text": "1 of 3 landed", "elapsed": 0, "running": True,
            "after": ""}  # fmt: skip
    stage.draw("elapsed", data | changes)


def width(stage: Stage) -> float:
    return float(stage.page.evaluate("parseFloat(document.querySelector('.tt-fill').style.width)"))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "00:00"), (9.99, "00:09"), (75, "01:15"), (3_725.5, "62:05"), (-4, "00:00")],
)
def test_a_waiting_frame_counts_on_from_what_has_passed(
    stage: Stage, seconds: float, shown: str
) -> None:
    wait(stage, elapsed=seconds)
    expect(stage.page.locator(".tt-clock")).to_have_text(shown)


def test_a_waiting_frame_counts_by_itself_and_says_what_it_is_told(stage: Stage) -> None:
    wait(stage, say="<b>attempt 2")
    stage.pass_time(61_000)
    expect(stage.page.locator(".tt-clock")).to_have_text("01:01")
    expect(stage.page.locator(".tt-usual")).to_have_text("usually 12–15 s")
    expect(stage.page.locator(".tt-say")).to_have_text("<b>attempt 2")


def test_the_bar_slows_down_at_the_usual_time_and_never_arrives(stage: Stage) -> None:
    wait(stage, elapsed=7.5)
    assert width(stage) == pytest.approx(45)
    wait(stage, elapsed=15)
    assert width(stage) == pytest.approx(90)
    wait(stage, elapsed=15_000)
    assert 99 < width(stage) < 100


def test_there_is_no_bar_where_the_usual_time_is_unknown(stage: Stage) -> None:
    wait(stage, until=None)
    expect(stage.page.locator(".tt-bar")).to_have_css("visibility", "hidden")


def test_a_clock_that_is_drawn_anew_follows_the_newer_start(stage: Stage) -> None:
    wait(stage, elapsed=100)
    stage.pass_time(100)  # so that the older one would tick between the ticks of the newer one
    wait(stage, elapsed=5)
    stage.pass_time(1_150)
    expect(stage.page.locator(".tt-clock")).to_have_text("00:06")


def test_what_has_landed_stands_still_until_another_generation_waits_here(stage: Stage) -> None:
    wait(stage)
    stage.page.evaluate(
        """() => {
          const frame = document.querySelector(".tt-wait");
          frame.dataset.ttLanded = "";
          frame.querySelector(".tt-say").textContent = "landed";
          frame.insertAdjacentHTML("beforeend", '<img class="tt-first"><p class="tt-early"></p>');
        }"""
    )
    stage.pass_time(5_000)
    wait(stage, say="waiting", elapsed=5)
    expect(stage.page.locator(".tt-clock")).to_have_text("00:00")
    expect(stage.page.locator(".tt-say")).to_have_text("landed")
    wait(stage, say="waiting", generation="another", elapsed=2)
    expect(stage.page.locator(".tt-clock")).to_have_text("00:02")
    expect(stage.page.locator(".tt-say")).to_have_text("waiting")
    expect(stage.page.locator(".tt-first, .tt-early")).to_have_count(0)


def test_a_clock_off_the_page_ticks_no_more(stage: Stage) -> None:
    wait(stage)
    stage.forget("wait")
    stage.pass_time(5_000)
    expect(stage.page.locator(".tt-clock")).to_have_text("00:00")


def test_the_comparison_counts_while_it_runs_and_then_says_how_long_it_took(stage: Stage) -> None:
    elapsed(stage, elapsed=13.2)
    stage.pass_time(1_000)
    whole = stage.page.locator(".tt-elapsed")
    expect(whole).to_have_text("1 of 3 landed · 00:14")
    elapsed(stage, version=4, text="3 of 3 landed", running=False, after=" in 14.5 s")
    stage.pass_time(5_000)
    expect(whole).to_have_text("3 of 3 landed in 14.5 s")


def test_older_rows_do_not_count_back_and_another_comparison_begins_anew(stage: Stage) -> None:
    text = stage.page.locator(".tt-text")
    elapsed(stage, version=5, text="2 of 3 landed")
    elapsed(stage, version=4, text="1 of 3 landed")
    expect(text).to_have_text("2 of 3 landed")
    elapsed(stage, id="another", version=1, text="0 of 2 landed")
    expect(text).to_have_text("0 of 2 landed")
