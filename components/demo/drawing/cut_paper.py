"""The hand of nano-banana: bold cut paper, layer over layer with soft shadows, as a JPEG."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from components.demo.drawing.canvas import (
    OVERSAMPLING,
    Print,
    as_jpeg,
    caption,
    covered,
    fitted,
    hexed,
    luminance,
    mix,
    roughened,
    scaled,
    set_text,
    silhouette,
)
from components.demo.drawing.composition import cast, compose
from components.demo.drawing.plants import banana
from components.demo.drawing.prompt_reading import Hour, Scene
from components.demo.drawing.shapes import RGB, Layer, Role, bounds, disc, placed, poly

SIDE = 1024
_BORDER = 34
_STRIP = 86  # the caption's, under the picture
_INK = hexed("1d1a31")
_CREAM = hexed("fff6e0")
_YELLOW = hexed("ffd23f")

# Each row: sky from the sun outwards (4), sun, far, mid, near, front, sea, leaf, then the colours
# that subjects are cut from.
_PALETTES: dict[Hour, tuple[str, ...]] = {
    "day": (
        "ffe88f ffdc63 ffcf3d ffc21f ff6b4a f7a072 3fb8af 1b998b 0b6e69 2ea3b7 3aa655 "
        "e4572e 2e6fab f25f8c 7a306c",
        "d8f3f0 b4e6e4 8cd6d8 66c5cc ffd23f f6b38a 7cc36a 43a55a 20744a 2b8cc4 2f9e57 "
        "f25f5c ff9f1c 6a4c93 1982c4",
        "ffe3ea ffccd9 ffb3c6 ff99b2 ffd23f c9a3e0 9b72cf 6a4fb3 3d2c7e 5fa8d3 2a9d8f "
        "ef476f 118ab2 ff9f1c 06967a",
        "f4f7cf e3f0ae cfe58c b8d96a ff7f50 f2c14e 5cae6b 2f8a5c 1c5a48 3aa7c9 3f9b4f "
        "e15554 7768ae e9724c 2b6cb0",
    ),
    "dawn": (
        "fff0d6 ffdcc2 ffc4b5 f9a8a8 ff8c61 e6a4b4 b58db6 7f6a9f 4f4578 8aa9cf 5a9367 "
        "e4572e 3a7ca5 f2a541 7a306c",
    ),
    "sunset": (
        "ffdf8a ffb55c ff8a55 ee5f67 fff1b0 c7447f 8f3380 5f2a73 34205c 7d3f98 3b8f74 "
        "ffb703 ef476f 3fb8af fb8500",
        "ffe29a ffc15e f79256 e05263 fff3c4 b5446e 7d3766 4a2c60 291e47 574b90 4f9d69 "
        "ffd23f 4ecdc4 ff6b6b f7a072",
    ),
    "night": (
        "3f5f9e 31508c 263f77 1c2f60 fff1b8 33558c 2a6f7f 1f5a63 12363f 2d6a99 2f8f6b "
        "ffb703 ef476f 4ecdc4 ff8fab",
        "5b4a9a 493b86 392e70 2a225a ffe9a8 5a3f8f 41367f 2f2a68 1d1b47 3b5fa8 3a9a7a "
        "ffd23f ff6b6b 4ecdc4 f4a261",
    ),
}  # fmt: skip
_ORDER: tuple[Role, ...] = ("sun", "far", "mid", "near", "front", "sea", "leaf")


def cut_paper(
    scene: Scene, alias: str, rng: Generator, inputs: Sequence[Image.Image] = ()
) -> Print:
    """The scene as a poster of cut paper; input pictures become poster prints within it."""
    palette = _palette(scene, rng)
    wide, high = SIDE - 2 * _BORDER, SIDE - _BORDER - _STRIP
    if inputs:
        picture = _print_of(inputs[0], (wide * 2, high * 2))
        layers = _garnish(scene, rng, wide, high)
    else:
        stage = compose(scene, rng, wide, high)
        picture = _sky(stage.sun, palette, rng, wide, high)
        layers = stage.layers
    for layer in layers:
        _lay(picture, layer, palette, scene, rng)
    for i, extra in enumerate(inputs[1:5]):
        _pin(picture, extra, rng, i)
    sheet = _mounted(picture, alias)
    return as_jpeg(roughened(sheet, rng, grain=6.5, tooth=3.2), alias)


class _Palette:
    """Colours by role, and a rotation of papers for subjects without a colour of their own."""

    def __init__(self, row: str, scene: Scene, rng: Generator) -> None:
        colours = [hexed(c) for c in row.split()]
        self.sky = colours[:4]
        self.papers = colours[11:]
        rng.shuffle(self.papers)
        by_role: dict[Role, RGB] = dict(zip(_ORDER, colours[4:11], strict=True))
        named = list(scene.colours)
        if named and not scene.subjects:
            # Nothing to paint in the colours that were asked for but the land itself.
            tones = [named[i % len(named)] for i in range(4)]
            land: tuple[Role, ...] = ("far", "mid", "near", "front")
            for i, role in enumerate(land):
                by_role[role] = mix(tones[i], _INK, 0.13 * i) if len(named) < 4 else tones[i]
            self.papers = [*named, *self.papers][:4]
        self.by_role = by_role | {
            "white": _CREAM, "ink": _INK, "stem": mix(by_role["leaf"], _INK, 0.25),
            "deep": mix(by_role["sea"], by_role["front"], 0.36),
            "wood": hexed("8a5a3b"), "glow": hexed("ffe169"), "cloud": hexed("fffaf0"),
            "star": hexed("fff6cf"), "pane": hexed("bfe6ee"), "snow": hexed("ffffff"),
        }  # fmt: skip
        if scene.hour == "night":
            self.by_role |= {"cloud": mix(by_role["sun"], self.sky[2], 0.35),
                             "snow": hexed("dfe8f7"), "pane": hexed("86b6e0")}  # fmt: skip
        self.accents = named[1:] if scene.subjects else []

    def of(self, role: Role, layer: Layer, turn: int) -> RGB:
        body = layer.body or self.papers[turn % len(self.papers)]
        match role:
            case "body":
                return body
            case "shade":
                return mix(body, _INK, 0.34)
            case "tint":
                return mix(body, _CREAM, 0.52)
            case "accent" | "second":
                n = turn + (1 if role == "accent" else 2)
                if self.accents:
                    return self.accents[n % len(self.accents)]
                far = [c for c in self.papers if sum(abs(a - b) for a, b in
                       zip(c, body, strict=True)) > 150] or self.papers  # fmt: skip
                return far[n % len(far)]
            case "sky":
                return self.sky[0]
            case _:
                return self.by_role[role]


def _palette(scene: Scene, rng: Generator) -> _Palette:
    rows = _PALETTES[scene.hour]
    return _Palette(rows[int(rng.integers(len(rows)))], scene, rng)


def _sky(
    sun: tuple[float, float, float], palette: _Palette, rng: Generator, wide: int, high: int
) -> Image.Image:
    """Rings or rays of sky paper round the sun."""
    k = OVERSAMPLING
    sky = Image.new("RGB", (wide * k, high * k), palette.sky[3])
    x, y, r = sun
    if rng.random() < 0.62:
        for colour, reach in zip(reversed(palette.sky[:3]), (5.6, 3.9, 2.3), strict=True):
            ring = Layer((disc("sky", x, y, r * reach),), 0.8)
            _shadow(sky, ring, mix(palette.sky[3], _INK, 0.6), 0.3)
            ImageDraw.Draw(sky).polygon(scaled(ring.shapes[0], k), fill=colour)
        return sky
    pen = ImageDraw.Draw(sky)
    turn = rng.uniform(0, 1)
    count = 2 * int(rng.integers(9, 13))
    far = 2.2 * max(wide, high)
    for i in range(0, count, 2):
        a, b = ((i + d + turn) * 2 * np.pi / count for d in (0, 1))
        ray = poly("sky", (x, y), (x + far * np.cos(a), y + far * np.sin(a)),
                   (x + far * np.cos(b), y + far * np.sin(b)))  # fmt: skip
        pen.polygon(scaled(ray, k), fill=palette.sky[2])
    for colour, reach in ((palette.sky[1], 2.5), (palette.sky[0], 1.7)):
        pen.polygon(scaled(disc("sky", x, y, r * reach), k), fill=colour)
    return sky


def _shadow(picture: Image.Image, layer: Layer, colour: RGB, strength: float) -> None:
    """The soft shadow that a layer casts to the lower right; worked out at a quarter size."""
    k, coarse = OVERSAMPLING, 0.25
    left, top, right, bottom = bounds(layer.shapes)
    drop = 3.0 + 2.6 * layer.depth
    pad = 4 * drop
    x0, y0 = max(0, int(left - pad)), max(0, int(top - pad))
    x1 = min(picture.width // k, int(right + pad))
    y1 = min(picture.height // k, int(bottom + pad))
    if x1 - x0 < 8 or y1 - y0 < 8:
        return
    small = (max(1, round((x1 - x0) * coarse)), max(1, round((y1 - y0) * coarse)))
    mask = silhouette(layer.shapes, small, coarse, drop * 0.6 - x0, drop - y0)
    mask = mask.filter(ImageFilter.GaussianBlur(drop * 0.9 * coarse))
    mask = mask.point([round(v * strength) for v in range(256)])
    large = mask.resize(((x1 - x0) * k, (y1 - y0) * k), Image.Resampling.BILINEAR)
    picture.paste(colour, (x0 * k, y0 * k), large)


def _lay(
    picture: Image.Image, layer: Layer, palette: _Palette, scene: Scene, rng: Generator
) -> None:
    k = OVERSAMPLING
    flat = all(shape.role in ("star", "snow") for shape in layer.shapes)
    if not flat:
        night = scene.hour == "night"
        _shadow(picture, layer, (6, 8, 26) if night else (52, 22, 44), 0.58 if night else 0.42)
    pen = ImageDraw.Draw(picture, "RGBA")
    turn = int(rng.integers(8))
    for shape in layer.shapes:
        colour = palette.of(shape.role, layer, turn)
        if layer.name and shape.role not in ("ink", "pane"):
            # Each piece of a subject lies on the one below it, and shows that it does.
            pen.polygon(scaled(shape, k, 1.6, 2.6), fill=(20, 8, 30, 64))
        corners = scaled(shape, k)
        pen.polygon(corners, fill=colour)
        if not flat and luminance(colour) < 0.93:
            pen.line([*corners, corners[0]], fill=(*mix(colour, (255, 255, 255), 0.5), 90), width=2)
    for shape in layer.shapes:
        if layer.name == "sign" and shape.role == "white":
            _scribble(pen, shape.points.min(axis=0) * k, shape.points.max(axis=0) * k, rng)


def _scribble(
    pen: ImageDraw.ImageDraw, low: NDArray[np.float64], high: NDArray[np.float64], rng: Generator
) -> None:
    """Lettering is not this hand's strength, just as with its model: it only looks like some."""
    (left, top), (right, bottom) = low, high
    for row in range(2):
        y = top + (bottom - top) * (0.36 + 0.3 * row)
        x = left + (right - left) * 0.14
        while x < left + (right - left) * 0.80:
            step = (right - left) * rng.uniform(0.05, 0.11)
            zig = [(x + step * t, y + (bottom - top) * rng.uniform(-0.09, 0.09))
                   for t in (0, 0.3, 0.6, 0.9)]  # fmt: skip
            pen.line(zig, fill=_INK, width=9, joint="curve")
            x += step * 1.35


