"""When a request is sent again by itself: only where it cannot have been accepted, a few times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from components.domain.model import FailureKind, State
from components.domain.retry_policy import MOST_SENDS
from tests.support.faulty_gateway import FaultyGateway
from tests.support.faulty_replies import BAD, ERRORS, GOOD
from tests.support.house import ASK, house

ONE = replace(ASK, aliases=("gpt-image",))
BUSY = {429, 503}


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


def test_a_gateway_that_wants_more_patience_than_we_have_is_told_and_not_pressed(
    tmp_path: Path, gateway: FaultyGateway
) -> None:
    gateway.faults["gpt-image"] = "http-429-given"
    gateway.retry_after = "61"
    with house(tmp_path, gateway.url) as at:
        (one,) = at.when(at.ask(ONE).id).generations
    assert one.failure is not None
    assert (one.failure.kind, one.attempt) == (FailureKind.RATE_LIMITED, 1)
    assert len(gateway.requests) == 1


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
