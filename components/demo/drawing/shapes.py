"""PURE: the few geometric forms from which the demo gateway's pictures are cut.

Everything is a closed polygon with a role. A role is what a part means ("body", "leaf", "glow");
each hand decides for itself which colour, tone or ink that is, so one drawing serves them all.
Coordinates grow to the right and downwards. A subject is drawn in the box from -1 to 1, and one
that stands on something stands at y = 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

RGB = tuple[int, int, int]
Points = NDArray[np.float64]
Pairs = Iterable[tuple[float, float]]
Role = Literal[
    "body", "shade", "tint", "accent", "second", "white", "ink", "leaf", "stem", "wood", "glow",
    "sky", "sun", "far", "mid", "near", "front", "sea", "deep", "cloud", "star", "pane", "snow",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shape:
    """One closed polygon, and what it means."""

    points: Points  # n × 2
    role: Role


@dataclass(frozen=True, slots=True)
class Layer:
    """Shapes that lie in one plane, from the back to the front."""

    shapes: tuple[Shape, ...]
    depth: float = 1.0  # how far it floats over what is behind it
    name: str = ""  # of a subject that stands out, empty for scenery
    body: RGB | None = None  # what "body" means in it; its shade and tint follow


def poly(role: Role, *pairs: tuple[float, float]) -> Shape:
    """A polygon with straight sides."""
    return Shape(np.array(pairs, dtype=np.float64), role)


def box(role: Role, left: float, top: float, right: float, bottom: float) -> Shape:
    """An upright rectangle."""
    return poly(role, (left, top), (right, top), (right, bottom), (left, bottom))


def disc(
    role: Role,
    x: float,
    y: float,
    rx: float,
    ry: float | None = None,
    *,
    turn: float = 0.0,
    arc: tuple[float, float] = (0.0, 360.0),
) -> Shape:
    """An ellipse turned by `turn` degrees, or the part of it between two angles."""
    start, end = math.radians(arc[0]), math.radians(arc[1])
    at = np.linspace(start, end, 64, endpoint=end - start < 2 * math.pi - 1e-9)
    points = np.stack([np.cos(at) * rx, np.sin(at) * (rx if ry is None else ry)], axis=1)
    return Shape(_turned(points, turn) + np.array([x, y]), role)


def blob(role: Role, *pairs: tuple[float, float]) -> Shape:
    """The smooth closed curve through these points (a Catmull-Rom spline)."""
    knots = np.array(pairs, dtype=np.float64)
    before, after = np.roll(knots, 1, axis=0), np.roll(knots, -1, axis=0)
    beyond = np.roll(knots, -2, axis=0)
    return Shape(_spline(before, knots, after, beyond), role)


def curve(pairs: Pairs) -> Points:
    """The smooth open curve through these points."""
    knots = np.array(list(pairs), dtype=np.float64)
    if len(knots) < 3:
        return knots
    padded = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    body = _spline(padded[:-3], padded[1:-2], padded[2:-1], padded[3:])
    return np.vstack([body, knots[-1:]])


def stroke(role: Role, pairs: Pairs, width: float, end: float | None = None) -> Shape:
    """A brush stroke along the smooth curve through these points, from `width` to `end` wide."""
    spine = curve(pairs)
    along = np.gradient(spine, axis=0)
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / length[:, None]
    half = np.linspace(width, width if end is None else end, len(spine))[:, None] / 2
    return Shape(np.vstack([spine + normal * half, (spine - normal * half)[::-1]]), role)


def leaf(role: Role, tail: tuple[float, float], tip: tuple[float, float], fat: float) -> Shape:
    """A leaf, feather or petal from `tail` to `tip`; `fat` is its width over its length."""
    (x0, y0), (x1, y1) = tail, tip
    at = np.linspace(0, math.pi, 24)
    run = (1 - np.cos(at)) / 2
    half = np.sin(at) ** 1.15 * fat / 2
    side = np.concatenate([half, -half[::-1]])
    run = np.concatenate([run, run[::-1]])
    dx, dy = x1 - x0, y1 - y0
    return Shape(np.stack([x0 + dx * run - dy * side, y0 + dy * run + dx * side], axis=1), role)


def starburst(role: Role, x: float, y: float, outer: float, *, inner: float, tips: int) -> Shape:
    """A star with this many tips."""
    at = np.linspace(-math.pi / 2, 1.5 * math.pi, 2 * tips, endpoint=False)
    radius = np.where(np.arange(2 * tips) % 2 == 0, outer, inner)
    return Shape(np.stack([x + np.cos(at) * radius, y + np.sin(at) * radius], axis=1), role)


def ground(role: Role, top: Points, bottom: float) -> Shape:
    """Everything under the line `top` down to `bottom`: a hill, a wave, a skyline."""
    left, right = (top[0, 0], bottom), (top[-1, 0], bottom)
    return Shape(np.vstack([top, right, left]), role)


def placed(
    shapes: Iterable[Shape],
    x: float,
    y: float,
    scale: float,
    *,
    turn: float = 0.0,
    flip: bool = False,
) -> tuple[Shape, ...]:
    """The shapes scaled, mirrored if `flip`, turned by `turn` degrees, then moved to (x, y)."""
    across = np.array([-scale if flip else scale, scale])
    at = np.array([x, y])
    return tuple(
        replace(shape, points=_turned(shape.points * across, turn) + at) for shape in shapes
    )


def recast(shapes: Iterable[Shape], roles: dict[Role, Role]) -> tuple[Shape, ...]:
    """The shapes with some roles exchanged for others."""
    return tuple(replace(shape, role=roles.get(shape.role, shape.role)) for shape in shapes)


def bounds(shapes: Sequence[Shape]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of everything in `shapes`, which holds at least one."""
    low = np.min([shape.points.min(axis=0) for shape in shapes], axis=0)
    high = np.max([shape.points.max(axis=0) for shape in shapes], axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _turned(points: Points, degrees: float) -> Points:
    if not degrees:
        return points
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turned: Points = points @ np.array([[c, s], [-s, c]])
    return turned


def _spline(before: Points, start: Points, end: Points, beyond: Points) -> Points:
    t = np.linspace(0, 1, 12, endpoint=False)[None, :, None]
    p0, p1, p2, p3 = (p[:, None, :] for p in (before, start, end, beyond))
    points = 0.5 * (
        2 * p1
        + (p2 - p0) * t
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    flat: Points = points.reshape(-1, 2)
    return flat
