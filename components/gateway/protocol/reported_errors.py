"""PURE: the error that a gateway's document tells, wherever in it the truth was put."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from components.gateway.protocol.json_documents import parsed_or_none

_DEEPEST = 6
_LONGEST_WORDS = 20_000
_MOST_CODES = 40
_WORD_KEYS = (
    "message", "error", "detail", "details", "msg", "error_message", "errorMessage", "error_msg",
    "error_description", "description", "errors", "title", "reason", "raw",
)  # fmt: skip
_CODE_KEYS = (
    "code", "type", "status", "status_code", "statusCode", "http_status", "error_code",
    "error_type", "reason", "reasons", "provider_code", "finish_reason", "native_finish_reason",
    "blockReason", "category", "categories",
)  # fmt: skip
_NESTED_KEYS = (
    "error", "metadata", "raw", "message", "detail", "details", "innererror", "inner_error",
    "errors", "body",
)  # fmt: skip
_STATUS_KEYS = ("code", "status", "status_code", "statusCode", "http_status", "error_code")
_EMPTY_WORDS = {"", "none", "null", "false", "undefined"}
# Some gateways fill in their error field after a success too: {"code": 200, "message": "ok"}.
_SUCCESS = re.compile(
    r"(?:0|2\d\d|ok|okay|success(?:ful)?|succeeded|completed?|done|no[ _-]?errors?|成功)[.!]?",
    re.ASCII,
)
_SPEAKS_OF_SUCCESS = re.compile(r"\bsuccess(?:ful(?:ly)?)?\b|\bsucceeded\b|成功")
_SPEAKS_OF_TROUBLE = re.compile(r"fail|error|denied|invalid|unable|\bun|\bnot?\b|n't|without|失败")
_LONGEST_OF_SUCCESS = 200
_ANSWER_KEYS = ("choices", "candidates", "data", "images", "output")


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an error says of itself."""

    words: str = ""  # the gateway's own, raw: to be quoted only through `quoted`
    codes: frozenset[str] = frozenset()  # codes, types and reasons, lower case
    status: int | None = None  # an HTTP status told inside the document
    flagged: bool = False  # reasons of a moderation are given


def complaint_in(document: object, *, failed: bool = False) -> Complaint | None:
    """The error in a document; None when there is none.

    With `failed` (the HTTP status said so already) any words of the document are its error.
    """
    if isinstance(document, list):
        # Gemini's own errors come as a list of one.
        found = [complaint_in(item, failed=failed) for item in document[:3]]
        return next((one for one in found if one and (one.words or one.codes)), None)
    if not isinstance(document, dict):
        words = document if failed and isinstance(document, str) else ""
        return Complaint(words=words[:_LONGEST_WORDS]) if words else None
    for error in _told(document):
        if _is_error(error):
            return _complaint(error, beside=document)
    bare = not any(document.get(key) for key in _ANSWER_KEYS)
    if failed or (bare and _speaks_of_failure(document)):
        return _complaint(document, beside={})
    return None


def _told(document: dict[str, Any]) -> Iterator[object]:
    """Every place where an error of the whole reply or of a choice has been seen."""
    yield document.get("error")
    yield document.get("errors")
    choices = document.get("choices")
    for choice in choices if isinstance(choices, list) else [choices]:
        if not isinstance(choice, dict):
            continue
        yield choice.get("error")
        message = choice.get("message")
        for place in (choice, message, choice.get("delta")):
            if isinstance(place, dict):
                hidden = place.get("provider_specific_fields")
                yield hidden.get("error") if isinstance(hidden, dict) else None
                yield place.get("error")
        if choice.get("finish_reason") == "error":
            yield {"finish_reason": "error"}


def _is_error(value: object, depth: int = 0) -> bool:
    """Whether an error is said: gateways put null, "", an object of nulls or a success for none."""
    if depth == 0 and _reports_success(value):
        return False
    if isinstance(value, str):
        return value.strip().lower() not in _EMPTY_WORDS
    if isinstance(value, dict) and depth < _DEEPEST:
        return any(_is_error(item, depth + 1) for item in value.values())
    return bool(value)


