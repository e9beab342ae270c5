"""When a request may be sent again by itself, and after how long."""

from __future__ import annotations

import pytest

from components.domain.errors import CallFailed
from components.domain.model import Failure, FailureKind
from components.domain.retry_policy import MOST_SENDS, seconds_until_next


def failed(
    kind: FailureKind = FailureKind.RATE_LIMITED,
    *,
    accepted: bool = False,
    after: float | None = None,
) -> CallFailed:
    return CallFailed(Failure(kind, "x"), refused_to_accept=not accepted, retry_after_s=after)


@pytest.mark.parametrize("kind", FailureKind)
def test_what_may_have_been_accepted_is_not_sent_again_whatever_it_was(kind: FailureKind) -> None:
    assert seconds_until_next(failed(kind, accepted=True, after=1), 1) is None


def test_the_pauses_grow_and_after_a_few_requests_it_ends() -> None:
    pauses = [seconds_until_next(failed(), sent) for sent in range(1, MOST_SENDS)]
    assert pauses == sorted(pauses)
    assert len(set(pauses)) == len(pauses)
    assert seconds_until_next(failed(), MOST_SENDS) is None
    assert seconds_until_next(failed(), 1_000) is None


@pytest.mark.parametrize(
    ("asked", "waited"), [(0, 0.5), (0.1, 0.5), (2, 2), (60, 60), (60.1, None), (1e9, None)]
)
def test_a_sensible_wish_is_honoured_and_never_hammered(asked: float, waited: float | None) -> None:
    assert seconds_until_next(failed(after=asked), 1) == waited


def test_no_connection_is_tried_again_at_our_own_pace() -> None:
    unreachable = failed(FailureKind.UNREACHABLE, after=50)
    assert seconds_until_next(unreachable, 1) == seconds_until_next(failed(), 1)
