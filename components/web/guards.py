"""What is refused before any route sees it, and what a defect of ours looks like over HTTP."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.domain.errors import StorageUnavailable

log = logging.getLogger("triptych.web")

# Links in exports are made from the Host header, so that it must be one.
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_UPLOAD = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+")


@dataclass(frozen=True, slots=True)
class UploadBounds:
    """How many uploaded files, and bytes of them, may wait for their page to take them."""

    files_of_one: int
    bytes_of_one: int
    bytes_of_all: int = 1024 * 1024 * 1024


class Gate:
    """Pure ASGI middleware: malformed hosts and endless uploads go no further; defects are told.

    `held` tells how many files and bytes wait of one tab, or of all for None; `bounds` is asked at
    each upload.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        held: Callable[[str | None], tuple[int, int]],
        bounds: Callable[[], UploadBounds],
    ) -> None:
        """Stand before `app`."""
        self._app, self._held, self._bounds = app, held, bounds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer it with the reason why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if refusal := self._refused(scope):
            await refusal(scope, receive, send)
            return
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as exc:
            if begun:
                raise  # the server closes the connection, so nobody takes half an answer for whole
            await _told(exc)(scope, receive, send)

    def _refused(self, scope: Scope) -> PlainTextResponse | None:
        host = Headers(scope=scope).get("host", "")
        if host and not _HOST.fullmatch(host):
            return _plain("The request names no valid host.", 400)
        upload = _UPLOAD.fullmatch(scope["path"]) if scope["method"] in ("PUT", "POST") else None
        if upload:
            bounds = self._bounds()
            files, waiting = self._held(upload[1])
            if files >= bounds.files_of_one or waiting >= bounds.bytes_of_one:
                return _plain("Too many files are waiting in this tab. Reload the page.", 413)
            if self._held(None)[1] >= bounds.bytes_of_all:
                return _plain("The server holds too many uploads now. Try again shortly.", 503)
        return None


def _told(exc: Exception) -> PlainTextResponse:
    if isinstance(exc, StorageUnavailable):
        log.warning("a request met a storage that is away: %s", exc)
        return _plain(str(exc), 503)
    error_id = secrets.token_hex(4)
    log.error("error %s", error_id, exc_info=exc)
    return _plain(
        "Triptych failed to answer this. Nothing that was sent or stored is affected. The server's "
        f"log tells more under error id {error_id}.",
        500,
    )


def _plain(sentence: str, status: int) -> PlainTextResponse:
    return PlainTextResponse(sentence, status, {"Cache-Control": "no-store"})
