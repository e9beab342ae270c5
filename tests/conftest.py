"""What all tests have in common."""

from __future__ import annotations

import os
import tempfile

import pytest

# PostgreSQL's wheel asks for it when it is imported, and warns where there is none of one's own.
_runtime = tempfile.TemporaryDirectory(prefix="triptych-")
os.environ["XDG_RUNTIME_DIR"] = _runtime.name

pytest_plugins = ["tests.support.databases", "tests.support.chromium"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright keeps an event loop running until the session ends, and no
    other loop can be run in that thread."""
    items.sort(key=_in_a_browser)


def _in_a_browser(item: pytest.Item) -> bool:
    # Those of tests/browser that need no browser of their own share a server with those that do.
    return "browser" in getattr(item, "fixturenames", ()) or "tests/browser" in item.path.as_posix()
