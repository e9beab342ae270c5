"""The hand of gpt-image: an engraved plate with the prompt's words set in type, as a PNG."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from components.demo.drawing.canvas import (
    OVERSAMPLING,
    Mask,
    Print,
    as_png,
    covered,
    hexed,
    mix,
    roughened,
    scaled,
    set_text,
    set_width,
    silhouette,
)
from components.demo.drawing.composition import cast, compose
from components.demo.drawing.engraving import (
    DIRECTIONS,
    as_image,
    as_mask,
    engraved,
    rays,
    relief_of,
    rim,
    rosette,
    set_round,
    soft,
)
from components.demo.drawing.lettering import FRAME, Lettering
from components.demo.drawing.plate_stock import format_of, stock_of, title_of
from components.demo.drawing.prompt_reading import Scene
from components.demo.drawing.shapes import RGB, Layer, Role, Shape, bounds, box, disc, placed


def engraved_plate(
    scene: Scene, alias: str, rng: Generator, inputs: Sequence[Image.Image] = ()
) -> Print:
    """The scene as an engraved plate; input pictures are engraved in place of the scenery."""
    plate = _Plate(scene, rng, inputs[0] if inputs else None)
    plate.scene(inputs)
    plate.figures()
    plate.type.frame()
    plate.type.title(plate.title, scene.title)
    plate.type.caption(alias)
    return as_png(roughened(plate.printed(), rng, tooth=2.0, grain=0.8), alias)


class _Plate:
    """One plate in the making: a colour sheet, a map of line directions, and an outline sheet."""

    def __init__(self, scene: Scene, rng: Generator, source: Image.Image | None) -> None:
        self.of = scene
        self.rng = rng
        self.stock = stock_of(scene)
        self.source = source
        self.wide, self.high = format_of(scene, source)
        k = OVERSAMPLING
        size = (self.wide * k, self.high * k)
        # Colour lies under outlines, which hide its hard edges: it needs no oversampling.
        self.colour = Image.new("RGB", (self.wide, self.high), self.stock.paper)
        self.direction = Image.new("L", (self.wide, self.high), 0)
        self.outline = Image.new("L", size, 0)
        self.type = Lettering(self.wide, self.high, rng)
        self.pen = ImageDraw.Draw(self.colour)
        self.lines = ImageDraw.Draw(self.outline)
        self.title = title_of(scene)
        self.room = (FRAME + 62, 96, self.wide - FRAME - 62, self.high - 268)
        self.view = self._window()
        self.subjects: list[Layer] = []
        self.sun = (self.wide / 2, self.high / 3, 90.0)
        self.roles = self.stock.roles()
        self.papers: list[RGB] = [hexed(c) for c in self.stock.papers.split()]
        rng.shuffle(self.papers)

    def _window(self) -> Shape:
        """The outline of the window that the scenery is seen through; subjects may leave it."""
        left, top, right, bottom = self.room
        wide, high = right - left, bottom - top
        kind = int(self.rng.integers(3))
        plain = self.source is not None or (self.of.place == "abstract" and not self.of.subjects)
        if plain or (kind == 1 and wide > 1.4 * high) or kind == 2:
            return box("sky", left, top, right, bottom)
        if kind == 1:
            return disc("sky", left + wide / 2, top + high / 2, wide / 2, high / 2)
        rise = min(wide / 2, high * 0.45)
        arch = disc("sky", left + wide / 2, top + rise, wide / 2, rise, arc=(180, 360))
        return Shape(np.vstack([arch.points, [[right, bottom], [left, bottom]]]), "sky")

    def _rule_window(self) -> None:
        low, high = self.view.points.min(axis=0), self.view.points.max(axis=0)
        middle, span = (low + high) / 2, (high - low) / 2
        for grow, width in ((9, 4), (3, 4)):
            outline = (self.view.points - middle) * ((span + grow) / span) + middle
            corners = [tuple(p) for p in (outline * OVERSAMPLING).tolist()]
            self.lines.line(
                [*corners, corners[0], corners[1]], fill=255, width=width, joint="curve"
            )

    def scene(self, inputs: Sequence[Image.Image]) -> None:
        """Scenery, or the first input in its place, then the subjects in front of it."""
        left, top, right, bottom = self.room
        wide, high = right - left, bottom - top
        if inputs:
            self._place_inputs(inputs)
            small = cast(self.of, self.rng, wide, high, size=0.46)
            side = wide * (0.27 if self.rng.random() < 0.5 else -0.27)
            layers = [Layer(placed(one.shapes, left + side, top + high * 0.12, 1), 1, one.name,
                            one.body) for one in small]  # fmt: skip
        elif self.of.place == "abstract" and not self.of.subjects:
            self._place_rosette()
            self._rule_window()
            return
        else:
            stage = compose(self.of, self.rng, wide, high)
            self.sun = (stage.sun[0] + left, stage.sun[1] + top, stage.sun[2])
            layers = [
                Layer(placed(one.shapes, left, top, 1), one.depth, one.name, one.body)
                for one in stage.layers
            ]
            self._scenery([one for one in layers if not one.name])
        self._rule_window()
        self.subjects = [one for one in layers if one.name]
        for n, one in enumerate(self.subjects):
            self._lay(one, n)

    def _scenery(self, layers: Sequence[Layer]) -> None:
        self.pen.polygon(scaled(self.view, 1), fill=self.roles["sky"])
        for n, one in enumerate(layers):
            self._lay(one, n)
        for sheet, blank in (
            (self.colour, self.stock.paper),
            (self.direction, 0),
            (self.outline, 0),
        ):
            scale = sheet.width // self.wide
            outside = ImageOps.invert(silhouette([self.view], sheet.size, scale))
            sheet.paste(blank, (0, 0), outside)

    def _lay(self, layer: Layer, turn: int) -> None:
        k = OVERSAMPLING
        course = ImageDraw.Draw(self.direction)
        heavy = 5 if layer.name else 3
        for n, shape in enumerate(layer.shapes):
            corners, place = scaled(shape, k), scaled(shape, 1)
            self.pen.polygon(place, fill=self._colour(shape.role, layer, turn))
            course.polygon(place, fill=1 + (n * (3 if layer.name else 0) + turn) % 5)
            self.lines.polygon(corners, fill=0)
            if shape.role not in ("star", "snow"):
                self.lines.line([*corners, corners[0]], fill=255, width=heavy, joint="curve")

    def _colour(self, role: Role, layer: Layer, turn: int) -> RGB:
        body = layer.body or self.papers[turn % len(self.papers)]
        if self.stock.blueprint:
            body = mix(body, self.papers[turn % len(self.papers)], 0.55)
        match role:
            case "body":
                return body
            case "shade":
                return mix(body, (24, 20, 30), 0.42)
            case "tint":
                return mix(body, (255, 252, 240), 0.55)
            case "accent":
                return self.papers[(turn + 1) % len(self.papers)]
            case "second":
                return self.papers[(turn + 2) % len(self.papers)]
            case _:
                return self.roles[role]

    def _place_inputs(self, inputs: Sequence[Image.Image]) -> None:
        left, top, right, bottom = self.room
        first = covered(inputs[0], (right - left, bottom - top))
        toned = ImageOps.autocontrast(first, cutoff=1)
        self.colour.paste(toned, (left, top))
        tones = toned.convert("L").filter(ImageFilter.GaussianBlur(6))
        steps = len(DIRECTIONS) - 1
        self.direction.paste(tones.point([1 + v * steps // 256 for v in range(256)]), (left, top))
        side = (right - left) // 5
        for n, extra in enumerate(inputs[1:5]):
            x, y = right - side - 18, top + 18 + n * (side + 18)
            if y + side > bottom:
                break
            stamp = covered(extra, (side, side))
            edge = box("white", x - 7, y - 7, x + side + 7, y + side + 7)
            self._lay(Layer((edge,), 1, "inset"), 1)
            self.colour.paste(stamp, (x, y))
            self.direction.paste(2 + n % 3, (x, y, x + side, y + side))

    def _place_rosette(self) -> None:
        """Nothing to depict: the words themselves go round a guilloche rosette."""
        k = OVERSAMPLING
        left, top, right, bottom = self.room
        x, y = (left + right) / 2, (top + bottom) / 2
        radius = min(right - left, bottom - top) / 2
        hues = list(self.of.colours) or self.papers
        for n, share in enumerate((0.98, 0.80, 0.70, 0.50, 0.31)):
            tone = mix(hues[n % len(hues)], self.stock.paper, (0.62, 0.9, 0.4, 0.5, 0.2)[n])
            ring = disc("body", x, y, radius * share)
            self.pen.polygon(scaled(ring, 1), fill=tone)
            corners = scaled(ring, k)
            self.lines.line([*corners, corners[0]], fill=255, width=4, joint="curve")
            ImageDraw.Draw(self.direction).polygon(scaled(ring, 1), fill=1 + n)
        rosette(self.lines, (x * k, y * k), radius * 0.69 * k, self.rng)
        for side in (-1, 1):
            for reach in (0.30, 0.22, 0.15):
                far = (right - left) / 2 - radius
                if far > radius * 0.45:
                    rosette(self.lines, ((x + side * (radius + far * 0.5)) * k, y * k),
                            radius * reach * k, self.rng)  # fmt: skip
        words = self.of.title[:72].upper() or "SYNTHETIC"
        ring_text = f"{words} · "
        size = int(radius * 0.095 * k)
        around = 2 * math.pi * radius * 0.885 * k
        times = max(1, int(around / max(set_width(ring_text, size, 0.0) * 1.12, 1)))
        ring_text = ring_text * times
        size = min(size, int(size * around / set_width(ring_text, size, 0.0) / 1.05))
        set_round(self.outline, ring_text, (x * k, y * k), radius * 0.885 * k, max(size, 10))

    def figures(self) -> None:
        """A small museum label under each subject, and words on every signboard."""
        k = OVERSAMPLING
        seen: list[str] = []
        named = [name for name, _ in self.of.subjects]
        for one in sorted(self.subjects, key=lambda one: one.name not in named):
            if one.name in seen:
                continue
            seen.append(one.name)
            left, _, right, bottom = bounds(one.shapes)
            text = f"fig. {len(seen)}  {one.name}"
            size = 21
            wide = set_width(text, size, 0.06) + 26
            x = min(max((left + right) / 2, self.room[0] + wide / 2), self.room[2] - wide / 2)
            y = min(bottom + 30, self.room[3] - 12)
            plate = box("white", x - wide / 2, y - 18, x + wide / 2, y + 18)
            self.lines.polygon(scaled(plate, k), fill=0)
            # Near white on light paper, so that no engraved line crosses the words.
            blank = self.stock.paper if self.stock.dark else mix(self.stock.paper, (255,) * 3, 0.9)
            self.pen.polygon(scaled(plate, 1), fill=blank)
            self.lines.line([*scaled(plate, k), scaled(plate, k)[0]], fill=255, width=3)
            set_text(self.lines, (x * k, y * k), text, size * k, 255, tracking=0.06, weight=0.008)
        for one in self.subjects:
            if one.name == "sign":
                face = next(shape for shape in one.shapes if shape.role == "white")
                if self.stock.dark:  # light letters want a dark board
                    self.pen.polygon(scaled(face, 1), fill=self.roles["ink"])
                words = self.of.lettering.upper() or " ".join(self.title.split()[:3])
                self.type.sign(face, words)

    def printed(self) -> Image.Image:
        """The sheets brought together: paper, hand colouring, engraved tone, outlines, type."""
        flat = self.colour
        size = flat.size
        inside = silhouette([self.view], size, 1)
        figure = silhouette((shape for one in self.subjects for shape in one.shapes), size, 1)
        density = self._density(as_mask(flat.convert("L")), as_mask(inside), as_mask(figure))
        ink = np.zeros((self.high, self.wide), np.float32)
        left, top, right, bottom = ImageChops.lighter(inside, figure).getbbox() or (0, 0, 8, 8)
        part = np.s_[top:bottom, left:right]  # the rest of the sheet stays bare
        bulge = relief_of(flat.convert("L"), 26)
        ink[part] = engraved(density[part], np.asarray(self.direction)[part], bulge[part])
        ink *= np.float32(0.9)
        if self.of.place == "abstract" and not self.of.subjects and self.source is None:
            ink *= 0.6  # the rosette's own threads are the drawing here
        np.maximum(ink, soft(self.outline), out=ink)
        np.maximum(ink, self.type.printed(), out=ink)
        return self._inked(flat, inside, figure, as_image(ink))

    def _density(self, light: Mask, inside: Mask, solid: Mask) -> Mask:
        """How much ink each spot wants: the dark parts on light paper, the light parts on dark."""
        relief = relief_of(as_image(solid), 30) * solid
        if self.stock.dark:
            density = light * np.float32(0.82) + relief * np.float32(0.26)
        else:
            density = np.float32(0.91) - light * np.float32(0.86) - relief * np.float32(0.30)
        density *= np.maximum(inside, solid)
        if self.source is None:
            x, y, _ = self.sun
            burst = rays((self.wide, self.high), x, y, 12 + int(self.rng.integers(10)))
            shade = 0.02 + 0.16 * burst if self.stock.dark else 0.10 + 0.17 * burst
            sky = (np.asarray(self.direction) == 0) & (inside > 0.5) & (solid < 0.5)
            density = np.where(sky, np.maximum(density * np.float32(0.4), shade), density)
        # A rim of bare paper parts the subjects from what is behind them.
        density *= 1 - np.float32(0.92) * np.clip(rim(solid, 5) - solid, 0, 1)
        return np.clip(density, 0, 0.94, out=density)

    def _inked(
        self, flat: Image.Image, inside: Image.Image, figure: Image.Image, ink: Image.Image
    ) -> Image.Image:
        stock = self.stock
        area = ImageChops.lighter(inside.point([v * 4 // 5 for v in range(256)]), figure)
        area = area.point([round(v * stock.wash) for v in range(256)])
        sheet = Image.new("RGB", flat.size, stock.paper)
        if not stock.dark:
            sheet.paste(ImageChops.multiply(sheet, flat), (0, 0), area)
            sheet.paste(stock.ink, (0, 0), ink)
            return sheet
        sheet.paste(Image.blend(sheet, flat, 0.42), (0, 0), area)
        if stock.blueprint:
            self._rule_grid(sheet)
            sheet.paste(stock.ink, (0, 0), ink)
            return sheet
        # Coloured inks: the subjects are printed in their own colour, lightened.
        inks = Image.new("RGB", flat.size, stock.ink)
        bright = flat.point([max(v, round(v * 0.4 + 110)) for v in range(256)] * 3)
        inks.paste(bright, (0, 0), figure)
        inks.paste(stock.ink, (0, 0), self.type.sheet.reduce(OVERSAMPLING))
        sheet.paste(inks, (0, 0), ink)
        return sheet

    def _rule_grid(self, sheet: Image.Image) -> None:
        pen = ImageDraw.Draw(sheet, "RGBA")
        for n in range(0, max(self.wide, self.high), 32):
            tint = (*self.stock.ink, 34 if n % 160 == 0 else 17)
            pen.line((n, 0, n, self.high), fill=tint)
            pen.line((0, n, self.wide, n), fill=tint)
