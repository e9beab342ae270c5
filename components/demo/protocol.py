"""PURE but for Pillow: the demo gateway's side of the chat-completions JSON, in and out."""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from PIL import Image, ImageOps

from components.demo.drawing.canvas import Print

MAX_INPUT_PIXELS = 50_000_000
MAX_INPUTS = 16
# No hand draws larger than this, so nothing larger is kept of an input.
_INPUT_SIDE = 1536
_ORIENTATION = 0x0112
_INPUT_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
_DATA_URL = re.compile(r"data:image/[\w.+-]{1,40}(?:;[\w.+-]+=[^;,]{0,80})*;base64,", re.IGNORECASE)
_MARKER = re.compile(
    r"\[(fail|refuse|no image|broken|cut|slow)((?: {1,3}[^\s\[\]]{1,80}){0,2}) {0,3}\]",
    re.IGNORECASE,
)
_TOOL_FIELDS = ("tools", "tool_choice", "functions", "function_call")

MarkerKind = Literal["fail", "refuse", "no image", "broken", "cut", "slow"]


class Refused(Exception):
    """A request that this gateway does not take, with the HTTP status and code to say so."""

    def __init__(self, status: int, message: str, code: str = "invalid_request") -> None:
        """`message` is shown to whoever sent the request."""
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Marker:
    """One request to misbehave: `alias` is None for all of them, `status` is that of a failure."""

    kind: str
    alias: str | None
    status: int = 500


@dataclass(frozen=True, slots=True)
class Markers:
    """All markers of one prompt."""

    found: tuple[Marker, ...] = ()

    def has(self, kind: MarkerKind, alias: str, *, named: bool = False) -> bool:
        """Whether this alias is to misbehave so; with `named`, only if it was named itself."""
        return any(m.kind == kind for m in self._of(alias, named=named))

    def slow(self, alias: str, *, named: bool = False) -> bool:
        """Whether this alias is to take its time."""
        return self.has("slow", alias, named=named)

    def failure(self, alias: str, *, named: bool = False) -> int | None:
        """The HTTP status with which this alias is to fail, or None; a named one comes first."""
        fails = [m for m in self._of(alias, named=named) if m.kind == "fail"]
        fails.sort(key=lambda m: m.alias is None)
        return fails[0].status if fails else None

    def _of(self, alias: str, *, named: bool) -> list[Marker]:
        return [m for m in self.found if m.alias == alias or (m.alias is None and not named)]


@dataclass(frozen=True, slots=True)
class DemoAsk:
    """A request that this gateway takes."""

    model: str
    prompt: str  # without its markers
    inputs: tuple[Image.Image, ...]  # upright, RGB, no side longer than a hand can use
    markers: Markers


