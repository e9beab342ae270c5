"""A gateway for measuring: replies made beforehand, so that it costs next to no processor time.

    python -m benchmarks.gateway          # prints its port

It is a process of its own, and writes down for each request, on the clock that all processes of
a Linux machine share (`time.monotonic`), when the request had arrived and when the last byte of
the reply had left. `POST /plan` sets latency and picture of each alias, `GET /seen` tells.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import secrets
import signal
import subprocess
import sys
import time
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import httpx
import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_NONCE_BYTES = 12
# A comment makes each JPEG another file. Streamlit's `st.image` writes a PNG anew without its
# comments, so that their pixels must differ: more of them than one session shows of the naive app.
_VARIANTS = {"JPEG": 1, "PNG": 40}


@dataclass(frozen=True)
class Plan:
    """How an alias answers: after how many seconds, with a picture of how many bytes."""

    latency_s: float
    bytes: int
    format: str = "JPEG"


@dataclass(frozen=True)
class Seen:
    """One request: which alias, and its moments in seconds of `time.monotonic`."""

    alias: str
    prompt: str
    nonce: str
    arrived_s: float
    written_s: float | None  # None: not answered yet


@cache
def _cloud(side: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Noise whose spectrum falls with frequency as that of photographs does, from 0 to 1.

    With it the previews are as large as those of real photographs.
    """
    chance = np.random.default_rng(1)
    along = np.fft.fftfreq(side)
    frequency = np.hypot(along[:, None], along[None, :])
    frequency[0, 0] = 1
    layers = []
    for _ in range(3):
        spectrum = np.fft.fft2(chance.normal(size=(side, side))) / frequency**1.5
        spectrum[0, 0] = 0
        layers.append(np.fft.ifft2(spectrum).real)
    mixed = np.stack([layers[0], 0.8 * layers[0] + 0.2 * layers[1], layers[2]], axis=2)
    scaled: np.ndarray[Any, np.dtype[np.float64]] = (mixed - mixed.min()) / (
        mixed.max() - mixed.min()
    )
    return scaled


def _landscape(side: int, grain: float) -> Image.Image:
    """Colours as a photograph has them, with film grain; the grain decides the file's size."""
    noise = np.random.default_rng(2).normal(0, grain, (side, side, 1))
    return Image.fromarray(np.clip(_cloud(side) * 255 + noise, 0, 255).astype(np.uint8))


def _file(landscape: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "PNG":
        landscape.save(out, "PNG", compress_level=1)
    else:
        landscape.save(out, "JPEG", quality=95)
    return out.getvalue()


@cache
def _sized(size: int, kind: str) -> Image.Image:
    """A landscape whose file has about `size` bytes."""
    low, high = 0.0, 24.0
    found = _landscape(1024, 12)
    for _ in range(12):
        grain = (low + high) / 2
        found = _landscape(1024, grain)
        made = len(_file(found, kind))
        if abs(made - size) < size / 100:
            break
        low, high = (grain, high) if made < size else (low, grain)
    return found


@cache
def picture(size: int, kind: str, variant: int) -> tuple[bytes, bytes]:
    """A picture of 1024 × 1024 and about `size` bytes, in two parts with a gap for a nonce.

    Each reply must differ, or contents would be found known already, here and in the baseline.
    """
    pixels = np.asarray(_sized(size, kind))
    data = _file(Image.fromarray(np.roll(pixels, 23 * variant, axis=0)), kind)
    # Cut where both sides are whole groups of three bytes, so that their base64 can be kept.
    cut = 33 if kind == "PNG" else 0
    return data[:cut], data[cut:]


def _nonced(kind: str, nonce: bytes) -> bytes:
    """A chunk that no decoder minds, of a length that is a multiple of three."""
    if kind == "PNG":
        body = b"tEXt" + nonce
        return len(nonce).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return b"\xff\xd8\xff\xfe" + (len(nonce) + 2).to_bytes(2, "big") + nonce


@cache
def _encoded(plan: Plan, variant: int) -> tuple[bytes, bytes]:
    head, tail = picture(plan.bytes, plan.format, variant)
    # A JPEG's nonce brings the mark that a file begins with.
    return base64.b64encode(head), base64.b64encode(tail if head else tail[2:])


def _reply(plan: Plan, alias: str, nonce: str, variant: int = 0) -> list[bytes]:
    head, tail = _encoded(plan, variant % _VARIANTS[plan.format])
    middle = base64.b64encode(_nonced(plan.format, nonce.encode()))
    before = (
        b'{"id":"bench","object":"chat.completion","model":"' + alias.encode() + b'","choices":'
        b'[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Here.",'
        b'"images":[{"type":"image_url","image_url":{"url":"data:image/'
        + plan.format.lower().encode() + b";base64,"
    )  # fmt: skip
    after = (
        b'"}}]}}],"usage":{"prompt_tokens":9,"completion_tokens":1290,"total_tokens":1299,'
        b'"cost":0.0039}}'
    )
    length = sum(map(len, (before, head, middle, tail, after)))
    start = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: keep-alive\r\n"
        b"Content-Length: " + str(length).encode() + b"\r\n\r\n"
    )
    return [start + before + head + middle, tail, after]


