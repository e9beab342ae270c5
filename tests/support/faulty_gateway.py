"""A gateway on loopback that misbehaves on demand, down to the bytes on the wire.

    with FaultyGateway(faults={"gpt-image": "reset-at-once"}) as gateway:
        ...  # requests to gateway.url; what came is in gateway.requests

What a request gets is chosen by `[fault:NAME]` or `[fault:ALIAS=NAME]` in its prompt, else by
`gateway.faults[alias]`, else by an alias called `fault-NAME`; otherwise it is answered well. The
names are those of `NAMES`. To run it: `python -m tests.support.faulty_gateway --port 4000`.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import gzip
import html
import json
import re
import socket
import struct
import sys
import threading
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self
from urllib.parse import quote

from tests.support.faulty_replies import (
    BAD,
    ERRORS,
    GOOD,
    LINKS,
    PAID_FOR,
    PICTURES,
    Sheet,
    picture,
)

PAUSE_S = 0.02  # between the drops of an answer that drips
_MARK = re.compile(r"\[fault:(?:([^\]=]+)=)?([a-z0-9-]+)\]")


@dataclass
class Received:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    arrived_s: float  # time.perf_counter()
    connection: int  # requests on one connection have the same number
    elsewhere: bool  # whether it came to the other origin
    alias: str = ""
    prompt: str = ""
    fault: str = ""
    left: bool = False  # whether the client went away before it was answered
    document: dict[str, Any] = field(default_factory=dict)


class FaultyGateway:
    """The server, in a thread of its own, with a second origin beside it for redirects."""

    def __init__(self, faults: Mapping[str, str] | None = None, port: int = 0) -> None:
        """`faults`: alias -> name; may be changed in `.faults` at any time."""
        self.faults: dict[str, str] = dict(faults or {})
        self.requests: list[Received] = []
        self.retry_after = ""  # of the 429 that is called http-429-given
        self._changed = threading.Condition()
        self._wanted_port = port
        self._ports = (0, 0)
        self._ready = threading.Event()
        self._connections = 0
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self.released: asyncio.Event
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the faulty gateway did not start")
        return self

    def __exit__(self, *_exc: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    @property
    def url(self) -> str:
        """The base URL, without /v1."""
        return f"http://127.0.0.1:{self._ports[0]}"

    @property
    def elsewhere(self) -> str:
        """The URL of another origin; what comes there is recorded with `elsewhere`."""
        return f"http://127.0.0.1:{self._ports[1]}"

    def release(self) -> None:
        """Let every request that is on hold be answered, now and from now on."""
        self._loop.call_soon_threadsafe(self.released.set)

    def hold_again(self) -> None:
        """Hold from now on what is asked to be held, after a release."""
        self._loop.call_soon_threadsafe(self.released.clear)

    def wait_until(
        self, met: Callable[[list[Received]], bool], timeout_s: float = 10
    ) -> list[Received]:
        """Wait until `met(requests)`, and return the requests; AssertionError when it never is."""
        with self._changed:
            if not self._changed.wait_for(lambda: met(self.requests), timeout_s):
                raise AssertionError(
                    f"not met within {timeout_s} s by {len(self.requests)} requests"
                )
            return list(self.requests)

    def wait_for(self, count: int, timeout_s: float = 10) -> list[Received]:
        """Wait until so many requests have come, and return them."""
        return self.wait_until(lambda requests: len(requests) >= count, timeout_s)

    def note(self, change: Callable[[], object]) -> None:
        """Change what is on record, and wake who waits for it."""
        with self._changed:
            change()
            self._changed.notify_all()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop, self.released = asyncio.Event(), asyncio.Event()
        servers = [
            await asyncio.start_server(
                partial(self._connection, elsewhere=elsewhere), "127.0.0.1", port
            )
            for port, elsewhere in ((self._wanted_port, False), (0, True))
        ]
        self._ports = tuple(server.sockets[0].getsockname()[1] for server in servers)
        self._ready.set()
        await self._stop.wait()
        for server in servers:
            server.close()
        connections = asyncio.all_tasks() - {asyncio.current_task()}
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, elsewhere: bool
    ) -> None:
        self._connections += 1
        number = self._connections
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while not writer.is_closing():
                received = await _request(reader, number, elsewhere=elsewhere)
                if received is None:
                    break
                received.fault = self._fault(received)
                self.note(partial(self.requests.append, received))
                await self._answer(Turn(self, received, reader, writer))
        writer.close()

    def _fault(self, received: Received) -> str:
        mark = _MARK.search(received.prompt)
        if mark and (mark[1] is None or mark[1] == received.alias):
            return mark[2]
        if received.alias in self.faults:
            return self.faults[received.alias]
        if received.alias.startswith("fault-"):
            return received.alias.removeprefix("fault-")
        return "healthy"

    async def _answer(self, turn: Turn) -> None:
        path = turn.received.path
        if path.startswith("/pictures/") and "missing" not in path:
            await turn.reply(200, picture("a", path, "PNG"), {"Content-Type": "image/png"})
        elif turn.received.method == "GET" and path.endswith("/models"):
            names = [{"id": name} for name in ("nano-banana", "gpt-image", "image-gen")]
            await turn.reply(200, {"object": "list", "data": names})
        elif turn.received.method == "POST" and path.endswith(("/chat/completions", "/moved")):
            await answer(turn, turn.received.fault if not path.endswith("/moved") else "healthy")
        else:
            await turn.reply(404, {"detail": "Not Found"})


@dataclass
class Turn:
    """One request that is to be answered, and the means to do it."""

    gateway: FaultyGateway
    received: Received
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def sheet(self) -> Sheet:
        """What a document is made from."""
        token = self.received.headers.get("authorization", "").removeprefix("Bearer ")
        return Sheet(
            self.received.alias,
            self.received.prompt,
            token,
            self.gateway.url,
            self.gateway.elsewhere,
        )

    def good(self) -> bytes:
        """The JSON of the healthy answer."""
        return _as_bytes(GOOD["healthy"](self.sheet))

    async def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, status: int, headers: Mapping[str, str]) -> None:
        """Send a status line and headers."""
        lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers.items())]
        await self.write("\r\n".join([*lines, "", ""]).encode("latin-1"))

    async def chunk(self, data: bytes) -> None:
        """Send one chunk of a chunked body; an empty one ends it."""
        await self.write(b"%x\r\n%b\r\n" % (len(data), data))

    async def chunked(self, headers: Mapping[str, str] | None = None) -> None:
        """Send the head of a chunked answer."""
        kind = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
        await self.head(200, {**kind, **(headers or {})})

    async def reply(
        self, status: int, body: object, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a whole answer; a body that is not bytes goes out as JSON."""
        data = _as_bytes(body)
        given = {"Content-Type": "application/json", **(headers or {})}
        if status == 204:
            await self.head(status, headers or {})
            return
        await self.head(status, {**given, "Content-Length": str(len(data))})
        await self.write(data)

    def reset(self) -> None:
        """End the connection with RST instead of FIN."""
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def client_leaves(self) -> None:
        """Wait for the client to close the connection, and put it on record."""
        with suppress(ConnectionError):
            while await self.reader.read(65536):
                pass
        self.gateway.note(lambda: setattr(self.received, "left", True))


