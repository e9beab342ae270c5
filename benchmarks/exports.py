"""Exports of the history: time beside bare pandas, and memory, each in a process of its own.

    python -m benchmarks.exports [--runs 3] [--keep FOLDER]

Memory is the most that the process ever held, less what it held before the export began.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

import pandas as pd
import sqlalchemy as sa

from benchmarks.synthetic_history import fill, open_folder
from benchmarks.table import Row, at_most, machine, median, show
from components.domain.filters import Filter
from components.domain.generation_fields import COLUMNS
from components.storage.history.history import History
from components.transfer.history_zip import history_zip
from components.transfer.tables import csv_chunks, jsonl_chunks, parquet_chunks

SIZES = (10_000, 100_000)
ORIGINALS, ORIGINAL_BYTES = 1_000, 1_000_000
BASE = "http://localhost:8501"


def peak_mb() -> float:
    """The most memory that this process has held so far, in MB.

    Not `getrusage`: what it tells begins with the parent's peak.
    """
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in x)
    return int(line.split()[1]) * 1024 / 1e6


def one(kind: str, folder: Path) -> dict[str, float]:
    """One export into a file, in this process."""
    store, media = open_folder(folder)
    history = History(store)
    exports: dict[str, Callable[[], Iterator[bytes]]] = {
        "csv": lambda: csv_chunks(history.chunks(Filter()), BASE),
        "jsonl": lambda: jsonl_chunks(history.chunks(Filter(), marks=True), BASE),
        "parquet": lambda: parquet_chunks(history.chunks(Filter(), marks=True), BASE),
        "zip": lambda: history_zip(store, media, history, Filter(), BASE),
    }
    # What a server has loaded long before anybody exports.
    if kind in exports:
        next(exports["csv"]())
    before = peak_mb()
    written = 0
    began = time.perf_counter()
    with tempfile.TemporaryFile() as file:
        if kind == "bare":
            written = _bare(store.reading, file)
        else:
            for piece in exports[kind]():
                written += file.write(piece)
        seconds = time.perf_counter() - began
    return {"seconds": seconds, "mb": peak_mb() - before, "written": written}


def _bare(engine: sa.Engine, file: IO[bytes]) -> int:
    """What a notebook would write: all rows into a frame, the frame into a file."""
    query = (
        "SELECT g.*, c.prompt, c.inputs FROM generations g"
        " JOIN comparisons c ON c.id = g.comparison_id ORDER BY g.seq DESC"
    )
    with engine.connect() as connection:
        frame = pd.read_sql(query, connection)
    # The same columns as far as they stand in the tables; the others are links made of them.
    names = [name for name in COLUMNS if name in frame or name == "generation_id"]
    frame = frame.rename(columns={"id": "generation_id"})[[*names, "inputs"]]
    frame.to_csv(file, index=False)
    return file.tell()


def apart(kind: str, folder: Path) -> dict[str, float]:
    """`one` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.exports", "--one", kind, "--keep", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def measured(folder: Path, runs: int) -> None:
    """Make the histories, export them, print the tables."""
    for size in SIZES:
        _made(folder / str(size), size)
    many = _made(folder / "originals", ORIGINALS, ORIGINAL_BYTES)
    few = _made(folder / "few-originals", ORIGINALS // 10, ORIGINAL_BYTES)
    print(f"Measured on {machine()}; medians of {runs} runs.")
    small, large = folder / str(SIZES[0]), folder / str(SIZES[-1])
    found: dict[tuple[str, Path], list[dict[str, float]]] = {}
    for _ in range(runs):
        for kind in ("bare", "csv", "parquet", "jsonl"):
            for place in (small, large):
                found.setdefault((kind, place), []).append(apart(kind, place))
        for place in (few, many):
            found.setdefault(("zip", place), []).append(apart("zip", place))

    def of(kind: str, place: Path, what: str) -> float:
        return median([one[what] for one in found[kind, place]])

    bare = of("bare", large, "seconds")
    rows = []
    for kind in ("csv", "parquet", "jsonl"):
        ours = of(kind, large, "seconds")
        target, met = ("≤ 2 ×", ours <= 2 * bare) if kind == "csv" else ("", None)
        rows.append(Row(kind, ours, "s", bare, "read_sql + to_csv", target, met))
    show(f"Export of {SIZES[-1]:,} rows", rows)
    rows = []
    for kind, less, more in (
        ("bare", small, large), ("csv", small, large), ("parquet", small, large),
        ("jsonl", small, large), ("zip", few, many),
    ):  # fmt: skip
        name = {
            "bare": "read_sql + to_csv, 10 × the rows",
            "zip": "zip, 10 × the originals, 1 MB each",
        }.get(kind, f"{kind}, 10 × the rows")
        rows.append(Row(name, of(kind, more, "mb"), "MB", of(kind, less, "mb"), "the smaller"))
    show("Memory that an export takes", rows)
    size_gb = of("zip", many, "written") / 1e9
    seconds = of("zip", many, "seconds")
    rows = [Row(f"zip of {ORIGINALS:,} originals, {size_gb:.2f} GB", seconds, "s")]
    rows.append(Row("its memory", of("zip", many, "mb"), "MB", None, "",
                    *at_most(64, "MB", of("zip", many, "mb"))))  # fmt: skip
    show("ZIP with originals", rows)


def _made(place: Path, size: int, picture_bytes: int = 0) -> Path:
    if not place.exists():
        store, media = open_folder(place)
        fill(store, media, size, picture_bytes=picture_bytes)
        store.close()
    return place


def main(arguments: Sequence[str] = ()) -> None:
    """As the command line says, or as it is usual."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="make the histories here, or use those there")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.one:
        print(json.dumps(one(given.one, given.keep)))
    elif given.keep:
        measured(given.keep, given.runs)
    else:
        with tempfile.TemporaryDirectory() as folder:
            measured(Path(folder), given.runs)


if __name__ == "__main__":
    main(sys.argv[1:])
