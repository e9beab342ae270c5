"""A client of the faulty gateway, and what it gets from it."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from components.domain.errors import CallFailed
from components.gateway.client import Gateway
from components.gateway.protocol import Answer, request_body
from tests.support.faulty_gateway import FaultyGateway

TOKEN = "sk-sesame-opens-the-door-42"


MB = 1024 * 1024


def gateway_at(url: str, **settings: object) -> Gateway:
    """A client with a token, patient and with room for 8 MB, but for what `settings` say."""
    given = {"token": SecretStr(TOKEN), "timeout_s": 20.0, "max_reply_bytes": 8 * MB, **settings}
    return Gateway(base_url=url, **given)  # type: ignore[arg-type]


def body_for(fault: str) -> bytes:
    """A request that asks for this fault."""
    return request_body("nano-banana", f"A hummingbird [fault:{fault}]")


async def ask(server: FaultyGateway, fault: str, **settings: object) -> Answer:
    """The answer to a request that gets this fault. Raises CallFailed."""
    gateway = gateway_at(server.url, **settings)
    try:
        return await gateway.generate("nano-banana", body_for(fault))
    finally:
        await gateway.aclose()


async def failure(server: FaultyGateway, fault: str, **settings: object) -> CallFailed:
    """The failure that a request with this fault ends in; the token is not in its words."""
    with pytest.raises(CallFailed) as caught:
        await ask(server, fault, **settings)
    assert TOKEN not in str(caught.value)
    return caught.value
