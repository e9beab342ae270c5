"""Exports by URL: the history in several formats, a comparison as a ZIP or as one HTML page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from components.domain import urls
from components.domain.errors import (
    FilterRefused,
    MediaMissing,
    StorageUnavailable,
    UnknownComparison,
)
from components.domain.filters import Filter, read_filter
from components.domain.model import Comparison, Picture
from components.services import Services, running_services
from components.transfer.comparison_zip import zip_stream
from components.transfer.history_zip import history_zip
from components.transfer.offline_page import POLICY, standalone_page
from components.transfer.tables import csv_chunks, jsonl_chunks, parquet_chunks

Export = Callable[[Services, Filter, str], Iterator[bytes]]


def base_url(request: Request) -> str:
    """The address under which people reach this server, without a trailing slash."""
    return urls.public_address(running_services().settings.public_url, str(request.base_url))


def _csv(services: Services, wanted: Filter, base: str) -> Iterator[bytes]:
    return csv_chunks(services.history.chunks(wanted), base)


def _jsonl(services: Services, wanted: Filter, base: str) -> Iterator[bytes]:
    return jsonl_chunks(services.history.chunks(wanted, marks=True), base)


def _parquet(services: Services, wanted: Filter, base: str) -> Iterator[bytes]:
    return parquet_chunks(services.history.chunks(wanted, marks=True), base)


def _zip(services: Services, wanted: Filter, base: str) -> Iterator[bytes]:
    return history_zip(services.store, services.media, services.history, wanted, base)


_FORMATS: dict[str, tuple[Export, str]] = {
    "csv": (_csv, "text/csv; charset=utf-8"),
    "jsonl": (_jsonl, "application/jsonl; charset=utf-8"),
    "parquet": (_parquet, "application/vnd.apache.parquet"),
    "zip": (_zip, "application/zip"),
}


async def history(request: Request) -> Response:
    """`GET /export/history.<csv|jsonl|parquet|zip>`: all that the filter finds, streamed.

    The filter is the URL's query, see `filters.read_filter`. One that cannot be read is answered
    with 400 and a sentence, a storage that is out of reach with 503.
    """
    services = running_services()
    extension = request.path_params["extension"]
    if extension not in _FORMATS:
        return PlainTextResponse(f"The formats are {', '.join(_FORMATS)}.", 404)
    export, content_type = _FORMATS[extension]
    try:
        wanted = read_filter(request.query_params)
        # While there is still a status code to say it with.
        await run_in_threadpool(services.history.check)
    except FilterRefused as exc:
        return PlainTextResponse(str(exc), 400)
    except StorageUnavailable as exc:
        return PlainTextResponse(str(exc), 503)
    pieces = export(services, wanted, base_url(request))
    return _file(pieces, f"triptych-history.{extension}", content_type)


async def comparison_zip(request: Request) -> Response:
    """`GET /download/comparison/<id>.zip`: all originals, a CSV and a JSON manifest."""
    services = running_services()
    comparison = await _comparison(request)
    if isinstance(comparison, Response):
        return comparison
    return _file(
        zip_stream(comparison, services.media, services.history, base_url(request)),
        f"triptych-{comparison.id[:8]}.zip",
        "application/zip",
    )


async def comparison_html(request: Request) -> Response:
    """`GET /download/comparison/<id>.html`: pictures and figures in one page that works offline."""
    comparison = await _comparison(request)
    if isinstance(comparison, Response):
        return comparison
    media = running_services().media

    def preview(picture: Picture) -> bytes | None:
        try:
            return media.preview(picture.sha256)
        except MediaMissing:
            return None

    permalink = base_url(request) + comparison.path
    try:
        page = await run_in_threadpool(standalone_page, comparison, preview, permalink)
    except StorageUnavailable as exc:
        return PlainTextResponse(str(exc), 503)
    return Response(
        page.encode("utf-8", "replace"),
        media_type="text/html; charset=utf-8",
        headers=_as_file(f"triptych-{comparison.id[:8]}.html")
        | {"Content-Security-Policy": f"{POLICY}; sandbox"},
    )


async def _comparison(request: Request) -> Comparison | Response:
    """The comparison that the path names, or the response that says why there is none."""
    comparison_id = request.path_params["comparison_id"]
    try:
        return await run_in_threadpool(running_services().store.comparison, comparison_id)
    except UnknownComparison as exc:
        return PlainTextResponse(str(exc), 404)
    except StorageUnavailable as exc:
        return PlainTextResponse(str(exc), 503)


def _file(pieces: Iterator[bytes], name: str, content_type: str) -> Response:
    return StreamingResponse(pieces, media_type=content_type, headers=_as_file(name))


def _as_file(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
