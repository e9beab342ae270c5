"""Values that tests of the store, the job_queue and the exports have in common."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from components.domain.model import (
    Ask,
    Comparison,
    Exchange,
    Failure,
    FailureKind,
    InputImage,
    Picture,
    Success,
    Timing,
    Usage,
)
from components.storage.comparisons import Store
from components.storage.jobs import Ended
from components.storage.under_way import Admit

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
_ids = itertools.count(1)


def new_id() -> str:
    """Ids in order, different in every call."""
    return f"{next(_ids):032x}"


def later(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def picture(digit: str = "a", size: int = 800_000) -> Picture:
    """A picture's facts, with a hash of one digit."""
    return Picture(digit * 64, "jpg", "JPEG", size, 1024, 768)


INPUT = InputImage(Picture("b" * 64, "png", "PNG", 1234, 20, 10), "a cat.png")


def create(
    store: Store, ask: Ask | None = None, *, server: str = "one", admit: Admit | None = None
) -> Comparison:
    """A comparison that is written and queued."""
    return store.create(
        ask or Ask("a hummingbird", ("nano-banana", "gpt-image"), 2, (INPUT,)),
        comparison_id=new_id(),
        new_id=new_id,
        gateway="http://gateway.test",
        server=server,
        visitor="somebody",
        at=NOON,
        admit=admit,
    )


def succeeded(
    *,
    at: datetime = NOON,
    latency_s: float = 12.5,
    shown: Picture | None = None,
    others: tuple[Picture, ...] | None = None,
) -> Ended:
    """An attempt that ended with a picture."""
    success = Success(
        shown or picture(),
        others=(picture("c"),) if others is None else others,
        text="Here it is.",
        finish_reason="stop",
        answered_by="google/gemini",
        usage=Usage(10, 1290, 1300, None),
        cost_usd=0.0039,
    )
    exchange = Exchange(200, (("server", "test"),), Timing(0.01, 12.0, latency_s), '{"a": 1}')
    return Ended(at, exchange, success)


def failed(kind: FailureKind = FailureKind.GATEWAY_ERROR, *, at: datetime = NOON) -> Ended:
    """An attempt that ended without one."""
    return Ended(
        at, Exchange(500, (), Timing(0.01, 1.0, 1.5), "oops"), None, Failure(kind, "It broke.")
    )
