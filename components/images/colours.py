"""PURE: pictures of any mode and profile as 8-bit colours in sRGB."""

from __future__ import annotations

import io
import math

from PIL import Image, ImageCms

_MAX_PROFILE_BYTES = 4 * 1024 * 1024  # CMYK press profiles have 0.5–2 MB
_SRGB_NAMES = ("sRGB IEC61966", "sRGB built-in")


def eight_bit(image: Image.Image) -> Image.Image:
    """The same picture as L, RGB, RGBA, CMYK or LAB, whatever it was."""
    if image.mode.startswith("I") or image.mode == "F":
        return _scaled_to_eight_bit(image)
    if image.mode == "La":
        image = image.convert("LA")
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK", "LAB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _scaled_to_eight_bit(image: Image.Image) -> Image.Image:
    """Grey of more than 8 bits, which Pillow's own conversion would clip to white at 255."""
    image.info.pop("transparency", None)
    # Through floats: Pillow cannot tell the extrema of I;16B, nor scale it.
    grey = image.convert("F")
    low, high = (value for value in grey.getextrema() if isinstance(value, float))
    if not (math.isfinite(low) and math.isfinite(high)):
        low, high = 0.0, 1.0
    scale, offset = _scaling(image.mode, low, high)
    # The half makes the cut to whole numbers round.
    return grey.point(lambda value: value * scale + (offset + 0.5)).convert("L")


def _scaling(mode: str, low: float, high: float) -> tuple[float, float]:
    """Factor and summand to 0…255. The wide modes do not say what their white is."""
    if mode.startswith("I;16"):
        return 1 / 257, 0.0
    if low >= 0 and mode == "F" and high <= 1:
        return 255.0, 0.0
    if low >= 0 and high <= 255:
        return 1.0, 0.0
    if low >= 0 and mode == "I" and high <= 65535:
        return 1 / 257, 0.0
    scale = 255 / (high - low) if high > low else 0.0
    return scale, -low * scale


def profile_of(image: Image.Image) -> bytes:
    """The ICC profile of a picture; empty where it has none, or one beyond all reason."""
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and len(profile) <= _MAX_PROFILE_BYTES:
        return profile
    return b""


def in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """RGB or RGBA in sRGB; a profile that is broken or for other colours is ignored."""
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha is not None else image
    if profile:
        colours = _through_profile(colours, profile)
    if colours.mode != "RGB":
        colours = colours.convert("RGB")
    if alpha is not None:
        colours.putalpha(alpha)
    return colours


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if (source.profile.profile_description or "").startswith(_SRGB_NAMES):
            return image  # saves 20 ms of changing nothing
        turned = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except Exception:  # noqa: BLE001  # littleCMS's errors are of several types
        return image  # a bad profile is no reason to lose a good picture
    return turned if turned is not None else image


def without_idle_alpha(image: Image.Image) -> Image.Image:
    """RGB where an alpha channel says nothing but opaque; the picture itself otherwise."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        return image.convert("RGB")
    return image
