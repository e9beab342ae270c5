"""The bounds on uploads, with a fake of what waits, and what a defect in a route looks like."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from components.domain.errors import StorageUnavailable
from components.web.guards import Gate, UploadBounds

BOUNDS = UploadBounds(files_of_one=3, bytes_of_one=300, bytes_of_all=1_000)


async def _taken(_request: Request) -> Response:
    return Response(status_code=204)


async def _broken(_request: Request) -> Response:
    raise ValueError("secret detail")


async def _away(_request: Request) -> Response:
    raise StorageUnavailable("The database cannot be used at the moment.")


def client(held: dict[str | None, tuple[int, int]]) -> httpx.AsyncClient:
    app = Starlette(
        routes=[
            Route("/_stcore/upload_file/{tab}/{file}", _taken, methods=["PUT", "DELETE"]),
            Route("/broken", _broken),
            Route("/away", _away),
            Route("/", lambda _request: PlainTextResponse("here")),
        ],
        middleware=[
            Middleware(Gate, held=lambda tab: held.get(tab, (0, 0)), bounds=lambda: BOUNDS)
        ],
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.mark.parametrize(
    ("held", "status"),
    [
        ({}, 204),
        ({"mine": (2, 299)}, 204),
        ({"other": (50, 900), None: (50, 900)}, 204),
        ({"mine": (3, 0)}, 413),
        ({"mine": (1, 300)}, 413),
        ({None: (4, 1_000)}, 503),
    ],
)
async def test_uploads_are_bounded_in_number_and_bytes_before_they_are_read(
    held: dict[str | None, tuple[int, int]], status: int
) -> None:
    async with client(held) as ask:
        assert (await ask.put("/_stcore/upload_file/mine/1", content=b"x")).status_code == status
        assert (await ask.delete("/_stcore/upload_file/mine/1")).status_code == 204
        assert (await ask.get("/")).text == "here"


@pytest.mark.parametrize(("path", "status"), [("/broken", 500), ("/away", 503)])
async def test_what_goes_wrong_in_a_route_is_told_in_a_sentence(
    path: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with client({}) as ask:
        answer = await ask.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert "secret detail" not in answer.text
    logged: list[Any] = [one.getMessage() for one in caplog.records]
    assert logged
