"""Who may have what sent: asks that make sense, within what one visitor may have under way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from components.domain.aliases import Alias
from components.domain.errors import AskRefused
from components.domain.model import Ask
from components.domain.validation import checked


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one server and one visitor may have under way."""

    running: int = 64
    queued_per_visitor: int = 48
    inputs: int = 8


class Admission:
    """The rules that an ask and a retry have to pass before anything is written or sent."""

    def __init__(self, aliases: Sequence[Alias], limits: Limits) -> None:
        """`aliases` are those that may be asked now."""
        self._aliases, self._limits = aliases, limits

    def checked(self, ask: Ask) -> Ask:
        """The ask as it may be sent. Raises AskRefused, which names the field."""
        return checked(ask, self._aliases, self._limits.inputs)

    def check_alias(self, name: str) -> None:
        """Raises AskRefused where an alias is not in the table any more."""
        if name not in {alias.name for alias in self._aliases}:
            raise AskRefused(
                "aliases", f"{name} is no longer in the alias table, so it cannot be retried."
            )

    def room_for(self, wanted: int) -> Callable[[int], None]:
        """What takes how many generations a visitor has under way, and refuses too many.

        The store calls it in the transaction that adds `wanted` more, so that several asks at
        once cannot each find room for themselves. Raises AskRefused.
        """
        most = self._limits.queued_per_visitor

        def admit(under_way: int) -> None:
            if under_way + wanted > most:
                raise AskRefused(
                    "form",
                    f"You have {under_way} pictures on the way and {most} is the most at once. "
                    "Wait for some to land, or cancel them.",
                )

        return admit
