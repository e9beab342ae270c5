"""Figures in the words of the page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.domain import formatting
from components.domain.estimates import Estimate
from components.domain.model import Generation, Picture, State, Success
from tests.support.samples import NOON, later


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "unknown"), (0.0, "0.00 s"), (0.844, "0.84 s"), (9.994, "9.99 s"), (9.996, "10.0 s"),
     (12.94, "12.9 s"), (99.96, "100 s"), (143.4, "143 s")],
)  # fmt: skip
def test_seconds_read_at_a_glance(value: float | None, words: str) -> None:
    assert formatting.seconds(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "unknown"), (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (99_499, "99.5 kB"),
     (798_123, "798 kB"), (999_499, "999 kB"), (999_500, "1.00 MB"), (1_706_000, "1.71 MB")],
)  # fmt: skip
def test_sizes_read_at_a_glance(value: int | None, words: str) -> None:
    assert formatting.size(value) == words


def test_amounts_are_rough_and_unknown_is_unknown() -> None:
    assert formatting.money(None) == "unknown"
    assert formatting.money(0.0) == "free"
    assert formatting.money(0.0039) == "~$0.0039"
    assert formatting.money(0.1234) == "~$0.12"


def test_an_estimate_says_what_it_does_not_know() -> None:
    known = Estimate((12, 180), (0.034, 0.098))
    assert formatting.estimated(known, synthetic=False) == "usually 12–180 s · roughly $0.034–0.10"
    unknown = formatting.estimated(Estimate(None, None), synthetic=False)
    assert unknown == "time unknown · cost unknown"
    assert "synthetic" in formatting.estimated(known, synthetic=True)


def done(found: str, latency_s: float, size: int, **changes: object) -> Generation:
    one = Generation(
        found, "c", "nano-banana", 1, 0, State.SUCCEEDED, 1, NOON, NOON, later(latency_s),
        latency_s, Success(Picture("a" * 64, "jpg", "JPEG", size, 10, 10)),
    )  # fmt: skip
    return replace(one, **changes)  # type: ignore[arg-type]


def test_the_fastest_and_the_smallest_are_marked_and_ties_share_the_mark() -> None:
    cells = [done("a", 0.811, 500), done("b", 0.812, 400), done("c", 3.0, 400)]
    fastest, smallest = formatting.best(cells)
    assert fastest == {"a", "b"}
    assert smallest == {"b", "c"}


def test_nothing_is_best_of_one() -> None:
    failed = done("b", 1.0, 1, success=None, state=State.FAILED)
    assert formatting.best([done("a", 1.0, 10), failed]) == (frozenset(), frozenset())


def test_how_far_a_comparison_is() -> None:
    failed = done("b", 1.0, 1, success=None, state=State.FAILED)
    waiting = done("c", 1.0, 1, success=None, state=State.RUNNING, finished_at=None)
    cells = [done("a", 2.0, 10), failed, waiting]
    assert formatting.progress(cells) == "1 of 3 landed, 1 without a picture"
    assert formatting.took(cells) is None
    assert formatting.took(cells[:2]) == 2.0
    assert formatting.took([done("a", 2.0, 10, attempt=2)]) is None


def test_markdown_is_shown_as_it_is() -> None:
    text = formatting.plain("![x](http://evil) **b** <i> $x$ :red[y] `c`")
    assert "![" not in text.replace("\\!", "").replace("\\[", "")
    assert "\\*\\*b" in text
