"""An answer while it streams in: what came so far, when, and whether it is too much."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import httpx
from pydantic import SecretStr

from components.domain.model import Timing
from components.domain.text.redaction import blot, blot_bytes
from components.gateway.decompression import Decompressor, decompressed, decompressors, finished
from components.gateway.protocol.answers import Answer

# Of an error only its words are wanted: so many bytes, for so long after its status is known.
_ERROR_BYTES: Final = 1024 * 1024
_ERROR_S: Final = 10.0
_CONNECTED: Final = ("connection.connect_tcp.complete", "connection.start_tls.complete")


class Arrival:
    """The answer to one request, from the moment the request leaves."""

    def __init__(self, most_bytes: int, leaving: Callable[[], None] | None = None) -> None:
        """`most_bytes` bounds what is taken in, on the wire and decompressed.

        `leaving` is called before the first byte of the request leaves.
        """
        self._leaving = leaving
        self.too_large = False
        self._most_bytes = most_bytes
        self._body = io.BytesIO()  # one copy, where a list of pieces and their sum are two
        self._wire_size = 0
        self._status: int | None = None
        self._headers: tuple[tuple[str, str], ...] = ()
        self._connect_s: float | None = None
        self._first_byte_s: float | None = None
        self._latency_s: float | None = None
        self._connection: Any = None  # httpcore's stream, as its trace hands it out
        self._started = time.perf_counter()

    @property
    def _elapsed_s(self) -> float:
        return time.perf_counter() - self._started

    @property
    def is_error(self) -> bool:
        """Whether the status is known, and not one of success."""
        return self._status is not None and not 200 <= self._status < 300

    @property
    def first_byte_s(self) -> float | None:
        """Seconds until the head of the answer was there; None when it never was."""
        return self._first_byte_s

    async def trace(self, event: str, info: dict[str, Any]) -> None:
        """Take note of the connection being made; httpx calls this as its `trace` extension."""
        if event in _CONNECTED:
            self._connect_s = self._elapsed_s
            self._connection = info.get("return_value")
        elif self._leaving is not None and not event.startswith("connection."):
            # Whatever is not about the connection itself writes to it, if only to a proxy.
            self._leaving()
            self._leaving = None

    async def hang_up(self) -> None:
        """Close the connection of a request that got no answer.

        httpcore 1.0.9 forgets one whose TLS is still being agreed on when a deadline passes or a
        person cancels; it would stay open for as long as the other side likes.
        """
        if self._connection is not None:
            with suppress(Exception):  # what went wrong before is what is told
                await self._connection.aclose()

    def begin(self, response: httpx.Response) -> None:
        """Take in the head of the answer; of a redirected one, the last."""
        self._first_byte_s = self._elapsed_s
        self._status = response.status_code
        self._headers = tuple(response.headers.multi_items())

    async def take(self, response: httpx.Response) -> None:
        """Take in the body, as far as it is wanted. Raises NotDecompressible and httpx's errors."""
        if not self.is_error:
            await self._take(response, self._most_bytes)
            return
        with suppress(TimeoutError):  # the status says enough
            async with asyncio.timeout(_ERROR_S):
                await self._take(response, min(self._most_bytes, _ERROR_BYTES))

    async def _take(self, response: httpx.Response, most: int) -> None:
        if response.is_stream_consumed:  # a fake's answer comes read and decompressed already
            self.too_large = not self._keep(response.content, most)
            self._latency_s = self._elapsed_s
            return
        layers = decompressors(response.headers.get("content-encoding", ""))
        announced = response.headers.get("content-length", "")
        if announced.isdecimal() and len(announced) < 18 and int(announced) > most:
            self.too_large = True
            return
        async for chunk in response.aiter_raw():
            self._wire_size += len(chunk)
            if self._wire_size > most or not await self._unpack(layers, chunk, most):
                self.too_large = True
                return
        self._latency_s = self._elapsed_s
        self.too_large = not all(self._keep(piece, most) for piece in finished(layers))

    async def _unpack(self, layers: list[Decompressor], chunk: bytes, most: int) -> bool:
        for piece in decompressed(layers, chunk):
            if not self._keep(piece, most):
                return False
            if layers:
                await asyncio.sleep(0)  # one chunk may unfold a thousandfold; others go on
        return True

    def _keep(self, piece: bytes, most: int) -> bool:
        if self._body.tell() + len(piece) > most:
            return False
        self._body.write(piece)
        return True

    @property
    def size(self) -> int:
        """Bytes of the body that are here, decompressed."""
        return self._body.tell()

    def answer(self, token: SecretStr | None, most: int | None = None) -> Answer | None:
        """What came, with the token blotted out of it; None when not even a status came.

        With `most`, so many bytes of the body at the most. Takes a moment for large ones.
        """
        if self._status is None:
            return None
        body = self._body.getvalue() if most is None else bytes(self._body.getbuffer()[:most])
        headers = tuple((name, blot(value, token)) for name, value in self._headers)
        return Answer(self._status, headers, blot_bytes(body, token), self.timing)

    @property
    def timing(self) -> Timing:
        """The moments that were reached."""
        return Timing(self._connect_s, self._first_byte_s, self._latency_s)
