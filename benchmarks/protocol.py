"""A visitor without a browser: Streamlit's WebSocket protocol and our event stream, as a page uses.

Two hundred Chromium tabs do not fit on a small machine; two hundred of these do. What is sent is
what Chromium was seen to send: a rerun on connecting, the prompt and the button's trigger on
Generate, the listening component's trigger with the fragment's id at each piece of news.
"""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import websockets.asyncio.client as websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed

_EVENTS = "$$STREAMLIT_INTERNAL_KEY_{}__events"  # the widget that carries a component's triggers
# As in the page's own script.
_QUIET_S, _AT_LATEST_S = 0.25, 0.8


@dataclass
class Told:
    """What one visitor got to know, on the clock that all processes share."""

    landed: dict[str, float] = field(default_factory=dict)  # preview → when the stream told it
    drawn: dict[str, float] = field(default_factory=dict)  # preview → when a rerun had drawn it
    loaded: dict[str, float] = field(default_factory=dict)  # preview → when its bytes were there
    messages: int = 0
    bytes: int = 0


class Visitor:
    """One open page."""

    def __init__(self, url: str, *, load_pictures: bool = True) -> None:
        """`url` is the server's address, without a trailing slash."""
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._load = load_pictures
        self.told = Told()
        self.comparison = ""
        self.runs = 0  # script runs that have finished
        self._ids: dict[str, str] = {}  # what a widget is called here → its id
        self._fragment = ""
        self._listen = ""
        self._version = -1
        self._followed = ""
        self._listens_in_run = False
        self._seen_in_run: set[str] = set()
        self._shown = self._due = 0.0  # when a picture was shown last; when to rerun at the latest
        self._later: asyncio.Task[None] | None = None
        self._page = ""
        self._changed = asyncio.Condition()
        self._socket: websockets.ClientConnection
        self._tasks: set[asyncio.Task[None]] = set()
        self._stream: asyncio.Task[None] | None = None

    async def open(self, comparison: str = "", *, setup: str = "") -> None:
        """Connect, and wait until the page has been drawn; `setup` is a query that fills it."""
        self._socket = await websockets.connect(
            f"ws://{self._host}:{self._port}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            origin=f"http://{self._host}:{self._port}",  # type: ignore[arg-type]
            max_size=None,
            compression=None,
        )
        self._spawn(self._receive())
        self.comparison = comparison
        await self._rerun(query=setup)
        await self.until(lambda: self.runs >= 1)

    async def press_generate(self, prompt: str) -> None:
        """Type a prompt and press Generate."""
        await self._rerun(
            WidgetState(id=self._ids["Prompt"], string_value=prompt),
            WidgetState(id=self._ids["Generate"], trigger_value=True),
        )

    async def generate(self, prompt: str) -> None:
        """Press Generate, and wait until the comparison is on the page."""
        before = self.comparison
        await self.press_generate(prompt)
        await self.until(lambda: self.comparison not in ("", before))

    async def generate_and_wait(self, prompt: str, pictures: int) -> None:
        """Press Generate, and wait until so many further pictures are on the page."""
        before = len(self.told.drawn)
        await self.generate(prompt)
        await self.until(lambda: len(self.told.drawn) >= before + pictures)

    async def run_naive(self, prompt: str) -> None:
        """Press Generate of the naive app: its script runs until all pictures are there."""
        before = self.runs
        await self.press_generate(prompt)
        await self.until(lambda: self.runs > before)

    async def until(self, met: object, within_s: float = 120) -> None:
        """Wait until a condition on this visitor holds."""
        assert callable(met)
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(met)

    async def close(self) -> None:
        """Leave, as a closed tab does."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(Exception):
            await asyncio.wait_for(self._socket.close(), 2)

    def _spawn(self, work: object) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _rerun(self, *states: WidgetState, fragment: str = "", query: str = "") -> None:
        message = BackMsg()
        rerun = message.rerun_script
        rerun.query_string = f"comparison={self.comparison}" if self.comparison else query
        rerun.page_script_hash = self._page
        rerun.fragment_id = fragment
        rerun.widget_states.widgets.extend(states)
        rerun.context_info.url = f"http://{self._host}:{self._port}/"
        rerun.context_info.timezone, rerun.context_info.locale = "UTC", "en-US"
        await self._socket.send(message.SerializeToString())

    async def _receive(self) -> None:
        with suppress(Exception):
            async for data in self._socket:
                assert isinstance(data, bytes)
                message = ForwardMsg()
                message.ParseFromString(data)
                self.told.messages += 1
                self.told.bytes += len(data)
                await self._take(message)

    async def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "delta":
            self._take_element(message)
        elif kind == "new_session":
            self._page = message.new_session.page_script_hash
            self._seen_in_run = set()
            self._listens_in_run = False
        elif kind == "page_info_changed":
            query = message.page_info_changed.query_string
            if query.startswith("comparison="):
                self.comparison = query.partition("=")[2]
        elif kind == "script_finished":
            now = time.monotonic()
            for preview in self._seen_in_run:
                self.told.drawn.setdefault(preview, now)
            if not self._listens_in_run:  # the component is gone from the page: all have landed
                self._stop_following()
            self.runs += 1
        else:
            return
        async with self._changed:
            self._changed.notify_all()

    def _take_element(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "html":
            for piece in element.html.body.split('src="')[1:]:
                address = piece.split('"', 1)[0]
                if "/preview/" in address:
                    self._seen_in_run.add(address)
        elif kind == "text_area":
            self._ids["Prompt"] = element.text_area.id
        elif kind == "button":
            self._ids[element.button.label] = element.button.id
        elif kind == "imgs":
            for image in element.imgs.imgs:
                self._seen_in_run.add(image.url)
        elif kind == "bidi_component" and element.bidi_component.id.endswith("tt-listen"):
            self._listen = element.bidi_component.id
            self._fragment = message.delta.fragment_id
            data = json.loads(element.bidi_component.json)
            self._listens_in_run = True
            if self._followed != data["id"]:
                self._stop_following()
                self._followed, self._version = data["id"], -1
                self._stream = self._spawn(self._follow(data["id"]))
            self._version = max(self._version, data["version"])

    async def _follow(self, comparison: str) -> None:
        """The event stream, and anew when it has ended, as EventSource does."""
        retry_s = 0.5
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await asyncio.open_connection(self._host, self._port)
                try:
                    writer.write(
                        f"GET /live/{comparison} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
                        "Accept: text/event-stream\r\nConnection: close\r\n\r\n".encode()
                    )
                    while line := await reader.readline():
                        if line.startswith(b"HTTP/1.1 204"):
                            return
                        if line.startswith(b"retry: "):
                            retry_s = int(line[7:]) / 1000
                        if line.startswith(b"data: "):
                            await self._hear(json.loads(line[6:]))
                finally:
                    writer.close()
            await asyncio.sleep(retry_s)

    async def _hear(self, news: dict[str, object]) -> None:
        now = time.monotonic()
        landed = news["landed"]
        assert isinstance(landed, dict)
        for preview in (one["preview"] for one in landed.values()):
            if preview not in self.told.landed:
                self.told.landed[preview] = self._shown = now
                if self._load:
                    await self._get(preview)
        async with self._changed:
            self._changed.notify_all()
        version = news["version"]
        assert isinstance(version, int)
        if version > self._version:
            now = time.monotonic()
            self._due = self._due or now + _AT_LATEST_S
            at = now if news["unfinished"] == 0 else min(self._due, self._shown + _QUIET_S)
            if self._later is not None:
                self._later.cancel()
            self._later = self._spawn(self._ask_anew(version, at - now))

    async def _ask_anew(self, version: int, delay_s: float) -> None:
        """Rerun the fragment once no picture has landed for a moment, as the page does."""
        await asyncio.sleep(max(0.0, delay_s))
        self._due = 0.0
        if version > self._version:
            self._version = version
            value = json.dumps([{"event": "changed", "value": version}])
            state = WidgetState(id=_EVENTS.format(self._listen), json_trigger_value=value)
            with suppress(ConnectionClosed):  # the server has stopped meanwhile
                await self._rerun(state, fragment=self._fragment)

    def _stop_following(self) -> None:
        if self._stream is not None and not self._stream.done():
            self._stream.cancel()
        self._stream, self._followed = None, ""

    async def _get(self, address: str) -> None:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(
                f"GET {address} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
                "Connection: close\r\n\r\n".encode()
            )
            while await reader.read(65536):
                pass
        finally:
            writer.close()
        self.told.loaded[address] = time.monotonic()