Behaviour = Callable[[Turn], Awaitable[None]]
_BEHAVIOURS: dict[str, Behaviour] = {}


def behaviour(name: str) -> Callable[[Behaviour], Behaviour]:
    """Name a behaviour of the wire."""

    def named(function: Behaviour) -> Behaviour:
        _BEHAVIOURS[name] = function
        return function

    return named


async def answer(turn: Turn, name: str) -> None:
    """Answer a request in the way that has this name."""
    if name in _BEHAVIOURS:
        await _BEHAVIOURS[name](turn)
    elif name in ERRORS:
        error = ERRORS[name]
        await turn.reply(error.status, error.body, error.headers)
    elif name in BAD or name in PAID_FOR:
        await turn.reply(200, (BAD | PAID_FOR)[name][1](turn.sheet))
    elif name in GOOD or name in LINKS or name in PICTURES:
        await turn.reply(200, (GOOD | LINKS | PICTURES)[name](turn.sheet))
    else:
        await turn.reply(500, {"error": f"no such fault: {name}"})


@behaviour("hold")
async def _hold(turn: Turn) -> None:
    waits = [
        asyncio.ensure_future(turn.gateway.released.wait()),
        asyncio.ensure_future(turn.client_leaves()),
    ]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        # The connection is read again only once nobody else reads it.
        await asyncio.gather(*waits, return_exceptions=True)
    if not turn.received.left:
        await turn.reply(200, turn.good())


