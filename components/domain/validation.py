"""PURE: what may be asked. Cleans an ask and refuses one that makes no sense, before it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from components.domain.aliases import Alias
from components.domain.errors import AskRefused
from components.domain.model import Ask
from components.domain.text.cleaning import valid_text, with_line_feeds

MAX_SAMPLES = 4
# Far beyond what any image model reads, and small enough to keep a row, a page and a URL usable.
MAX_PROMPT_CHARACTERS = 20_000


def checked(ask: Ask, aliases: Sequence[Alias], max_inputs: int) -> Ask:
    """The ask as it will be kept and sent: aliases in the order of the table, each once.

    The prompt loses blanks at both ends, NUL and surrogates; every line break becomes LF.

    Raises AskRefused, which names the field, for an ask that cannot be sent.
    """
    # By link or by paste a prompt can come with line ends that the form would not send.
    prompt = with_line_feeds(valid_text(ask.prompt)).strip()
    if not any(character.isprintable() and not character.isspace() for character in prompt):
        raise AskRefused("prompt", "Write what the picture should show: the prompt is empty.")
    if len(prompt) > MAX_PROMPT_CHARACTERS:
        raise AskRefused(
            "prompt",
            f"The prompt has {len(prompt):,} characters; {MAX_PROMPT_CHARACTERS:,} is the most. "
            "Shorten it.",
        )
    known = [alias.name for alias in aliases]
    strangers = [name for name in ask.aliases if name not in known]
    if strangers:
        raise AskRefused(
            "aliases", f"There is no alias “{strangers[0][:80]}” here. Choose from the list."
        )
    chosen = tuple(name for name in known if name in ask.aliases)
    if not chosen:
        raise AskRefused("aliases", "Choose at least one alias to send the prompt to.")
    if not 1 <= ask.samples <= MAX_SAMPLES:
        raise AskRefused("samples", f"Samples per alias go from 1 to {MAX_SAMPLES}.")
    if len(ask.inputs) > max_inputs:
        raise AskRefused(
            "inputs",
            f"There are {len(ask.inputs)} input images; {max_inputs} is the most. Remove some.",
        )
    return replace(ask, prompt=prompt, aliases=chosen)
