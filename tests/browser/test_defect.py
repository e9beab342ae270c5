"""A defect of ours on a page: a sentence and an error id for the visitor, the rest for the log."""

from __future__ import annotations

import re
import sqlite3
import uuid
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, expect

from components.domain.model import Ask
from components.storage.comparisons import Store
from tests.support.serving import Server


def test_a_page_that_fails_shows_a_sentence_and_an_id_that_the_log_knows(
    page: Page, tmp_path: Path
) -> None:
    store = Store(f"sqlite:///{tmp_path / 'triptych.sqlite3'}")
    comparison = store.create(
        Ask("a broken row", ("gpt-image",)),
        comparison_id=uuid.uuid4().hex,
        new_id=lambda: uuid.uuid4().hex,
        gateway="x",
        server="nobody's",
        visitor="x",
        at=datetime.now(UTC),
    )
    store.close()
    with sqlite3.connect(tmp_path / "triptych.sqlite3") as connection:
        # A row that no version of this code wrote: reading it fails in a way nobody foresaw.
        connection.execute("UPDATE generations SET state = 'odd'")
    connection.close()
    with Server(tmp_path) as server:
        page.goto(f"{server.url}/?comparison={comparison.id}")
        told = page.get_by_text("error id")
        expect(told).to_be_visible()
        found = re.search(r"error id ([0-9a-f]{8})", told.inner_text())
        assert found
        server.wait_for_output(found[1])
        assert "ValueError" in server.output
        shown = page.content()
        for detail in ("ValueError", "Traceback", "'odd'", ".py", str(tmp_path)):
            assert detail not in shown, detail
        expect(page.get_by_role("link", name="History")).to_be_visible()
        page.goto("about:blank")
