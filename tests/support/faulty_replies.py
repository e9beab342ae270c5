"""What the faulty gateway answers where only the document or the status is odd, as tables.

`DOCUMENTS`: name -> the JSON of a 200, made from a picture. `ERRORS`: name -> an HTTP error.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from PIL import Image, ImageDraw


@lru_cache(maxsize=64)
def picture(alias: str, prompt: str, kind: str = "JPEG", side: int = 320) -> bytes:
    """A picture that differs by alias and prompt, with noise enough to have some bytes."""
    seed = hashlib.sha256(f"{alias}\0{prompt}".encode("utf-8", "replace")).digest()
    image = Image.frombytes("RGB", (32, 32), hashlib.shake_256(seed).digest(32 * 32 * 3))
    image = image.resize((side, side))
    pen = ImageDraw.Draw(image)
    pen.rectangle((20, 20, side - 20, side - 20), fill=tuple(seed[:3]))
    pen.text((30, 30), f"{alias}\n{prompt[:60].encode('ascii', 'replace').decode()}", fill="white")
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


@dataclass(frozen=True)
class Sheet:
    """What a document is made from."""

    alias: str
    prompt: str
    token: str  # as it was sent in the request
    url: str  # of the gateway
    elsewhere: str  # URL of another origin

    @property
    def data(self) -> bytes:
        """The healthy picture: PNG for gpt-image, JPEG for all others."""
        return picture(self.alias, self.prompt, "PNG" if self.alias == "gpt-image" else "JPEG")

    @property
    def large(self) -> bytes:
        """A picture of 1024 × 1024 pixels, as PNG."""
        return picture(self.alias, self.prompt, "PNG", 1024)

    @property
    def b64(self) -> str:
        """The healthy picture in base64."""
        return base64.b64encode(self.data).decode()

    @property
    def data_url(self) -> str:
        """The healthy picture as a data URL."""
        kind = "png" if self.data[:4] == b"\x89PNG" else "jpeg"
        return f"data:image/{kind};base64,{self.b64}"

    def completion(self, message: object, **others: Any) -> dict[str, Any]:
        """A chat completion round a message; `others` replace or add fields of its choice."""
        choice = {"index": 0, "message": message, "finish_reason": "stop", **others}
        return {
            "id": "gen-1",
            "object": "chat.completion",
            "model": self.alias,
            "choices": [choice],
            "usage": {"prompt_tokens": 12, "completion_tokens": 1290, "total_tokens": 1302},
        }

    def with_image(self, url: str, content: object = "Here is your picture.") -> dict[str, Any]:
        """A chat completion with one entry in `images`."""
        entry = {"type": "image_url", "index": 0, "image_url": {"url": url}}
        return self.completion({"role": "assistant", "content": content, "images": [entry]})

    def with_content(self, content: object) -> dict[str, Any]:
        """A chat completion with everything in its content."""
        return self.completion({"role": "assistant", "content": content})


Document = Callable[[Sheet], Any]


def _wrapped(text: str) -> str:
    return "\n".join(text[start : start + 76] for start in range(0, len(text), 76))


def _url_safe(text: str) -> str:
    return text.replace("+", "-").replace("/", "_").rstrip("=")


def _with_error(sheet: Sheet, error: object) -> dict[str, Any]:
    return {**sheet.with_image(sheet.data_url), "error": error}


# Replies that hold a good picture, in every shape that was seen.
GOOD: dict[str, Document] = {
    "healthy": lambda s: s.with_image(s.data_url),
    "item-without-type": lambda s: s.completion({"images": [{"image_url": {"url": s.data_url}}]}),
    "item-url-is-text": lambda s: s.completion({"images": [{"image_url": s.data_url}]}),
    "item-is-text": lambda s: s.completion({"images": [s.data_url]}),
    "item-is-base64": lambda s: s.completion({"images": [s.b64]}),
    "item-b64-json": lambda s: s.completion({"images": [{"b64_json": s.b64}]}),
    "item-url": lambda s: s.completion({"images": [{"url": s.data_url}]}),
    "item-inline-data": lambda s: s.completion(
        {"images": [{"inline_data": {"mime_type": "image/jpeg", "data": s.b64}}]}
    ),
    "images-is-object": lambda s: s.completion({"images": {"image_url": {"url": s.data_url}}}),
    "message-image": lambda s: s.completion({"content": None, "image": {"url": s.data_url}}),
    "message-image-text": lambda s: s.completion({"image": s.data_url}),
    "message-image-url": lambda s: s.completion({"image_url": {"url": s.data_url}}),
    "content-missing": lambda s: s.completion({"images": [{"image_url": {"url": s.data_url}}]}),
    "content-null": lambda s: s.with_image(s.data_url, None),
    "content-parts": lambda s: s.with_content(
        [
            {"type": "text", "text": "Here is your picture."},
            {"type": "image_url", "image_url": {"url": s.data_url}},
        ]
    ),
    "content-output-image": lambda s: s.with_content(
        [{"type": "output_image", "image_url": s.data_url}]
    ),
    "content-image-source": lambda s: s.with_content(
        [
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/jpeg", "data": s.b64},
            }
        ]
    ),
    "content-inline-data": lambda s: s.with_content(
        [{"inlineData": {"mimeType": "image/jpeg", "data": s.b64}}]
    ),
    "content-markdown": lambda s: s.with_content(
        f"Here is your picture.\n\n![a bird]({s.data_url})\n\nEnjoy!"
    ),
    "content-html": lambda s: s.with_content(f'Look: <img alt="a" src="{s.data_url}"> Enjoy!'),
    "content-bare-data-url": lambda s: s.with_content(f"Here: {s.data_url} Enjoy!"),
    "content-is-data-url": lambda s: s.with_content(s.data_url),
    "content-is-base64": lambda s: s.with_content(s.b64),
    "markdown-wrapped": lambda s: s.with_content(
        f"![a](data:image/jpeg;base64,{_wrapped(s.b64)}) Enjoy!"
    ),
    "multi-mod-content": lambda s: s.completion(
        {
            "content": "",
            "multi_mod_content": [{"inline_data": {"mime_type": "x/y", "data": s.b64}}],
        }
    ),
    "base64-line-breaks": lambda s: s.with_image(f"data:image/jpeg;base64,{_wrapped(s.b64)}"),
    "base64-spaces": lambda s: s.with_image(
        f"data:image/jpeg;base64, {_wrapped(s.b64)}".replace("\n", " ")
    ),
    "base64-url-safe": lambda s: s.with_image(f"data:image/jpeg;base64,{_url_safe(s.b64)}"),
    "base64-no-padding": lambda s: s.with_image(f"data:image/jpeg;base64,{s.b64.rstrip('=')}"),
    "base64-percent": lambda s: s.with_image(
        "data:image/jpeg;base64,"
        + s.b64.replace("+", "%2B").replace("/", "%2f").replace("=", "%3D")
    ),
    "scheme-upper-case": lambda s: s.with_image(f"DATA:IMAGE/JPEG;BASE64,{s.b64}"),
    "data-url-parameters": lambda s: s.with_image(
        f"data:image/jpeg;charset=utf-8;name=a.jpg;base64,{s.b64}"
    ),
    "data-url-name-with-comma": lambda s: s.with_image(
        f'data:image/jpeg;name="a, b.jpg";base64,{s.b64}'
    ),
    "data-url-name-with-comma-unquoted": lambda s: s.with_image(
        f"data:image/jpeg;name=a, b.jpg;base64,{s.b64}"
    ),
    "markdown-name-with-comma": lambda s: s.with_content(
        f'Look: ![a](data:image/jpeg;name="a, b.jpg";base64,{s.b64}) Enjoy!'
    ),
    "data-url-untyped": lambda s: s.with_image(f"data:;base64,{s.b64}"),
    "data-url-forgot-base64": lambda s: s.with_image(f"data:image/jpeg,{s.b64}"),
    "data-url-quoted": lambda s: s.with_image(f' "{s.data_url}"\n'),
    "wrong-type-declared": lambda s: s.with_image(f"data:text/plain;base64,{s.b64}"),
    "usage-missing": lambda s: {**s.with_image(s.data_url), "usage": None},
    "usage-odd": lambda s: {
        **s.with_image(s.data_url),
        "usage": {"prompt_tokens": "12", "completion_tokens": -3, "total_tokens": 1e300},
    },
    "model-missing": lambda s: {**s.with_image(s.data_url), "model": None},
    "model-odd": lambda s: {**s.with_image(s.data_url), "model": {"name": "x"}},
    "images-api": lambda s: {"created": 1, "data": [{"b64_json": s.b64}]},
    "images-on-top": lambda s: {"images": [{"url": s.data_url}]},
    "gemini-native": lambda s: {
        "candidates": [
            {
                "content": {
                    "parts": [
                        {"text": "Here is your picture."},
                        {"inlineData": {"mimeType": "image/jpeg", "data": s.b64}},
                    ]
                },
                "finishReason": "STOP",
            }
        ]
    },
    "second-choice": lambda s: {
        "choices": [{"message": {"content": "first"}}, s.with_image(s.data_url)["choices"][0]]
    },
    "falsy-error": lambda s: _with_error(s, {"code": None, "message": ""}),
    "error-says-success": lambda s: _with_error(s, {"code": "success"}),
    "error-says-200": lambda s: _with_error(s, {"code": 200, "message": "ok"}),
    "error-beside-image": lambda s: _with_error(s, {"message": "late error"}),
    "refusal-beside-image": lambda s: s.completion({"refusal": "Not again.", "images": [s.b64]}),
    "filtered-beside-image": lambda s: s.completion(
        {"images": [s.data_url]}, finish_reason="content_filter"
    ),
    "null-error": lambda s: _with_error(s, None),
    "nul-and-surrogates": lambda s: s.with_image(s.data_url, "a\0b \ud800 c"),
    "bad-then-good": lambda s: s.completion(
        {"images": [{"image_url": {"url": "data:image/png;base64,%%%"}}, s.data_url]}
    ),
    "link-and-inline": lambda s: s.completion(
        {"images": [{"url": f"{s.elsewhere}/x.png", "b64_json": s.b64}]}
    ),
}

# HTTP 200 with base64 that is sound, of bytes that are odd or are no picture.
PICTURES: dict[str, Document] = {
    "picture-cut-short": lambda s: s.with_image(_data_url(s.data[: len(s.data) // 2])),
    "picture-svg": lambda s: s.with_image(
        _data_url(b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "svg+xml")
    ),
    "picture-html": lambda s: s.with_image(_data_url(b"<html><script>alert(1)</script></html>")),
    "picture-pdf": lambda s: s.with_image(_data_url(b"%PDF-1.7\n%%EOF")),
    "picture-bomb": lambda s: s.with_image(_data_url(_png_of_900_megapixels())),
    "picture-base64-cut-short": lambda s: s.with_image(s.data_url[: 2001 + s.data_url.index(",")]),
    "picture-twice-in-two-formats": lambda s: s.completion(
        {"images": [_data_url(picture(s.alias, s.prompt, kind)) for kind in ("PNG", "JPEG")]}
    ),
    "picture-twice": lambda s: s.completion({"images": [s.data_url, s.data_url]}),
    "pictures-two": lambda s: s.completion(
        {"images": [s.data_url, _data_url(picture(s.alias, s.prompt + " again", "PNG"))]}
    ),
    "pictures-two-but-for-a-dot": lambda s: s.completion(
        {"images": [_data_url(s.large), _data_url(_with_a_dot(s.large))]}
    ),
    "picture-cut-short-beside-error": lambda s: {
        **s.with_image(_data_url(s.data[: len(s.data) // 2])),
        "error": {"message": "late error", "code": 502},
    },
    "picture-bad-then-good": lambda s: s.completion(
        {"images": [_data_url(s.data[: len(s.data) // 2]), s.data_url]}
    ),
}


def _data_url(data: bytes, kind: str = "png") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _with_a_dot(data: bytes) -> bytes:
    """The picture as JPEG with a dot of 6 × 6 pixels in its plain part."""
    with Image.open(io.BytesIO(data)) as image:
        changed = image.convert("RGB")
    red, *_ = changed.getpixel((208, 208))  # type: ignore[misc]
    changed.paste("black" if red > 127 else "white", (205, 205, 211, 211))
    out = io.BytesIO()
    changed.save(out, "JPEG", quality=90)
    return out.getvalue()


def _png_of_900_megapixels() -> bytes:
    """A PNG whose header promises 30,000 × 30,000 pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        total = zlib.crc32(name + content).to_bytes(4, "big")
        return len(content).to_bytes(4, "big") + name + content + total

    size = (30_000).to_bytes(4, "big")
    header = chunk(b"IHDR", size + size + bytes((8, 2, 0, 0, 0)))
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 1_000_000))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


