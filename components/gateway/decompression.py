"""PURE: Content-Encoding undone piece by piece, so that no bomb unfolds in memory at once.

httpx decodes each network chunk whole: 64 KB of gzip can become 64 MB in one call.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Final

PIECE: Final = 256 * 1024  # bytes handed out at once
_GZIP_MAGIC = b"\x1f\x8b"
_MOST_LAYERS = 3
_NOT_PACKED = ("", "identity", "none", "binary", "utf-8", "utf8")  # the last ones by mistake


class NotDecompressible(ValueError):
    """The encoding is unknown, or the bytes are damaged; the message says which."""


class Decompressor:
    """One layer of gzip or deflate. Bytes that are not packed after all go through as they are."""

    def __init__(self, encoding: str) -> None:
        """`encoding` is `gzip` or `deflate`, of which each server has its own idea."""
        self._is_gzip = encoding == "gzip"
        self._zlib: zlib._Decompress | None = None
        self._head = b""
        self._begun = False
        self._ended = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The decompressed bytes of `data`, in pieces of bounded size. Raises NotDecompressible."""
        if not self._begun:
            self._head += data
            if len(self._head) < len(_GZIP_MAGIC):
                return
            data, self._head, self._begun = self._head, b"", True
            self._zlib = self._opened(data)
        if self._zlib is None:
            yield data
            return
        while data and not self._ended:
            piece, data = self._step(data)
            if piece:
                yield piece

    def finish(self) -> bytes:
        """What was held back. Raises NotDecompressible where the end is missing."""
        if self._zlib is not None and not self._ended and not self._zlib.eof:
            raise NotDecompressible("its compressed body is cut short")
        return self._head

    def _opened(self, data: bytes) -> zlib._Decompress | None:
        if self._is_gzip:
            packed = data[:2] == _GZIP_MAGIC
            return zlib.decompressobj(zlib.MAX_WBITS | 16) if packed else None
        # "deflate" is zlib by the standard and bare deflate by habit.
        wrapped = data[0] & 0x0F == zlib.DEFLATED and (data[0] << 8 | data[1]) % 31 == 0
        return zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)

    def _step(self, data: bytes) -> tuple[bytes, bytes]:
        unpacker = self._zlib
        assert unpacker is not None  # noqa: S101 - `feed` returns before
        try:
            piece = unpacker.decompress(data, PIECE)
        except zlib.error as exc:
            raise NotDecompressible("its compressed body is damaged") from exc
        if not unpacker.eof:
            return piece, unpacker.unconsumed_tail
        rest = unpacker.unused_data
        if self._is_gzip and rest[:2] == _GZIP_MAGIC:
            self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 16)  # gzip files may be joined
            return piece, rest
        self._ended = True  # what follows is padding or garbage
        return piece, b""


def decompressors(content_encoding: str) -> list[Decompressor]:
    """What undoes a Content-Encoding header, in the order of use. Raises NotDecompressible."""
    layers = [word.strip().lower() for word in content_encoding.split(",")]
    layers = [word.removeprefix("x-") for word in layers if word not in _NOT_PACKED]
    if len(layers) > _MOST_LAYERS or not set(layers) <= {"gzip", "deflate"}:
        raise NotDecompressible("it is compressed in a way that was not asked for")
    return [Decompressor(word) for word in reversed(layers)]


def decompressed(layers: Sequence[Decompressor], data: bytes) -> Iterator[bytes]:
    """`data` through all layers, in pieces of bounded size. Raises NotDecompressible."""
    if not layers:
        yield data
        return
    for piece in layers[0].feed(data):
        yield from decompressed(layers[1:], piece)


def finished(layers: Sequence[Decompressor]) -> Iterator[bytes]:
    """What the layers still held back. Raises NotDecompressible where one is not at its end."""
    for number, layer in enumerate(layers):
        yield from decompressed(layers[number + 1 :], layer.finish())
