"""The history as a ZIP that another installation can import: rows, marks, attempts, originals.

history.csv                   for people, the columns of every CSV export
manifest.jsonl                for the import, one comparison a line, see `kept`
originals/<sha256>.<ext>      every result and input image once, byte for byte as it came
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import zipstream

from components.domain.archive import ArchivedPicture
from components.domain.errors import MediaMissing
from components.domain.version import GENERATOR
from components.storage.archives import whole_comparisons
from components.storage.comparisons import Store
from components.storage.history.history import Filter, History
from components.storage.media.media import Media
from components.transfer.tables import csv_chunks

CSV, MANIFEST, ORIGINALS = "history.csv", "manifest.jsonl", "originals/"


def history_zip(
    store: Store, media: Media, history: History, wanted: Filter, base_url: str
) -> Iterator[bytes]:
    """All that the filter finds, piece by piece; `base_url` begins the links in the CSV.

    Memory grows by the names of the pictures only. Each original is opened when its turn comes;
    one that is not there by then is left out, the manifest still names it. Bytes that were kept
    because they are no picture are not in it. Raises StorageUnavailable, also in mid-stream.
    """
    # What is kept while this runs would be in one of the files and not in the other.
    wanted = replace(wanted, upto=wanted.upto if wanted.upto is not None else history.newest())
    archive = zipstream.ZipStream(compress_type=zipstream.ZIP_DEFLATED)
    # Not in the manifest: version 1.0.0 takes no field in there that it does not know.
    archive.comment = GENERATOR
    archive.add(csv_chunks(history.chunks(wanted), base_url), arcname=CSV)
    archive.add(_manifest(store, wanted), arcname=MANIFEST)
    yield from archive.all_files()
    seen: set[str] = set()
    for found in whole_comparisons(store, wanted):
        for picture in (one for each in found for one in each.pictures):
            if picture.file not in seen:
                seen.add(picture.file)
                pieces = _original(media, picture)
                if pieces is not None:
                    # Pictures are compressed already: packing them again would save nothing.
                    archive.add(pieces, arcname=picture.file, compress_type=zipstream.ZIP_STORED)
                    yield from archive.all_files()
    yield from archive.finalize()


def _manifest(store: Store, wanted: Filter) -> Iterator[bytes]:
    for found in whole_comparisons(store, wanted):
        yield "".join(one.model_dump_json() + "\n" for one in found).encode("utf-8", "replace")


def _original(media: Media, picture: ArchivedPicture) -> Iterator[bytes] | None:
    try:
        return media.stream_original(picture.sha256, picture.extension)
    except MediaMissing:
        return None
