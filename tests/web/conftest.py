"""A real server process, connected to a gateway on loopback that misbehaves where it is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.faulty_gateway import FaultyGateway
from tests.support.serving import Server

TOKEN = "tok-7c1f5a9e3b8d"


@pytest.fixture(scope="module")
def gateway() -> Iterator[FaultyGateway]:
    """A gateway that answers well unless a test asks for a fault."""
    with FaultyGateway() as gateway:
        yield gateway


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, gateway: FaultyGateway) -> Iterator[Server]:
    """A server with an empty history."""
    folder = tmp_path_factory.mktemp("data")
    with Server(folder, gateway_url=gateway.url, gateway_token=TOKEN) as server:
        yield server
