"""PURE: our values <-> chat-completions JSON, in all the shapes that gateways give it."""

from components.core.wire.answers import Answer, EncodedImage, Reply
from components.core.wire.exchanges import exchange_of
from components.core.wire.replies import read_reply
from components.core.wire.requests import request_body, request_size

__all__ = [
    "Answer",
    "EncodedImage",
    "Reply",
    "exchange_of",
    "read_reply",
    "request_body",
    "request_size",
]
