"""Papers, inks, formats and titles of the demo gateway's engraved plates."""

from __future__ import annotations

import re
from dataclasses import dataclass

from PIL import Image

from components.demo.drawing.canvas import hexed, luminance, mix
from components.demo.drawing.prompt_reading import Scene
from components.demo.drawing.shapes import RGB, Role

_ORDER: tuple[Role, ...] = ("sky", "sun", "far", "mid", "near", "front", "sea", "leaf", "cloud")
# What the prompt calls its own form is not what the plate is titled.
_FORM = re.compile(
    r"^.{0,80}?\b(?:illustration|picture|photo(?:graph)?|painting|drawing|image|portrait|poster|"
    r"sketch|engraving|render(?:ing)?|plate|icon|logo|sign|blueprint|diagram|close-?up|view) "
    r"(?:of|for|showing|that says|reading) ",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:please )?(?:(?:draw|paint|make|create|show|generate) )?(?:me )?"
                      r"(?:an?|the|some) ", re.IGNORECASE)  # fmt: skip
_TAIL = re.compile(r"\s(?:in|at|on|with|under|over|near|by|from|during|through|that|who|which|"
                   r"against|beside|among|while|as)\s", re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stock:
    """Paper and inks of one kind of plate."""

    paper: RGB
    ink: RGB
    colours: str  # by _ORDER
    papers: str  # what subjects are tinted with
    wash: float  # strength of the hand colouring
    blueprint: bool = False

    @property
    def dark(self) -> bool:
        """Whether the ink is lighter than the paper."""
        return luminance(self.paper) < 0.5

    def roles(self) -> dict[Role, RGB]:
        """The colour of every role that is not a subject's own."""
        found = [hexed(colour) for colour in self.colours.split()]
        named: dict[Role, RGB] = dict(zip(_ORDER, found, strict=True))
        return named | {
            "white": hexed("fffdf6"), "glow": hexed("f6cf62"), "star": hexed("fff3cf"),
            "snow": hexed("ffffff"), "wood": hexed("9a6b45"), "pane": hexed("bcd6dc"),
            "stem": mix(named["leaf"], (20, 30, 20), 0.2),
            "deep": mix(named["sea"], named["front"], 0.34),
            "ink": hexed("0d1020") if self.dark else hexed("2a211f"),
        }  # fmt: skip


_IVORY = Stock(
    hexed("f6ecd6"), hexed("32251d"),
    "dfeaea f4cf74 c9d1b4 a6bd90 86a878 6d9463 86b3bd 6a9a5c fffaf0",
    "c4523f 4d6aa6 d79a35 3d8c80 875083", 0.92,
)  # fmt: skip
_ROSE = Stock(
    hexed("f7e8d6"), hexed("3a1f2a"),
    "f6d2a4 fff0c0 d8a08c b57a7e 8f6276 6d4b63 b7839a 7d9160 fff6e8",
    "b8433c 5c5f9e d98a2b 4a8a84 86466f", 0.92,
)  # fmt: skip
_BLUEPRINT = Stock(
    hexed("17406f"), hexed("e8f3ff"),
    "12355f e9f4ff 3b6a9c 47769f 5585ad 2c5a8c 33639a 7fb0d8 a8c8e6",
    "cfe4f7 9cc3e6 b8d8f2 86b2da dcecfb", 0.35, blueprint=True,
)  # fmt: skip
_NOCTURNE = Stock(
    hexed("14182c"), hexed("f0d9a0"),
    "12162a fbe8b4 3c4266 4a4c6c 5c5970 33364f 3f4a70 8d9a6a 8a8a9c",
    "e0a458 c86b5a 7fa6b8 b9a0d0 9cc29a", 0.75,
)  # fmt: skip
_BUILT = {"robot", "car", "bicycle", "house", "castle", "lighthouse", "sign", "cup", "cake",
          "balloon", "boat"}  # fmt: skip


def stock_of(scene: Scene) -> Stock:
    """Ivory or rose paper for nature, blueprint for what is built, dark for the night."""
    if "blueprint" in scene.title.lower():
        return _BLUEPRINT
    if scene.hour == "night" or scene.place == "space":
        return _NOCTURNE
    if scene.subjects and scene.subjects[0][0] in _BUILT and scene.hour == "day":
        return _BLUEPRINT
    return _ROSE if scene.hour in ("sunset", "dawn") else _IVORY


def format_of(scene: Scene, source: Image.Image | None) -> tuple[int, int]:
    """Width and height, as the prompt says or the input picture or the place suggests."""
    words = set(scene.title.lower().split())
    shape = source.width / source.height if source else 1.0
    if words & {"wide", "landscape", "panorama", "panoramic", "banner", "cinematic"} or shape > 1.3:
        return 1536, 1024
    if words & {"portrait", "tall", "vertical", "phone"} or shape < 0.77:
        return 1024, 1536
    return (1536, 1024) if not source and scene.place in ("sea", "city") else (1024, 1024)


def title_of(scene: Scene) -> str:
    """The few words that name the plate."""
    if scene.lettering:
        return scene.lettering.upper()
    bare = _ARTICLE.sub("", _FORM.sub("", scene.title))
    first = re.split(r"[,.;:!?()\[\]|\n]", bare, maxsplit=1)[0].strip() or bare
    if sum(c.isalnum() for c in first) < 2:
        return "STUDY WITHOUT WORDS"
    if len(first) > 26:
        # "A dragon guarding a castle at sunset": the plate is of the dragon.
        first = first[:6] + _TAIL.split(first[6:], maxsplit=1)[0]
    return first.upper()
