"""Builders of sample pictures, made by Pillow in memory, and readers of what came out."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageCms

RED, GREEN, BLUE, YELLOW = (230, 20, 30), (20, 200, 40), (30, 40, 220), (240, 220, 20)
SIZE = (96, 64)


def quarters(size: tuple[int, int] = SIZE, mode: str = "RGB") -> Image.Image:
    """Red, green / blue, yellow: turned or mirrored, it shows."""
    width, height = size
    image = Image.new("RGB", size, RED)
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    image.paste(YELLOW, (width // 2, height // 2, width, height))
    return image if mode == "RGB" else image.convert(mode)


def noise(size: tuple[int, int], *, alpha: bool = False) -> Image.Image:
    """Something that compresses badly."""
    bands = [
        Image.radial_gradient("L").resize(size),
        Image.linear_gradient("L").resize(size),
        Image.effect_noise(size, 90),
    ]
    image = Image.merge("RGB", bands)
    if alpha:
        image.putalpha(Image.effect_noise(size, 90))
    return image


def encoded(image: Image.Image, name: str, **options: Any) -> bytes:
    """The file that Pillow writes of an image."""
    out = io.BytesIO()
    image.save(out, name, **options)
    return out.getvalue()


def grey_ramp(mode: str, values: list[int] | list[float]) -> Image.Image:
    """One column of 8 pixels per value, 8 high, in a one-channel mode."""
    image = Image.new(mode, (8 * len(values), 8))
    for column, value in enumerate(values):
        for x in range(8 * column, 8 * column + 8):
            for y in range(8):
                image.putpixel((x, y), value)
    return image


def sixteen_bit_tiff_big_endian() -> bytes:
    """A grey ramp 0, 100, 255 as big-endian 16-bit TIFF, which opens as I;16B."""
    return encoded(grey_ramp("I;16B", [0, 257 * 100, 65535]), "TIFF")


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk of a PNG, with the right checksum."""
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png_with(extra: bytes, image: Image.Image | None = None) -> bytes:
    """A sound PNG with `extra` chunks right behind its header."""
    data = encoded(image or quarters(), "PNG")
    return data[:33] + extra + data[33:]


def png_bomb(width: int, height: int) -> bytes:
    """A PNG header that promises a huge picture, with a little data behind it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(bytes(100_000)))
        + png_chunk(b"IEND", b"")
    )


def frames(name: str, **options: Any) -> bytes:
    """Three different frames."""
    first, *others = (quarters(), quarters().rotate(180), noise(SIZE))
    return encoded(first, name, save_all=True, append_images=others, duration=50, **options)


def oriented(name: str, orientation: int) -> bytes:
    """A picture that looks like `quarters()` only once its EXIF orientation is followed."""
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    image = quarters() if undo is None else quarters().transpose(undo)
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(image, name, exif=exif)


def with_gps(name: str) -> bytes:
    """A picture whose EXIF tells the camera and the place."""
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    return encoded(quarters(), name, exif=exif)


def srgb_profile() -> bytes:
    """The ICC profile of sRGB."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """A profile in which red and green change places: what is stored red is meant green."""
    data = bytearray(srgb_profile())
    count = struct.unpack(">I", data[128:132])[0]
    tags = {bytes(data[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(count)}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    at = data.find("sRGB".encode("utf-16-be"))
    data[at : at + 8] = "odd!".encode("utf-16-be")
    return bytes(data)


def sound_pictures() -> dict[str, bytes]:
    """A picture that looks like `quarters()` in every format, and in every mode that has colour."""
    rgb, rgba = quarters(), quarters(mode="RGBA")
    palette = quarters().quantize(16)
    return {
        "JPEG": encoded(rgb, "JPEG", quality=95),
        "JPEG progressive": encoded(rgb, "JPEG", quality=95, progressive=True),
        "JPEG CMYK": encoded(rgb.convert("CMYK"), "JPEG", quality=95),
        "PNG": encoded(rgb, "PNG"),
        "PNG alpha": encoded(rgba, "PNG"),
        "PNG palette": encoded(palette, "PNG"),
        "PNG animated": frames("PNG"),
        "WebP": encoded(rgb, "WEBP", quality=95),
        "WebP lossless alpha": encoded(rgba, "WEBP", lossless=True),
        "WebP animated": frames("WEBP", quality=95),
        "GIF": encoded(palette, "GIF"),
        "GIF animated": frames("GIF"),
        "AVIF": encoded(rgb, "AVIF", quality=95),
        "AVIF alpha": encoded(rgba, "AVIF", quality=95),
        "AVIF animated": frames("AVIF", quality=95),
        "BMP": encoded(rgb, "BMP"),
        "BMP palette": encoded(palette, "BMP"),
        "TIFF": encoded(rgb, "TIFF"),
        "TIFF LZW": encoded(rgb, "TIFF", compression="tiff_lzw"),
        "TIFF deflate alpha": encoded(rgba, "TIFF", compression="tiff_adobe_deflate"),
        "TIFF CMYK": encoded(rgb.convert("CMYK"), "TIFF"),
        "TIFF YCbCr": encoded(rgb.convert("YCbCr"), "TIFF"),
        "TIFF LAB": encoded(_as_lab(rgb), "TIFF"),
        "TIFF pages": encoded(rgb, "TIFF", save_all=True, append_images=[noise((40, 50))]),
        "MPO": encoded(rgb, "MPO", save_all=True, append_images=[noise((8, 8))], quality=95),
    }


def _as_lab(image: Image.Image) -> Image.Image:
    turned = ImageCms.profileToProfile(
        image, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert turned is not None
    return turned


def opened(data: bytes) -> Image.Image:
    """The image in a file, decoded."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """The colours in the middle of the four quarters, row by row."""
    width, height = image.size
    rgb = image.convert("RGB")
    places = [(x, y) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    return [tuple(rgb.getpixel(place)) for place in places]  # type: ignore[arg-type]


def looks_like_quarters(image: Image.Image, tolerance: int = 40) -> bool:
    """Whether the four quarters have their colours, about: CMYK and lossy formats shift them."""
    return all(
        abs(seen - meant) <= tolerance
        for colour, wanted in zip(corners(image), (RED, GREEN, BLUE, YELLOW), strict=True)
        for seen, meant in zip(colour, wanted, strict=True)
    )
