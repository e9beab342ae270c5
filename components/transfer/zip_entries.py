"""A ZIP file's entries one after the other, in memory that does not grow with their number.

`zipfile` makes an object of every entry before it can be asked anything: 146 MB for a directory of
18 MB. What may be large in here is read piece by piece, and never further than it says itself.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

_PIECE = 64 * 1024
_END, _END_64 = struct.Struct("<4s4H2LH"), struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64_BYTES = 20
_CENTRAL, _LOCAL = struct.Struct("<4s6H3L5H2L"), struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT = 65_535
_ENCRYPTED, _UTF8 = 1 << 0, 1 << 11
_IN_EXTRA = 0xFFFFFFFF  # a size or a place that stands in the ZIP64 extra field


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in a ZIP, as the directory tells of it."""

    name: str
    start: int  # of its own header in the file
    method: int
    flags: int
    crc: int
    packed: int  # bytes in the file
    size: int  # bytes when unpacked


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the list of entries lies."""

    start: int
    size: int
    count: int
    shift: int  # by how much the whole ZIP lies further back than it says


def directory_of(file: IO[bytes]) -> Directory:
    """Where the directory of a ZIP lies, and how many entries it says it has.

    `file` can seek. Raises zipfile.BadZipFile for what is no ZIP.
    """
    length = file.seek(0, io.SEEK_END)
    tail_at = max(0, length - _END.size - _LONGEST_COMMENT)
    file.seek(tail_at)
    tail = file.read(_END.size + _LONGEST_COMMENT)
    at = tail.rfind(b"PK\x05\x06", 0, max(0, len(tail) - _END.size + 4))
    if at < 0:
        raise _damaged()
    *_, count, size, offset, _comment = _END.unpack_from(tail, at)
    end = tail_at + at
    if end >= _LOCATOR_64_BYTES + _END_64.size:
        file.seek(end - _LOCATOR_64_BYTES - _END_64.size)
        found = _exactly(file, _END_64.size + 4)
        if found.startswith(b"PK\x06\x06") and found.endswith(b"PK\x06\x07"):
            *_, count, size, offset = _END_64.unpack_from(found)
            end -= _LOCATOR_64_BYTES + _END_64.size
    if size > end or offset > end - size:
        raise _damaged()
    return Directory(end - size, size, count, end - size - offset)


def entries_of(file: IO[bytes], directory: Directory) -> Iterator[Entry]:
    """Every entry, in the order of the directory.

    Between two steps the file may be used otherwise. Raises zipfile.BadZipFile.
    """
    records = io.BufferedReader(_Part(file, directory.start, directory.size), _PIECE)
    while head := records.read(_CENTRAL.size):
        if len(head) < _CENTRAL.size:
            raise _damaged()
        (magic, _made, _needed, flags, method, _time, _date, crc, packed, size, name_length,
         extra_length, comment_length, _disk, _internal, _external,
         start) = _CENTRAL.unpack(head)  # fmt: skip
        if magic != b"PK\x01\x02":
            raise _damaged()
        name = _exactly(records, name_length)
        extra = _exactly(records, extra_length)
        _exactly(records, comment_length)
        size, packed, start = _large(extra, size, packed, start)
        try:
            told = name.decode("utf-8" if flags & _UTF8 else "cp437")
        except UnicodeDecodeError as exc:
            raise _damaged() from exc
        yield Entry(told, start + directory.shift, method, flags, crc, packed, size)


def _large(extra: bytes, *values: int) -> Iterator[int]:
    """The values, those that do not fit into 32 bits out of the ZIP64 extra field."""
    large: Iterator[tuple[int]] = iter(())
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == 1:
            large = struct.iter_unpack("<Q", extra[4 : 4 + length // 8 * 8])
        extra = extra[4 + length :]
    try:
        return iter([next(large)[0] if one == _IN_EXTRA else one for one in values])
    except (StopIteration, struct.error) as exc:
        raise _damaged() from exc


def opened(file: IO[bytes], entry: Entry) -> io.BufferedReader:
    """The entry's content, unpacked while it is read and checked at its end.

    Raises zipfile.BadZipFile, while it is read too, where the content is not as long as the
    directory says or does not fit its checksum; NotImplementedError for one that is encrypted, or
    packed in another way than by deflate.
    """
    if entry.flags & _ENCRYPTED:
        raise NotImplementedError("encrypted")
    if entry.method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotImplementedError("packed in another way")
    file.seek(entry.start)
    magic, *_, name_length, extra_length = _LOCAL.unpack(_exactly(file, _LOCAL.size))
    if magic != b"PK\x03\x04":
        raise _damaged()
    start = entry.start + _LOCAL.size + name_length + extra_length
    return io.BufferedReader(_Unpacked(_Part(file, start, entry.packed), entry), _PIECE)


class _Part(io.RawIOBase):
    """A part of a file, read from its beginning to its end."""

    def __init__(self, file: IO[bytes], start: int, length: int) -> None:
        self._file, self._at, self._left = file, start, length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._file.seek(self._at)
        data = self._file.read(min(len(buffer), self._left))
        if not data and self._left:
            raise _damaged()
        buffer[: len(data)] = data
        self._at += len(data)
        self._left -= len(data)
        return len(data)


class _Unpacked(io.RawIOBase):
    """The content of an entry."""

    def __init__(self, packed: _Part, entry: Entry) -> None:
        self._packed, self._entry = packed, entry
        self._inflate = None if entry.method == zipfile.ZIP_STORED else zlib.decompressobj(-15)
        self._size = self._crc = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._some(len(buffer))
        self._size += len(data)
        self._crc = zlib.crc32(data, self._crc)
        told = self._entry
        if self._size > told.size:
            raise _damaged()
        if not data and (self._size, self._crc) != (told.size, told.crc):
            raise _damaged()
        buffer[: len(data)] = data
        return len(data)

    def _some(self, most: int) -> bytes:
        inflate = self._inflate
        if inflate is None:
            return self._packed.read(most) or b""
        try:
            while not inflate.eof:
                packed = inflate.unconsumed_tail or self._packed.read(_PIECE)
                if not packed:
                    raise _damaged()
                if data := inflate.decompress(packed, most):
                    return data
        except zlib.error as exc:
            raise _damaged() from exc
        return b""


def _exactly(file: IO[bytes], length: int) -> bytes:
    data = file.read(length)
    if len(data) < length:
        raise _damaged()
    return data


def _damaged() -> zipfile.BadZipFile:
    return zipfile.BadZipFile("not a ZIP file, or a damaged one")
