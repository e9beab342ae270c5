"""What all tests have in common."""

from __future__ import annotations

import pytest

pytest_plugins = ["tests.support.databases"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps an event loop running until the session ends, and no
    other loop can be run in that thread."""
    items.sort(key=lambda item: "tests/browser" in item.path.as_posix())
