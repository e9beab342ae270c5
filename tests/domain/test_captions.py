"""The words for a generation, in every place that shows it."""

from __future__ import annotations

from dataclasses import replace

from components.domain.captions import Figure, caption, exact_facts
from components.domain.model import Failure, FailureKind, Generation, Picture, State, Success, Usage
from tests.support.samples import NOON

PICTURE = Picture("a" * 64, "jpg", "JPEG", 1_706_000, 1024, 768)
DONE = Generation(
    "g", "c", "gpt-image", 2, 0, State.SUCCEEDED, 1, NOON, latency_s=12.9456,
    success=Success(PICTURE, (PICTURE,), answered_by="m", usage=Usage(total_tokens=1300),
                    cost_usd=0.0039),
)  # fmt: skip


def test_a_picture_has_its_figures_its_facts_and_who_answered() -> None:
    words = caption(DONE, fastest=True)
    assert words.figures == (
        Figure("12.9 s", "latency", "fastest"),
        Figure("1.71 MB", "1,706,000 bytes"),
    )
    assert words.picture == "Picture by gpt-image, sample 2"
    assert words.facts == "1024 × 768 JPEG · 1,300 tokens · ~$0.0039 · 1 more in the reply"
    assert words.brief == "1024 × 768 JPEG · ~$0.0039"
    assert words.answered_by == "answered by m"
    assert caption(DONE, smallest=True).size.mark == "smallest"


def test_what_is_not_known_is_called_unknown() -> None:
    words = caption(replace(DONE, success=Success(PICTURE), attempt=2))
    assert words.facts == "1024 × 768 JPEG · tokens unknown · cost unknown · attempt 2"
    assert words.answered_by == "answered by: unknown"
    facts = dict(exact_facts(replace(DONE, success=Success(PICTURE))))
    assert {facts[name] for name in ("answered by", "tokens", "cost")} == {"unknown"}


def test_one_without_a_picture_says_so() -> None:
    failed = replace(DONE, success=None, state=State.FAILED,
                     failure=Failure(FailureKind.NO_IMAGE, "None."))  # fmt: skip
    words = caption(failed)
    assert words.figures == (Figure("12.9 s", "latency of the answer"), Figure("–", "no picture"))
    assert words.facts == ""
    waiting = caption(replace(failed, state=State.RUNNING, latency_s=None, failure=None))
    assert waiting.figures == (Figure("–", "latency of the answer"), Figure("–", "under way"))


def test_exact_facts_keep_every_digit_that_matters() -> None:
    assert exact_facts(DONE) == (
        ("state", "succeeded"),
        ("latency", "12.946 s"),
        ("bytes", "1,706,000"),
        ("picture", "1024 × 768 JPEG"),
        ("answered by", "m"),
        ("tokens", "1,300"),
        ("cost", "$0.0039"),
        ("SHA-256", "a" * 64),
    )
    assert exact_facts(replace(DONE, attempt=3))[-1] == ("attempt", "3")
