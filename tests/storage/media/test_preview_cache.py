"""What was deleted is not shown any more, neither from a storage nor from memory."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from components.domain.errors import MediaMissing
from components.images.previews import thumbnail
from components.storage.archives import add
from components.storage.comparisons import Store
from components.storage.deletion import Deletion
from components.storage.media.media import Media
from components.storage.media.pictures import Pictures
from components.storage.media.preview_cache import FRESH_S, PreviewCache
from tests.support.archive_samples import comparisons


def test_a_deleted_picture_has_no_thumbnail_any_more(store: Store) -> None:
    media = Media("memory:///")
    (found,) = comparisons(media, 1)
    add(store, [found])
    shown = found.generations[0].picture
    assert shown is not None
    with Image.open(io.BytesIO(media.thumbnail(shown.sha256, thumbnail))) as small:
        assert small.format == "WEBP"
    Deletion(store).delete([one.id for one in found.generations])
    Pictures(store, media).sweep()
    for read in (media.preview, lambda sha256: media.thumbnail(sha256, thumbnail)):
        with pytest.raises(MediaMissing):
            read(shown.sha256)


def test_what_another_server_deleted_is_held_for_a_minute_at_most() -> None:
    passed = [0.0]
    cache = PreviewCache(100, clock=lambda: passed[0])
    cache.put("a", b"x" * 60)
    assert cache.get("a") == b"x" * 60
    passed[0] = FRESH_S + 1
    assert cache.get("a") is None


def test_what_is_held_is_bounded_in_bytes_and_the_oldest_goes_first() -> None:
    cache = PreviewCache(100)
    cache.put("a", b"x" * 60)
    cache.put("b", b"x" * 40)
    cache.put("c", b"x" * 10)
    cache.put("far too much", b"x" * 101)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (None, b"x" * 40, b"x" * 10)
    assert cache.get("far too much") is None
    cache.put("b", b"y")
    cache.drop("b")
    assert cache.get("b") is None
