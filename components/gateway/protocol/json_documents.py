"""PURE: the JSON document in an answer's body, whatever was wrapped round it.

Seen in front of it: white space and `: PROCESSING` comment lines that kept the connection open, a
byte order mark. Seen instead of it: server-sent events although no stream was asked for.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from components.gateway.protocol.answers import Answer

_PADDING = re.compile(r"(?:[\s\ufeff\0]++|:[^\r\n]*+)*+")
_EVENT_FIELD = re.compile(r"(?:data|event|id|retry):", re.ASCII)
_EVENT_LINES = re.compile(r"(?:^data:[^\r\n]*+(?:\r\n|\r|\n|\Z))+", re.MULTILINE)
_DATA_FIELD = re.compile(r"^data: ?", re.MULTILINE)
_LONGEST_INT = 18  # digits; Python refuses to convert thousands of them
_MOST_BROKEN_EVENTS = 10_000
# What some Windows gateways declare and mean. Others are read as UTF-8, whatever is declared.
_SINGLE_BYTE: Final = {"iso8859-1", "cp1252"}


class Unreadable(ValueError):
    """The body holds no JSON document."""


def document_of(answer: Answer) -> object:
    """The JSON value in the answer's body; server-sent events are merged into one completion.

    Numbers too large for arithmetic, NaN and Infinity come out as None. Raises Unreadable.
    """
    text = text_of(answer)
    padding = _PADDING.match(text)
    start = padding.end() if padding else 0
    if _EVENT_FIELD.match(text, start):
        return _merged(_events(text, start))
    value, end = _parsed(text, start)
    rest = _PADDING.match(text, end)
    if rest and rest.end() != len(text):
        raise Unreadable
    if isinstance(value, str) and value.lstrip()[:1] == "{":  # JSON that was encoded twice
        value, _ = _parsed(value, len(value) - len(value.lstrip()))
    return value


def parsed_or_none(text: str) -> object:
    """The JSON value that `text` is; None when it is none."""
    try:
        value, end = _parsed(text.strip(), 0)
    except Unreadable:
        return None
    return value if end == len(text.strip()) else None


def text_of(answer: Answer) -> str:
    """The answer's body as text; bytes that are no text become U+FFFD."""
    body = answer.body
    if body[:4] == b"\0\0\0\0":  # padding, which would pass for UTF-16
        body = body.lstrip(b"\0")
    encoding = json.detect_encoding(body)
    try:
        return body.decode(encoding)
    except UnicodeDecodeError:
        _, _, charset = answer.header("content-type").lower().partition("charset=")
        try:
            declared = codecs.lookup(charset.split(";")[0].strip(" \"'")).name
        except (LookupError, ValueError):
            declared = ""
        return body.decode(declared if declared in _SINGLE_BYTE else encoding, "replace")


def _small_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= _LONGEST_INT else None


def _nothing(_constant: str) -> None:
    return None


_DECODER = json.JSONDecoder(strict=False, parse_int=_small_int, parse_constant=_nothing)


def _parsed(text: str, start: int) -> tuple[object, int]:
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError) as exc:
        raise Unreadable from exc
    return value, end


def _events(text: str, start: int) -> Iterator[object]:
    """The JSON value of each event, up to `[DONE]`; events that are no JSON are passed over."""
    broken = 0
    for lines in _EVENT_LINES.finditer(text, start):
        block = _DATA_FIELD.sub("", lines[0])
        whole = parsed_or_none(block)
        for piece in [block] if whole is not None else block.splitlines():
            if piece.strip() == "[DONE]":
                return
            value = whole if whole is not None else parsed_or_none(piece)
            if value is not None:
                yield value
            elif (broken := broken + 1) > _MOST_BROKEN_EVENTS:
                raise Unreadable


def _merged(events: Iterator[object]) -> dict[str, Any]:
    """One completion out of its events: texts joined, pictures and errors collected."""
    whole: dict[str, Any] = {}
    choices: dict[object, _Choice] = {}
    for event in events:
        if not isinstance(event, dict):
            continue
        for key, value in event.items():
            if isinstance(value, list) and isinstance(whole.get(key), list):
                whole[key] += value if key != "choices" else []
            elif value or key not in whole:
                whole[key] = value
        pieces = event.get("choices")
        for piece in pieces if isinstance(pieces, list) else []:
            if isinstance(piece, dict):
                index = piece.get("index")
                known = index if isinstance(index, int) else 0
                choices.setdefault(known, _Choice()).add(piece)
    if not whole:
        raise Unreadable
    if choices:
        whole["choices"] = [choice.whole() for choice in choices.values()]
    return whole


class _Choice:
    """A choice that comes in pieces."""

    def __init__(self) -> None:
        self._facts: dict[str, Any] = {}
        self._message: dict[str, Any] = {}
        self._texts: dict[str, list[str]] = {"content": [], "refusal": []}
        self._parts: list[object] = []  # of a content that is a list

    def add(self, piece: dict[str, Any]) -> None:
        for key, value in piece.items():
            if key in ("delta", "message"):
                self._add_message(value if isinstance(value, dict) else {})
            elif value or key not in self._facts:
                self._facts[key] = value

    def _add_message(self, message: dict[str, Any]) -> None:
        for key, value in message.items():
            if key in self._texts and isinstance(value, str):
                self._texts[key].append(value)
            elif key == "content" and value:
                self._parts += value if isinstance(value, list) else [value]
            elif isinstance(value, list) and isinstance(self._message.get(key), list):
                self._message[key] += value
            elif value or key not in self._message:
                self._message[key] = value

    def whole(self) -> dict[str, Any]:
        message = dict(self._message)
        for key, texts in self._texts.items():
            message[key] = "".join(texts) or None
        if self._parts:
            # Texts keep their place before the parts; both in one stream has not been seen.
            message["content"] = [*filter(None, [message["content"]]), *self._parts]
        return {**self._facts, "message": message}
