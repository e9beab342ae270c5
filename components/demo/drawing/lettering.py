"""Everything on an engraved plate that is set in type: number, title, prompt, signs, caption."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

from components.demo.drawing.canvas import (
    OVERSAMPLING,
    Mask,
    caption,
    fitted,
    scaled,
    set_text,
    set_width,
    wrapped,
)
from components.demo.drawing.engraving import ruled, soft
from components.demo.drawing.shapes import Shape, leaf

FRAME = 24  # from the edge of the sheet to the outer rule
_NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIV",
             "XVI", "XVII", "XIX", "XXI", "XXIV", "XXVII", "XXXI", "XL", "XLII")  # fmt: skip
_QUIPS = ("drawn from nature, or near enough", "hand-coloured edition of one", "not to scale",
          "engraved at some speed", "from the cabinet of small wonders",
          "after a prompt by an unknown hand")  # fmt: skip


class Lettering:
    """The type of one plate, on a sheet of its own that is printed over everything else."""

    def __init__(self, wide: int, high: int, rng: Generator) -> None:
        """An empty sheet of so many pixels; `rng` makes the hand unsteady."""
        self.sheet = Image.new("L", (wide * OVERSAMPLING, high * OVERSAMPLING), 0)
        self._wide, self._high, self._rng = wide, high, rng
        self._pen = ImageDraw.Draw(self.sheet)

    def frame(self) -> None:
        """A double rule round the sheet, leaves in its corners, and the plate's number."""
        k, wide, high = OVERSAMPLING, self._wide, self._high
        for inset, width in ((FRAME, 7), (FRAME + 11, 2)):
            edge = (inset * k, inset * k, (wide - inset) * k, (high - inset) * k)
            self._pen.rectangle(edge, outline=255, width=width)
        for x, dx in ((FRAME + 24, 1), (wide - FRAME - 24, -1)):
            for y, dy in ((FRAME + 24, 1), (high - FRAME - 78, -1)):
                for a in (0.12, 0.785, 1.45):
                    tip = (x + dx * 40 * math.cos(a), y + dy * 40 * math.sin(a))
                    self._pen.polygon(scaled(leaf("leaf", (x, y), tip, 0.34), k), fill=255)
        number = f"PLATE {_NUMERALS[int(self._rng.integers(len(_NUMERALS)))]}"
        set_text(self._pen, (wide / 2 * k, 65 * k), number, 25 * k, 255, tracking=0.34)
        half = set_width(number, 25, 0.34) / 2 + 34
        for side in (-1, 1):
            for n in range(3):
                tail = wide / 2 + side * (half + 26 * n)
                tip = (tail + side * 31, 65 - 7 * (-1) ** n)
                self._pen.polygon(scaled(leaf("leaf", (tail, 65), tip, 0.36), k), fill=255)
            rule = [wide / 2 + side * (half + 120), 65, wide / 2 + side * (wide / 2 - 78), 65]
            self._pen.line([v * k for v in rule], fill=255, width=3)

    def title(self, title: str, prompt: str) -> None:
        """The title in large letters and the whole prompt, as far as it fits, in small ones."""
        k, middle = OVERSAMPLING, self._wide / 2 * OVERSAMPLING
        span = (self._wide - 2 * (FRAME + 62)) * k
        rows, tracking = [title], 0.1
        size = fitted(title, 62 * k, tracking, span)
        if size < 42 * k:
            size, tracking = 44 * k, 0.07
            rows = wrapped(title, size, tracking, span, 2)
        up = 208 if len(rows) == 1 else 226
        for n, row in enumerate(rows):
            at = (middle, (self._high - up + 52 * n) * k)
            set_text(self._pen, at, row, size, 255, tracking=tracking, weight=0.022)
        quip = _QUIPS[int(self._rng.integers(len(_QUIPS)))]
        told = quip if prompt.upper() == title else prompt
        up = 150 if len(rows) == 1 else 130
        for n, row in enumerate(wrapped(told, 20 * k, 0.03, span, 3 - len(rows))):
            at = (middle, (self._high - up + 27 * n) * k)
            set_text(self._pen, at, row, 20 * k, 215, tracking=0.03)

    def caption(self, alias: str) -> None:
        """The bar at the foot that says that the picture is synthetic."""
        k = OVERSAMPLING
        left, right = (FRAME + 18) * k, (self._wide - FRAME - 18) * k
        top, bottom = (self._high - FRAME - 70) * k, (self._high - FRAME - 18) * k
        self._pen.rectangle((left, top, right, bottom), fill=255)
        text = caption(alias)
        size = fitted(text, 34 * k, 0.05, right - left - 40 * k)
        at = ((left + right) / 2, (top + bottom) / 2)
        set_text(self._pen, at, text, size, 0, tracking=0.05, weight=0.01)

    def sign(self, face: Shape, words: str) -> None:
        """`words` on a signboard, in one line or two."""
        k = OVERSAMPLING
        (left, top), (right, bottom) = (face.points.min(axis=0) * k, face.points.max(axis=0) * k)
        wide, size = (right - left) * 0.84, int((bottom - top) * 0.42)
        lines = [words]
        if set_width(words, size, 0.04) > wide * 1.5 and " " in words:
            size = int(size * 0.72)
            lines = wrapped(words, size, 0.04, wide * 1.15, 2)
        size = min(fitted(line, size, 0.04, wide) for line in lines)
        for n, line in enumerate(lines):
            y = (top + bottom) / 2 + (n - (len(lines) - 1) / 2) * size * 1.15
            at = (float(left + right) / 2, float(y))
            set_text(self._pen, at, line, size, 255, tracking=0.04, weight=0.03)

    def printed(self) -> Mask:
        """Ink from 0 to 1, with an engraved shadow to the lower right of the large title."""
        ink = soft(self.sheet)
        # Rows and columns of the title alone, so that the frame casts no shadow.
        title = np.s_[self._high - 262 : self._high - 172, FRAME + 40 : self._wide - FRAME - 40]
        band = ink[title]
        cast_off = np.maximum(np.roll(band, (5, 5), (0, 1)), np.roll(band, (3, 3), (0, 1)))
        lined = ruled((band.shape[1], band.shape[0]), 3.6, 0.46) * cast_off * (1 - band)
        ink[title] = np.maximum(band, lined * np.float32(0.8))
        return ink
