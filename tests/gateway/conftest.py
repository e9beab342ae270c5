"""One faulty gateway for the tests of a module; it forgets between them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.faulty_gateway import FaultyGateway


@pytest.fixture(scope="module")
def faulty_gateway() -> Iterator[FaultyGateway]:
    with FaultyGateway() as running:
        yield running


@pytest.fixture
def server(faulty_gateway: FaultyGateway) -> FaultyGateway:
    """The gateway of this module, without the requests of other tests."""
    faulty_gateway.note(faulty_gateway.requests.clear)
    return faulty_gateway
