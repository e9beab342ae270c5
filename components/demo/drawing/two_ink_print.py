"""The hand of every further alias: a two-ink halftone print, a little out of register."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageChops, ImageDraw, ImageOps

from components.demo.drawing.canvas import (
    OVERSAMPLING,
    Mask,
    Print,
    as_jpeg,
    caption,
    covered,
    fitted,
    hexed,
    luminance,
    roughened,
    scaled,
    set_text,
)
from components.demo.drawing.composition import cast, compose
from components.demo.drawing.prompt_reading import Scene
from components.demo.drawing.shapes import Layer, Role, placed

SIDE = 1024
_BORDER = 40
_STRIP = 92
_PAPER = hexed("f7f1e3")
# Pairs of inks whose overprint is dark enough to draw with; the alias's name chooses.
_INKS = (("ff5c7a", "1a7f8e"), ("ff7a1a", "2b4fa8"), ("f2b705", "4a3fae"), ("ff48b0", "2f6f4f"),
         ("f15060", "3a4a6b"), ("5ec8e5", "a8327a"))  # fmt: skip
# How much of the first and of the second ink each role takes.
_COVER: dict[Role, tuple[float, float]] = {
    "sky": (0.16, 0.0), "sun": (1.0, 0.0), "far": (0.30, 0.22), "mid": (0.12, 0.48),
    "near": (0.06, 0.74), "front": (0.45, 1.0), "sea": (0.0, 0.56), "deep": (0.10, 0.78),
    "cloud": (0.0, 0.0),
    "star": (0.0, 0.0), "snow": (0.0, 0.0), "body": (0.92, 0.10), "shade": (0.95, 0.62),
    "tint": (0.40, 0.04), "accent": (0.10, 0.92), "second": (0.52, 0.34), "white": (0.0, 0.0),
    "ink": (1.0, 1.0), "leaf": (0.0, 0.78), "stem": (0.14, 0.94), "wood": (0.62, 0.62),
    "glow": (0.34, 0.0), "pane": (0.0, 0.22),
}  # fmt: skip


def two_inks(scene: Scene, alias: str, rng: Generator, inputs: Sequence[Image.Image] = ()) -> Print:
    """The scene as a stencil print in two inks; an input picture is printed in its place."""
    k = OVERSAMPLING
    wide, high = SIDE - 2 * _BORDER, SIDE - _BORDER - _STRIP
    night = scene.hour == "night"
    plates = [Image.new("L", (wide * k, high * k), round(255 * share))
              for share in ((0.42, 0.86) if night else (0.14, 0.0))]  # fmt: skip
    if inputs:
        _expose(plates, inputs[0], (0, 0, wide * k, high * k))
        small = cast(scene, rng, wide, high, size=0.46)
        side = wide * (0.26 if rng.random() < 0.5 else -0.26)
        layers = tuple(Layer(placed(one.shapes, side, high * 0.08, 1), 1, one.name, one.body)
                       for one in small)  # fmt: skip
    else:
        layers = compose(scene, rng, wide, high).layers
    for layer in layers:
        _lay(plates, layer)
    for n, extra in enumerate(inputs[1:5]):
        side_px = wide * k // 6
        x = 30 + n * (side_px + 26)
        for plate in plates:
            plate.paste(0, (x - 12, 18, x + side_px + 12, 42 + side_px))
        _expose(plates, extra, (x, 30, x + side_px, 30 + side_px))
    return as_jpeg(roughened(_printed(plates, alias, rng), rng, grain=7.0, tooth=2.4), alias)


def _lay(plates: list[Image.Image], layer: Layer) -> None:
    pens = [ImageDraw.Draw(plate) for plate in plates]
    # A coloured subject keeps its lightness, as far as two inks can say it.
    weight = 1.25 - luminance(layer.body) if layer.body else 1.0
    for shape in layer.shapes:
        first, second = _COVER[shape.role]
        if shape.role in ("body", "shade") and layer.body:
            warm = layer.body[0] >= layer.body[2]
            first, second = (first, second) if warm else (second, first)
        corners = scaled(shape, OVERSAMPLING)
        for pen, share in zip(pens, (first * weight, second * weight), strict=True):
            pen.polygon(corners, fill=min(255, round(255 * share)))
        if layer.name:
            pens[1].line([*corners, corners[0]], fill=255, width=5, joint="curve")


def _expose(plates: list[Image.Image], source: Image.Image, at: tuple[int, int, int, int]) -> None:
    """A photograph on both plates: its mid-tones in the first ink, its shadows in the second."""
    small = covered(source, ((at[2] - at[0]) // 2, (at[3] - at[1]) // 2))
    grey = ImageOps.autocontrast(small.convert("L"), cutoff=1)
    size = (at[2] - at[0], at[3] - at[1])
    tones = ([min(255, round((255 - v) * 0.9)) for v in range(256)],
             [max(0, min(255, round((150 - v) * 1.9))) for v in range(256)])  # fmt: skip
    for plate, tone in zip(plates, tones, strict=True):
        plate.paste(grey.point(tone).resize(size, Image.Resampling.BILINEAR), at[:2])


def _screened(cover: Mask, degrees: float, period: float) -> Mask:
    """Round dots whose area follows the cover, on a screen at this angle."""
    height, width = cover.shape
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    y = np.arange(height, dtype=np.float32)[:, None] * np.float32(2 * math.pi / period)
    x = np.arange(width, dtype=np.float32)[None, :] * np.float32(2 * math.pi / period)
    screen = (np.cos(x * c + y * s) + np.cos(y * c - x * s)) * np.float32(0.25) + np.float32(0.5)
    # The edge of a dot is about one pixel soft; nothing at all stays nothing, full stays full.
    dots = np.clip((screen - 1 + cover * 1.06) * np.float32(period * 0.5) + 0.4, 0, 1)
    return np.where(cover < 0.02, np.float32(0), dots)


def _printed(plates: list[Image.Image], alias: str, rng: Generator) -> Image.Image:
    inks = [hexed(ink) for ink in _INKS[zlib.crc32(alias.encode()) % len(_INKS)]]
    sheet = Image.new("RGB", (SIDE, SIDE), _PAPER)
    caption_bar = _caption_bar(alias)
    for n, (plate, ink) in enumerate(zip(plates, inks, strict=True)):
        cover = np.asarray(plate.reduce(OVERSAMPLING), np.float32) * np.float32(1 / 255)
        dots = _screened(cover, (15, 75)[n], 7.4)
        worn = np.clip(rng.standard_normal((64, 64)) * 0.05 + 0.93, 0, 1).astype(np.float32)
        patchy = Image.fromarray(worn).resize(plate.reduce(OVERSAMPLING).size)
        alpha = Image.fromarray((dots * np.clip(np.asarray(patchy), 0, 1) * 255).astype(np.uint8))
        layer = Image.new("RGB", sheet.size, (255, 255, 255))
        slip = (0, 0) if n == 0 else tuple(int(v) for v in rng.integers(-4, 5, 2))
        layer.paste(ink, (_BORDER + slip[0], _BORDER + slip[1]), alpha)
        layer.paste(ink, (0, 0), caption_bar)
        sheet = ImageChops.multiply(sheet, layer)
    return sheet


def _caption_bar(alias: str) -> Image.Image:
    """Printed in both inks, so that it is the darkest thing on the sheet."""
    k = OVERSAMPLING
    bar = Image.new("L", (SIDE * k, SIDE * k), 0)
    pen = ImageDraw.Draw(bar)
    edge = [v * k for v in (_BORDER, SIDE - _STRIP + 16, SIDE - _BORDER, SIDE - 20)]
    pen.rectangle(edge, fill=255)
    size = fitted(caption(alias), 34 * k, 0.02, edge[2] - edge[0] - 40 * k)
    middle = (SIDE / 2 * k, (edge[1] + edge[3]) / 2)
    set_text(pen, middle, caption(alias), size, 0, tracking=0.02, weight=0.014)
    return bar.reduce(k)
