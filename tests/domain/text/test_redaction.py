"""No credential and nothing active is in a text that is kept or quoted."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from components.domain.text.redaction import blot, blot_bytes, blotted_head, quoted
from components.gateway.protocol import Answer
from components.gateway.protocol.exchange_facts import exchange_of

TOKEN = 'tk/live+"42"&<secret>-0123456789'


SECRET = SecretStr(TOKEN)


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


# Credentials of others, as upstreams were seen to repeat them, and the part that must not be shown.
FOREIGN = [
    ("Incorrect API key provided: sk-abc123def456ghi789.", "sk-abc123"),
    ("Incorrect API key provided: abcd1234efgh5678. You can find yours at the site.", "abcd1234"),
    ("Incorrect API key provided: abc1****************wxyz.", "wxyz"),
    ("API key provided: AQ8zT1x0Vb93kkLmQ", "AQ8zT1"),
    (
        "Received API Key = sk-...1x2y, Key Hash (Token) =88dc28d0f030c55ed4ab77ed8faf0981",
        "88dc28d0",
    ),
    ("x-api-key: 7f3b2c1d9e", "7f3b2c"),
    ("X-Goog-Api-Key: kk93jdk2kd9s", "kk93"),
    ("Authorization: Basic dXNlcjpwYXNzMTIz", "dXNlcjpw"),
    ("Authorization: Bearer abc123def456", "abc123"),
    ("bearer AbCdEfGhIjKlMnOpQrStUvWxYz was refused", "AbCdEf"),
    ('{"api_key": "9f8e7d6c5b4a"}', "9f8e7d"),
    ('{\\"api_key\\": \\"9f8e7d6c5b4a\\"}', "9f8e7d"),
    ("GET https://api.test/v1?api_key=zzz111yyy222&x=1 failed", "zzz111"),
    ("https://api.test/v1?a=1&key=opensesame", "opensesame"),
    ("https://bucket.test/a.png?X-Amz-Signature=deadbeefcafe01", "deadbeef"),
    ("proxy http://someone:hunter2pass@proxy.test:3128 said no", "hunter2"),
    ("AIzaSyA1234567890abcdefghij is not valid", "AIzaSy"),
    ("key AKIAIOSFODNN7EXAMPLE does not exist", "AKIAIO"),
    ("secret_access_key=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY", "wJalr"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.sgntr expired", "eyJhbG"),
    ("token: abc123def", "abc123"),
    ("Invalid token 'abc123def456'", "abc123"),
    ("password is hunter2hunter2", "hunter2"),
    ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_abc"),
    ("hf_abcdefghijklmnopqrstuvwxyz", "hf_abc"),
    ("ya29.a0AfH6SMBx1234567890", "a0AfH6"),
    ("client secret: s3cr3tv4lue", "s3cr3t"),
]
WORDS = [
    "Incorrect API key provided. Check your key.",
    "API key: missing",
    "The API key is not valid",
    "Your API key is invalid, please pass a valid one",
    "No api key passed in.",
    "Unexpected token: string",
    "max_tokens: 4096",
    "max_tokens is too large: 65536",
    "completion_tokens: 1290, prompt_tokens: 12",
    "This token is for another organization",
    "Invalid proxy server token passed",
    "Missing required key: prompt",
    "key: aspect_ratio",
    "Password authentication is required",
    "Authorization header is required",
    "authorization: required",
    "monkey: banana42",
    "The keyboard: qwerty123",
    "see https://platform.test/account/api-keys",
    "https://host.test/a.png?size=1024&quality=80",
    "mail someone@host.test or ask at http://host.test:8080/a@b",
    "the secret of success is work",
    "rate limit for gpt-image-1 in organization org-1: Limit 5, Used 5",
    "token limit: 8192 tokens",
    "asiatic elephants",
    "secretary: Miller",
    "credentials: expired",
    "bearer: internationalization",
    "model gemini-3.1-flash-image-preview not found",
    "access token has expired",
    "request id 5f2c1b7e9d3a4c68",
    "The session token was not found",
]
PIECES = [
    "api_key", "api key", "token", "key", "bearer", "secret", "password", "authorization", "basic",
    " provided", " is ", ":", "=", " ", '"', "\\", "'", "(", "?key=", "&", "://", "@", "/", ".",
    "-", "sk-", "AIza", "AKIA", "eyJ", "ya29.", "a", "Z", "7", "*", "…", "\n",
]  # fmt: skip


@pytest.mark.parametrize(("text", "secret"), FOREIGN)
def test_a_credential_of_somebody_else_is_not_quoted(text: str, secret: str):
    assert secret in text
    for shown in (blot(text, None), blotted_head(text, SECRET, 1000), quoted(text)):
        assert secret not in shown
        assert "[hidden]" in shown


@pytest.mark.parametrize("text", WORDS)
def test_words_about_credentials_are_quoted_as_they_are(text: str):
    assert blot(text, SECRET) == text


def test_a_long_credential_at_the_cut_is_hidden_although_its_end_is_not_seen():
    jwt = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIx" * 200 + ".c2lnbmF0dXJl"
    for before in range(900, 1001, 7):
        assert "eyJ" not in blotted_head(" " * before + jwt, None, 1000)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join))
def test_two_hundred_kilobytes_of_what_looks_like_a_credential_does_no_harm(unit: str):
    # Anything worse than linear would take minutes here.
    text = unit * (200_000 // len(unit))
    once = blot(text, None)
    assert len(once) <= len(text) * 9
    assert blot(unit, SECRET).count("\n") == unit.count("\n")


@settings(deadline=None)
@given(st.text())
def test_no_text_crashes_the_search_for_credentials(text: str):
    blot(text, SECRET).encode("utf-8", "surrogatepass")
