"""PURE: our values -> the JSON of a chat completion request."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from typing import Any

from components.domain.text.cleaning import without_surrogates

_LONGEST_ALIAS = "x" * 80  # as `aliases.ALIAS_NAME` allows
_LONGEST_TYPE = "image/" + "x" * 26


def request_body(alias: str, prompt: str, inputs: Sequence[tuple[str, bytes]] = ()) -> bytes:
    """The JSON body of one request: `prompt` and input images for `alias`.

    `inputs` are pairs of media type and bytes. A lone surrogate in the prompt is sent as U+FFFD.
    """
    text = without_surrogates(prompt)
    content: str | list[dict[str, Any]] = text
    if inputs:
        content = [{"type": "text", "text": text}]
        for media_type, data in inputs:
            url = f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
            content.append({"type": "image_url", "image_url": {"url": url}})
    body = {
        "model": without_surrogates(alias),
        "messages": [{"role": "user", "content": content}],
        "stream": False,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def request_size(prompt: str, input_sizes: Iterable[int]) -> int:
    """An upper bound of `len(request_body(…))`, for input images of these sizes in bytes.

    Close enough to budget with: it takes the longest alias and a media type of 32 characters.
    """
    sizes = list(input_sizes)
    empty = request_body(_LONGEST_ALIAS, prompt, [(_LONGEST_TYPE, b"")] * len(sizes))
    return len(empty) + sum((size + 2) // 3 * 4 for size in sizes)
