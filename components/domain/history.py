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
    """What there is to filter by, in alphabetical order."""

    aliases: tuple[str, ...]
    answered_by: tuple[str, ...]
    gateways: tuple[str, ...]
    tags: tuple[str, ...]
