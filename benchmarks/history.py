"""The history page with 1,000, 10,000 and 100,000 generations: server time and payload.

    python -m benchmarks.history [--rounds 9] [--keep FOLDER]

Three real servers stand side by side, one for each size, on the default SQLite. A visit is a
session of its own over the page's own WebSocket, timed from the request for the page to the end of
its script; payload is every byte that came through that socket, before compression. The rounds go
through sizes and views in turn, so that a busy moment of the machine falls on all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sqlite3
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.synthetic_history import fill, open_folder
from benchmarks.table import Row, at_most, machine, median, show
from tests.support.serving import Server

SIZES = (1_000, 10_000, 100_000)
VIEWS = {
    "newest page": "",
    "last page": "page={last}",
    "search, a word of one prompt in six": "q=hummingbird",
    "search, a word of every prompt": "q=number",
    "search, found nowhere": "q=zebra",
    "alias and state, slowest first": "alias=gpt-image&state=succeeded&sort=slowest",
    "search, alias, dearest first": "q=forest&alias=nano-banana&sort=dearest",
    "filter that finds nothing, cheapest first": "state=interrupted&sort=cheapest",
    "gallery": "view=gallery",
}


async def visit(server: Server, query: str) -> tuple[float, bytes]:
    """Seconds until the page's script ended, and all that it sent."""
    address = f"ws://localhost:{server.port}/_stcore/stream"
    async with websockets.connect(
        address, subprotocols=[websockets.Subprotocol("streamlit")], max_size=None,
        compression=None,
    ) as socket:  # fmt: skip
        message = BackMsg()
        message.rerun_script.query_string = query
        message.rerun_script.page_name = "history"
        began = time.perf_counter()
        await socket.send(message.SerializeToString())
        pieces = []
        while True:
            data = await socket.recv()
            assert isinstance(data, bytes)
            pieces.append(data)
            told = ForwardMsg()
            told.ParseFromString(data)
            kind = told.WhichOneof("type")
            # Of a rerun that the script asked for itself, only the last end counts.
            if kind == "script_finished" and told.script_finished == 0:
                return time.perf_counter() - began, b"".join(pieces)


def measured(folder: Path, rounds: int) -> None:
    """Make the histories, visit them, print the tables."""
    with ExitStack() as stack:
        servers = {}
        for size in SIZES:
            place = folder / str(size)
            if not place.exists():
                store, media = open_folder(place)
                fill(store, media, size)
                store.close()
            servers[size] = stack.enter_context(Server(place))
        times: dict[tuple[str, int], list[float]] = defaultdict(list)
        sent: dict[tuple[str, int], bytes] = {}
        for turn in range(rounds + 1):
            for view, query in VIEWS.items():
                # Whoever comes first finds the machine as the view before left it.
                for size in SIZES[turn % 3 :] + SIZES[: turn % 3]:
                    full = query.format(last=-(-size // 25))
                    seconds, data = asyncio.run(visit(servers[size], full))
                    if turn:  # the first of each warms caches up
                        times[view, size].append(1000 * seconds)
                    sent[view, size] = data
        _show(times, sent, servers[SIZES[-1]])


def _show(
    times: dict[tuple[str, int], list[float]], sent: dict[tuple[str, int], bytes], server: Server
) -> None:
    print(f"Measured on {machine()}; SQLite {sqlite3.sqlite_version}.")
    small, middle, large = SIZES
    for size, target in ((middle, ""), (large, "≤ 150 ms and ≤ 2 ×")):
        rows = []
        for view in VIEWS:
            ours, base = median(times[view, size]), median(times[view, small])
            met = ours <= 150 and ours <= 2 * base if target else None
            rows.append(Row(view, ours, "ms", base, f"{small:,}", target, met))
        show(f"Server time of the history page, {size:,} generations beside {small:,}", rows)
    rows = []
    for view in VIEWS:
        kilobytes = len(sent[view, large]) / 1000
        rows.append(Row(view, kilobytes, "kB", None, "", *at_most(100, "kB", kilobytes)))
    show(f"Payload of the page, {large:,} generations, without pictures", rows)
    paths = set(re.findall(rb"/app/static/thumb/[0-9a-f]{64}\.webp", sent["newest page", large]))
    thumbs = [len(httpx.get(server.url + path.decode()).content) for path in paths]
    if thumbs:
        print(f"A thumbnail of the table: {median(thumbs) / 1000:.1f} kB.\n")


def main(arguments: Sequence[str] = ()) -> None:
    """As the command line says, or as it is usual."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--keep", type=Path, help="make the histories here, or use those there")
    given = parser.parse_args(arguments)
    if given.keep:
        measured(given.keep, given.rounds)
        return
    with tempfile.TemporaryDirectory() as folder:
        measured(Path(folder), given.rounds)


if __name__ == "__main__":
    main(sys.argv[1:])
