"""News reaches every listener, from any thread, and none after it has left."""

from __future__ import annotations

import asyncio
import threading

from components.engine.notifications import Notifications


async def test_news_from_another_thread_wakes_all_listeners_of_that_comparison() -> None:
    notifications = Notifications()
    with (
        notifications.listening("a") as one,
        notifications.listening("a") as two,
        notifications.listening("b") as other,
    ):
        threading.Thread(target=notifications.publish, args=("a",)).start()
        async with asyncio.timeout(5):
            await one.wait()
            await two.wait()
        assert not other.is_set()
        assert not one.nudged


async def test_news_that_no_row_holds_is_marked_as_such() -> None:
    notifications = Notifications()
    with notifications.listening("a") as listener:
        notifications.publish("a", in_rows=False)
        async with asyncio.timeout(5):
            await listener.wait()
        assert listener.nudged


async def test_nobody_is_kept_after_leaving() -> None:
    notifications = Notifications()
    with notifications.listening("a"):
        pass
    notifications.publish("a")
    assert notifications.listened_to == set()


async def test_closing_wakes_everybody() -> None:
    notifications = Notifications()
    with notifications.listening("a") as listener:
        notifications.close()
        async with asyncio.timeout(5):
            await listener.wait()
    assert notifications.closed


def test_a_listener_whose_loop_has_ended_stops_nobody() -> None:
    notifications = Notifications()

    async def come_and_die() -> None:
        listening = notifications.listening("a")
        listening.__enter__()

    asyncio.run(come_and_die())
    notifications.publish("a")