def read_ask(body: bytes, aliases: Sequence[str]) -> DemoAsk:
    """The request in `body`; raises Refused where the contract is broken."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise Refused(400, "The request body is not valid JSON.") from exc
    if not isinstance(told, dict):
        raise Refused(400, "The request body must be a JSON object.")
    model = told.get("model")
    if not isinstance(model, str) or not model:
        raise Refused(400, "model must be the name of an alias.")
    if model not in aliases:
        shown = ascii(model[:80])[1:-1]
        raise Refused(404, f"The demo gateway has no model called {shown}.", "model_not_found")
    if told.get("stream") not in (None, False):
        raise Refused(400, "stream must be false: images arrive whole, never in chunks.")
    for name in _TOOL_FIELDS:
        if told.get(name) is not None:
            raise Refused(400, f"{name} is not supported: no alias accepts tool calling.")
    text, urls = _read_messages(told.get("messages"))
    if not text.strip():
        raise Refused(400, "The prompt is empty.")
    if len(urls) > MAX_INPUTS:
        raise Refused(400, f"At most {MAX_INPUTS} input images are taken.")
    prompt, markers = read_markers(text, aliases)
    inputs = tuple(_read_picture(url, n) for n, url in enumerate(urls, start=1))
    return DemoAsk(model, prompt, inputs, markers)


def read_markers(text: str, aliases: Sequence[str]) -> tuple[str, Markers]:
    """The prompt without its markers, and the markers; what is not quite a marker stays text."""
    found: list[Marker] = []

    def take(match: re.Match[str]) -> str:
        alias, status = None, 500
        for word in match[2].split():
            if word in aliases:
                alias = word
            elif match[1].lower() == "fail" and re.fullmatch(r"200|[45]\d\d", word, re.ASCII):
                status = int(word)
            else:
                return match[0]
        found.append(Marker(match[1].lower(), alias, status))
        return " "

    rest = _MARKER.sub(take, text)
    return rest.strip(), Markers(tuple(found))


def _read_messages(messages: Any) -> tuple[str, list[str]]:
    """Text and picture URLs of the last user message."""
    if not isinstance(messages, list) or not messages:
        raise Refused(400, "messages must be a list with at least one message.")
    if not all(isinstance(message, dict) for message in messages):
        raise Refused(400, "Every message must be an object.")
    asked = [message for message in messages if message.get("role") == "user"]
    if not asked:
        raise Refused(400, "messages holds no message of the user.")
    content = asked[-1].get("content")
    if isinstance(content, str):
        return content, []
    if not isinstance(content, list):
        raise Refused(400, "content must be a string or a list of parts.")
    texts: list[str] = []
    urls: list[str] = []
    for part in content:
        match part:
            case {"type": "text", "text": str(text)}:
                texts.append(text)
            case {"type": "image_url", "image_url": {"url": str(url)}}:
                urls.append(url)
            case _:
                raise Refused(400, "Every part of content must be of type text or image_url.")
    return "\n".join(texts), urls


def _read_picture(url: str, number: int) -> Image.Image:
    name = f"Input image {number}"
    head = _DATA_URL.match(url)
    if head is None:
        raise Refused(400, f"{name} must be a base64 data URL of an image.", "invalid_image")
    try:
        data = base64.b64decode("".join(url[head.end() :].split()), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise Refused(400, f"{name} is not valid base64.", "invalid_image") from exc
    Image.init()
    try:
        with Image.open(
            io.BytesIO(data), formats=[f for f in _INPUT_FORMATS if f in Image.OPEN]
        ) as raw:
            pixels = raw.width * raw.height
            if pixels <= MAX_INPUT_PIXELS:
                raw.draft("RGB", (_INPUT_SIDE, _INPUT_SIDE))
                return _as_rgb(raw)
    except Exception as exc:  # decoders raise whatever a hostile file makes them raise
        message = f"{name} is not a picture that can be decoded."
        raise Refused(400, message, "invalid_image") from exc
    message = f"{name} has more than {MAX_INPUT_PIXELS // 1_000_000} million pixels."
    raise Refused(400, message, "invalid_image")


def _as_rgb(raw: Image.Image) -> Image.Image:
    turned = raw.getexif().get(_ORIENTATION, 1)
    image = raw
    if image.mode[0] in "IF":  # 16 and 32 bits a channel, which Pillow would clip to white
        values = np.asarray(image, np.float64)
        low, high = np.nanmin(values), np.nanmax(values)
        image = Image.fromarray(
            np.nan_to_num((values - low) * (255 / max(high - low, 1e-9))).astype(np.uint8)
        )
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        clear.thumbnail((_INPUT_SIDE, _INPUT_SIDE))
        image = Image.new("RGB", clear.size, (255, 255, 255))
        image.paste(clear, (0, 0), clear)
    image = image.convert("RGB")
    image.thumbnail((_INPUT_SIDE, _INPUT_SIDE), reducing_gap=2.0)
    # What was made anew above has lost its EXIF; turning the small picture is also the cheap way.
    image.getexif()[_ORIENTATION] = turned
    return ImageOps.exif_transpose(image)


def completion(
    *, model: str, text: str, picture: Print, ask: DemoAsk, number: int, created: int
) -> bytes:
    """A chat completion with one picture; `number` makes its id."""
    encoded = base64.b64encode(picture.data).decode()
    image = {
        "type": "image_url",
        "index": 0,
        "image_url": {"url": f"data:{picture.media_type};base64,{encoded}"},
    }
    sent = 8 + len(ask.prompt) // 4 + 258 * len(ask.inputs)
    # About what the models behind the aliases count for a picture of this size.
    per_pixel = 4160 / 1024**2 if model == "gpt-image" else 1290 / 1024**2
    received = round(picture.width * picture.height * per_pixel) + len(text) // 4
    return _encoded(
        {
            "id": f"chatcmpl-demo-{number % 16**20:020x}",
            "object": "chat.completion",
            "created": created,
            "model": model,
            "provider": "Triptych demo",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": text, "images": [image]},
                    "finish_reason": "stop",
                }
            ],
            "usage": {
                "prompt_tokens": sent,
                "completion_tokens": received,
                "total_tokens": sent + received,
                "cost": 0,
            },
        }
    )


def wordy(model: str) -> bytes:
    """A chat completion of nothing but words."""
    text = "Picture it yourself this time: the prompt asked for a reply without an image."
    return _without_picture(model, {"content": text}, {"finish_reason": "stop"})


def refusal(model: str) -> tuple[int, bytes]:
    """Status and body with which a model's content filter declines, each in its own manner."""
    text = "This request was declined, as its [refuse] marker asked."
    if model == "gpt-image":
        return 400, error_body(400, text, "moderation_blocked")
    if model == "nano-banana":
        ending = {"finish_reason": "stop", "native_finish_reason": "IMAGE_PROHIBITED_CONTENT"}
        return 200, _without_picture(model, {"content": text}, ending)
    message = {"content": None, "refusal": text}
    return 200, _without_picture(model, message, {"finish_reason": "content_filter"})


def error_body(status: int, message: str, code: str) -> bytes:
    """An error as OpenAI-style gateways send it."""
    kind = "server_error" if status >= 500 or status == 200 else "invalid_request_error"
    return _encoded({"error": {"message": message, "type": kind, "param": None, "code": code}})


def model_list(aliases: Sequence[str]) -> bytes:
    """The answer of `GET /v1/models`."""
    models = [
        {"id": name, "object": "model", "created": 0, "owned_by": "triptych-demo"}
        for name in aliases
    ]
    return _encoded({"object": "list", "data": models})


def _without_picture(model: str, message: dict[str, Any], ending: dict[str, Any]) -> bytes:
    return _encoded(
        {
            "id": "chatcmpl-demo-0",
            "object": "chat.completion",
            "created": 0,
            "model": model,
            "provider": "Triptych demo",
            "choices": [{"index": 0, "message": {"role": "assistant", **message}, **ending}],
            "usage": {"prompt_tokens": 8, "completion_tokens": 20, "total_tokens": 28, "cost": 0},
        }
    )


def _encoded(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()
