"""Compressed answers, sound and hostile."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from components.gateway.decompression import (
    NotDecompressible,
    decompressed,
    decompressors,
    finished,
)


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "x-gzip, deflate", ""]))
def test_no_bytes_crash_the_unpackers(data: bytes, encoding: str):
    layers = decompressors(encoding)
    with suppress(NotDecompressible):
        for start in range(0, len(data), 7):
            list(decompressed(layers, data[start : start + 7]))
        list(finished(layers))
