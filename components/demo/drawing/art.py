"""Which hand draws for which alias, and the one call that turns a prompt into picture bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

from components.demo.drawing.canvas import Print
from components.demo.drawing.cut_paper import cut_paper
from components.demo.drawing.engraved_plate import engraved_plate
from components.demo.drawing.prompt_reading import Scene, read_prompt
from components.demo.drawing.two_ink_print import two_inks

_HANDS = {"nano-banana": cut_paper, "gpt-image": engraved_plate}
_MANNERS = {"nano-banana": "cut from coloured paper", "gpt-image": "engraved on a plate"}


def draw(hand: str, prompt: str, seed: str, inputs: Sequence[Image.Image] = ()) -> Print:
    """The picture that `hand` (an alias) draws for `prompt`, the same for the same arguments.

    `seed` tells one sample from the next. `inputs` are RGB pictures: the first takes the place of
    the scenery, up to four more are shown as small prints.
    """
    drawing = _HANDS.get(hand, two_inks)
    rng = np.random.default_rng(seed_of(hand, prompt, seed))
    return drawing(read_prompt(prompt), hand, rng, inputs)


def seed_of(*parts: str) -> int:
    """One number for these texts; nearly equal texts give entirely different ones."""
    digest = hashlib.sha256()
    for part in parts:
        # A prompt may hold a lone surrogate, which JSON can say and UTF-8 cannot.
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return int.from_bytes(digest.digest()[:16], "big")


def companion_text(hand: str, prompt: str, inputs: int) -> str:
    """One friendly sentence about the picture; none of its words are the prompt's."""
    scene: Scene = read_prompt(prompt)
    manner = _MANNERS.get(hand, "printed in two inks")
    what = scene.summary
    if inputs:
        yours = "your picture" if inputs == 1 else f"your {inputs} pictures"
        what = f"{yours}, with {what}" if scene.subjects else yours
    return (
        f"Here is {what}, {manner}: a synthetic picture by the Triptych demo gateway, "
        "not by an image model."
    )
