"""What all tests have in common."""

from __future__ import annotations

import os
import tempfile

import pytest

# PostgreSQL's wheel asks for it when it is imported, and warns where there is none of one's own.
_runtime = tempfile.TemporaryDirectory(prefix="triptych-")
os.environ["XDG_RUNTIME_DIR"] = _runtime.name

pytest_plugins = ["tests.support.databases"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps an event loop running until the session ends, and no
    other loop can be run in that thread."""
    items.sort(key=lambda item: "tests/browser" in item.path.as_posix())
