"""PURE: our values <-> chat-completions JSON. May import: domain.

In all the shapes that gateways give it.
"""

from components.gateway.protocol.answers import Answer, EncodedImage, Reply
from components.gateway.protocol.exchange_facts import exchange_of, may_hold_a_picture
from components.gateway.protocol.replies import read_reply
from components.gateway.protocol.requests import request_body, request_size

__all__ = [
    "Answer",
    "EncodedImage",
    "Reply",
    "exchange_of",
    "may_hold_a_picture",
    "read_reply",
    "request_body",
    "request_size",
]