# HTTP 200 without a good picture: name -> the kind of failure, the document.
BAD: dict[str, tuple[str, Document]] = {
    "error-object": ("gateway_error", lambda _: {"error": {"message": "upstream failed"}}),
    "error-text": ("gateway_error", lambda _: {"error": "upstream failed"}),
    "error-list": ("gateway_error", lambda _: {"error": ["upstream failed"]}),
    "error-429-inside": ("rate_limited", lambda _: {"error": {"code": 429, "message": "slow"}}),
    "error-502-text-code": ("gateway_error", lambda _: {"error": {"code": "502", "message": "x"}}),
    "error-402-inside": ("out_of_credit", lambda _: {"error": {"code": 402, "message": "pay"}}),
    "error-no-quota": ("out_of_credit", lambda _: {"error": {"code": "insufficient_quota"}}),
    "error-rate-limit-word": (
        "rate_limited",
        lambda _: {"error": {"code": "rate_limit_exceeded", "message": "slow"}},
    ),
    "error-bad-key": (
        "unauthorised",
        lambda _: {"error": {"type": "invalid_request_error", "code": "invalid_api_key"}},
    ),
    "error-context": (
        "rejected",
        lambda _: {"error": {"code": "context_length_exceeded", "message": "too long"}},
    ),
    "error-no-model": ("not_found", lambda _: {"error": {"code": "model_not_found"}}),
    "error-in-choice": (
        "gateway_error",
        lambda s: s.completion({"content": ""}, error={"message": "x"}, finish_reason="error"),
    ),
    "error-finish-only": (
        "gateway_error",
        lambda s: s.completion({"content": None}, finish_reason="error"),
    ),
    "error-hidden-by-litellm": (
        "gateway_error",
        lambda s: s.completion(
            {"content": None}, provider_specific_fields={"error": {"message": "x", "code": 502}}
        ),
    ),
    "error-in-message": ("gateway_error", lambda s: s.completion({"error": "it broke"})),
    "error-raw": (
        "refused",
        lambda _: {
            "error": {
                "message": "Provider returned error",
                "code": 400,
                "metadata": {"raw": json.dumps({"error": {"code": "moderation_blocked"}})},
            }
        },
    ),
    "error-message-object": (
        "gateway_error",
        lambda _: {"error": {"message": {"error": {"message": "the true reason"}}}},
    ),
    "error-in-list": ("rate_limited", lambda _: [{"error": {"code": 429, "message": "slow"}}]),
    "detail": ("gateway_error", lambda _: {"detail": "it broke"}),
    "message-and-code": ("rate_limited", lambda _: {"message": "slow down", "code": 429}),
    "echo-token": ("gateway_error", lambda s: {"error": f"bad thing with Bearer {s.token}"}),
    "choices-empty": ("no_image", lambda _: {"choices": []}),
    "choices-null": ("no_image", lambda _: {"choices": None}),
    "choices-missing": ("unreadable_reply", lambda _: {"id": "x", "object": "chat.completion"}),
    "message-null": ("no_image", lambda s: s.completion(None)),
    "content-empty": ("no_image", lambda s: s.with_content("")),
    "json-list": ("unreadable_reply", lambda _: []),
    "json-null": ("unreadable_reply", lambda _: None),
    "json-text": ("unreadable_reply", lambda _: "hello"),
    "json-number": ("unreadable_reply", lambda _: 7),
    "html-200": ("unreadable_reply", lambda _: b"<html><title>Log in</title><b>x</b></html>"),
    "empty-200": ("unreadable_reply", lambda _: b""),
    "blank-200": ("unreadable_reply", lambda _: b" \n" * 100),
    "truncated-json": ("unreadable_reply", lambda s: json.dumps(s.with_image("x"))[:-9].encode()),
    "binary-200": ("unreadable_reply", lambda s: s.data),
    "deep-json": ("unreadable_reply", lambda _: b"[" * 100_000),
    "text-only": ("refused", lambda s: s.with_content("I cannot draw that.")),
    "refusal-field": ("refused", lambda s: s.completion({"content": None, "refusal": "No."})),
    "refusal-part": ("refused", lambda s: s.with_content([{"type": "refusal", "refusal": "No."}])),
    "content-filter": (
        "refused",
        lambda s: s.completion({"content": ""}, finish_reason="content_filter"),
    ),
    "native-prohibited": (
        "refused",
        lambda s: s.completion(
            {"content": ""}, native_finish_reason="IMAGE_PROHIBITED_CONTENT", finish_reason="stop"
        ),
    ),
    "native-hidden-by-litellm": (
        "refused",
        lambda s: s.completion(
            {"content": None},
            provider_specific_fields={"native_finish_reason": "IMAGE_PROHIBITED_CONTENT"},
        ),
    ),
    "refusal-hidden-by-litellm": (
        "refused",
        lambda s: s.completion(
            {"content": None, "provider_specific_fields": {"refusal": "I will not draw that."}}
        ),
    ),
    "gemini-blocked": ("refused", lambda _: {"promptFeedback": {"blockReason": "OTHER"}}),
    "token-limit": ("no_image", lambda s: s.completion({"content": ""}, finish_reason="length")),
    "not-base64": ("not_a_picture", lambda s: s.with_image("data:image/png;base64,!!!", None)),
    "empty-data-url": ("not_a_picture", lambda s: s.with_image("data:image/png;base64,", None)),
    "file-url": ("not_a_picture", lambda s: s.with_image("file:///etc/passwd", None)),
    "script-url": ("not_a_picture", lambda s: s.with_image("javascript:alert(1)", None)),
    "thinking-only": (
        "no_image",
        lambda s: s.with_content([{"type": "thinking", "text": "a bird, then"}]),
    ),
}

