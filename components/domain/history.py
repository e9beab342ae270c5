"""What a search of the history answers beside its rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """How much a filter finds. Where not `exact`, it is at least that."""

    number: int
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to filter by, in alphabetical order.

    Where there is very much of something, these are not all: `more` names it, as the query of a
    filter does ("alias", "answered_by", "gateway", "tag").
    """

    aliases: tuple[str, ...]
    answered_by: tuple[str, ...]
    gateways: tuple[str, ...]
    tags: tuple[str, ...]
    more: frozenset[str] = frozenset()
