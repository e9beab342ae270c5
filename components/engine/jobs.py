"""What the engine passes about: which generation is meant, and who watches it."""

from __future__ import annotations

from typing import NamedTuple


class Job(NamedTuple):
    """A generation that is to be worked on."""

    generation_id: str
    comparison_id: str