# HTTP 200 that fails, with something in it that may be a picture: kind of failure, the document.
PAID_FOR: dict[str, tuple[str, Document]] = {
    "error-with-odd-picture": (
        "gateway_error",
        lambda s: {"error": {"message": "late error", "artifact": s.data_url}},
    ),
    "refused-with-odd-picture": (
        "refused",
        lambda s: s.completion({"content": "I would rather not.", "artifacts": [s.b64]}),
    ),
    "refused-with-tiny-picture": (
        "refused",
        lambda s: s.completion(
            {"refusal": "No.", "artifacts": ["data:image/gif;base64,R0lGODlhAQABAAAAACw="]}
        ),
    ),
    "filtered-with-odd-picture": (
        "refused",
        lambda s: s.completion({"draft": s.b64}, finish_reason="content_filter"),
    ),
    "thought-picture": (
        "no_image",
        lambda s: s.with_content([{"thought": True, "inlineData": {"data": s.b64}}]),
    ),
    "no-words-with-odd-picture": ("no_image", lambda s: s.completion({"artifact": s.b64})),
    "token-limit-with-odd-picture": (
        "no_image",
        lambda s: s.completion({"artifact": s.b64}, finish_reason="length"),
    ),
    "wrapped-completion": ("unreadable_reply", lambda s: {"result": s.with_image(s.data_url)}),
    "long-refusal": ("refused", lambda s: s.with_content("I would rather not. " * 2_000)),
}

