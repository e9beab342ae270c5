"""PURE: puts a scene together: sky and scenery from the back to the front, then the subjects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from numpy.random import Generator

from components.demo.drawing import plants
from components.demo.drawing.prompt_reading import Scene
from components.demo.drawing.scenery import SCENERY, SUBJECTS, Sun
from components.demo.drawing.shapes import RGB, Layer, Shape, box, disc, placed, starburst, stroke

_FLOATS = {"hummingbird", "butterfly", "astronaut", "rocket", "planet", "balloon", "heart", "star",
           "fish"}  # fmt: skip
_NATURAL: dict[str, RGB] = {
    "hummingbird": (20, 148, 132), "fox": (228, 106, 42), "bear": (150, 98, 64),
    "dog": (196, 132, 74), "cat": (236, 146, 62), "rabbit": (190, 168, 150),
    "owl": (146, 104, 76), "whale": (58, 118, 176), "dragon": (72, 160, 92),
    "tree": (66, 160, 84), "pine": (38, 124, 88), "cactus": (62, 148, 92),
    "fish": (244, 124, 52), "robot": (98, 160, 190), "flower": (226, 74, 110),
    "car": (226, 74, 62), "astronaut": (76, 120, 200),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stage:
    """A composed scene, in pixels of a picture of the size that was asked for."""

    layers: tuple[Layer, ...]
    sun: Sun  # centre and radius of the sun or moon


def compose(scene: Scene, rng: Generator, width: float, height: float) -> Stage:
    """The scene's layers for a picture of this size; `rng` decides what the words leave open."""
    unit = min(width, height)
    sun = (width * rng.uniform(0.2, 0.8), height * rng.uniform(0.16, 0.3),
           unit * rng.uniform(0.085, 0.13))  # fmt: skip
    scenery = SCENERY[scene.place](rng, width, height, sun)
    front = cast(scene, rng, width, height)
    return Stage((*_above(scene, rng, width, height, sun), *scenery, *front,
                  *_falling(scene, rng, width, height)), sun)  # fmt: skip


def cast(
    scene: Scene, rng: Generator, width: float, height: float, *, size: float = 1.0
) -> tuple[Layer, ...]:
    """The scene's subjects, spread over the picture from left to right, bigger ones in front."""
    names = [name for name, count in scene.subjects for _ in range(count)][:5]
    if not names:
        return ()
    unit = min(width, height)
    reach = {1: 0.34, 2: 0.27, 3: 0.215, 4: 0.18, 5: 0.16}[len(names)] * unit * size
    spread = width * size * (0.0, 0.0, 0.46, 0.62, 0.70, 0.74)[len(names)]
    layers = []
    flip = bool(rng.random() < 0.5)
    colours = list(scene.colours)
    for i, name in enumerate(names):
        x = width / 2 - spread / 2 + spread * (i / max(len(names) - 1, 1))
        x += rng.uniform(-0.03, 0.03) * width
        scale = reach * rng.uniform(0.92, 1.06) * (1.12 if i == 0 else 1.0)
        if name in _FLOATS:
            y = height * (0.47 if len(names) == 1 else rng.uniform(0.36, 0.56))
            turn = rng.uniform(-9, 9)
        else:
            # Those on the sea lie in the water, the others stand in the foreground.
            y, turn = height * (0.86 + rng.uniform(-0.015, 0.025)) - scale, 0.0
        shapes: Iterable[Shape] = SUBJECTS[name]()
        mirrored = flip if len(names) == 1 else bool(i % 2)
        if name == "sign":
            mirrored = False
        if name == "hummingbird" and len(names) == 1:
            # Bill to blossom, the pair of them in the middle.
            side, scale = -1 if mirrored else 1, scale * 0.84
            x, y = x - side * scale * 0.46, y - scale * 0.04
            bloom = placed(plants.trumpet_flower(), x + side * scale * 1.46,
                           y + scale * 0.02, scale * 0.66, flip=mirrored)  # fmt: skip
            layers.append(Layer(bloom, 1.4, "trumpet flower", (226, 74, 90)))
        body = colours[i % len(colours)] if colours else _NATURAL.get(name)
        layers.append(Layer(placed(shapes, x, y, scale, turn=turn, flip=mirrored), 2.2, name, body))
    return tuple(layers)


def _above(scene: Scene, rng: Generator, width: float, height: float, sun: Sun) -> list[Layer]:
    """Sun or moon, stars, clouds."""
    if scene.place == "abstract":
        return []
    x, y, r = sun
    unit = min(width, height)
    layers = []
    if scene.hour == "night":
        stars: list[Shape] = []
        for _ in range(46):
            sx, sy, size = rng.uniform(0, width), rng.uniform(0, height * 0.62), rng.random() ** 2
            size = unit * (0.003 + 0.011 * size)
            stars.append(starburst("star", sx, sy, size * 1.7, inner=size * 0.5, tips=4))
        layers.append(Layer(tuple(stars), 0.3))
        moon = [disc("sun", x, y, r)]
        craters = ((-0.35, -0.2, 0.2), (0.3, 0.3, 0.26), (0.2, -0.45, 0.12))
        moon += [disc("cloud", x + r * dx, y + r * dy, r * s) for dx, dy, s in craters]
        layers.append(Layer(tuple(moon), 0.8))
    else:
        layers.append(Layer((disc("sun", x, y, r),), 0.8))
    if scene.hour != "night" and scene.place not in ("space", "table"):
        for i in range(3):
            cx = width * ((0.16 + 0.34 * i + rng.uniform(-0.08, 0.08)) % 1)
            cy = height * rng.uniform(0.10, 0.36)
            layers.append(Layer(_cloud(cx, cy, unit * rng.uniform(0.045, 0.08)), 0.9))
    return layers


def _cloud(x: float, y: float, r: float) -> tuple[Shape, ...]:
    flat = box("cloud", x - 2.1 * r, y - 0.1 * r, x + 2.1 * r, y + 0.62 * r)
    return (
        flat,
        disc("cloud", x - 2.1 * r, y + 0.26 * r, 0.36 * r),
        disc("cloud", x + 2.1 * r, y + 0.26 * r, 0.36 * r),
        disc("cloud", x - 1.0 * r, y - 0.15 * r, 0.72 * r),
        disc("cloud", x + 0.3 * r, y - 0.4 * r, 0.95 * r),
        disc("cloud", x + 1.35 * r, y, 0.58 * r),
    )


def _falling(scene: Scene, rng: Generator, width: float, height: float) -> list[Layer]:
    unit = min(width, height)
    if scene.weather == "snow":
        flakes = [disc("snow", rng.uniform(0, width), rng.uniform(0, height),
                       unit * rng.uniform(0.003, 0.009)) for _ in range(130)]  # fmt: skip
        return [Layer(tuple(flakes), 0.4)]
    if scene.weather == "rain":
        drops = []
        for _ in range(120):
            x, y = rng.uniform(0, width * 1.1), rng.uniform(0, height)
            long = unit * rng.uniform(0.02, 0.05)
            drops.append(stroke("snow", [(x, y), (x - long * 0.3, y + long)], unit * 0.003, 0.5))
        return [Layer(tuple(drops), 0.2)]
    return []