@behaviour("hold-after-head")
async def _hold_after_head(turn: Turn) -> None:
    await turn.chunked()
    await turn.chunk(b" ")
    await turn.client_leaves()


@behaviour("reset-at-once")
async def _reset_at_once(turn: Turn) -> None:
    turn.reset()


@behaviour("reset-in-body")
async def _reset_in_body(turn: Turn) -> None:
    body = turn.good()
    await turn.head(200, {"Content-Type": "application/json", "Content-Length": str(len(body))})
    await turn.write(body[: len(body) // 2])
    await asyncio.sleep(PAUSE_S)  # so that it goes out before the RST
    turn.reset()


@behaviour("close-without-answer")
async def _close_without_answer(turn: Turn) -> None:
    turn.writer.close()


@behaviour("cut-short")
async def _cut_short(turn: Turn) -> None:
    body = turn.good()
    await turn.head(200, {"Content-Type": "application/json", "Content-Length": str(len(body))})
    await turn.write(body[:-100])
    turn.writer.close()


@behaviour("cut-short-chunked")
async def _cut_short_chunked(turn: Turn) -> None:
    await turn.chunked()
    await turn.chunk(turn.good()[:-100])
    turn.writer.close()


@behaviour("cut-short-unannounced")
async def _cut_short_unannounced(turn: Turn) -> None:
    await turn.head(200, {"Content-Type": "application/json", "Connection": "close"})
    await turn.write(turn.good()[:-100])
    turn.writer.close()


@behaviour("until-close")
async def _until_close(turn: Turn) -> None:
    await turn.head(200, {"Content-Type": "application/json", "Connection": "close"})
    await turn.write(turn.good())
    turn.writer.close()


@behaviour("drip")
async def _drip(turn: Turn) -> None:
    await turn.chunked()
    body = turn.good()
    for start in range(0, len(body), len(body) // 10):
        await turn.chunk(body[start : start + len(body) // 10])
        await asyncio.sleep(PAUSE_S)
    await turn.chunk(b"")


async def _forever(turn: Turn, data: bytes) -> None:
    left = asyncio.ensure_future(turn.client_leaves())
    with suppress(ConnectionError):
        while not left.done():
            await turn.chunk(data)
            await asyncio.sleep(PAUSE_S)
    await left


@behaviour("endless-drip")
async def _endless_drip(turn: Turn) -> None:
    await turn.chunked()
    await turn.chunk(b'{"choices": [')
    await _forever(turn, b"1,")


@behaviour("endless-padding")
async def _endless_padding(turn: Turn) -> None:
    await turn.chunked()
    await _forever(turn, b" \n")


@behaviour("endless-processing")
async def _endless_processing(turn: Turn) -> None:
    await turn.chunked()
    await _forever(turn, b": PROCESSING\n\n")


@behaviour("endless-head")
async def _endless_head(turn: Turn) -> None:
    await turn.write(b"HTTP/1.1 200 OK\r\n")
    left = asyncio.ensure_future(turn.client_leaves())
    with suppress(ConnectionError):
        while not left.done():
            await turn.write(b"X-More: 1\r\n")
            await asyncio.sleep(PAUSE_S)
    await left


@behaviour("endless-429")
async def _endless_429(turn: Turn) -> None:
    await turn.head(429, {"Transfer-Encoding": "chunked", "Retry-After": "3"})
    await _forever(turn, b"slow ")


@behaviour("http-429-given")
async def _http_429_given(turn: Turn) -> None:
    headers = {"Retry-After": turn.gateway.retry_after.encode().decode("latin-1")}
    await turn.reply(429, {"error": "slow down"}, headers)


@behaviour("endless-flood")
async def _endless_flood(turn: Turn) -> None:
    await turn.chunked()
    while True:
        await turn.chunk(b" " * 65536)


@behaviour("announced-too-large")
async def _announced_too_large(turn: Turn) -> None:
    await turn.head(200, {"Content-Length": str(10**12)})
    await turn.client_leaves()


@behaviour("padding-then-reply")
async def _padding_then_reply(turn: Turn) -> None:
    await turn.chunked()
    for _ in range(5):
        await turn.chunk(b" \n")
        await asyncio.sleep(PAUSE_S)
    await turn.chunk(turn.good())
    await turn.chunk(b"")


@behaviour("processing-then-reply")
async def _processing_then_reply(turn: Turn) -> None:
    await turn.chunked()
    for _ in range(5):
        await turn.chunk(b": PROCESSING\n\n")
        await asyncio.sleep(PAUSE_S)
    await turn.chunk(turn.good())
    await turn.chunk(b"")


@behaviour("padding-then-error")
async def _padding_then_error(turn: Turn) -> None:
    await turn.chunked()
    await turn.chunk(b"\n" * 100)
    await turn.chunk(b'{"error": {"message": "upstream timed out", "code": 504}}')
    await turn.chunk(b"")


@behaviour("byte-order-mark")
async def _byte_order_mark(turn: Turn) -> None:
    await turn.reply(200, b"\xef\xbb\xbf" + turn.good())


@behaviour("utf-16")
async def _utf_16(turn: Turn) -> None:
    await turn.reply(200, turn.good().decode().encode("utf-16"))


@behaviour("declared-as-html")
async def _declared_as_html(turn: Turn) -> None:
    await turn.reply(200, turn.good(), {"Content-Type": "text/html; charset=latin-1"})


@behaviour("sse")
async def _sse(turn: Turn) -> None:
    sheet = turn.sheet
    image = {"type": "image_url", "image_url": {"url": sheet.data_url}}
    deltas = [
        {"role": "assistant", "content": "Here is "},
        {"content": "your picture."},
        {"images": [image]},
    ]
    lines = [": PROCESSING", ""]
    for delta in deltas:
        event = {"model": sheet.alias, "choices": [{"index": 0, "delta": delta}]}
        lines += [f"data: {json.dumps(event)}", ""]
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    lines += [f"data: {json.dumps(end)}", "", "data: [DONE]", "", ""]
    await turn.reply(200, "\n".join(lines).encode(), {"Content-Type": "text/event-stream"})


@behaviour("sse-error")
async def _sse_error(turn: Turn) -> None:
    body = b'event: error\ndata: {"error": {"code": 429, "message": "slow down"}}\n\n'
    await turn.reply(200, body, {"Content-Type": "text/event-stream"})


@behaviour("gzip")
async def _gzip(turn: Turn) -> None:
    await turn.reply(200, gzip.compress(turn.good()), {"Content-Encoding": "gzip"})


@behaviour("gzip-twice")
async def _gzip_twice(turn: Turn) -> None:
    body = gzip.compress(zlib.compress(turn.good()))
    await turn.reply(200, body, {"Content-Encoding": "deflate, gzip"})


@behaviour("bare-deflate")
async def _bare_deflate(turn: Turn) -> None:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    body = packer.compress(turn.good()) + packer.flush()
    await turn.reply(200, body, {"Content-Encoding": "deflate"})


@behaviour("gzip-not-really")
async def _gzip_not_really(turn: Turn) -> None:
    await turn.reply(200, turn.good(), {"Content-Encoding": "gzip"})


@behaviour("gzip-corrupt")
async def _gzip_corrupt(turn: Turn) -> None:
    body = bytearray(gzip.compress(turn.good()))
    body[40:80] = b"\xff" * 40
    await turn.reply(200, bytes(body), {"Content-Encoding": "gzip"})


@behaviour("gzip-cut-short")
async def _gzip_cut_short(turn: Turn) -> None:
    await turn.reply(200, gzip.compress(turn.good())[:-200], {"Content-Encoding": "gzip"})


@behaviour("gzip-corrupt-500")
async def _gzip_corrupt_500(turn: Turn) -> None:
    await turn.reply(500, b"\x1f\x8b\x08garbage", {"Content-Encoding": "gzip"})


@behaviour("unknown-encoding")
async def _unknown_encoding(turn: Turn) -> None:
    await turn.reply(200, turn.good(), {"Content-Encoding": "br"})


@behaviour("encoding-not-really")
async def _encoding_not_really(turn: Turn) -> None:
    await turn.reply(200, turn.good(), {"Content-Encoding": "utf-8"})


@behaviour("gzip-bomb")
async def _gzip_bomb(turn: Turn) -> None:
    await turn.chunked({"Content-Encoding": "gzip"})
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    blank = b" " * (1024 * 1024)
    for _ in range(1024):  # a gigabyte of white space is a megabyte on the wire
        piece = packer.compress(blank)
        if piece:
            await turn.chunk(piece)
    await turn.chunk(packer.flush())
    await turn.chunk(b"")


@behaviour("redirect-elsewhere")
async def _redirect_elsewhere(turn: Turn) -> None:
    target = f"{turn.gateway.elsewhere}/v1/chat/completions"
    await turn.reply(307, b"", {"Location": target})


@behaviour("redirect-same-origin")
async def _redirect_same_origin(turn: Turn) -> None:
    await turn.reply(308, b"", {"Location": "/v1/moved"})


@behaviour("redirect-loop")
async def _redirect_loop(turn: Turn) -> None:
    await turn.reply(307, b"", {"Location": turn.received.path})


@behaviour("redirect-302")
async def _redirect_302(turn: Turn) -> None:
    await turn.reply(302, b"", {"Location": "https://login.invalid/?next=%2F"})


@behaviour("redirect-nonsense")
async def _redirect_nonsense(turn: Turn) -> None:
    await turn.reply(307, b"", {"Location": "http://[::::"})


@behaviour("not-http")
async def _not_http(turn: Turn) -> None:
    await turn.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    turn.writer.close()


@behaviour("no-content")
async def _no_content(turn: Turn) -> None:
    await turn.reply(204, b"")


@behaviour("closed-after-each")
async def _closed_after_each(turn: Turn) -> None:
    await turn.reply(200, turn.good())
    turn.writer.close()


@behaviour("echo-token-500")
async def _echo_token_500(turn: Turn) -> None:
    token = turn.sheet.token
    headers = {"X-Request-Id": token, "Server": f"for-{token}"}
    await turn.reply(500, {"error": {"message": f"Bearer {token} is no good"}}, headers)


def _spellings(token: str) -> list[str]:
    """A token as gateways have been seen to write it into what they say, and some more ways."""
    encoded = [base64.b64encode(f"{'x' * n}{token}".encode()).decode() for n in range(3)]
    return [
        token,
        f"Bearer {token}",
        quote(token, safe=""),
        re.sub(r"%..", lambda m: m[0].lower(), quote(token, safe="")),
        html.escape(token),
        "".join(f"&#{ord(char)};" for char in token),
        token.encode().hex(),
        base64.urlsafe_b64encode(token.encode()).decode(),
        *encoded,
    ]


@behaviour("echo-everywhere")
async def _echo_everywhere(turn: Turn) -> None:
    token = turn.sheet.token
    headers = {f"X-Request-Id-{n}": word for n, word in enumerate(_spellings(token))}
    error = {"message": " ".join(_spellings(token)), "code": token, "type": token}
    escaped = "".join(f"\\u{ord(char):04x}" for char in token)
    body = json.dumps({"error": error})[:-1] + f', "again": "{escaped}"' + "}"
    await turn.reply(400, body.encode(), {**headers, "X-Request-Id": token, "Server": token})


@behaviour("echo-in-text")
async def _echo_in_text(turn: Turn) -> None:
    sheet = turn.sheet
    document = sheet.with_image(sheet.data_url, " ".join(_spellings(sheet.token)))
    document |= {"model": sheet.token, "provider": sheet.token}
    document["choices"][0]["finish_reason"] = sheet.token
    await turn.reply(200, document, {"x-litellm-model-name": sheet.token})


@behaviour("echo-as-page")
async def _echo_as_page(turn: Turn) -> None:
    words = " ".join(_spellings(turn.sheet.token))
    page = f"<html><title>{words}</title><pre>Authorization: {words}</pre></html>"
    await turn.reply(200, page.encode(), {"Content-Type": "text/html"})


@behaviour("echo-in-location")
async def _echo_in_location(turn: Turn) -> None:
    token = quote(turn.sheet.token, safe="")
    await turn.reply(307, b"", {"Location": f"http://{token[:3]}.invalid/{token}?key={token}"})


# Markup, formulas, overrides and broken Unicode, as a model may be talked into saying them.
HOSTILE = (
    '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script> '
    "![a](http://evil.invalid/a.png) [b](javascript:window.hacked=1) :material/delete: $x^2$ "
    '=HYPERLINK("http://evil.invalid") \u202e\u2066 \ud800 \0 \x1b[31m {{7*7}} ${7*7}'
)


@behaviour("hostile-text")
async def _hostile_text(turn: Turn) -> None:
    document = turn.sheet.with_image(turn.sheet.data_url, HOSTILE)
    name = HOSTILE[:60]
    document |= {"model": name, "provider": name, "id": HOSTILE}
    document["choices"][0]["finish_reason"] = name
    await turn.reply(200, document, {"x-litellm-model-name": name, "Server": name})


@behaviour("hostile-error")
async def _hostile_error(turn: Turn) -> None:
    error = {"message": HOSTILE, "code": HOSTILE, "type": HOSTILE, "metadata": {"raw": HOSTILE}}
    await turn.reply(400, {"error": error, "detail": HOSTILE}, {"X-Request-Id": HOSTILE[:60]})


@behaviour("fell-back")
async def _fell_back(turn: Turn) -> None:
    document = {**GOOD["healthy"](turn.sheet), "model": "openai/gpt-5.4-image-2"}
    headers = {"x-litellm-model-group": "gpt-image", "x-litellm-attempted-fallbacks": "1"}
    await turn.reply(200, document, headers)


NAMES = sorted({*_BEHAVIOURS, *GOOD, *BAD, *PAID_FOR, *LINKS, *PICTURES, *ERRORS})


async def _request(
    reader: asyncio.StreamReader, connection: int, *, elsewhere: bool
) -> Received | None:
    start = await reader.readexactly(1)
    if start == b"\x16":  # somebody speaks TLS
        return None
    head = start + await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    received = Received(method, path, headers, body, time.perf_counter(), connection, elsewhere)
    with suppress(ValueError, KeyError, TypeError, IndexError):
        received.document = json.loads(body)
        received.alias = str(received.document["model"])
        content = received.document["messages"][0]["content"]
        received.prompt = content if isinstance(content, str) else content[0]["text"]
    return received


def _as_bytes(body: object) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def main() -> None:
    """Serve until the process is stopped."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    with FaultyGateway(port=parser.parse_args().port) as gateway:
        sys.stdout.write(f"{gateway.url}\nfaults: {' '.join(NAMES)}\n")
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
