"""The document in a body: padding, events, encodings."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from pydantic import SecretStr

from components.domain.errors import CallFailed
from components.gateway.protocol import Answer, Reply, read_reply

TOKEN = "sk-sesame/opens+the-door-42"


URL = "data:image/png;base64,aGVsbG8gd29ybGQ="


DATA = b"hello world"


def answer(document: object, headers: dict[str, str] | None = None) -> Answer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Answer(200, tuple((headers or {}).items()), body)


def read(
    document: object, headers: dict[str, str] | None = None, alias: str = "image-gen"
) -> Reply:
    return read_reply(answer(document, headers), alias, SecretStr(TOKEN))


def message(**fields: Any) -> dict[str, Any]:
    return {"choices": [{"message": fields, "finish_reason": "stop"}]}


SSE = (
    b": PROCESSING\r\n\r\nevent: message\r\n"
    b'data: {"choices": [{"delta": {"content": "He"}}], "model": "m-1"}\r\n\r\n'
    b'data: {"choices": [{"delta": {"content": "re", "images": ["%s"]}}]}\r\n\r\n'
    b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {"total_tokens": 3}}\r\n'
    b"\r\ndata: [DONE]\r\n\r\n" % URL.encode()
)


def test_server_sent_events_are_merged_into_one_reply():
    reply = read(SSE)
    assert (reply.text, reply.answered_by, reply.finish_reason) == ("Here", "m-1", "stop")
    assert reply.usage.total_tokens == 3
    assert [image.data for image in reply.images] == [DATA]


@pytest.mark.parametrize(
    "body",
    [
        b" \r\n\t" * 1000 + b"%s",
        b": PROCESSING\n\n" * 1000 + b"%s",
        b"\xef\xbb\xbf%s",
        b"\xef\xbb\xbf : keep-alive\n%s\n\n",
        b"data: %s\n\n",
        b"data:%s",
        b"%s\n: PROCESSING\n\n",
    ],
)
def test_what_kept_the_connection_open_is_not_part_of_the_reply(body: bytes):
    assert read(body % json.dumps(message(images=[URL])).encode()).images[0].data == DATA


def test_latin_1_that_is_declared_is_read_and_bytes_that_are_no_text_do_no_harm():
    body = json.dumps(message(images=[URL], content="@")).encode().replace(b"@", b"caf\xe9")
    declared = Answer(200, (("Content-Type", "application/json; charset=ISO-8859-1"),), body)
    assert read_reply(declared, "a").text == "café"
    assert (
        read_reply(Answer(200, (("Content-Type", "x; charset=zlib"),), body), "a").text
        == "caf\ufffd"
    )


def test_bytes_that_are_no_text_are_not_quoted():
    with pytest.raises(CallFailed) as caught:
        read_reply(Answer(200, (), random.Random(1).randbytes(5_000)), "a")  # noqa: S311
    assert "bytes that are no text" in str(caught.value)
    assert "“" not in str(caught.value)


def test_padding_with_nul_does_not_pass_for_another_encoding():
    body = b"\0" * 1_000 + json.dumps(message(images=[URL])).encode()
    assert read_reply(Answer(200, (), body), "a").images
