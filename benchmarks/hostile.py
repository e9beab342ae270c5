"""Memory of the server while answers arrive that want all of it: `python -m benchmarks.hostile`.

A server process of its own, a gateway on loopback that sends the answer, and the peak of the
server's resident memory as the kernel has counted it, against what it had before.
"""

from __future__ import annotations

import argparse
import base64
import gc
import re
import tempfile
import time
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.table import Row, machine, show
from components.domain.model import Ask, Comparison
from components.storage.comparisons import Store
from tests.support.faulty_gateway import FaultyGateway, Turn, behaviour
from tests.support.serving import Server

TITLE = "Memory while hostile answers arrive"
MB = 1024 * 1024
BOUND = 64 * MB  # TRIPTYCH_MAX_REPLY_BYTES, as it is by default
A_FEW = 5  # times the bound


@dataclass(frozen=True)
class Hostile:
    """One answer: its name at the gateway, and how many aliases get it at once."""

    what: str
    fault: str
    at_once: int = 1


ANSWERS = (
    Hostile("an honest 1 MB picture, for comparison", "a-megabyte"),
    Hostile("1 GB as 1 MB of gzip", "gzip-bomb"),
    Hostile("1 GB as gzip within gzip", "gzip-bomb-twice"),
    Hostile("1 GB of base64 in JSON, as gzip", "gzip-bomb-in-json"),
    Hostile("blanks without end, not packed", "endless-flood"),
    Hostile("a PNG of 900 megapixels, whole", "whole-900-megapixels"),
    Hostile("the head of such a PNG alone", "picture-bomb"),
    Hostile("base64 that fills the bound, of no picture", "fills-the-bound"),
    Hostile("a companion text that fills the bound", "text-fills-the-bound"),
    Hostile("a picture of 100 megapixels, the most that is decoded", "allowed-100-megapixels"),
    Hostile("three that fill the bound at once", "fills-the-bound", 3),
)


def _chunk(name: bytes, content: bytes) -> bytes:
    total = zlib.crc32(content, zlib.crc32(name)).to_bytes(4, "big")
    return len(content).to_bytes(4, "big") + name + content + total


