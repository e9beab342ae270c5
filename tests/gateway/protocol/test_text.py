"""Data URLs, blotting of credentials, quoting, and the facts of an exchange."""

from __future__ import annotations

import base64
import html
import json
import random
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from components.domain.model import Timing
from components.domain.redaction import blot, blot_bytes, quoted
from components.domain.text import storable
from components.gateway.addresses import is_public, is_this_machine
from components.gateway.decompression import (
    NotDecompressible,
    decompressed,
    decompressors,
    finished,
)
from components.gateway.protocol import Answer
from components.gateway.protocol.data_urls import decode_base64, decode_data_url, pictures_in_text
from components.gateway.protocol.exchange_facts import exchange_of
from components.gateway.protocol.failures import http_failure, retry_after_s
from tests.support.faulty_replies import ERRORS

TOKEN = 'tk/live+"42"&<secret>-0123456789'
SECRET = SecretStr(TOKEN)
NOW = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)


@given(
    data=st.binary(min_size=1, max_size=300),
    width=st.integers(1, 80),
    url_safe=st.booleans(),
    padded=st.booleans(),
)
def test_base64_decodes_with_any_breaks_alphabet_and_padding(
    data: bytes, width: int, *, url_safe: bool, padded: bool
):
    text = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(data).decode()
    text = text if padded else text.rstrip("=")
    for gap in ("\n", "\r\n", " ", "\t", "\\n"):
        wrapped = gap.join(text[start : start + width] for start in range(0, len(text), width))
        assert decode_base64(wrapped) == data
        image = decode_data_url(f"data:image/png;base64,{wrapped}")
        assert image
        assert image.data == data


def test_base64_that_is_cut_short_gives_what_there_is_of_it():
    assert decode_base64("QUJDR") == b"ABC"


@pytest.mark.parametrize("size", [1_048_575, 1_048_576, 1_048_577, 3_000_001])
@pytest.mark.parametrize("breaks", ["", "\n", "\\r\\n", "\\/"])
def test_base64_of_megabytes_decodes_as_in_one_piece(size: int, breaks: str):
    data = random.Random(size).randbytes(size)  # noqa: S311
    text = base64.b64encode(data).decode()
    if breaks == "\\/":
        text = text.replace("/", breaks)
    elif breaks:
        text = breaks.join(text[start : start + 76] for start in range(0, len(text), 76))
    assert decode_base64(text) == data
    assert decode_base64(f"data:,{text}", 6) == data
    assert decode_base64(text[:1_048_576] + "=" + text[1_048_576:]) is None


@pytest.mark.parametrize("text", ["", " ", "====", "A", "QUJD!", "QU=JD", "é", "\ud800"])
def test_what_is_no_base64_decodes_to_nothing(text: str):
    assert decode_base64(text) is None


@pytest.mark.parametrize(
    ("url", "declared"),
    [
        ("data:image/jpeg;base64,QUJD", "image/jpeg"),
        ("DATA:IMAGE/JPEG;BASE64,QUJD", "image/jpeg"),
        ("data:image/svg+xml;charset=utf-8;base64,QUJD", "image/svg+xml"),
        ("data:;base64,QUJD", None),
        ("data:base64,QUJD", None),
        ("data:image/jpeg; base64 ,QUJD", "image/jpeg"),
        (" <data:image/png;base64,QUJD>\n", "image/png"),
        ("data:image/png,%41BC", "image/png"),
        ("data:,ABC", None),
    ],
)
def test_every_spelling_of_a_data_url_is_read(url: str, declared: str | None):
    image = decode_data_url(url)
    assert image
    assert (image.data, image.declared_type) == (b"ABC", declared)


@pytest.mark.parametrize(
    "url", ["", "data:", "data:image/png", "data:image/png;base64,", "data:;base64,!", "http://x/,"]
)
def test_what_is_no_data_url_is_none(url: str):
    assert decode_data_url(url) is None


