"""When a request is sent again by itself: only where it cannot have been accepted, a few times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from components.domain.errors import CallFailed
from components.domain.model import Failure, FailureKind, State
from components.domain.retry_policy import MOST_SENDS, seconds_until_next
from tests.support.faulty_gateway import FaultyGateway
from tests.support.faulty_replies import BAD, ERRORS, GOOD
from tests.support.house import ASK, house

ONE = replace(ASK, aliases=("gpt-image",))
BUSY = {429, 503}


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


@pytest.fixture
def gateway() -> Iterator[FaultyGateway]:
    with FaultyGateway() as gateway:
        yield gateway


@pytest.mark.parametrize(
    "retry_after",
    ["", "0", "-5", "1e9", "99999999999", "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "٣", "1;2",
     "Fri, 31 Dec 9999 23:59:59 GMT", "\x7f", "NaN", "inf"],
)  # fmt: skip
def test_a_silly_retry_after_is_ignored(
    tmp_path: Path, gateway: FaultyGateway, retry_after: str
) -> None:
    gateway.faults["gpt-image"] = "http-429-given"
    gateway.retry_after = retry_after
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    with house(tmp_path, gateway.url, sleep=note) as at:
        (one,) = at.when(at.ask(ONE).id).generations
    assert one.state is State.FAILED
    assert len(gateway.requests) == MOST_SENDS
    assert len(waits) == MOST_SENDS - 1
    assert max(waits) <= 60


def test_nothing_but_429_and_503_is_sent_twice_by_itself(
    tmp_path: Path, gateway: FaultyGateway
) -> None:
    """A 429 that is told inside a 200 included: that one may have been billed."""
    again = {name for name, error in ERRORS.items() if error.status in BUSY}
    with house(tmp_path, gateway.url) as at:
        for fault in sorted({*ERRORS, *BAD} - again - {"huge-error"}):
            gateway.faults["gpt-image"] = fault
            before = len(gateway.requests)
            at.when(at.ask(ONE).id)
            assert len(gateway.requests) == before + 1, fault


def test_the_latency_is_that_of_the_attempt_that_counted(
    tmp_path: Path, gateway: FaultyGateway
) -> None:
    gateway.faults["gpt-image"] = "http-503"

    async def recover(_seconds: float) -> None:
        gateway.faults["gpt-image"] = next(iter(GOOD))

    with house(tmp_path, gateway.url, sleep=recover) as at:
        (one,) = at.when(at.ask(ONE).id).generations
        first, second = at.store.attempts(one.id)
    assert (one.state, one.attempt) == (State.SUCCEEDED, 2)
    assert (first.state, second.state) == (State.FAILED, State.SUCCEEDED)
    assert one.latency_s == second.exchange.timing.latency_s
    assert one.started_at == second.started_at
    assert first.exchange.status == 503
