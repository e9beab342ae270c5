"""PURE: the buildings, vehicles and objects that the demo gateway can draw, each from -1 to 1."""

from __future__ import annotations

import math

from components.demo.drawing.shapes import (
    Shape,
    blob,
    box,
    disc,
    leaf,
    placed,
    poly,
    starburst,
    stroke,
)


def house() -> list[Shape]:
    """A cottage with smoke from the chimney."""
    return [
        *[disc("cloud", 0.44 + 0.10 * i, -0.76 - 0.10 * i, 0.07 + 0.02 * i) for i in range(3)],
        box("shade", 0.34, -0.66, 0.54, -0.20),
        box("body", -0.66, -0.10, 0.66, 1.0),
        poly("accent", (-0.90, 0.0), (-0.40, -0.62), (0.40, -0.62), (0.90, 0.0)),
        *[stroke("second", [(-0.78 + 0.08 * i, -0.14 * (i + 1)),
                            (0.78 - 0.08 * i, -0.14 * (i + 1))], 0.025) for i in range(4)],
        box("wood", -0.14, 0.40, 0.18, 1.0),
        disc("glow", 0.11, 0.72, 0.03),
        *[box("white", x - 0.17, 0.18, x + 0.17, 0.56) for x in (-0.42, 0.44)],
        *[box("pane", x - 0.13, 0.22, x + 0.13, 0.52) for x in (-0.42, 0.44)],
        *[box("white", x - 0.015, 0.22, x + 0.015, 0.52) for x in (-0.42, 0.44)],
        *[leaf("leaf", (x, 1.0), (x + 0.05, 0.78), 0.6) for x in (-0.6, -0.46, -0.32, 0.34, 0.5)],
    ]  # fmt: skip


def lighthouse() -> list[Shape]:
    """On its rock, lamp lit to both sides."""
    bands = [
        poly("accent" if i % 2 else "white",
             (-0.16 - 0.035 * i, -0.50 + 0.34 * i), (0.16 + 0.035 * i, -0.50 + 0.34 * i),
             (0.195 + 0.035 * i, -0.16 + 0.34 * i), (-0.195 - 0.035 * i, -0.16 + 0.34 * i))
        for i in range(4)
    ]  # fmt: skip
    return [
        poly("glow", (0.0, -0.70), (1.0, -0.96), (1.0, -0.56)),
        poly("glow", (0.0, -0.70), (-1.0, -0.96), (-1.0, -0.56)),
        blob("shade", (-0.70, 1.0), (-0.50, 0.80), (-0.10, 0.74), (0.30, 0.78), (0.66, 1.0)),
        *bands,
        box("ink", -0.24, -0.56, 0.24, -0.48),
        box("glow", -0.13, -0.80, 0.13, -0.56),
        *[box("ink", x - 0.012, -0.80, x + 0.012, -0.56) for x in (-0.12, 0.0, 0.12)],
        poly("body", (-0.20, -0.80), (0.0, -1.0), (0.20, -0.80)),
        box("pane", -0.05, -0.06, 0.05, 0.08),
        box("wood", -0.08, 0.56, 0.08, 0.80),
    ]


def castle() -> list[Shape]:
    """Three towers with flags."""

    def tower(x: float, top: float, half: float) -> list[Shape]:
        return [
            stroke("ink", [(x, top - 0.50), (x, top - 0.20)], 0.025),
            poly("glow", (x, top - 0.50), (x + 0.22, top - 0.43), (x, top - 0.36)),
            box("body", x - half, top, x + half, 1.0),
            poly("accent", (x - half * 1.3, top), (x, top - 0.40), (x + half * 1.3, top)),
            box("pane", x - 0.05, top + 0.16, x + 0.05, top + 0.34),
        ]

    teeth = [box("shade", -0.5 + 0.2 * i, 0.20, -0.4 + 0.2 * i, 0.34) for i in range(6)]
    return [
        *tower(0.0, -0.48, 0.22),
        box("shade", -0.56, 0.32, 0.56, 1.0),
        *teeth,
        *tower(-0.66, -0.14, 0.20),
        *tower(0.66, -0.14, 0.20),
        box("wood", -0.18, 0.68, 0.18, 1.0),
        disc("wood", 0.0, 0.68, 0.18, arc=(180, 360)),
    ]


def boat() -> list[Shape]:
    """A sailing boat heading right."""
    return [
        stroke("wood", [(0.0, -0.98), (0.0, 0.60)], 0.05),
        blob("white", (0.05, -0.92), (0.42, -0.40), (0.66, 0.36), (0.30, 0.42), (0.05, 0.40)),
        blob("accent", (-0.05, -0.80), (-0.30, -0.20), (-0.62, 0.40), (-0.30, 0.44),
             (-0.05, 0.40)),
        stroke("second", [(0.06, -0.10), (0.48, -0.06)], 0.06),
        poly("glow", (0.0, -0.98), (-0.24, -0.92), (0.0, -0.84)),
        blob("body", (-0.82, 0.54), (0.0, 0.60), (0.92, 0.50), (0.66, 0.90), (0.0, 1.0),
             (-0.60, 0.90)),
        stroke("white", [(-0.78, 0.64), (0.0, 0.70), (0.84, 0.60)], 0.05),
        *[disc("pane", -0.34 + 0.30 * i, 0.80, 0.055) for i in range(3)],
    ]  # fmt: skip


