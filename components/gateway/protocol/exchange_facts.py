"""PURE: the facts of an HTTP exchange that a person may see, without pictures and credentials."""

from __future__ import annotations

import re

from pydantic import SecretStr

from components.domain.model import Exchange
from components.domain.text.cleaning import storable
from components.domain.text.redaction import blotted_head
from components.gateway.protocol.answers import Answer
from components.gateway.protocol.data_urls import cut_base64, hints_at_a_picture
from components.gateway.protocol.json_documents import text_of

LONGEST_REPLY = 20_000
_LONGEST_HEADER = 500
_MOST_HEADERS = 60
_TELLING = re.compile(
    r"content-(?:type|length|encoding)|server|date|via|retry-after|location|age|cf-ray|cf-cache-status"
    r"|(?:x-)?(?:[a-z0-9]+-)?(?:request|correlation|trace|generation|call)-id|x-ratelimit-[a-z-]+"
    r"|x-litellm-[a-z0-9-]+|llm_provider-[a-z0-9-]+|x-(?:openrouter|vercel|oneapi|new-api)-[a-z0-9-]+"
    r"|server-timing|x-envoy-[a-z-]*time|x-process-time|openai-processing-ms"
)
_CREDENTIAL = re.compile(r"key|auth|cookie|secret|token(?!s)|credential|password|session")


def exchange_of(answer: Answer, token: SecretStr | None) -> Exchange:
    """The facts of an answer for the curious; takes a moment for large ones, so use a thread."""
    text = "".join(cut_base64(text_of(answer), LONGEST_REPLY * 2))
    shown = storable(blotted_head(text, token, LONGEST_REPLY), LONGEST_REPLY)
    return Exchange(answer.status, _telling(answer.headers, token), answer.timing, shown)


def may_hold_a_picture(answer: Answer) -> bool:
    """Whether there is more in an answer than its facts show in full, or a trace of a picture.

    Takes a moment for large ones, so use a thread.
    """
    body = answer.body.strip()
    if len(body) > LONGEST_REPLY:
        return True
    text = text_of(answer)
    return "".join(cut_base64(text, len(text))) != text or hints_at_a_picture(text)


def _telling(
    headers: tuple[tuple[str, str], ...], token: SecretStr | None
) -> tuple[tuple[str, str], ...]:
    kept = []
    for name, value in headers:
        low = name.lower()
        if _TELLING.fullmatch(low) and not _CREDENTIAL.search(low):
            # A query may be a signature, so an address is shown without.
            seen = value.split("?")[0] if low == "location" else value
            shown = storable(blotted_head(seen, token, _LONGEST_HEADER), _LONGEST_HEADER)
            kept.append((low, " ".join(shown.split())))
    return tuple(kept[:_MOST_HEADERS])
