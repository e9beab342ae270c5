"""One browser is one visitor, whatever Streamlit's cookie looks like at the moment."""

from __future__ import annotations

import secrets

import pytest
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from components.ui.shared.visitors import visitor_of


def test_the_same_browser_is_the_same_visitor_under_every_mask() -> None:
    token = secrets.token_bytes(16)
    cookies = {generate_xsrf_token_string(token, 1_700_000_000) for _ in range(20)}
    assert len(cookies) > 1
    assert len({visitor_of(cookie) for cookie in cookies}) == 1
    (found,) = {visitor_of(cookie) for cookie in cookies}
    assert found
    assert token.hex()[:8] not in found


def test_two_browsers_are_two_visitors() -> None:
    assert len({visitor_of(generate_xsrf_token_string()) for _ in range(20)}) == 20


@pytest.mark.parametrize("cookie", ["", "2|", "2|zz|zz|1", "1|a", "x" * 10_000, "2|00000000||1"])
def test_anything_else_is_nobody(cookie: str) -> None:
    assert visitor_of(cookie) is None