def _png(side: int) -> bytes:
    """A sound grey PNG of side × side pixels, made without having it in memory."""
    packer, rows = zlib.compressobj(9), b"\0" * (side + 1) * 100
    pixels = b"".join(packer.compress(rows) for _ in range(side // 100)) + packer.flush()
    size = side.to_bytes(4, "big") * 2
    head = _chunk(b"IHDR", size + bytes((8, 0, 0, 0, 0)))
    return b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


@behaviour("whole-900-megapixels")
async def _whole_900_megapixels(turn: Turn) -> None:
    url = f"data:image/png;base64,{base64.b64encode(_png(30_000)).decode()}"
    await turn.reply(200, turn.sheet.with_image(url))


@behaviour("allowed-100-megapixels")
async def _allowed_100_megapixels(turn: Turn) -> None:
    url = f"data:image/png;base64,{base64.b64encode(_png(10_000)).decode()}"
    await turn.reply(200, turn.sheet.with_image(url))


@behaviour("a-megabyte")
async def _a_megabyte(turn: Turn) -> None:
    padded = turn.sheet.data + b"\0" * MB  # bytes after the end of a picture are tolerated
    url = f"data:image/png;base64,{base64.b64encode(padded).decode()}"
    await turn.reply(200, turn.sheet.with_image(url))


def _filling(before: bytes, after: bytes) -> Iterator[bytes]:
    left = BOUND - len(before) - len(after)
    yield before
    while left > 0:
        yield b"A" * min(left, 256 * 1024)
        left -= 256 * 1024
    yield after


@behaviour("fills-the-bound")
async def _fills_the_bound(turn: Turn) -> None:
    await turn.chunked()
    before = b'{"choices":[{"message":{"images":[{"url":"data:image/png;base64,'
    for piece in _filling(before, b'"}]}}]}'):
        await turn.chunk(piece)
    await turn.chunk(b"")


@behaviour("text-fills-the-bound")
async def _text_fills_the_bound(turn: Turn) -> None:
    await turn.chunked()
    for piece in _filling(b'{"choices":[{"message":{"content":"a ', b'"}}]}'):
        await turn.chunk(piece.replace(b"AAAAAAAA", b"so many "))
    await turn.chunk(b"")


@behaviour("gzip-bomb-in-json")
async def _gzip_bomb_in_json(turn: Turn) -> None:
    await turn.chunked({"Content-Encoding": "gzip"})
    packer = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    before = b'{"choices":[{"message":{"images":[{"url":"data:image/png;base64,'
    await turn.chunk(packer.compress(before) + packer.flush(zlib.Z_SYNC_FLUSH))
    for _ in range(1024):
        piece = packer.compress(b"A" * MB)
        if piece:
            await turn.chunk(piece)
    await turn.chunk(packer.flush())
    await turn.chunk(b"")


@behaviour("gzip-bomb-twice")
async def _gzip_bomb_twice(turn: Turn) -> None:
    inner, outer = (zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16) for _ in range(2))
    pieces = [outer.compress(inner.compress(b" " * MB)) for _ in range(1024)]
    body = b"".join([*pieces, outer.compress(inner.flush()), outer.flush()])
    await turn.reply(200, body, {"Content-Encoding": "gzip, gzip"})


def _memory(server: Server, name: str) -> int:
    """`VmRSS` (now) or `VmHWM` (at most since `_forget_peak`) of the server, in bytes."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    found = re.search(rf"{name}:\s+(\d+) kB", status)
    if found is None:
        raise RuntimeError(f"no {name} in the status of the server")
    return int(found[1]) * 1024


def _forget_peak(server: Server) -> None:
    Path(f"/proc/{server.pid}/clear_refs").write_text("5")


def _ended(store: Store, comparison_id: str, within_s: float = 180) -> Comparison:
    ends_at = time.monotonic() + within_s
    while time.monotonic() < ends_at:
        found = store.comparison(comparison_id)
        if found.ended:
            return found
        time.sleep(0.05)
    raise RuntimeError("the generation did not end")


def _send(store: Store, aliases: tuple[str, ...], prompt: str) -> str:
    """Queue a comparison in the name of a server that is gone: the running one adopts it."""
    comparison = store.create(
        Ask(prompt, aliases),
        comparison_id=uuid.uuid4().hex,
        new_id=lambda: uuid.uuid4().hex,
        gateway="benchmark",
        server="gone",
        visitor="benchmark",
        at=datetime.now(UTC),
    )
    return comparison.id


def rows() -> list[Row]:
    """Peak growth for each hostile answer."""
    found = []
    aliases = ("nano-banana", "gpt-image", "image-gen")
    with tempfile.TemporaryDirectory() as folder, FaultyGateway() as gateway:
        data = Path(folder)
        settings = {"gateway_url": gateway.url, "gateway_token": "tok-benchmark-0123"}
        with Server(data, **settings) as server:
            store = Store(f"sqlite:///{data / 'triptych.sqlite3'}")
            _ended(store, _send(store, aliases, "to warm up"))
            for answer in ANSWERS:
                asked = aliases[: answer.at_once]
                gateway.faults = dict.fromkeys(asked, answer.fault)
                gc.collect()
                _forget_peak(server)
                before = _memory(server, "VmRSS")
                done = _ended(store, _send(store, asked, answer.what))
                grown = (_memory(server, "VmHWM") - before) / MB
                one = done.generations[0]
                outcome = one.failure.kind.value if one.failure else one.state.value
                target = A_FEW * answer.at_once * BOUND / MB
                found.append(
                    Row(
                        what=f"{answer.what}: {outcome}",
                        ours=grown,
                        unit="MB",
                        baseline=answer.at_once * BOUND / MB,
                        of="the bound",
                        target=f"≤ {target:.0f} MB",
                        met=grown <= target,
                    )
                )
            store.close()
    return found


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__).parse_args()
    print(f"Measured on {machine()}; the bound on a reply is {BOUND // MB} MB")
    show(TITLE, rows())


if __name__ == "__main__":
    main()
