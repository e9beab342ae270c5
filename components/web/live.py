"""Server-sent events: tells a page that its comparison has changed, and what has landed in it.

Everything else the page reads by itself. Each stream ends after a while and the browser connects
anew, so that none keeps the server from stopping and a dead peer is noticed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from components.domain import formatting
from components.domain.captions import caption
from components.domain.errors import StorageUnavailable, UnknownComparison
from components.domain.model import Generation, Picture
from components.engine.notifications import Notifications
from components.services import running_services
from components.storage.comparisons import Store

STREAM_LIFE_S = 20.0
# Each open page has one. Whoever comes after so many asks every 1.5 s instead, as after a proxy
# that cuts streams.
MOST_STREAMS = 1_000
# With a shared database another server may have made the change; that one is asked this often.
_LOOK_EVERY_S = 1.0

# One look for all streams of a comparison that were woken by the same news.
_looks: dict[tuple[str, int], asyncio.Task[str | None]] = {}
_streams: set[object] = set()  # those that are open


async def live(request: Request) -> Response:
    """`GET /live/<comparison id>`: a `text/event-stream` of what is new, told at each change.

    With `?once=1` the present news as JSON, for pages whose streams a proxy cuts. They are the
    comparison's `version`, its `progress` in words, how many of its generations are still
    `unfinished`, and by the id of each that has `landed` its preview and its figures in words.
    """
    services = running_services()
    comparison_id = request.path_params["comparison_id"]
    try:
        news = await _news(services.store, services.notifications, comparison_id)
    except StorageUnavailable as exc:
        return PlainTextResponse(str(exc), 503)
    if news is None:
        # 204 tells EventSource not to come back.
        return Response(status_code=204)
    headers = {"Cache-Control": "no-store"}
    if request.query_params.get("once"):
        return Response(news, media_type="application/json", headers=headers)
    if len(_streams) >= MOST_STREAMS:
        return PlainTextResponse("There are too many streams; ask with ?once=1.", 503, headers)
    return StreamingResponse(
        stream(services.store, services.notifications, comparison_id),
        media_type="text/event-stream",
        headers=headers | {"X-Accel-Buffering": "no"},
    )


async def stream(
    store: Store, notifications: Notifications, comparison_id: str, *, life_s: float = STREAM_LIFE_S
) -> AsyncIterator[str]:
    """The lines of one event stream, for `life_s` seconds or until the events are closed."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + life_s
    look_every_s = life_s if store.is_sqlite else _LOOK_EVERY_S
    last: str | None = None
    yield "retry: 500\n\n"
    with notifications.listening(comparison_id) as changed:
        _streams.add(changed)
        try:
            while not notifications.closed:
                changed.clear()
                nudged, changed.nudged = changed.nudged, False
                try:
                    news = await _news(store, notifications, comparison_id)
                except StorageUnavailable:
                    return
                if news != last:
                    last = news
                    yield f"data: {news}\n\n"
                elif nudged:
                    # News that no row holds, such as a paid picture that waits for a storage.
                    yield f"event: nudge\ndata: {news}\n\n"
                left = ends_at - loop.time()
                if left <= 0:
                    # An end by age: whoever watches comes back at once, not when a stopped server
                    # might be there again.
                    yield "retry: 10\n\n"
                    return
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), min(left, look_every_s))
        finally:
            _streams.discard(changed)


async def _news(store: Store, notifications: Notifications, comparison_id: str) -> str | None:
    """What there is to tell of a comparison, as JSON; None when there is none with this id.

    Raises StorageUnavailable.
    """
    # Whoever was woken by later news must not get what was read before them.
    key = (comparison_id, notifications.news)
    look = _looks.get(key)
    if look is None:
        look = asyncio.create_task(run_in_threadpool(_look, store, comparison_id))
        _looks[key] = look
        look.add_done_callback(lambda _: _looks.pop(key, None))
    # Shielded: the stream that began the look may end before the others have it.
    return await asyncio.shield(look)


def _look(store: Store, comparison_id: str) -> str | None:
    try:
        comparison = store.comparison(comparison_id)
    except UnknownComparison:
        return None
    news = {
        "version": comparison.version,
        "progress": formatting.progress(comparison.generations),
        "unfinished": sum(not one.state.ended for one in comparison.generations),
        "landed": {
            one.id: _landed(one, one.success.picture)
            for one in comparison.generations
            if one.success is not None
        },
    }
    return json.dumps(news)


def _landed(generation: Generation, picture: Picture) -> dict[str, Any]:
    figures = caption(generation).figures
    return {
        "preview": picture.preview_path,
        "figures": [{"value": one.value, "unit": one.unit} for one in figures],
    }
