"""ZIPs that are small as files and would be large in memory, each in another way."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

MB = 1_000_000
_AT = "2026-03-01T12:00:00Z"
_EMOJI = "\N{BIRD}"  # one of them makes four bytes of every character of a Python text


def generation(number: int, **changes: Any) -> dict[str, Any]:
    """A failed generation as a manifest holds it; `number` makes its id."""
    whole = {
        "id": f"{number:032x}", "alias": "a", "sample": 1, "position": 0, "state": "failed",
        "attempt": 1, "gateway": "", "created_at": _AT, "started_at": None, "finished_at": None,
        "latency_s": None, "picture": None, "others": [], "answered_by": None, "text": "",
        "finish_reason": None, "prompt_tokens": None, "completion_tokens": None,
        "total_tokens": None, "cost_usd": None, "error": None, "starred": False, "note": "",
        "tags": [], "attempts": [],
    }  # fmt: skip
    return whole | changes


def attempt(number: int, **changes: Any) -> dict[str, Any]:
    """A failed attempt as a manifest holds it."""
    whole = {
        "number": number, "state": "failed", "gateway": "", "started_at": _AT,
        "finished_at": None, "latency_s": None, "status": 500, "error": None, "text": "",
        "headers": [], "connect_s": None, "first_byte_s": None, "reply": "",
    }  # fmt: skip
    return whole | changes


def comparison(number: int, *generations: dict[str, Any], **changes: Any) -> bytes:
    """A line of a manifest; `number` makes its id."""
    whole = {
        "triptych": 1, "id": f"{number:032x}", "created_at": _AT, "prompt": "a fox",
        "aliases": ["a"], "samples": 1, "inputs": [], "generations": generations,
    }  # fmt: skip
    return json.dumps(whole | changes, ensure_ascii=False).encode() + b"\n"


def usual_comparison(number: int) -> bytes:
    """A line as an ordinary history has it: three generations, each with its attempt."""
    tried = [attempt(1, reply=f"{number} " * 100, headers=[["server", "test"]] * 5)]
    three = (generation(3 * number + one, text="Here it is.", attempts=tried) for one in range(3))
    return comparison(number, *three, prompt=f"a fox, number {number}, " + "in the snow " * 20)


def picture(number: int) -> dict[str, Any]:
    """The facts of a picture that is nowhere."""
    return {"sha256": f"{number:064x}", "extension": "png", "format": "PNG", "bytes": 1,
            "width": 1, "height": 1}  # fmt: skip


def _values(number: int, text: bytes) -> bytes:
    """A line whose `generations` are these values of JSON."""
    return comparison(number).replace(b'"generations": []', b'"generations": [' + text + b"]")


def long_prompts() -> Iterator[bytes]:
    """A line each of a prompt of a million characters."""
    return (comparison(n, generation(n), prompt="x" * MB) for n in range(30))


def very_many_long_prompts() -> Iterator[bytes]:
    """The same until it is 300 MB."""
    return (comparison(n, generation(n), prompt="x" * MB) for n in range(300))


def wide_texts() -> Iterator[bytes]:
    """Lines as long as they may be, of texts of which every character takes four bytes."""
    text = _EMOJI + "x" * (5 * MB - 2)
    return (
        comparison(n, *(generation(3 * n + one, text=text) for one in range(3))) for n in range(4)
    )


def too_many_generations() -> Iterator[bytes]:
    """Lines of as many generations as fit into their length."""
    yield from (
        comparison(n, *(generation(30_000 * n + one) for one in range(30_000))) for n in range(4)
    )


def many_generations() -> Iterator[bytes]:
    """Lines of not quite more generations than are taken in."""
    yield from (
        comparison(n, *(generation(2_000 * n + one) for one in range(2_000))) for n in range(10)
    )


def too_many_headers() -> Iterator[bytes]:
    """Lines of as many headers as fit into their length."""
    headers = [["", ""]] * 1_500_000
    return (comparison(n, generation(n, attempts=[attempt(1, headers=headers)])) for n in range(3))


def many_headers() -> Iterator[bytes]:
    """Lines of not quite more headers than are taken in."""
    headers = [["", ""]] * 39_000
    return (comparison(n, generation(n, attempts=[attempt(1, headers=headers)])) for n in range(10))


def too_many_tags() -> Iterator[bytes]:
    """A line of a million different tags."""
    yield comparison(1, generation(1, tags=[f"{one:x}" for one in range(MB)]))


def empty_lists() -> Iterator[bytes]:
    """Three bytes of JSON that a parser holds in three hundred."""
    whole = comparison(1)
    yield whole.replace(b'"generations": []', b'"generations": [%s[]]' % (b"[]," * 5_000_000))


def open_lists() -> Iterator[bytes]:
    """The same without an end, behind quotes that are none."""
    yield b'{"id": "\\"\\"", "x": [' + b"[]," * 5_000_000


def quotes() -> Iterator[bytes]:
    """A text that never ends, of what looks like the beginning of others."""
    yield b'{"id": "' + b'\\"' * 8_000_000


def many_ids() -> Iterator[bytes]:
    """Very many comparisons of nothing."""
    return (comparison(n) for n in range(40_000))


def many_pictures() -> Iterator[bytes]:
    """Very many pictures that nothing holds."""
    return (
        comparison(n, generation(n, others=[picture(100 * n + one) for one in range(100)]))
        for n in range(1_500)
    )


def blanks() -> Iterator[bytes]:
    """Half a gigabyte of nothing."""
    return (b" " * (4 * MB) + b"\n" for _ in range(125))


MANIFESTS: dict[str, Callable[[], Iterator[bytes]]] = {
    one.__name__: one
    for one in (long_prompts, very_many_long_prompts, wide_texts, too_many_generations,
                many_generations, too_many_headers, many_headers, too_many_tags, empty_lists,
                open_lists, quotes, many_ids, many_pictures, blanks)
}  # fmt: skip


def with_manifest(file: Path, lines: Iterator[bytes]) -> None:
    """Write a ZIP with this manifest alone."""
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("manifest.jsonl", "w", force_zip64=True) as manifest,
    ):
        for line in lines:
            manifest.write(line)


def with_entries(file: Path, count: int) -> None:
    """Write a ZIP of an empty manifest and `count` other empty entries."""
    with file.open("wb") as out:
        write_entries(out, count)


def write_entries(out: IO[bytes], count: int) -> None:
    """The same into an open file, faster than `zipfile` does; all lie at the same place of it."""
    directory = bytearray()
    for number in range(-1, count):
        path = ("manifest.jsonl" if number < 0 else f"originals/{number:x}").encode()
        common = struct.pack("<5H3L2H", 20, 0, 0, 0, 33, 0, 0, 0, len(path), 0)
        place = out.tell()
        if number < 1:
            out.write(b"PK\x03\x04" + common + path)
        place = min(place, 44)  # behind the manifest's header
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + common
        directory += struct.pack("<3H2L", 0, 0, 0, 0, place) + path
    place = out.tell()
    out.write(directory)
    size, end = len(directory), place + len(directory)
    out.write(struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count + 1, count + 1,
                          size, place))  # fmt: skip
    out.write(struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1))
    out.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, 2**32 - 1,
                          2**32 - 1, 0))  # fmt: skip