class _Board:
    """What is planned and what was seen."""

    def __init__(self) -> None:
        self.plans: dict[str, Plan] = {}
        self.seen: list[dict[str, Any]] = []
        self.sent = 0


class _Connection(asyncio.Protocol):
    def __init__(self, board: _Board) -> None:
        self._board = board
        self._data = bytearray()
        self._transport: asyncio.Transport
        self._open: dict[str, Any] | None = None  # the reply that is being written

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        # With a limit of nothing, resume_writing says that the last byte went to the kernel.
        transport.set_write_buffer_limits(high=0)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self._data += data
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._data[:end])
        found = _LENGTH.search(head)
        total = end + 4 + (int(found[1]) if found else 0)
        if len(self._data) < total:
            return
        body = bytes(self._data[end + 4 : total])
        del self._data[:total]
        self._answer(head.split(b" ", 2)[:2], body, now)

    def _answer(self, what: list[bytes], body: bytes, now: float) -> None:
        if what == [b"POST", b"/plan"]:
            plans = json.loads(body)
            self._board.plans = {name: Plan(**one) for name, one in plans.items()}
            for plan in self._board.plans.values():
                for variant in range(_VARIANTS[plan.format]):
                    _encoded(plan, variant)
            self._board.seen.clear()
            self._json({})
        elif what == [b"GET", b"/seen"]:
            self._json(self._board.seen)
        else:
            asked = json.loads(body)
            prompt = asked["messages"][-1]["content"]
            one = {
                "alias": asked["model"],
                "prompt": prompt if isinstance(prompt, str) else "",
                "nonce": secrets.token_hex(_NONCE_BYTES // 2),
                "arrived_s": now,
                "written_s": None,
            }
            self._board.seen.append(one)
            plan = self._board.plans[asked["model"]]
            asyncio.get_running_loop().call_later(
                plan.latency_s - (time.monotonic() - now), self._send, plan, one
            )

    def _send(self, plan: Plan, one: dict[str, Any]) -> None:
        if self._transport.is_closing():
            return
        self._open = one
        self._transport.writelines(_reply(plan, one["alias"], one["nonce"], self._board.sent))
        self._board.sent += 1
        if self._transport.get_write_buffer_size() == 0:
            self.resume_writing()

    def resume_writing(self) -> None:
        if self._open is not None:
            self._open["written_s"] = time.monotonic()
            self._open = None

    def _json(self, document: object) -> None:
        data = json.dumps(document).encode()
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Content-Length: " + str(len(data)).encode() + b"\r\n\r\n" + data
        )


async def _serve() -> None:
    board = _Board()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(board), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()


class BenchGateway:
    """That gateway, started and asked from here."""

    def __init__(self) -> None:
        """Nothing runs until it is entered."""
        self._process: subprocess.Popen[str]
        self.port = 0

    @property
    def url(self) -> str:
        """Its base URL, without /v1."""
        return f"http://127.0.0.1:{self.port}"

    def plan(self, plans: dict[str, Plan]) -> None:
        """Set how aliases answer from now on, and forget what was seen."""
        known = {name: vars(one) for name, one in plans.items()}
        httpx.post(f"{self.url}/plan", json=known, timeout=300, trust_env=False)

    def seen(self) -> list[Seen]:
        """Every request since the last plan."""
        found = httpx.get(f"{self.url}/seen", timeout=60, trust_env=False).json()
        return [Seen(**one) for one in found]

    def __enter__(self) -> Self:
        """Start it and wait for its port."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.gateway"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_exc: object) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait(10)


if __name__ == "__main__":
    asyncio.run(_serve())
