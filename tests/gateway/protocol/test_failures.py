"""HTTP errors as failures of their kind, with a sentence and advice."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from components.gateway.protocol import Answer
from components.gateway.protocol.failures import http_failure, retry_after_s
from tests.support.faulty_replies import ERRORS

TOKEN = 'tk/live+"42"&<secret>-0123456789'


SECRET = SecretStr(TOKEN)


NOW = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)


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