# Replies whose picture is only an address.
LINKS: dict[str, Document] = {
    "link-same-origin": lambda s: s.with_image(f"{s.url}/pictures/1.png"),
    "link-missing": lambda s: s.with_image(f"{s.url}/pictures/missing.png"),
    "link-elsewhere": lambda s: s.with_image(f"{s.elsewhere}/pictures/1.png"),
    "link-metadata-service": lambda s: s.with_image("http://169.254.169.254/latest/meta-data"),
    "links-two": lambda s: s.completion(
        {"images": [f"{s.url}/pictures/1.png", f"{s.url}/pictures/2.png"]}
    ),
    "links-missing-then-good": lambda s: s.completion(
        {"images": [f"{s.url}/pictures/missing.png", f"{s.url}/pictures/1.png"]}
    ),
    "link-missing-beside-error": lambda s: {
        **s.with_image(f"{s.url}/pictures/missing.png"),
        "error": {"message": "late error"},
    },
    "link-in-markdown": lambda s: s.with_content(f"Look: ![a]({s.url}/pictures/1.png)"),
}


@dataclass(frozen=True)
class Refusal:
    """An HTTP error, and what is expected to be made of it."""

    status: int
    kind: str
    body: object = b""  # bytes go out as they are, anything else as JSON
    headers: dict[str, str] = field(default_factory=dict)
    said: str = ""  # what the failure's sentence has to quote


