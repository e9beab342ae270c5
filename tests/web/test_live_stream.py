"""One event stream by itself: how it ends, and what it says before it does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

from components.web.live import stream
from tests.support.faulty_gateway import FaultyGateway
from tests.support.house import house


def lines_of(lines: AsyncIterator[str]) -> list[str]:
    async def collect() -> list[str]:
        return [line async for line in lines]

    return asyncio.run(collect())


def test_a_stream_that_ends_by_age_asks_its_viewer_back_at_once(tmp_path: Path) -> None:
    with FaultyGateway({}) as gateway, house(tmp_path, gateway.url) as at:
        comparison = at.ask()
        at.when(comparison.id)
        lines = lines_of(stream(at.store, at.notifications, comparison.id, life_s=0.0))
    assert lines[0] == "retry: 500\n\n"
    news = json.loads(lines[1].removeprefix("data: "))
    assert news["unfinished"] == 0
    assert news["progress"].startswith("3 of 3 landed")
    assert len(news["landed"]) == 3
    assert lines[2:] == ["retry: 10\n\n"]


def test_a_stream_of_a_server_that_stops_asks_for_patience(tmp_path: Path) -> None:
    with FaultyGateway({}) as gateway, house(tmp_path, gateway.url) as at:
        comparison = at.ask()
        at.when(comparison.id)
        at.notifications.close()
        lines = lines_of(stream(at.store, at.notifications, comparison.id))
    assert lines == ["retry: 500\n\n"]
