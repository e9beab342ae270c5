"""The facts of an exchange: telling, short and without credentials."""

from __future__ import annotations

import base64

import pytest
from pydantic import SecretStr

from components.domain.model import Timing
from components.gateway.protocol import Answer
from components.gateway.protocol.exchange_facts import exchange_of, may_hold_a_picture

TOKEN = 'tk/live+"42"&<secret>-0123456789'


SECRET = SecretStr(TOKEN)


def test_an_exchange_keeps_telling_headers_and_cuts_base64():
    run = base64.b64encode(bytes(9000)).decode()
    wrapped = "\\n".join(run[start : start + 76] for start in range(0, len(run), 76))
    body = f'{{"url": "data:image/png;base64,{run}", "b": "{wrapped}", "t": "{TOKEN}"}}'
    headers = (
        ("Content-Type", "application/json"),
        ("X-Request-Id", f"for {TOKEN}"),
        ("x-litellm-model-id", "7"),
        ("x-litellm-key-spend", "1"),
        ("Set-Cookie", "session=1"),
        ("Authorization", f"Bearer {TOKEN}"),
        ("cf-ray", "a"),
        ("Location", "https://h.test/x?signature=1"),
        ("X-Whatever", "1"),
    )
    facts = exchange_of(Answer(200, headers, body.encode(), Timing(0.1, 0.2, 0.3)), SECRET)
    assert facts.reply == (
        '{"url": "data:image/png;base64,…[12,000 base64 characters cut]…", '
        '"b": "…[12,314 base64 characters cut]…", "t": "[hidden]"}'
    )
    assert facts.headers == (
        ("content-type", "application/json"),
        ("x-request-id", "for [hidden]"),
        ("x-litellm-model-id", "7"),
        ("cf-ray", "a"),
        ("location", "https://h.test/x"),
    )
    assert facts.timing == Timing(0.1, 0.2, 0.3)


def test_a_megabyte_of_words_is_shortened():
    reply = exchange_of(Answer(500, (), b"word " * 200_000), None).reply
    assert 19_000 < len(reply) <= 20_000


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (b'{"choices": []}', False),
        (b" \n" * 50_000 + b'{"error": "no"}', False),
        (b'{"a": "' + b"QUJD" * 60 + b'"}', True),
        (b'{"a": "data:image/gif;base64,R0lGODlhAQABAAAAACw="}', True),
        (b"word " * 5_000, True),
    ],
)
def test_an_answer_that_its_facts_do_not_show_whole_may_hold_a_picture(body: bytes, *, more: bool):
    assert may_hold_a_picture(Answer(200, (), body)) is more