def rocket() -> list[Shape]:
    """On its way up."""
    return [
        leaf("accent", (-0.12, 0.50), (-0.16, 0.94), 0.5),
        leaf("accent", (0.12, 0.50), (0.16, 0.94), 0.5),
        leaf("glow", (0.0, 0.46), (0.0, 1.0), 0.40),
        blob("accent", (-0.26, 0.06), (-0.60, 0.40), (-0.58, 0.72), (-0.24, 0.50)),
        blob("accent", (0.26, 0.06), (0.60, 0.40), (0.58, 0.72), (0.24, 0.50)),
        blob("body", (0.0, -1.0), (0.22, -0.64), (0.34, -0.16), (0.28, 0.34), (0.16, 0.54),
             (-0.16, 0.54), (-0.28, 0.34), (-0.34, -0.16), (-0.22, -0.64)),
        blob("second", (0.0, -1.0), (0.12, -0.82), (0.21, -0.62), (0.0, -0.56), (-0.21, -0.62),
             (-0.12, -0.82)),
        disc("white", 0.0, -0.22, 0.18),
        disc("pane", 0.0, -0.22, 0.13),
        stroke("shade", [(-0.28, 0.30), (0.0, 0.36), (0.28, 0.30)], 0.06),
        leaf("accent", (0.0, 0.10), (0.0, 0.72), 0.18),
    ]  # fmt: skip


def planet() -> list[Shape]:
    """With a ring, tilted."""
    upright = [
        disc("second", 0.0, 0.0, 1.0, 0.24, arc=(180, 360)),
        disc("body", 0.0, 0.0, 0.56),
        *[disc("tint" if i % 2 else "shade", 0.0, -0.30 + 0.21 * i,
               math.sqrt(max(0.31 - (0.30 - 0.21 * i) ** 2, 0.01)), 0.05) for i in range(4)],
        stroke("second", [(-1.0, 0.0), (-0.70, 0.16), (0.0, 0.25), (0.70, 0.16), (1.0, 0.0)],
               0.09),
        stroke("accent", [(-0.92, 0.0), (-0.62, 0.10), (0.0, 0.17), (0.62, 0.10), (0.92, 0.0)],
               0.04),
    ]  # fmt: skip
    return list(placed(upright, 0, 0, 1, turn=-18))


def cup() -> list[Shape]:
    """Something hot, on a saucer."""
    steam = [
        stroke("white", [(x, -0.28), (x - 0.09, -0.48), (x + 0.09, -0.70), (x, -0.94)], 0.08, 0.02)
        for x in (-0.30, -0.02, 0.26)
    ]
    return [
        *steam,
        disc("second", 0.0, 0.84, 0.92, 0.16),
        disc("tint", 0.0, 0.80, 0.62, 0.09),
        stroke("body", [(0.46, 0.0), (0.84, 0.02), (0.82, 0.36), (0.40, 0.48)], 0.12),
        blob("body", (-0.60, -0.16), (0.0, -0.06), (0.60, -0.16), (0.54, 0.40), (0.26, 0.80),
             (0.0, 0.82), (-0.26, 0.80), (-0.54, 0.40)),
        disc("tint", 0.0, -0.16, 0.60, 0.14),
        disc("wood", 0.0, -0.15, 0.52, 0.105),
        disc("second", 0.0, -0.15, 0.20, 0.04),
        *[leaf("accent", (0.0, 0.42), (0.22 * math.cos(a), 0.30 + 0.22 * math.sin(a)), 0.6)
          for a in (math.radians(d) for d in (200, 250, 290, 340))],
    ]  # fmt: skip


def sign() -> list[Shape]:
    """A board on two posts; its face is left free for lettering."""
    return [
        stroke("wood", [(-0.62, -0.62), (-0.62, 1.0)], 0.11),
        stroke("wood", [(0.62, -0.62), (0.62, 1.0)], 0.11),
        poly("shade", (-0.98, -0.60), (0.98, -0.68), (0.98, 0.24), (-0.98, 0.30)),
        poly("body", (-0.94, -0.64), (0.94, -0.72), (0.94, 0.18), (-0.94, 0.24)),
        poly("white", (-0.86, -0.56), (0.86, -0.64), (0.86, 0.10), (-0.86, 0.16)),
        *[disc("ink", x, y, 0.03) for x in (-0.90, 0.90) for y in (-0.62, 0.16)],
        *[leaf("leaf", (x, 1.0), (x + 0.08, 0.70), 0.5) for x in (-0.76, -0.56, 0.50, 0.70)],
    ]


