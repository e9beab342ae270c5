"""PURE: what stands in a reply: images, links, texts and refusals, from every place they were seen.

Nothing here follows a document deeper than a few levels, so no nesting can exhaust the stack.
"""

from __future__ import annotations

import re
from typing import Any

from components.domain.text.cleaning import short_name
from components.gateway.protocol.answers import EncodedImage
from components.gateway.protocol.data_urls import decode_base64, decode_data_url, pictures_in_text

_LONGEST_TEXT = 100_000  # of one companion text
_MOST_IMAGES = 32  # of one reply
_MOST_TEXTS = 1_000
_MOST_SOURCES = 1_000  # strings that are tried as images, good, bad and repeated
_DEEPEST = 5
_LONGEST_LINK = 4096
_SHORTEST_LEFTOVER = 60  # characters that may be a picture where they do not decode
_PICTURE_KEYS = (
    "image_url", "imageUrl", "url", "b64_json", "b64", "base64", "image_base64", "data",
    "inline_data", "inlineData", "image", "source", "result", "file_data",
)  # fmt: skip
_TYPE_KEYS = ("media_type", "mime_type", "mimeType", "mediaType", "content_type")
_MESSAGE_KEYS = ("images", "image", "image_url", "content", "parts", "multi_mod_content", "output")
_NO_PICTURE_PART = re.compile(r"audio|video|tool|function|think|reason")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:")
_WEB = re.compile(r"https?://[^\s\"'<>\\^`{|}]+", re.IGNORECASE)


class Findings:
    """What was found in one reply so far."""

    def __init__(self) -> None:
        """Nothing was found yet."""
        self.images: list[EncodedImage] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.refusals: list[str] = []
        self.reasons: list[str] = []  # why choices ended, filter reasons among them
        self.finish_reason: str | None = None
        self.broken = 0  # images that were promised and do not decode
        self.leftover = False  # whether something that may be a picture is not among them
        self.is_a_reply = False  # whether the document has the outer form of one
        self._tried = 0

    def read(self, document: dict[str, Any]) -> None:
        """Take in a whole document: a chat completion, or one of its relatives."""
        for key in ("choices", "candidates"):
            if key in document:
                self.is_a_reply = True
                entries = document[key]
                for choice in entries if isinstance(entries, list) else [entries]:
                    if isinstance(choice, dict):
                        self._choice(choice)
        for key in ("data", "images", "output", "image"):
            if document.get(key):
                self.is_a_reply = True
                self._content(document[key], 0) if key == "output" else self._item(document[key], 0)
        if isinstance(document.get("message"), dict) or isinstance(document.get("content"), list):
            self.is_a_reply = True
            self._choice(document)
        feedback = document.get("promptFeedback")
        if isinstance(feedback, dict) and (blocked := short_name(feedback.get("blockReason"))):
            self.is_a_reply = True
            self.reasons.append(f"content_filter: {blocked}")

    def _choice(self, choice: dict[str, Any]) -> None:
        for place in (choice, _hidden_in(choice), _hidden_in(choice.get("message"))):
            for key in ("finish_reason", "native_finish_reason", "finishReason", "stop_reason"):
                reason = short_name(place.get(key))
                if reason:
                    self.finish_reason = self.finish_reason or reason
                    self.reasons.append(reason)
        self._refusal(_hidden_in(choice).get("refusal"))
        for key in ("message", "delta"):
            self._message(choice.get(key))
        self._content(choice.get("content"), 0)
        self._text(choice.get("text"))

    def _message(self, message: object) -> None:
        if isinstance(message, str):
            self._text(message)
        if not isinstance(message, dict):
            return
        for place in (message, _hidden_in(message)):
            self._refusal(place.get("refusal"))
            for key in _MESSAGE_KEYS:
                if key in ("content", "parts", "multi_mod_content", "output"):
                    self._content(place.get(key), 0)
                else:
                    self._item(place.get(key), 0)
            for key in ("inline_data", "inlineData", "b64_json"):
                self._item(place.get(key), 0)

    def _content(self, content: object, depth: int) -> None:
        """A message's content: a text, a part, or a list of either."""
        if depth > _DEEPEST:
            return
        if isinstance(content, str):
            self._text(content)
        elif isinstance(content, list):
            for part in content:
                self._content(part, depth + 1)
        elif isinstance(content, dict):
            kind = content.get("type")
            if content.get("thought") is True or (
                isinstance(kind, str) and _NO_PICTURE_PART.search(kind)
            ):
                return
            self._refusal(content.get("refusal"))
            self._text(content.get("text"))
            self._item(content, depth)
            for key in ("content", "parts"):
                self._content(content.get(key), depth + 1)

    def _refusal(self, refusal: object) -> None:
        if isinstance(refusal, str) and refusal.strip() and refusal not in self.refusals:
            self.refusals.append(refusal[:_LONGEST_TEXT])

    def _text(self, text: object) -> None:
        if not isinstance(text, str) or not text:
            return
        if len(self.texts) >= _MOST_TEXTS:
            self.leftover = True
            return
        pictures, links, rest = pictures_in_text(text, _LONGEST_TEXT)
        for picture in pictures:
            self._source(picture, None)
        for link in links:
            self._source(link, None)
        if rest:
            self.texts.append(rest)

    def _item(self, item: object, depth: int, declared: str | None = None) -> bool:
        """One entry of a list of images, or a part of a content; whether an image came of it."""
        if depth > _DEEPEST or len(self.images) >= _MOST_IMAGES:
            self.leftover = self.leftover or bool(item)
            return False
        if isinstance(item, str):
            return self._source(item, declared)
        if isinstance(item, list):
            came = False
            for one in item:
                came = self._item(one, depth + 1, declared) or came
            return came
        if isinstance(item, dict):
            types = (item.get(key) for key in _TYPE_KEYS)
            declared = next(filter(None, map(short_name, types)), declared)
            # The same image may be there twice, by address and by value: one of them is enough.
            return any(self._item(item.get(key), depth + 1, declared) for key in _PICTURE_KEYS)
        return False

    def _source(self, text: str, declared: str | None) -> bool:
        """A string where an image should be: a data URL, base64, or the address of a picture."""
        text = text.strip(" \t\r\n\"'<>")
        if not text:
            return False
        if len(self.images) >= _MOST_IMAGES or self._tried >= _MOST_SOURCES:
            self.leftover = True
            return False
        self._tried += 1
        image = None
        if text[:5].lower() == "data:":
            image = decode_data_url(text)
        elif _SCHEME.match(text):
            if len(text) <= _LONGEST_LINK and _WEB.fullmatch(text):
                if text not in self.links and len(self.links) < _MOST_IMAGES:
                    self.links.append(text)
            else:
                self.broken += 1
            return False
        elif (data := decode_base64(text)) is not None:
            image = EncodedImage(data, declared.lower() if declared else None)
        if image is None:
            self.broken += 1
            self.leftover = self.leftover or len(text) >= _SHORTEST_LEFTOVER
            return False
        if all(image.data != known.data for known in self.images):
            self.images.append(image)
        return True


def _hidden_in(place: object) -> dict[str, Any]:
    """The fields of a choice or a message that LiteLLM does not know and puts away."""
    hidden = place.get("provider_specific_fields") if isinstance(place, dict) else None
    return hidden if isinstance(hidden, dict) else {}
