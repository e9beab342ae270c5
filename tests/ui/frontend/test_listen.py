"""The listener: when it asks for a rerun, what it shows before one, and how it comes by news."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from components.ui.frontend import assets
from tests.ui.frontend.conftest import Stage

_HIDE = """
hidden => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}
"""
_HELD = "mounted.listen.parentElement.ttListen"


def listen(stage: Stage, version: int = 1, comparison: str = "c") -> None:
    address = f"/live/{comparison}"
    stage.draw("listen", {"id": comparison, "version": version, "stream": address,
                          "once": f"{address}?once=1"})  # fmt: skip


def hide(stage: Stage) -> None:
    """As if another tab came to the front."""
    stage.page.evaluate(_HIDE, arg=True)


def show(stage: Stage) -> None:
    stage.page.evaluate(_HIDE, arg=False)


def connected(stage: Stage) -> None:
    stage.until(f"{_HELD}.source?.readyState === EventSource.OPEN")


def waits(stage: Stage, *generations: str) -> None:
    """Draw a waiting frame for each generation."""
    for one in generations:
        stage.page.evaluate(
            """([generation, html]) => {
              const place = document.createElement("div");
              place.innerHTML = html;
              place.querySelector(".tt-wait").dataset.ttWaits = generation;
              document.body.append(place);
            }""",
            [one, assets.html("wait.html")],
        )


def news(
    version: int, *landed: str, unfinished: int = 1, preview: str = "/picture"
) -> dict[str, Any]:
    figures = [{"value": "12.9 s", "unit": "latency"}, {"value": "1.71 MB", "unit": "<b>bytes"}]
    return {
        "version": version,
        "progress": f"{len(landed)} landed",
        "unfinished": unfinished,
        "landed": {one: {"preview": preview, "figures": figures} for one in landed},
    }


def shown(stage: Stage, generation: str) -> None:
    expect(
        stage.page.locator(f"[data-tt-waits={generation}] .tt-first[data-tt-there]")
    ).to_have_count(1)


def heard(stage: Stage, version: int) -> None:
    """Wait until the page has heard news of this version, by a frame that they let land."""
    waits(stage, f"g{version}")
    stage.server.tell(news(version, f"g{version}"))
    shown(stage, f"g{version}")


def test_a_picture_and_its_figures_stand_where_the_clock_ran_before_any_rerun(stage: Stage) -> None:
    waits(stage, "a")
    listen(stage)
    connected(stage)
    stage.server.tell(news(2, "a"))
    shown(stage, "a")
    frame = stage.page.locator("[data-tt-waits=a]")
    assert frame.locator(".tt-value").all_inner_texts() == ["12.9 s", "1.71 MB"]
    assert frame.locator(".tt-unit").all_inner_texts() == ["latency", "<b>bytes"]
    expect(frame.locator(".tt-say")).to_have_text("landed, on its way to this page")
    assert stage.triggers == []


def test_a_rerun_waits_until_none_has_landed_for_a_quarter_of_a_second(stage: Stage) -> None:
    waits(stage, "a", "b")
    listen(stage)
    connected(stage)
    stage.server.tell(news(2, "a"))
    shown(stage, "a")
    stage.pass_time(200)
    stage.server.tell(news(3, "a", "b"))
    shown(stage, "b")
    stage.pass_time(200)
    assert stage.triggers == []
    stage.pass_time(60)
    assert stage.triggers == [["changed", 3]]


def test_a_rerun_comes_in_time_however_many_land(stage: Stage) -> None:
    names = "abcde"
    waits(stage, *names)
    listen(stage)
    connected(stage)
    for number, name in enumerate(names):
        stage.server.tell(news(2 + number, *names[: number + 1]))
        shown(stage, name)
        assert stage.triggers == []
        stage.pass_time(190)
    assert stage.triggers == [["changed", 6]]


def test_the_last_one_is_told_at_once(stage: Stage) -> None:
    waits(stage, "a")
    listen(stage)
    connected(stage)
    stage.server.tell(news(2, "a", unfinished=0))
    shown(stage, "a")
    stage.pass_time(1)
    assert stage.triggers == [["changed", 2]]


def test_what_the_page_has_already_is_no_news(stage: Stage) -> None:
    listen(stage, version=7)
    connected(stage)
    stage.server.tell(news(6))
    stage.server.tell(news(7))
    heard(stage, 8)
    stage.pass_time(1_000)
    assert stage.triggers == [["changed", 8]]


def test_a_redraw_that_has_the_news_makes_its_own_rerun_needless(stage: Stage) -> None:
    listen(stage)
    connected(stage)
    heard(stage, 2)
    listen(stage, version=2)
    stage.pass_time(1_000)
    assert stage.triggers == []
    assert stage.server.asked.count("/live/c") == 1


def test_progress_is_written_at_once_and_never_counts_back(stage: Stage) -> None:
    stage.draw("elapsed", {"id": "c", "version": 4, "text": "drawn", "elapsed": 0, "running": True})
    text = stage.page.locator(".tt-text")
    listen(stage)
    connected(stage)
    stage.server.tell(news(3))
    heard(stage, 4)
    expect(text).to_have_text("drawn")
    heard(stage, 5)
    expect(text).to_have_text("1 landed")


def test_progress_of_another_comparison_is_left_alone(stage: Stage) -> None:
    stage.draw("elapsed", {"id": "x", "version": 1, "text": "drawn", "elapsed": 0, "running": True})
    listen(stage)
    connected(stage)
    heard(stage, 5)
    expect(stage.page.locator(".tt-text")).to_have_text("drawn")


def test_a_preview_that_does_not_load_leaves_the_clock_and_holds_nothing_up(stage: Stage) -> None:
    waits(stage, "a")
    listen(stage)
    connected(stage)
    stage.server.tell(news(2, "a", preview="/missing", unfinished=0))
    expect(stage.page.locator("[data-tt-waits=a] .tt-early")).to_have_count(1)
    expect(stage.page.locator("[data-tt-waits=a] img")).to_have_count(0)
    stage.until(f"{_HELD}.later !== undefined")
    stage.pass_time(1)
    assert stage.triggers == [["changed", 2]]
    stage.server.tell(news(3, "a"))
    shown(stage, "a")
    expect(stage.page.locator("[data-tt-waits=a] .tt-early")).to_have_count(1)


def test_news_that_no_row_holds_ask_for_a_rerun_at_once(stage: Stage) -> None:
    listen(stage)
    connected(stage)
    stage.server.tell(news(1), event="nudge")
    stage.until("triggers.length === 1")
    assert stage.triggers[0][0] == "changed"


@pytest.mark.parametrize("stream", ["cut", "refused"])
def test_where_the_stream_is_cut_it_asks_instead(stage: Stage, stream: str) -> None:
    stage.server.stream = stream
    waits(stage, "a")
    listen(stage)
    stage.until(f"!!{_HELD}.timer")
    assert stage.server.asked.count("/live/c") == (5 if stream == "cut" else 1)
    stage.server.tell(news(2, "a", unfinished=0))
    stage.pass_time(1_500)
    shown(stage, "a")
    stage.pass_time(1)
    assert stage.triggers == [["changed", 2]]
    assert stage.server.asked.count("/live/c?once=1") == 1


def test_where_nothing_gets_through_the_page_is_drawn_anew_every_three_seconds(
    stage: Stage,
) -> None:
    stage.server.stream, stage.server.once = "refused", 502
    listen(stage)
    stage.until(f"!!{_HELD}.timer")
    for misses in (1, 2, 3, 4):
        stage.pass_time(1_500)
        stage.until(f"{_HELD}.misses === {misses}")
        assert len(stage.triggers) == misses // 2


def test_a_hidden_tab_gives_its_stream_back_and_takes_it_again(stage: Stage) -> None:
    listen(stage)
    connected(stage)
    hide(stage)
    assert stage.page.evaluate(f"{_HELD}.source") is None
    show(stage)
    connected(stage)
    assert stage.server.asked.count("/live/c") == 2


def test_a_hidden_tab_does_not_ask_either(stage: Stage) -> None:
    stage.server.stream = "refused"
    listen(stage)
    stage.until(f"!!{_HELD}.timer")
    hide(stage)
    stage.pass_time(10_000)
    assert "/live/c?once=1" not in stage.server.asked


def test_another_comparison_is_listened_to_from_its_own_beginning(stage: Stage) -> None:
    listen(stage, version=50)
    connected(stage)
    listen(stage, version=1, comparison="d")
    stage.server.wait_for("/live/d")
    connected(stage)
    heard(stage, 2)
    stage.pass_time(1_000)
    assert stage.triggers == [["changed", 2]]


def test_off_the_page_it_listens_to_nothing(stage: Stage) -> None:
    listen(stage)
    connected(stage)
    heard(stage, 2)
    stage.forget("listen")
    assert stage.page.evaluate(f"{_HELD}.source") is None
    stage.pass_time(5_000)
    show(stage)
    assert stage.triggers == []
    assert stage.server.asked.count("/live/c") == 1
