"""Every address beside the pages, on one page."""

from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from components.services import running_services
from components.web import exports, health, live, pictures


async def _demo(scope: Scope, receive: Receive, send: Send) -> None:
    """The demo gateway under `/demo`, for its `curl` commands; absent beside a real gateway."""
    demo = running_services().demo
    if demo is None:
        message = {"error": {"message": "This server talks to a real gateway; there is no demo."}}
        await JSONResponse(message, 404)(scope, receive, send)
        return
    await demo(scope, receive, send)


ROUTES: tuple[BaseRoute, ...] = (
    Route("/healthz", health.healthz),
    Route("/live/{comparison_id}", live.live),
    Route("/export/history.{extension}", exports.history),
    Route("/download/comparison/{comparison_id}.zip", exports.comparison_zip),
    Route("/download/comparison/{comparison_id}.html", exports.comparison_html),
    Route("/download/generation/{generation_id}", pictures.download),
    Route("/download/kept/{sha256}.bin", pictures.kept),
    Route("/app/static/media/{sha256}.{extension}", pictures.original),
    # With its former ending for pages that were open when it was dropped.
    Route("/app/static/preview/{sha256}.webp", pictures.preview),
    Route("/app/static/preview/{sha256}", pictures.preview),
    Route("/app/static/thumb/{sha256}.webp", pictures.thumbnail),
    Mount("/demo", app=_demo),
)
