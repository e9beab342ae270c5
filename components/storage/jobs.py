"""What the list of work hands out and takes back: claims, how attempts ended, what is in hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from components.domain.model import Ask, Exchange, Failure, Generation, State, Success


@dataclass(frozen=True, slots=True)
class Claim:
    """A generation that this server may now send, and the ask that it belongs to."""

    generation: Generation
    ask: Ask

    @property
    def attempt(self) -> int:
        """The number of the request that may now be sent, from 1."""
        return self.generation.attempt


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended: exactly one of `success` and `failure`, and what is known of it.

    `started_at` and `gateway` are this attempt's own, from its claim. Where they are not known any
    more they are what was recorded when it was given up, else what its row says.
    """

    finished_at: datetime
    exchange: Exchange
    success: Success | None = None
    failure: Failure | None = None
    text: str = ""
    kept: str | None = None  # key of what came and no generation shows
    started_at: datetime | None = None
    gateway: str | None = None
    unused: tuple[str, ...] = ()  # keys of pictures that were put for it in vain

    @property
    def state(self) -> State:
        """The state of the generation after it."""
        return State.SUCCEEDED if self.failure is None else self.failure.state


@dataclass(frozen=True, slots=True)
class Unsent:
    """A claim of which certainly nothing is in flight.

    Because nothing of it was ever sent or, with `declined`, because the gateway did not accept it.
    """

    claim: Claim
    declined: Ended | None = None


@dataclass(frozen=True, slots=True)
class InHand:
    """An unfinished generation and the server that has it in hand."""

    generation_id: str
    comparison_id: str
    state: State
    attempt: int
    server: str
