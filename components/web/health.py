"""Whether this server can do its work, for probes and for people."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from components.domain.errors import StorageUnavailable
from components.domain.version import VERSION
from components.services import running_services


async def healthz(_request: Request) -> Response:
    """`GET /healthz`: 200 when database and media store can be used, 503 with what cannot."""
    services = running_services()
    checks = {
        "database": services.history.check,
        "media": services.media.check,
    }
    found: dict[str, str] = {}
    for name, check in checks.items():
        try:
            await run_in_threadpool(check)
        except StorageUnavailable as exc:
            found[name] = str(exc)
        else:
            found[name] = "ok"
    # Reading may go on where writing does not: what waits to be written tells.
    waiting = services.engine.waiting
    ok = not waiting and all(word == "ok" for word in found.values())
    body = {
        "status": "ok" if ok else "unavailable",
        **found,
        "version": VERSION,
        "gateway": "demo" if services.settings.is_demo else "configured",
        "waiting_for_storage": waiting,
        "running": services.engine.running,
    }
    return JSONResponse(body, 200 if ok else 503, {"Cache-Control": "no-store"})
