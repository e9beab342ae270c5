"""PURE: which generations are wanted, and the same as the query of a URL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlencode

from components.domain.errors import FilterRefused
from components.domain.model import State
from components.domain.text.cleaning import valid_text


class Order(StrEnum):
    """What comes first. Where the figure is unknown, a row comes last in either direction."""

    NEWEST = "newest"
    OLDEST = "oldest"
    FASTEST = "fastest"
    SLOWEST = "slowest"
    SMALLEST = "smallest"
    LARGEST = "largest"
    CHEAPEST = "cheapest"
    DEAREST = "dearest"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which generations are wanted; an empty part does not restrict."""

    q: str = ""  # words that the prompt must hold, whatever their case
    aliases: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    comparison: str = ""
    answered_by: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    since: datetime | None = None  # asked at this moment or later
    until: datetime | None = None  # asked before this moment
    with_inputs: bool | None = None  # whether input images went along
    starred: bool = False  # only those with a star
    upto: int | None = None  # only rows up to this serial number, so that pages stay as they are

    @property
    def anything(self) -> bool:
        """Whether it restricts nothing."""
        return replace(self, upto=None) == Filter()

    @property
    def query(self) -> str:
        """The same as the query of a URL, with its question mark; empty where it is all."""
        pairs = [("q", self.q)] if self.q else []
        pairs += [("comparison", self.comparison)] if self.comparison else []
        pairs += [("alias", name) for name in self.aliases]
        pairs += [("state", state.value) for state in self.states]
        pairs += [("answered_by", name) for name in self.answered_by]
        pairs += [("gateway", name) for name in self.gateways]
        pairs += [("tag", name) for name in self.tags]
        pairs += [("from", _written(self.since))] if self.since else []
        pairs += [("to", _last_day(self.until))] if self.until else []
        if self.with_inputs is not None:
            pairs.append(("inputs", "with" if self.with_inputs else "without"))
        pairs += [("starred", "true")] if self.starred else []
        return "?" + urlencode(pairs) if pairs else ""


class Query(Protocol):
    """The query of a URL, as Starlette gives it."""

    def getlist(self, key: str) -> list[str]:
        """All values of a parameter, in order."""
        ...


def read_filter(query: Query) -> Filter:
    """The filter that a URL's query tells; other parameters in it are ignored.

    `from` and `to` are dates (`to` is included) or ISO 8601 times, UTC unless they say otherwise.
    Raises FilterRefused.
    """

    def many(key: str) -> tuple[str, ...]:
        return tuple(valid_text(value) for value in query.getlist(key) if value)

    def one(key: str) -> str:
        return (query.getlist(key) or [""])[-1].strip()

    unknown = [name for name in many("state") if name not in set(State)]
    if unknown:
        raise FilterRefused(f"There is no state of that name. The states are {', '.join(State)}.")
    return Filter(
        q=valid_text(one("q")),
        aliases=many("alias"),
        states=tuple(State(name) for name in many("state")),
        comparison=valid_text(one("comparison")),
        answered_by=many("answered_by"),
        gateways=many("gateway"),
        tags=many("tag"),
        since=_moment("from", one("from"), first_moment),
        until=_moment("to", one("to"), end_of),
        with_inputs=_word("inputs", one("inputs"), {"with": True, "without": False}),
        starred=bool(_word("starred", one("starred"), {"true": True, "false": False})),
    )


def first_moment(day: date) -> datetime:
    """The beginning of a day in UTC."""
    return datetime.combine(day, time(), UTC)


def end_of(day: date) -> datetime:
    """The beginning of the day after it in UTC; the end of time after the last day."""
    return first_moment(day + timedelta(days=1) if day < date.max else day)


def _moment(name: str, text: str, whole_day: Callable[[date], datetime]) -> datetime | None:
    if not text:
        return None
    try:
        if len(text) <= 10:
            return whole_day(date.fromisoformat(text))
        # An unescaped + of a time zone arrives as a blank.
        found = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise FilterRefused(
            f"“{name}” is neither a date such as 2026-03-01 nor an ISO 8601 time."
        ) from exc


def _word(name: str, text: str, words: dict[str, bool]) -> bool | None:
    if text and text not in words:
        raise FilterRefused(f"“{name}” can be {' or '.join(words)}.")
    return words.get(text)


def _written(at: datetime) -> str:
    return at.date().isoformat() if at == first_moment(at.date()) else at.isoformat()


def _last_day(until: datetime) -> str:
    day = until.date()
    if until == first_moment(day) and day > date.min:
        return (day - timedelta(days=1)).isoformat()
    return until.isoformat()