def car() -> list[Shape]:
    """A small round one, driving right."""
    return [
        blob("body", (-0.94, 0.52), (-0.90, 0.16), (-0.56, 0.06), (-0.34, -0.34), (0.10, -0.42),
             (0.40, -0.28), (0.56, 0.04), (0.92, 0.18), (0.96, 0.56), (0.0, 0.66)),
        blob("pane", (-0.42, 0.04), (-0.26, -0.26), (-0.02, -0.31), (-0.02, 0.04)),
        blob("pane", (0.06, 0.04), (0.06, -0.31), (0.30, -0.22), (0.42, 0.04)),
        stroke("tint", [(-0.88, 0.28), (0.0, 0.24), (0.90, 0.30)], 0.05),
        disc("glow", 0.86, 0.34, 0.09),
        stroke("second", [(-0.06, 0.16), (0.06, 0.16)], 0.04),
        *[part for x in (-0.52, 0.54) for part in (
            disc("ink", x, 0.62, 0.25), disc("second", x, 0.62, 0.14), disc("white", x, 0.62, 0.06)
        )],
    ]  # fmt: skip


def bicycle() -> list[Shape]:
    """Two wheels, a frame and a basket."""
    wheels = [
        part
        for x in (-0.56, 0.56)
        for part in (
            *[stroke("tint", [(x, 0.52), (x + 0.4 * math.cos(a), 0.52 + 0.4 * math.sin(a))], 0.015)
              for a in (i * math.pi / 5 for i in range(10))],
            stroke("ink", [(x + 0.43 * math.cos(a), 0.52 + 0.43 * math.sin(a))
                           for a in (i * math.pi / 12 for i in range(25))], 0.07),
        )
    ]  # fmt: skip
    frame = (
        ((-0.56, 0.52), (-0.22, -0.12)), ((-0.56, 0.52), (-0.02, 0.54)),
        ((-0.02, 0.54), (-0.28, -0.26)), ((-0.02, 0.54), (0.36, -0.14)),
        ((-0.24, -0.12), (0.36, -0.14)), ((0.56, 0.52), (0.30, -0.44)),
    )  # fmt: skip
    return [
        *wheels,
        *[stroke("body", pair, 0.07) for pair in frame],
        disc("second", -0.02, 0.54, 0.11),
        stroke("ink", [(-0.46, -0.28), (-0.12, -0.28)], 0.10, 0.07),
        stroke("ink", [(0.30, -0.44), (0.16, -0.56), (0.06, -0.50)], 0.05),
        poly("wood", (0.36, -0.44), (0.84, -0.44), (0.76, -0.08), (0.42, -0.08)),
        *[disc("accent" if i % 2 else "glow", 0.42 + 0.12 * i, -0.50, 0.09) for i in range(4)],
    ]


def balloon() -> list[Shape]:
    """A hot-air balloon in stripes."""
    return [
        *[stroke("ink", [(x, 0.24), (x * 0.45, 0.66)], 0.02) for x in (-0.34, 0.34)],
        disc("body", 0.0, -0.30, 0.66, 0.68),
        disc("second", 0.0, -0.30, 0.47, 0.68),
        disc("accent", 0.0, -0.30, 0.28, 0.68),
        disc("glow", 0.0, -0.30, 0.09, 0.68),
        poly("body", (-0.40, 0.22), (0.40, 0.22), (0.18, 0.42), (-0.18, 0.42)),
        box("wood", -0.18, 0.64, 0.18, 0.94),
        stroke("second", [(-0.20, 0.66), (0.20, 0.66)], 0.06),
    ]


def heart() -> list[Shape]:
    """A heart with a smaller one on it."""
    form = ((0.0, -0.42), (0.30, -0.80), (0.78, -0.72), (0.88, -0.22), (0.52, 0.34), (0.0, 0.90),
            (-0.52, 0.34), (-0.88, -0.22), (-0.78, -0.72), (-0.30, -0.80))  # fmt: skip
    return [
        blob("accent", *form),
        blob("body", *[(x * 0.74, y * 0.74 - 0.02) for x, y in form]),
        leaf("tint", (-0.54, -0.12), (-0.28, -0.54), 0.36),
    ]


def star() -> list[Shape]:
    """Five tips, twice."""
    return [
        starburst("accent", 0, 0.05, 1.0, inner=0.46, tips=5),
        starburst("glow", 0, 0.05, 0.78, inner=0.36, tips=5),
        disc("white", 0, 0.05, 0.10),
    ]


def cake() -> list[Shape]:
    """Two tiers, icing and candles."""
    return [
        *[part for x in (-0.24, 0.0, 0.24) for part in (
            box("second", x - 0.03, -0.56, x + 0.03, -0.22),
            leaf("glow", (x, -0.54), (x, -0.84), 0.5),
        )],
        disc("white", 0.0, 0.94, 0.96, 0.08),
        box("body", -0.74, 0.34, 0.74, 0.92),
        box("tint", -0.46, -0.22, 0.46, 0.34),
        *[disc("white", -0.62 + 0.207 * i, 0.36, 0.11, 0.17) for i in range(7)],
        *[disc("accent", -0.36 + 0.18 * i, -0.20, 0.10, 0.15) for i in range(5)],
        stroke("accent", [(-0.72, 0.74), (-0.36, 0.66), (0.0, 0.74), (0.36, 0.66), (0.72, 0.74)],
               0.05),
    ]  # fmt: skip
