"""Exports by URL: the history as CSV, a comparison as a ZIP."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from components import wiring
from components.core.bundle import zip_stream
from components.core.errors import StorageUnavailable, UnknownComparison
from components.core.frames import csv_chunks
from components.core.history import Filter
from components.core.model import State
from components.core.words import valid_text


def base_url(request: Request) -> str:
    """The address under which people reach this server, without a trailing slash."""
    return (wiring.services().settings.public_url or str(request.base_url)).rstrip("/")


async def history_csv(request: Request) -> Response:
    """`GET /export/history.csv?comparison=&alias=&state=&q=`: all that the filter finds.

    `alias` and `state` may be given several times. An unknown state is answered with 400.
    """
    query = request.query_params
    names = [name for name in query.getlist("state") if name]
    unknown = [name for name in names if name not in set(State)]
    if unknown:
        return PlainTextResponse(
            f"There is no state of that name. The states are {', '.join(State)}.", 400
        )
    wanted = Filter(
        q=valid_text(query.get("q", "")).strip(),
        aliases=tuple(valid_text(name) for name in query.getlist("alias") if name),
        states=tuple(State(name) for name in names),
        comparison=valid_text(query.get("comparison", "")),
    )
    history = wiring.services().history
    try:
        # Counting first brings a storage that is out of reach to light while there is still a
        # status code to say it with.
        await run_in_threadpool(history.count, wanted)
    except StorageUnavailable as exc:
        return PlainTextResponse(str(exc), 503)
    return _file(
        csv_chunks(history.chunks(wanted), base_url(request)),
        "triptych-history.csv",
        "text/csv; charset=utf-8",
    )


async def comparison_zip(request: Request) -> Response:
    """`GET /download/comparison/<id>.zip`: all originals, a CSV and a JSON manifest."""
    services = wiring.services()
    comparison_id = request.path_params["comparison_id"]
    try:
        comparison = await run_in_threadpool(services.store.comparison, comparison_id)
    except UnknownComparison as exc:
        return PlainTextResponse(str(exc), 404)
    except StorageUnavailable as exc:
        return PlainTextResponse(str(exc), 503)
    return _file(
        zip_stream(comparison, services.media, services.history, base_url(request)),
        f"triptych-{comparison.id[:8]}.zip",
        "application/zip",
    )


def _file(pieces: Iterator[bytes], name: str, content_type: str) -> Response:
    return StreamingResponse(
        pieces,
        media_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