def _oai(message: str, code: object = None, kind: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


_TYPE_HTML = {"Content-Type": "text/html"}
_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><script>1</script></body></html>"

ERRORS: dict[str, Refusal] = {
    "http-400": Refusal(400, "rejected", _oai("bad size"), said="bad size"),
    "http-401": Refusal(401, "unauthorised", _oai("wrong key", "invalid_api_key"), said="wrong"),
    "http-402": Refusal(402, "out_of_credit", _oai("no credit", 402), said="no credit"),
    "http-403": Refusal(403, "forbidden", _oai("not for you"), said="not for you"),
    "http-404": Refusal(404, "not_found", {"detail": "Not Found"}, said="Not Found"),
    "http-405": Refusal(405, "not_found"),
    "http-408": Refusal(408, "gateway_error"),
    "http-409": Refusal(409, "rejected"),
    "http-413": Refusal(413, "too_large", b"<h1>413</h1>", _TYPE_HTML),
    "http-422": Refusal(
        422, "rejected", {"detail": [{"loc": ["body"], "msg": "field required"}]}, said="required"
    ),
    "http-429": Refusal(429, "rate_limited", _oai("slow down"), {"Retry-After": "2"}, "slow down"),
    "http-429-credit": Refusal(429, "out_of_credit", _oai("quota", "insufficient_quota")),
    "http-500": Refusal(500, "gateway_error", b"it broke", said="it broke"),
    "http-501": Refusal(501, "gateway_error"),
    "http-502": Refusal(502, "gateway_error", _PAGE, _TYPE_HTML, "502 Bad Gateway"),
    "http-503": Refusal(503, "gateway_error", b"", {"Retry-After": "1"}),
    "http-504": Refusal(504, "gateway_error", b"<html><body>late</body></html>"),
    **{f"http-{status}": Refusal(status, "gateway_error") for status in range(520, 531)},
    "http-451": Refusal(451, "forbidden"),
    "http-418": Refusal(418, "rejected", b"\xff\xfe\x00"),
    "moderation-400": Refusal(
        400, "refused", _oai("Your request was rejected", "moderation_blocked"), said="rejected"
    ),
    "moderation-403": Refusal(
        403,
        "refused",
        {"error": {"message": "denied", "code": 403, "metadata": {"reasons": ["violence"]}}},
    ),
    "moderation-policy": Refusal(400, "refused", _oai("x", "content_policy_violation")),
    "moderation-words": Refusal(400, "refused", {"error": "the input may be sensitive"}),
    "moderation-500": Refusal(500, "refused", _oai("PROHIBITED_CONTENT by upstream")),
    "case-sensitive": Refusal(400, "rejected", {"error": "names are case-sensitive"}),
    "litellm-wrong-key": Refusal(
        400,
        "unauthorised",
        _oai("Authentication Error, Invalid proxy server token passed", "400", "auth_error"),
    ),
    "litellm-no-key": Refusal(400, "unauthorised", {"error": {"message": "No api key passed in."}}),
    "litellm-unknown-key": Refusal(400, "unauthorised", _oai("x", "400", "token_not_found_in_db")),
    "litellm-unknown-model": Refusal(
        400, "not_found", _oai("Invalid model name passed in model=x. Call `/v1/models`")
    ),
    "litellm-no-database": Refusal(
        400, "unauthorised", _oai("No connected db.", "400", "no_db_connection")
    ),
    "litellm-wrapped": Refusal(
        400,
        "rejected",
        _oai(
            "litellm.BadRequestError: OpenAIException - bad size LiteLLM: model group 'a' failed "
            "with the error above and no fallback model group was found for it."
        ),
        said="“bad size”",
    ),
    "litellm-traceback": Refusal(
        400,
        "rejected",
        _oai(
            "Invalid request format: litellm.InternalServerError: Raw keys: ['id', 'moderation'] "
            'Traceback (most recent call last): File "/srv/litellm/main.py", line 1, moderation'
        ),
        said="Invalid request format",
    ),
    "litellm-budget": Refusal(400, "out_of_credit", _oai("Budget has been exceeded! Current: 1")),
    "no-channel-503": Refusal(503, "not_found", _oai("No available channel", "model_not_found")),
    "raw-reason": Refusal(
        400,
        "rejected",
        {
            "error": {
                "message": "Provider returned error",
                "code": 400,
                "metadata": {"raw": '{"error": {"message": "the true reason"}}'},
            }
        },
        said="the true reason",
    ),
    "message-is-object": Refusal(
        400, "rejected", {"error": {"message": {"detail": "odd"}, "code": "x"}}, said="odd"
    ),
    "error-is-number": Refusal(500, "gateway_error", {"error": 13}),
    "huge-error": Refusal(500, "gateway_error", {"error": "long " * 1_000_000}, said="long long"),
    "deep-error": Refusal(500, "gateway_error", b'{"error":' * 50_000),
    "bidi-error": Refusal(500, "gateway_error", {"error": "a\u202eb\0c <img src=x onerror=y> d"}),
    "json-null-error": Refusal(500, "gateway_error", b"null"),
}
