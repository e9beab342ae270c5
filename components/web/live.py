"""Server-sent events: tells a page that its comparison has changed. What changed, the page reads.

Each stream ends after a while and the browser connects anew, so that none keeps the server from
stopping and a dead peer is noticed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from components import wiring
from components.core.errors import StorageUnavailable

STREAM_LIFE_S = 20.0
# With a shared database another server may have made the change; that one is asked this often.
_LOOK_EVERY_S = 1.0


async def live(request: Request) -> Response:
    """`GET /live/<comparison id>`: a `text/event-stream` with the version at each change.

    With `?once=1` the present version as plain text, for pages whose streams a proxy cuts.
    """
    services = wiring.services()
    comparison_id = request.path_params["comparison_id"]
    try:
        version = await run_in_threadpool(services.store.version, comparison_id)
    except StorageUnavailable as exc:
        return PlainTextResponse(str(exc), 503)
    if version is None:
        # 204 tells EventSource not to come back.
        return Response(status_code=204)
    if request.query_params.get("once"):
        return PlainTextResponse(str(version), headers={"Cache-Control": "no-store"})
    return StreamingResponse(
        _versions(services, comparison_id),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _versions(services: wiring.Services, comparison_id: str) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + STREAM_LIFE_S
    look_every_s = STREAM_LIFE_S if services.store.is_sqlite else _LOOK_EVERY_S
    last: int | None = None
    yield "retry: 500\n\n"
    with services.events.listening(comparison_id) as changed:
        told = False
        while not services.events.closed:
            try:
                version = await run_in_threadpool(services.store.version, comparison_id)
            except StorageUnavailable:
                return
            if version != last:
                last = version
                yield f"data: {version}\n\n"
            elif told:
                # News that no row holds, such as a paid picture that waits for a storage.
                yield f"event: nudge\ndata: {version}\n\n"
            left = ends_at - loop.time()
            if left <= 0:
                return
            try:
                await asyncio.wait_for(changed.wait(), min(left, look_every_s))
            except TimeoutError:
                told = False
            else:
                told = True
                changed.clear()
