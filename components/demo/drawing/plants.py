"""PURE: the plants that the demo gateway can draw, each in the box from -1 to 1."""

from __future__ import annotations

import math

from components.demo.drawing.shapes import Shape, blob, box, disc, leaf, poly, stroke


def tree() -> list[Shape]:
    """A round broadleaf."""
    crown = ((0.0, -0.52, 0.44), (-0.36, -0.22, 0.36), (0.36, -0.22, 0.36), (0.0, -0.08, 0.42))
    return [
        stroke("wood", [(0.02, 0.0), (0.0, 0.5), (-0.02, 1.0)], 0.13, 0.22),
        stroke("wood", [(0.0, 0.50), (0.20, 0.26), (0.30, 0.10)], 0.09, 0.05),
        *[disc("body" if i else "shade", x, y, r) for i, (x, y, r) in enumerate(crown)],
        *[leaf("tint", (x - 0.08, y + 0.04), (x + 0.08, y - 0.10), 0.5)
          for x, y in ((-0.4, -0.3), (-0.1, -0.62), (0.18, -0.30), (0.42, -0.16), (-0.14, -0.10))],
        *[disc("accent", x, y, 0.055)
          for x, y in ((-0.22, -0.46), (0.22, -0.58), (0.02, -0.26), (-0.46, -0.08), (0.34, 0.0))],
    ]  # fmt: skip


def pine() -> list[Shape]:
    """A fir with four tiers."""
    tiers = []
    for i in range(4):
        top, half = 0.28 - 0.40 * i, 0.52 - 0.10 * i
        low = top + 0.52
        tiers.append(
            poly("shade" if i % 2 else "body", (0, top - 0.06), (half, low),
                 (half * 0.5, low - 0.05), (0, low + 0.03), (-half * 0.5, low - 0.05), (-half, low))
        )  # fmt: skip
    return [box("wood", -0.09, 0.70, 0.09, 1.0), *tiers]


def flower() -> list[Shape]:
    """One blossom with a long stem."""
    petals = [
        leaf("body" if i % 2 else "accent", (0.0, -0.42),
             (0.56 * math.cos(i * math.pi / 6), -0.42 + 0.56 * math.sin(i * math.pi / 6)), 0.42)
        for i in range(12)
    ]  # fmt: skip
    return [
        stroke("stem", [(0.0, -0.36), (0.08, 0.30), (0.0, 1.0)], 0.07, 0.09),
        leaf("leaf", (0.05, 0.66), (0.58, 0.22), 0.46),
        leaf("leaf", (0.03, 0.82), (-0.56, 0.46), 0.46),
        *petals,
        disc("glow", 0.0, -0.42, 0.19),
        *[disc("wood", 0.09 * math.cos(i * 2.4) * i / 4, -0.42 + 0.09 * math.sin(i * 2.4) * i / 4,
               0.024) for i in range(7)],
    ]  # fmt: skip


def trumpet_flower() -> list[Shape]:
    """A hanging bell on an arching stem, open to the left: what hummingbirds come for."""
    return [
        stroke("stem", [(0.86, 1.0), (0.96, 0.10), (0.66, -0.62), (0.30, -0.56)], 0.09, 0.05),
        leaf("leaf", (0.92, 0.30), (0.30, 0.66), 0.36),
        leaf("leaf", (0.94, -0.06), (0.50, 0.20), 0.36),
        blob("accent", (0.36, -0.66), (0.10, -0.62), (-0.40, -0.40), (-0.78, -0.42),
             (-0.66, -0.10), (-0.72, 0.22), (-0.34, 0.0), (0.14, -0.32), (0.38, -0.46)),
        blob("glow", (-0.78, -0.42), (-0.60, -0.26), (-0.56, -0.06), (-0.72, 0.22),
             (-0.72, -0.10)),
        leaf("stem", (0.44, -0.60), (0.10, -0.52), 0.70),
        stroke("white", [(-0.60, -0.16), (-0.90, -0.20)], 0.03, 0.05),
    ]  # fmt: skip


def banana() -> list[Shape]:
    """A bunch of two, one of them smiling."""
    return [
        blob("second", (0.52, -0.94), (0.66, -0.84), (0.84, -0.10), (0.44, 0.60), (-0.24, 0.90),
             (-0.62, 0.82), (-0.22, 0.52), (0.28, 0.02)),
        blob("glow", (0.44, -0.92), (0.62, -0.90), (0.62, -0.16), (0.16, 0.50), (-0.56, 0.70),
             (-0.96, 0.44), (-0.92, 0.32), (-0.40, 0.22), (0.10, -0.16)),
        stroke("second", [(0.50, -0.78), (0.42, -0.18), (0.0, 0.32), (-0.54, 0.50), (-0.88, 0.42)],
               0.04),
        poly("wood", (0.42, -0.98), (0.66, -0.98), (0.64, -0.78), (0.46, -0.80)),
        disc("wood", -0.94, 0.39, 0.07),
        disc("ink", -0.20, 0.26, 0.045),
        disc("ink", 0.12, 0.02, 0.045),
        stroke("ink", [(-0.10, 0.32), (0.04, 0.28), (0.12, 0.16)], 0.04),
    ]  # fmt: skip


def mushroom() -> list[Shape]:
    """Two toadstools."""

    def one(x: float, top: float, size: float) -> list[Shape]:
        return [
            blob("white", (x - 0.10 * size, top), (x + 0.10 * size, top), (x + 0.15 * size, 1.0),
                 (x - 0.15 * size, 1.0)),
            disc("tint", x, top + 0.02, 0.46 * size, 0.10 * size),
            disc("accent", x, top, 0.52 * size, 0.56 * size, arc=(180, 360)),
            *[disc("white", x + dx * size, top + dy * size, r * size)
              for dx, dy, r in ((-0.26, -0.16, 0.07), (0.0, -0.36, 0.09), (0.25, -0.18, 0.08),
                                (-0.02, -0.10, 0.05))],
        ]  # fmt: skip

    return [*one(0.48, 0.34, 0.8), *one(-0.22, -0.16, 1.3)]


def cactus() -> list[Shape]:
    """A saguaro in bloom."""
    return [
        stroke("body", [(-0.06, 0.42), (-0.50, 0.40), (-0.54, -0.10)], 0.24, 0.22),
        stroke("body", [(0.06, 0.16), (0.48, 0.14), (0.52, -0.36)], 0.24, 0.22),
        disc("body", -0.54, -0.12, 0.11),
        disc("body", 0.52, -0.38, 0.11),
        blob("body", (0.0, -0.92), (0.20, -0.76), (0.22, 0.20), (0.20, 1.0), (-0.20, 1.0),
             (-0.22, 0.20), (-0.20, -0.76)),
        *[stroke("tint", [(x, -0.70), (x, 0.96)], 0.025) for x in (-0.10, 0.0, 0.10)],
        *[leaf("accent", (0.0, -0.84), (0.18 * i, -1.0), 0.5) for i in (-1, 0, 1)],
        disc("accent", 0.52, -0.50, 0.08),
        disc("accent", -0.54, -0.24, 0.07),
    ]  # fmt: skip