@settings(deadline=None)
@given(st.text(st.characters()))
def test_no_text_crashes_the_readers_of_data_urls(text: str):
    for tried in (text, f"data:{text}", f"data:image/png;base64,{text}"):
        decode_data_url(tried)
        found, links, rest = pictures_in_text(tried, 100)
        assert all(isinstance(one, str) for one in [*found, *links, rest])


def base64_with(text: str, before: int) -> str:
    return base64.b64encode(b"x" * before + text.encode() + b" tail").decode()


@pytest.mark.parametrize(
    "echo",
    [
        TOKEN,
        TOKEN.upper(),
        f"Bearer {TOKEN}",
        quote(TOKEN),
        quote(TOKEN, safe="").lower(),
        json.dumps(TOKEN),
        json.dumps(TOKEN).replace("/", "\\/"),
        html.escape(TOKEN),
        "".join(f"\\u{ord(char):04x}" for char in TOKEN),
        "".join(f"&#{ord(char)};" for char in TOKEN),
        base64_with(TOKEN, 0),
        base64_with(TOKEN, 1),
        base64_with(TOKEN, 2),
        TOKEN.encode().hex(),
    ],
)
def test_the_token_is_blotted_in_every_spelling(echo: str):
    blotted = blot(f"before {echo} after", SECRET)
    assert "[hidden]" in blotted
    assert blotted.startswith("before ")
    assert blotted.endswith(" after")
    assert "0123456789" not in blotted.lower()
    assert "live" not in blotted.lower()


@pytest.mark.parametrize(
    "text",
    [
        "Bearer abc123def456", "sk-or-v1-0123456789abcdef", "key sk-proj_abc123xyz",
        "AIzaSyA1234567890abcdefghij", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.sgntr",
    ],
)  # fmt: skip
def test_what_looks_like_a_credential_is_blotted_without_knowing_it(text: str):
    assert "[hidden]" in blot(text, None)


@pytest.mark.parametrize(
    "text", ["a bearer token is missing", "task-based risk-averse", "sk-learn", "Bearer of news"]
)
def test_plain_words_are_not_blotted(text: str):
    assert blot(text, SECRET) == text


def test_a_short_token_is_blotted_as_a_word_and_not_within_words():
    assert blot("key abc in abcdef", SecretStr("abc")) == "key [hidden] in abcdef"


def test_no_part_of_the_token_stands_at_the_end_of_a_quote_or_a_reply():
    for before in range(250, 320):
        words = quoted("w" * before + " " + TOKEN, SecretStr(TOKEN))
        assert "tk/l" not in words
    for before in range(19_950, 20_010, 3):
        facts = exchange_of(Answer(200, (), b" " * before + TOKEN.encode() * 3), SECRET)
        assert "tk/l" not in facts.reply


def test_a_body_is_blotted_at_the_door_without_touching_the_picture():
    body = f'{{"a": "{TOKEN}", "b": "{base64_with(TOKEN, 1)}", "c": "QUJD"}}'.encode()
    blotted = blot_bytes(body, SECRET)
    assert TOKEN.encode() not in blotted
    assert b"QUJD" in blotted
    assert blot_bytes(b"abcabc", SecretStr("abc")) == b"abcabc"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("  a \n\t b ", "“a b”"),
        ("<b>bold</b> move", "“bold move”"),
        ("<<b>script>alert", "“‹ script›alert”"),
        ("1 < 2", "“1 ‹ 2”"),
        ("a\u202e\u200b\0\x1b[31mb", "“a[31mb”"),
        ("\ud800", "“\ufffd”"),
    ],
)
def test_a_quote_is_one_inert_line(text: str, expected: str):
    assert quoted(text) == expected


def test_storable_text_has_no_nul_surrogate_or_override():
    assert storable("a\0b\r\nc\ud800\u202e\td", 100) == "ab\nc\ufffd\td"
    assert storable("abcdef", 3) == "abc…"


