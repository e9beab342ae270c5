"""A small server on loopback for one component alone: a blank page, a stream of news, pictures."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.support.pictures import encoded, quarters

PICTURE = encoded(quarters(), "PNG")


class NewsServer:
    """What a comparison's page asks for, answered as the test says.

    `stream` is "open" (news arrive as they are told), "cut" (every stream ends at once) or
    "refused"; `once` is the status of a single question, answered by the newest news.
    """

    def __init__(self) -> None:
        self.stream, self.once = "open", 200
        self.asked: list[str] = []
        self.events: list[str] = []
        self.newest: dict[str, Any] = {}
        self.said = threading.Condition()
        self.stopped = False
        handler = type("Handler", (_Handler,), {"news": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Its address, without a trailing slash."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def tell(self, news: dict[str, Any], event: str = "message") -> None:
        """Send news down every open stream."""
        with self.said:
            self.newest = news
            self.events.append(f"event: {event}\ndata: {json.dumps(news)}\n\n")
            self.said.notify_all()

    def after(self, told: int) -> list[str]:
        """Wait for events after the first `told` ones; none once the server stops."""
        with self.said:
            self.said.wait_for(lambda: self.stopped or len(self.events) > told)
            return [] if self.stopped else self.events[told:]

    def wait_for(self, path: str, count: int = 1) -> None:
        """Wait until a path has been asked for so often."""
        with self.said:
            assert self.said.wait_for(lambda: self.asked.count(path) >= count, 20), self.asked

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        with self.said:
            self.stopped = True
            self.said.notify_all()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    news: NewsServer

    def log_message(self, *_args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        with self.news.said:
            self.news.asked.append(self.path)
            self.news.said.notify_all()
        if self.path.startswith("/live/"):
            self._live()
        elif self.path == "/picture":
            self._answer(200, "image/png", PICTURE)
        elif self.path == "/":
            self._answer(200, "text/html", b"<!doctype html><title>a blank page</title>")
        else:
            self._answer(404, "text/plain", b"")

    def _live(self) -> None:
        news = self.news
        if self.path.endswith("?once=1"):
            self._answer(news.once, "application/json", json.dumps(news.newest).encode())
        elif news.stream == "refused":
            self._answer(503, "text/plain", b"")
        elif news.stream == "cut":
            self._answer(200, "text/event-stream", b"retry: 1\n\n")
        else:
            self._stream()

    def _stream(self) -> None:
        told = len(self.news.events)  # before the other side knows that the stream is open
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        while events := self.news.after(told):
            try:
                self.wfile.write("".join(events).encode())
            except OSError:
                return
            told += len(events)

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
