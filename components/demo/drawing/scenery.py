"""PURE: the places that a scene can be set in, each a few layers from the back to the front."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from components.demo.drawing import beasts, creatures, objects, plants
from components.demo.drawing.shapes import (
    Layer,
    Points,
    Role,
    Shape,
    box,
    curve,
    disc,
    ground,
    leaf,
    placed,
    poly,
    recast,
    starburst,
    stroke,
)

Sun = tuple[float, float, float]  # centre and radius, in pixels
SUBJECTS: dict[str, Callable[[], list[Shape]]] = {
    **{name: getattr(beasts, name) for name in ("dragon", "bear", "rabbit")},
    **{
        name: getattr(creatures, name)
        for name in ("hummingbird", "bird", "owl", "cat", "fox", "dog", "fish", "whale",
                     "butterfly", "person", "astronaut", "robot")
    },
    **{
        name: getattr(plants, name)
        for name in ("tree", "pine", "flower", "mushroom", "cactus", "banana")
    },
    **{
        name: getattr(objects, name)
        for name in ("house", "lighthouse", "castle", "boat", "rocket", "planet", "cup", "sign",
                     "car", "bicycle", "balloon", "heart", "star", "cake")
    },
}  # fmt: skip


def _ridge(rng: Generator, width: float, y: float, swing: float, knots: int = 6) -> Points:
    xs = np.linspace(-0.08, 1.08, knots) * width
    ys = y + rng.uniform(-swing, swing, knots)
    return curve(zip(xs.tolist(), ys.tolist(), strict=True))


def _land(
    rng: Generator, width: float, height: float, start: float, rows: tuple[Role, ...]
) -> list[Layer]:
    """Rolling rows of land, each nearer and lower than the one before."""
    layers = []
    for i, role in enumerate(rows):
        y = height * (start + (0.86 - start) * (i / max(len(rows) - 1, 1)) ** 1.1)
        top = _ridge(rng, width, y, height * (0.05 - 0.011 * i))
        layers.append(Layer((ground(role, top, height * 1.02),), 1.0 + 0.4 * i))
    return layers


def _trees(
    rng: Generator, width: float, y: float, size: float, count: int, *,
    depth: float = 1.0, kinds: tuple[str, ...] = ("pine", "tree"), roles: tuple[Role, Role],
) -> Layer:  # fmt: skip
    shapes: list[Shape] = []
    for x in np.sort(rng.uniform(-0.02, 1.02, count)) * width:
        scale = size * rng.uniform(0.7, 1.15)
        one = SUBJECTS[str(rng.choice(kinds))]()
        quiet: dict[Role, Role] = {"body": roles[0], "shade": roles[1], "tint": roles[1],
                                   "accent": roles[0]}  # fmt: skip
        shapes.extend(placed(recast(one, quiet), float(x), y - scale * rng.uniform(0.8, 1), scale))
    return Layer(tuple(shapes), depth)


def _hills(rng: Generator, width: float, height: float, _sun: Sun) -> list[Layer]:
    land = _land(rng, width, height, 0.5, ("far", "mid", "near", "front"))
    unit = min(width, height)
    grove = _trees(rng, width, height * 0.72, unit * 0.075, 7, roles=("near", "front"))
    tufts = _tufts(rng, width, height, unit)
    return [*land[:2], grove, *land[2:], tufts]


def _tufts(rng: Generator, width: float, height: float, unit: float) -> Layer:
    """Grass and small blossoms along the lower edge."""
    shapes: list[Shape] = []
    for x in rng.uniform(0, 1, 16) * width:
        y = height * rng.uniform(0.9, 1.0)
        for lean in (-0.5, 0.0, 0.5):
            tip = (float(x) + lean * unit * 0.03, y - unit * rng.uniform(0.03, 0.06))
            shapes.append(leaf("leaf", (float(x), y), tip, 0.22))
        if rng.random() < 0.6:
            bloom: Role = "accent" if rng.random() < 0.5 else "glow"
            at = (float(x), y - unit * 0.06)
            shapes.append(starburst(bloom, *at, unit * 0.017, inner=unit * 0.009, tips=6))
            shapes.append(disc("white", *at, unit * 0.005))
    return Layer(tuple(shapes), 0.6)


_FOOTHILLS: tuple[tuple[float, tuple[Role, ...]], ...] = ((0.72, ("near",)), (0.86, ("front",)))


def _mountains(rng: Generator, width: float, height: float, _sun: Sun) -> list[Layer]:
    layers = []
    rows: tuple[Role, ...] = ("far", "mid")
    for row, role in enumerate(rows):
        shapes: list[Shape] = []
        count = 3 + row
        for i in rng.permutation(count):
            x = width * ((i + 0.5) / count + rng.uniform(-0.06, 0.06))
            top = height * (0.24 + 0.13 * row + rng.uniform(0, 0.08))
            half = width * rng.uniform(0.24, 0.34) * (1 - 0.18 * row)
            low = height * 0.80
            shapes.append(poly(role, (x, top), (x + half, low), (x - half, low)))
            s = 0.26
            zig = [(x, top), (x + half * s, top + (low - top) * s),
                   (x + half * s * 0.5, top + (low - top) * s * 0.78),
                   (x + half * s * 0.12, top + (low - top) * s * 1.16),
                   (x - half * s * 0.42, top + (low - top) * s * 0.74),
                   (x - half * s, top + (low - top) * s)]  # fmt: skip
            shapes.append(poly("snow", *zig))
        layers.append(Layer(tuple(shapes), 1.0 + row * 0.4))
    unit = min(width, height)
    woods = _trees(rng, width, height * 0.80, unit * 0.08, 12, kinds=("pine",),
                   roles=("near", "front"))  # fmt: skip
    slope, meadow = (_land(rng, width, height, *row) for row in _FOOTHILLS)
    return [*layers, *slope, woods, *meadow, _tufts(rng, width, height, unit)]


def _sea(rng: Generator, width: float, height: float, sun: Sun) -> list[Layer]:
    layers = [Layer((ground("far", _ridge(rng, width * 0.5, height * 0.55, height * 0.05, 5),
                            height * 0.7),), 0.8)] if rng.random() < 0.6 else []  # fmt: skip
    rows: tuple[Role, ...] = ("sea", "deep", "sea", "deep", "front")
    unit = min(width, height)
    for i, role in enumerate(rows):
        y = height * (0.58 + 0.085 * i + 0.006 * i * i)
        long = unit * (0.09 + 0.035 * i)
        at = np.arange(-long * 2, width + long * 2, long / 12) + rng.uniform(0, long)
        # |sin| has the pointed crests of a child's waves.
        crest = y - np.abs(np.sin(at / long * math.pi)) ** 0.8 * unit * (0.014 + 0.006 * i)
        layers.append(Layer((ground(role, np.stack([at, crest], 1), height * 1.02),), 1 + 0.3 * i))
    x, y, r = sun
    glints = tuple(
        leaf("sun", (x - r * w, height * (0.62 + 0.07 * i)),
             (x + r * w, height * (0.62 + 0.07 * i)), 0.09)
        for i, w in enumerate((0.9, 0.65, 0.8, 0.45))
    )  # fmt: skip
    return [layers[0], *layers[1:3], Layer(glints, 0.2), *layers[3:]]


def _city(rng: Generator, width: float, height: float, _sun: Sun) -> list[Layer]:
    layers = []
    rows: tuple[Role, ...] = ("far", "mid", "near")
    for row, role in enumerate(rows):
        shapes: list[Shape] = []
        x = -width * 0.03
        while x < width:
            wide = width * rng.uniform(0.06, 0.12)
            top = height * (0.24 + 0.14 * row + rng.uniform(0, 0.16))
            shapes.append(box(role, x, top, x + wide, height))
            if rng.random() < 0.35:
                shapes.append(poly(role, (x, top), (x + wide / 2, top - wide * 0.8),
                                   (x + wide, top)))  # fmt: skip
            elif rng.random() < 0.4:
                shapes.append(box(role, x + wide * 0.45, top - wide * 0.7, x + wide * 0.55, top))
            cell = wide / 5
            for cx in (1, 2, 3):
                for cy in np.arange(top + cell, height * 0.84, cell * 1.7).tolist():
                    if rng.random() < 0.55:
                        lit: Role = "glow" if rng.random() < 0.5 else "pane"
                        left = x + cell * (cx + 0.2)
                        shapes.append(box(lit, left, cy, left + cell * 0.6, cy + cell * 0.8))
            x += wide * rng.uniform(1.0, 1.15)
        layers.append(Layer(tuple(shapes), 1.0 + 0.4 * row))
    kerb = [box("front", -9, height * 0.85, width + 9, height * 1.02)]
    kerb += [box("glow", width * (0.05 + 0.14 * i), height * 0.935, width * (0.12 + 0.14 * i),
                 height * 0.948) for i in range(7)]  # fmt: skip
    return [*layers, Layer(tuple(kerb), 1.6)]


def _space(rng: Generator, width: float, height: float, sun: Sun) -> list[Layer]:
    unit = min(width, height)
    far = placed(objects.planet(), width - sun[0], height * rng.uniform(0.2, 0.34), unit * 0.11)
    dunes = _land(rng, width, height, 0.80, ("mid", "front"))
    holes = tuple(
        disc("near", float(x), height * rng.uniform(0.93, 0.98), unit * rng.uniform(0.02, 0.05),
             unit * 0.012) for x in rng.uniform(0.05, 0.95, 6) * width
    )  # fmt: skip
    return [Layer(far, 0.8, body=(232, 140, 90)), *dunes, Layer(holes, 0.2)]


def _table(rng: Generator, width: float, height: float, _sun: Sun) -> list[Layer]:
    cells: list[Shape] = [box("near", -9, height * 0.72, width + 9, height * 1.02)]
    step = width / 12
    for row in range(4):
        for i in range(7):
            left = step * (2 * i + row % 2)
            top = height * (0.72 + 0.07 * row)
            cells.append(box("mid", left, top, left + step, top + height * 0.07))
    scallops = [disc("front", step * (i + 0.5), height * 0.72, step / 2, arc=(0, 180))
                for i in range(-1, 13)]  # fmt: skip
    edge = box("front", -9, height * 0.70, width + 9, height * 0.725)
    sprig = plants.flower() if rng.random() < 0.5 else plants.tree()
    vase_x = width * (0.13 if rng.random() < 0.5 else 0.87)
    unit = min(width, height)
    plant = placed(sprig, vase_x, height * 0.46, unit * 0.17)
    rim, foot = unit * 0.08, unit * 0.055
    top, low = height * 0.60, height * 0.745
    pot = poly("far", (vase_x - rim, top), (vase_x + rim, top), (vase_x + foot, low),
               (vase_x - foot, low))  # fmt: skip
    return [Layer(tuple(cells), 1.2), Layer((edge, *scallops), 0.8), Layer((*plant, pot), 1.2)]


def _forest(rng: Generator, width: float, height: float, _sun: Sun) -> list[Layer]:
    unit = min(width, height)
    rows = []
    kinds = (("pine",), ("pine", "tree"))[int(rng.integers(2))]
    tones: tuple[tuple[Role, Role], ...] = (("far", "mid"), ("mid", "near"), ("near", "front"))
    for i, roles in enumerate(tones):
        rows.append(_trees(rng, width, height * (0.62 + 0.11 * i), unit * (0.13 + 0.05 * i),
                           10 - 2 * i, depth=0.9 + 0.4 * i, kinds=kinds, roles=roles))  # fmt: skip
        rows += _land(rng, width, height, 0.62 + 0.11 * i, (roles[0],))
    return [*rows, *_land(rng, width, height, 0.87, ("front",)), _tufts(rng, width, height, unit)]


def _desert(rng: Generator, width: float, height: float, _sun: Sun) -> list[Layer]:
    unit = min(width, height)
    land = _land(rng, width, height, 0.54, ("far", "mid", "near", "front"))
    few = _trees(rng, width, height * 0.70, unit * 0.08, 4, kinds=("cactus",),
                 roles=("near", "front"))  # fmt: skip
    return [*land[:2], few, *land[2:]]


def _abstract(rng: Generator, width: float, height: float, _sun: Sun) -> list[Layer]:
    """A quilt of uneven panels, one cut-out form on each."""
    unit = min(width, height)
    tones: list[Role] = ["far", "sky", "mid", "white", "near", "tint", "front", "second"]
    forms: list[Role] = ["body", "accent", "white", "second", "leaf", "glow"]
    columns = _uneven(rng, width, 4 if width > height * 1.2 else 3)
    rows = _uneven(rng, height, 4 if height > width * 1.2 else 3)
    panels: list[Shape] = []
    layers: list[Layer] = []
    n = int(rng.integers(8))
    order = rng.permutation(len(_FORMS)).tolist()
    for left, right in columns:
        for top, bottom in rows:
            n += 1
            tone = tones[n % len(tones)]
            panels.append(box(tone, left, top, right, bottom))
            fit = [role for role in forms if role != tone]
            role, other = fit[n % len(fit)], fit[(n + 2) % len(fit)]
            form = _FORMS[order[n % len(order)]](role, other)
            x, y = (left + right) / 2, (top + bottom) / 2
            size = min(right - left, bottom - top, unit * 0.4) * rng.uniform(0.44, 0.52)
            shapes = placed(form, x, y, size, turn=rng.choice([0, 12, -20, 90, 160, -60]))
            layers.append(Layer(shapes, 1.4))
    return [Layer(tuple(panels), 0.4), *layers]


def _uneven(rng: Generator, length: float, parts: int) -> list[tuple[float, float]]:
    shares = rng.uniform(0.75, 1.35, parts)
    ends = np.concatenate([[0.0], np.cumsum(shares) / shares.sum()]) * length
    return list(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))


def _frond(role: Role, _other: Role) -> list[Shape]:
    lobes = [leaf(role, (0.0, 0.62 - 0.24 * i), (side * (0.66 - 0.07 * i), 0.20 - 0.26 * i), 0.40)
             for i in range(6) for side in (-1, 1)]  # fmt: skip
    return [*lobes, stroke(role, [(0.05, 1.0), (0.0, 0.2), (0.0, -1.0)], 0.16, 0.05)]


def _arches(role: Role, other: Role) -> list[Shape]:
    steps: tuple[tuple[Role, float], ...] = (
        (role, 0.95), ("white", 0.74), (other, 0.54), ("white", 0.34), (role, 0.18),
    )  # fmt: skip
    return [disc(tone, 0, 0.4, r, arc=(180, 360)) for tone, r in steps]


def _moons(role: Role, other: Role) -> list[Shape]:
    return [disc(role, 0, 0, 0.72), disc(other, 0.24, -0.14, 0.5), disc("white", 0.34, -0.2, 0.2)]


def _petals(role: Role, other: Role) -> list[Shape]:
    around = [math.radians(45 * i) for i in range(8)]
    return [
        *[leaf(role if i % 2 else other, (0, 0), (0.9 * math.cos(a), 0.9 * math.sin(a)), 0.44)
          for i, a in enumerate(around)],
        disc("glow", 0, 0, 0.2),
    ]  # fmt: skip


def _stairs(role: Role, other: Role) -> list[Shape]:
    blocks = [box(role, -0.8 + 0.4 * i, -0.5 + 0.3 * i, 0.8, -0.16 + 0.3 * i) for i in range(4)]
    return [*blocks, disc(other, -0.62, 0.44, 0.2)]


def _ribbon(role: Role, other: Role) -> list[Shape]:
    wave = [(0.1 * i - 1, 0.17 * math.sin(0.63 * i)) for i in range(21)]
    bands = ((role, -0.35, 0.2), (other, 0.05, 0.14), (role, 0.40, 0.09))
    return [stroke(tone, [(x, y + dy) for x, y in wave], fat) for tone, dy, fat in bands]


_FORMS = (_frond, _arches, _moons, _petals, _frond, _stairs, _ribbon)
SCENERY = {
    "hills": _hills, "mountains": _mountains, "sea": _sea, "city": _city, "space": _space,
    "table": _table, "forest": _forest, "desert": _desert, "abstract": _abstract,
}  # fmt: skip
