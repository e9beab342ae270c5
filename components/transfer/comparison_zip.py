"""One comparison as a ZIP: all originals, a CSV and a JSON manifest, streamed with flat memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

import zipstream

from components.domain.errors import MediaMissing
from components.domain.model import Comparison, Generation, Picture
from components.domain.version import GENERATOR
from components.storage.history.history import Filter, History
from components.storage.media.media import Media
from components.transfer.tables import csv_chunks


def file_name(generation: Generation, picture: Picture, number: int = 1) -> str:
    """The name of a downloaded original: `<alias>-<sample>-<comparison>.<ext>`, safe anywhere.

    `number` counts the pictures of one reply; from the second on it stands in the name.
    """
    alias = re.sub(r"[^A-Za-z0-9._-]+", "-", generation.alias).strip(".-") or "alias"
    further = "" if number == 1 else f"-{number}"
    return (
        f"{alias}-{generation.sample}{further}-{generation.comparison_id[:8]}.{picture.extension}"
    )


def pictures_of(generation: Generation) -> tuple[Picture, ...]:
    """The result first, then further pictures of the same reply."""
    if generation.success is None:
        return ()
    return (generation.success.picture, *generation.success.others)


def manifest(comparison: Comparison, base_url: str) -> dict[str, Any]:
    """Everything that is known of a comparison, as JSON holds it; `base_url` begins its links."""

    def moment(at: datetime | None) -> str | None:
        return None if at is None else at.isoformat().replace("+00:00", "Z")

    def cell(generation: Generation) -> dict[str, Any]:
        success, failure = generation.success, generation.failure
        return {
            "generation_id": generation.id,
            "alias": generation.alias,
            "sample": generation.sample,
            "state": generation.state.value,
            "attempt": generation.attempt,
            "gateway": generation.gateway,
            "started_at": moment(generation.started_at),
            "finished_at": moment(generation.finished_at),
            "latency_s": generation.latency_s,
            "pictures": [
                asdict(picture) | {"file": file_name(generation, picture, number)}
                for number, picture in enumerate(pictures_of(generation), 1)
            ],
            "answered_by": success.answered_by if success else None,
            "text": generation.text,
            "finish_reason": success.finish_reason if success else None,
            "usage": asdict(success.usage) if success else None,
            "cost_usd": success.cost_usd if success else None,
            "error": {"kind": failure.kind.value, "message": failure.message} if failure else None,
        }

    return {
        "generator": GENERATOR,
        "comparison_id": comparison.id,
        "created_at": moment(comparison.created_at),
        "permalink": base_url + comparison.path,
        "prompt": comparison.prompt,
        "aliases": list(comparison.aliases),
        "samples": comparison.samples,
        "input_images": [
            asdict(one.picture) | {"name": one.name, "file": _input_file(number, one.picture)}
            for number, one in enumerate(comparison.inputs, 1)
        ],
        "generations": [cell(one) for one in comparison.generations],
    }


def _input_file(number: int, picture: Picture) -> str:
    return f"inputs/input-{number}.{picture.extension}"


def zip_stream(
    comparison: Comparison, media: Media, history: History, base_url: str
) -> Iterator[bytes]:
    """A ZIP file, piece by piece; `base_url` begins the links in its CSV and its manifest.

    Each original is opened when its turn comes and read to its end before the next one. One that
    is not there by then is left out; the manifest still names it. Bytes that were kept because
    they are no picture are not in it. Raises StorageUnavailable, also in mid-stream.
    """
    # Pictures are compressed already: packing them again would cost time and save nothing.
    archive = zipstream.ZipStream(compress_type=zipstream.ZIP_STORED)
    for picture, name in _files(comparison):
        try:
            archive.add(media.stream_original(picture.sha256, picture.extension), arcname=name)
        except MediaMissing:
            continue
        yield from archive.all_files()
    rows = csv_chunks(history.chunks(Filter(comparison=comparison.id)), base_url)
    archive.add(rows, arcname="comparison.csv")
    document = json.dumps(manifest(comparison, base_url), ensure_ascii=False, indent=2)
    archive.add(document.encode("utf-8", "replace"), arcname="manifest.json")
    yield from archive.finalize()


def _files(comparison: Comparison) -> Iterator[tuple[Picture, str]]:
    for generation in comparison.generations:
        for number, picture in enumerate(pictures_of(generation), 1):
            yield picture, file_name(generation, picture, number)
    for number, one in enumerate(comparison.inputs, 1):
        yield one.picture, _input_file(number, one.picture)
