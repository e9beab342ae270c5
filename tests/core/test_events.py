"""News reaches every listener, from any thread, and none after it has left."""

from __future__ import annotations

import asyncio
import threading

from components.core.events import Events


async def test_news_from_another_thread_wakes_all_listeners_of_that_comparison() -> None:
    events = Events()
    with events.listening("a") as one, events.listening("a") as two, events.listening("b") as other:
        threading.Thread(target=events.publish, args=("a",)).start()
        async with asyncio.timeout(5):
            await one.wait()
            await two.wait()
        assert not other.is_set()
        assert not one.nudged


async def test_news_that_no_row_holds_is_marked_as_such() -> None:
    events = Events()
    with events.listening("a") as listener:
        events.publish("a", in_rows=False)
        async with asyncio.timeout(5):
            await listener.wait()
        assert listener.nudged


async def test_nobody_is_kept_after_leaving() -> None:
    events = Events()
    with events.listening("a"):
        pass
    events.publish("a")
    assert events._listeners == {}


async def test_closing_wakes_everybody() -> None:
    events = Events()
    with events.listening("a") as listener:
        events.close()
        async with asyncio.timeout(5):
            await listener.wait()
    assert events.closed


def test_a_listener_whose_loop_has_ended_stops_nobody() -> None:
    events = Events()

    async def come_and_die() -> None:
        listening = events.listening("a")
        listening.__enter__()

    asyncio.run(come_and_die())
    events.publish("a")
