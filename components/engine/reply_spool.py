"""Replies on the local disk from the moment they arrived until their generation is stored.

A reply has been paid for. Decoding it, reaching an object store and writing a row take a moment
or, when a storage is down, minutes; a server that dies in between finds the reply here when it
starts again. With a healthy storage a file lives for a tenth of a second.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from components.domain.errors import StorageUnavailable
from components.domain.model import Timing
from components.gateway.protocol import Answer

_NAME = re.compile(r"([A-Za-z0-9_-]{1,64})\.(\d{1,6})\.reply")


@dataclass(frozen=True, slots=True)
class Arrived:
    """A reply that arrived for an attempt of a generation.

    `started_at` and `gateway` are that attempt's; None where version 1.0.0 spooled it.
    """

    generation_id: str
    attempt: int
    finished_at: datetime
    answer: Answer
    started_at: datetime | None = None
    gateway: str | None = None


class ReplySpool:
    """A folder of replies that are not stored yet."""

    def __init__(self, folder: Path) -> None:
        """Make the folder if it is absent. Raises OSError where it cannot be made."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def _file(self, generation_id: str, attempt: int) -> Path:
        return self._folder / f"{generation_id}.{attempt}.reply"

    def keep(self, arrived: Arrived) -> bool:
        """Write a reply down; False when the disk does not take it (work goes on without)."""
        answer = arrived.answer
        head = {
            "started_at": arrived.started_at and arrived.started_at.isoformat(),
            "finished_at": arrived.finished_at.isoformat(),
            "gateway": arrived.gateway,
            "status": answer.status,
            "headers": answer.headers,
            "timing": asdict(answer.timing),
        }
        final = self._file(arrived.generation_id, arrived.attempt)
        partial = final.with_suffix(".partial")
        try:
            with partial.open("wb") as file:
                file.write(json.dumps(head).encode("ascii") + b"\n")
                file.write(answer.body)
            partial.replace(final)
        except OSError:
            with suppress(OSError):
                partial.unlink(missing_ok=True)
            return False
        return True

    def forget(self, generation_id: str, attempt: int) -> None:
        """Remove a reply that is stored now."""
        with suppress(OSError):
            self._file(generation_id, attempt).unlink(missing_ok=True)

    def has(self, generation_id: str, attempt: int) -> bool:
        """Whether the reply to this attempt is here."""
        return self._file(generation_id, attempt).exists()

    def read(self, generation_id: str, attempt: int) -> Arrived | None:
        """The reply to this attempt; None when there is none or it makes no sense.

        Raises StorageUnavailable when the disk does not give it now.
        """
        try:
            with self._file(generation_id, attempt).open("rb") as file:
                head = json.loads(file.readline())
                body = file.read()
            answer = Answer(
                status=int(head["status"]),
                headers=tuple((str(name), str(value)) for name, value in head["headers"]),
                body=body,
                timing=Timing(**head["timing"]),
            )
            started, finished = head.get("started_at"), head["finished_at"]
            arrived = Arrived(
                generation_id,
                attempt,
                datetime.fromisoformat(finished),
                answer,
                started_at=datetime.fromisoformat(started) if started else None,
                gateway=head.get("gateway"),
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None
        except OSError as exc:
            raise StorageUnavailable("The data folder cannot be read at the moment.") from exc
        return arrived

    def waiting(self) -> Iterator[tuple[str, int]]:
        """Generation id and attempt number of every reply that is here."""
        for file in sorted(self._folder.glob("*.reply")):
            if match := _NAME.fullmatch(file.name):
                yield match[1], int(match[2])
