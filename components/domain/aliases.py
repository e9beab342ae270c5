"""The alias table: what stands behind each alias, what it usually takes, costs and is good for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

# What a page key, a file name and a URL parameter can hold without escaping, so that the cell of
# an alias can be addressed as `.st-key-generation-<alias>-<sample>`.
ALIAS_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,79}")


@dataclass(frozen=True, slots=True)
class Alias:
    """One line of the alias table."""

    name: str  # sent as `model`
    model: str  # what is known to stand behind it
    expected_s: tuple[float, float]  # usual latency, from and to, in seconds
    usd_per_million_tokens: tuple[float, float] | None  # rough price, from and to; None: unknown
    usd_per_image: tuple[float, float] | None  # rough price of one picture, from and to
    pick_for: str  # when to pick it, one sentence
    composite: bool = False  # whether it passes the request on to other aliases
    source: str = ""  # where its latency and prices come from, and of when they are


# A picture is reckoned at the tokens that its alias takes for one: nobody lists that price.
_PRICE_LIST = (
    "rough, as of 2026-11; source: the gateway's alias table, a picture's price from its tokens"
)
_CONFIGURED = "as TRIPTYCH_ALIASES says"
_FIGURES = ("expected_s", "usd_per_million_tokens", "usd_per_image")

BUILT_IN: tuple[Alias, ...] = (
    Alias(
        "nano-banana",
        "google/gemini-3.1-flash-image-preview",
        (12.0, 15.0),
        (3.0, 3.0),
        (0.004, 0.008),
        "The default: fast iteration, photorealism, simple composition.",
        source=_PRICE_LIST,
    ),
    Alias(
        "gpt-image",
        "openai/gpt-5.4-image-2",
        (100.0, 180.0),
        (15.0, 15.0),
        (0.03, 0.09),
        "Text rendered right inside the image (signs, labels, UI mock-ups), complex compositions, "
        "detailed instructions.",
        source=_PRICE_LIST,
    ),
    Alias(
        "image-gen",
        "nano-banana first, gpt-image only on a hard failure",
        (12.0, 180.0),
        (3.0, 15.0),
        (0.004, 0.09),
        "When it does not matter which provider answered.",
        composite=True,
        source=_PRICE_LIST,
    ),
)


class AliasEntry(BaseModel):
    """One configured alias, as it stands in TRIPTYCH_ALIASES or in `[[triptych.aliases]]`.

    An entry with the name of a built-in alias changes that one; only what it names is changed.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    model: str | None = None
    expected_s: tuple[float, float] | None = None
    usd_per_million_tokens: tuple[float, float] | None = None
    usd_per_image: tuple[float, float] | None = None
    pick_for: str | None = Field(default=None, max_length=300)
    composite: bool | None = None
    source: str | None = Field(default=None, max_length=300)
    enabled: bool = True  # false takes it out of the table

    @field_validator("name")
    @classmethod
    def _name_fits(cls, name: str) -> str:
        if not ALIAS_NAME.fullmatch(name):
            raise ValueError(
                "an alias is 1 to 80 letters, digits or . _ : / @ + - and begins with a letter "
                "or digit"
            )
        return name

    @field_validator("expected_s", "usd_per_million_tokens", "usd_per_image", mode="before")
    @classmethod
    def _one_number_is_a_range(cls, value: Any) -> Any:
        return (value, value) if isinstance(value, int | float) else value

    @model_validator(mode="after")
    def _ranges_rise(self) -> AliasEntry:
        for name in _FIGURES:
            pair = getattr(self, name)
            if pair is not None and not 0 <= pair[0] <= pair[1]:
                raise ValueError(f"{name} goes from a smaller number to a larger one")
        return self


def alias_table(entries: Iterable[AliasEntry]) -> tuple[Alias, ...]:
    """The built-in aliases with `entries` laid over them: built-in ones first, then new ones."""
    table = {alias.name: alias for alias in BUILT_IN}
    for entry in entries:
        if not entry.enabled:
            table.pop(entry.name, None)
            continue
        base = table.get(entry.name) or Alias(entry.name, "unknown", (0.0, 0.0), None, None, "")
        configured = any(getattr(entry, name) is not None for name in _FIGURES)
        table[entry.name] = Alias(
            name=entry.name,
            model=entry.model or base.model,
            expected_s=entry.expected_s or base.expected_s,
            usd_per_million_tokens=entry.usd_per_million_tokens or base.usd_per_million_tokens,
            usd_per_image=entry.usd_per_image or base.usd_per_image,
            pick_for=entry.pick_for if entry.pick_for is not None else base.pick_for,
            composite=base.composite if entry.composite is None else entry.composite,
            source=entry.source or (_CONFIGURED if configured else base.source),
        )
    return tuple(table.values())