@pytest.mark.parametrize("name", ERRORS)
def test_an_http_error_becomes_a_failure_of_its_kind_with_a_sentence(name: str):
    error = ERRORS[name]
    body = error.body if isinstance(error.body, bytes) else json.dumps(error.body).encode()
    failed = http_failure(Answer(error.status, tuple(error.headers.items()), body), SECRET, NOW)
    text = failed.failure.message
    assert failed.failure.kind == error.kind
    assert f"HTTP {error.status}" in text
    assert error.said in text
    assert len(text) < 600
    assert text.endswith(".")
    assert not {"<", "\0", "\u202e"} & set(text)
    assert failed.refused_to_accept == (
        error.status in (429, 503) and error.kind in ("rate_limited", "gateway_error")
    )


@pytest.mark.parametrize("status", [*range(300, 600), 100, 999])
def test_every_status_has_a_sentence(status: int):
    assert http_failure(Answer(status, (), b""), None, NOW).failure.message.endswith(".")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2", 2.0), ("0", 0.0), ("1.5", 1.5), (" 60 ", 60.0),
        ("Fri, 01 May 2026 12:00:30 GMT", 30.0), ("Fri, 01 May 2026 12:00:30 -0000", 30.0),
        ("61", 61.0), ("86400", 86_400.0), ("", None), ("86401", None),
        ("-1", None), ("soon", None), ("1e1", None), ("nan", None),
        ("9" * 400, None), ("٣", None), ("Fri, 01 May 2026 11:59:59 GMT", None),
        ("Fri, 01 May 9999 12:00:30 GMT", None), ("Fri, 99 May 2026 12:00:30 GMT", None),
        ("x" * 50, None),
    ],
)  # fmt: skip
def test_retry_after_counts_where_it_is_sensible(value: str, seconds: float | None):
    assert retry_after_s(Answer(429, (("Retry-After", value),), b""), NOW) == seconds


def test_a_retry_after_date_is_reckoned_by_the_gateways_own_clock():
    headers = (
        ("Date", "Fri, 01 May 2026 15:00:00 GMT"),
        ("Retry-After", "Fri, 01 May 2026 15:00:05 GMT"),
    )
    assert retry_after_s(Answer(503, headers, b""), NOW) == 5.0


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
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("127.0.0.1", False),
        ("10.1.2.3", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False),
        ("224.0.0.1", False), ("::1", False), ("fe80::1%eth0", False), ("fd00::1", False),
        ("::ffff:127.0.0.1", False), ("64:ff9b::7f00:1", False), ("64:ff9b::5db8:d822", True),
        ("2002:7f00:1::", False), ("localhost", False), ("", False),
    ],
)  # fmt: skip
def test_only_addresses_of_the_public_internet_are_public(address: str, *, public: bool):
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("a.localhost", True), ("127.9.9.9", True), ("::1", True),
     ("[::1]", True), ("localhost.example", False), ("10.0.0.1", False)],
)  # fmt: skip
def test_loopback_is_recognised_by_name_and_by_number(host: str, *, here: bool):
    assert is_this_machine(host) is here


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "x-gzip, deflate", ""]))
def test_no_bytes_crash_the_unpackers(data: bytes, encoding: str):
    layers = decompressors(encoding)
    with suppress(NotDecompressible):
        for start in range(0, len(data), 7):
            list(decompressed(layers, data[start : start + 7]))
        list(finished(layers))


def test_no_escape_of_the_token_is_left_in_bytes_that_are_kept():
    codes = [ord(char) for char in TOKEN]
    ways = [
        TOKEN, quote(TOKEN, safe=""), html.escape(TOKEN),
        TOKEN.encode().hex(), TOKEN.encode().hex().upper(), json.dumps(TOKEN)[1:-1],
        "".join(f"%{code:02x}" for code in codes), "".join(f"\\u{code:04x}" for code in codes),
        "".join(f"&#{code};" for code in codes), "".join(f"&#x{code:x};" for code in codes),
        base64.b64encode(TOKEN.encode()).decode(),
        base64.urlsafe_b64encode(b"a" + TOKEN.encode()).decode(),
    ]  # fmt: skip
    for way in ways:
        kept = blot_bytes(f"before {way} after".encode(), SECRET, thorough=True)
        assert way.encode() not in kept
        assert b"[hidden]" in kept
