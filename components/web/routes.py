"""Every address beside the pages, on one page."""

from __future__ import annotations

from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from components.domain import urls
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
    Route(urls.HEALTH_ROUTE, health.healthz),
    Route(urls.LIVE_ROUTE, live.live),
    Route(urls.EXPORT_ROUTE, exports.history),
    Route(urls.COMPARISON_ZIP_ROUTE, exports.comparison_zip),
    Route(urls.COMPARISON_HTML_ROUTE, exports.comparison_html),
    Route(urls.DOWNLOAD_ROUTE, pictures.download),
    Route(urls.KEPT_ROUTE, pictures.kept),
    Route(urls.MEDIA_ROUTE, pictures.original),
    Route(urls.FORMER_PREVIEW_ROUTE, pictures.preview),
    Route(urls.PREVIEW_ROUTE, pictures.preview),
    Route(urls.THUMBNAIL_ROUTE, pictures.thumbnail),
    Mount(urls.DEMO, app=_demo),
)