def _reports_success(error: object) -> bool:
    """Whether all that an error says of itself, by code and in words, is that there is none."""
    if not isinstance(error, dict) or error.get("success") is False:
        return _is_success(error)
    told = [
        said
        for place in _places(error, 0)
        for key in {*_CODE_KEYS, *_WORD_KEYS}
        if not isinstance(said := place.get(key), dict | list)
        and said is not None
        and str(said).strip().lower() not in _EMPTY_WORDS
    ]
    return bool(told) and all(map(_is_success, told))


def _is_success(said: object) -> bool:
    if isinstance(said, int) and not isinstance(said, bool):
        return said == 0 or 200 <= said < 300
    if not isinstance(said, str) or len(said) > _LONGEST_OF_SUCCESS:
        return False
    words = said.strip().lower()
    if _SUCCESS.fullmatch(words):
        return True
    return bool(_SPEAKS_OF_SUCCESS.search(words)) and not _SPEAKS_OF_TROUBLE.search(words)


def _speaks_of_failure(document: dict[str, Any]) -> bool:
    """Whether a document without an answer in it reads as an error: detail, or message and code."""
    if document.get("success") is False or document.get("status") in ("error", "failed", "fail"):
        return True
    if any(document.get(key) for key in ("detail", "error_message", "error_msg", "error_code")):
        return True
    return isinstance(document.get("message") or document.get("msg"), str)


def _complaint(error: object, beside: dict[str, Any]) -> Complaint:
    codes: set[str] = set()
    statuses: list[int] = []
    for place in _places(error, 0):
        for key in _CODE_KEYS:
            codes.update(_names(place.get(key)))
        for key in _STATUS_KEYS:
            status = _status(place.get(key))
            if status:
                statuses.append(status)
    for key in ("code", "status"):  # {"error": "text", "code": 429}
        status = _status(beside.get(key))
        if status:
            statuses.append(status)
        codes.update(_names(beside.get(key)))
    flagged = any(place.get("reasons") for place in _places(error, 0))
    words = _words(error, 0)
    status = statuses[0] if statuses else None
    return Complaint(words[:_LONGEST_WORDS], frozenset(codes), status, flagged)


def _places(value: object, depth: int) -> Iterator[dict[str, Any]]:
    """Every object within an error, from the outside in, JSON inside strings included."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        value = _unfolded(value)
    if isinstance(value, list):
        for item in value[:3]:
            yield from _places(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in _NESTED_KEYS:
            if key in value:
                yield from _places(value[key], depth + 1)


def _unfolded(text: str) -> object:
    """The object that a text is the JSON of, or None."""
    if len(text) > _LONGEST_WORDS or text.lstrip()[:1] not in ("{", "["):
        return None
    return parsed_or_none(text)


def _names(value: object) -> Iterator[str]:
    values = value if isinstance(value, list) else [value]
    for name in values[:_MOST_CODES]:
        if isinstance(name, str) and len(name) <= 100:
            yield name.strip().lower()


def _status(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"[45]\d\d", value.strip(), re.ASCII):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 400 <= value <= 599:
        return value
    return None


def _words(value: object, depth: int) -> str:
    """The words that tell most: those of the upstream provider before those of the gateway."""
    if depth > _DEEPEST:
        return ""
    if isinstance(value, str):
        inner = _words(_unfolded(value), depth + 1)
        return inner or ("" if value.strip().lower() in _EMPTY_WORDS else value.strip())
    if isinstance(value, list):
        return next(filter(None, (_words(item, depth + 1) for item in value[:5])), "")
    if isinstance(value, dict):
        metadata = value.get("metadata")
        if isinstance(metadata, dict) and (raw := _words(metadata.get("raw"), depth + 1)):
            return raw
        return next(filter(None, (_words(value.get(key), depth + 1) for key in _WORD_KEYS)), "")
    return ""