def _garnish(scene: Scene, rng: Generator, wide: int, high: int) -> tuple[Layer, ...]:
    """What is laid over an input picture: a hill at its foot, and small subjects on that."""
    land = compose(scene, rng, wide, high).layers
    front = [layer for layer in land if any(shape.role == "front" for shape in layer.shapes)][-1:]
    low = tuple(
        Layer(placed(layer.shapes, 0, high * 0.055, 1), layer.depth, body=layer.body)
        for layer in front
        if not layer.name and scene.place != "abstract"
    )
    small = cast(scene, rng, wide, high, size=0.46)
    side = wide * (0.25 if rng.random() < 0.5 else -0.25)
    moved = tuple(
        Layer(placed(layer.shapes, side, high * 0.06, 1), layer.depth, layer.name, layer.body)
        for layer in small
    )
    return (*low, *moved)


def _print_of(source: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture in a few flat papers: smoothed, cut down to eight tones of its own colours."""
    full = (size[0] // 2, size[1] // 2)
    small = covered(source, (full[0] // 3, full[1] // 3))
    small = ImageOps.autocontrast(small, cutoff=1).filter(ImageFilter.MedianFilter(3))
    flat = small.quantize(10, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    index = Image.fromarray(np.asarray(flat)).filter(ImageFilter.ModeFilter(5))
    # Each paper is enlarged by itself and the strongest wins: round edges, no tones in between.
    strongest = np.zeros((full[1], full[0]), np.uint8)
    chosen = np.zeros((full[1], full[0]), np.uint8)
    for n in range(10):
        alone = index.point([255 * (v == n) for v in range(256)])
        strength = np.asarray(alone.resize(full, Image.Resampling.BICUBIC))
        np.putmask(chosen, strength > strongest, np.uint8(n))
        np.maximum(strongest, strength, out=strongest)
    large = Image.fromarray(chosen)
    large.putpalette(flat.getpalette() or [])
    cut = large.convert("RGB")
    cut = cut.filter(ImageFilter.GaussianBlur(0.6))
    # Where one paper ends, it throws its shadow to the lower right.
    tone = np.asarray(cut.convert("L").filter(ImageFilter.GaussianBlur(2.2)), np.int16)
    relief = np.clip((np.roll(tone, (4, 3), (0, 1)) - tone) * 0.6, -14, 48).astype(np.int16)
    pixels = _brightened(np.asarray(cut, np.float32)) - relief[:, :, None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).resize(size)


def _brightened(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours pushed away from grey, as coloured paper is."""
    grey: NDArray[np.float32] = pixels.mean(axis=2, keepdims=True)
    bright: NDArray[np.float32] = grey + (pixels - grey) * np.float32(1.45) + np.float32(6)
    return bright


def _pin(picture: Image.Image, source: Image.Image, rng: Generator, place: int) -> None:
    """A further input as a small print with a white edge, pinned at a slant to a corner."""
    side = picture.width // 5
    card = Image.new("RGB", (side, side + side // 8), _CREAM)
    edge = side // 16
    card.paste(covered(source, (side - 2 * edge, side - 2 * edge)), (edge, edge))
    angle = float(rng.uniform(-9, 9))
    mask = Image.new("L", card.size, 255).rotate(angle, Image.Resampling.BICUBIC, expand=True)
    tilted = card.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    x = picture.width // 24 + place * int(side * 1.16)
    y = picture.height // 24
    soft = mask.filter(ImageFilter.GaussianBlur(9)).point([round(v * 0.45) for v in range(256)])
    picture.paste((40, 16, 36), (x + 10, y + 16), soft)
    picture.paste(tilted, (x, y), mask)
    pen = ImageDraw.Draw(picture)
    at = (x + tilted.width // 2, y + edge)
    pen.ellipse((at[0] - 13, at[1] - 13, at[0] + 13, at[1] + 13), fill=hexed("e4572e"))
    pen.ellipse((at[0] - 8, at[1] - 9, at[0] - 1, at[1] - 2), fill=hexed("ffb199"))


def _mounted(picture: Image.Image, alias: str) -> Image.Image:
    """The picture on its cream sheet with the caption strip, at final size."""
    k = OVERSAMPLING
    sheet = Image.new("RGB", (SIDE * k, SIDE * k), _CREAM)
    sheet.paste(picture, (_BORDER * k, _BORDER * k))
    pen = ImageDraw.Draw(sheet)
    low = SIDE - _STRIP + 14
    strip = (_BORDER * k, low * k, (SIDE - _BORDER) * k, (SIDE - 17) * k)
    pen.rounded_rectangle(strip, radius=27 * k, fill=_YELLOW)
    middle = (strip[1] + strip[3]) / 2
    mark = (_BORDER + 42) * k
    pen.ellipse((mark - 23 * k, middle - 23 * k, mark + 23 * k, middle + 23 * k), fill=_INK)
    for shape in placed(banana(), mark, middle, 17 * k):
        colour = {"glow": _YELLOW, "second": hexed("e8a91c"), "ink": _INK}.get(shape.role, _CREAM)
        pen.polygon([tuple(p) for p in shape.points.tolist()], fill=colour)
    text = caption(alias)
    left, right = mark + 42 * k, strip[2] - 26 * k
    size = fitted(text, 34 * k, 0.012, right - left)
    set_text(pen, ((left + right) / 2, middle), text, size, _INK, tracking=0.012, weight=0.012)
    return sheet.reduce(k)
