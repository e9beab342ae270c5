"""Comparisons, generations and attempts as they are written first and read ever after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from components.domain.errors import UnknownComparison
from components.domain.model import Ask, Attempt, Comparison, Generation, State
from components.domain.text.caseless import search_text
from components.storage import row_mapping, under_way
from components.storage.database import mapped_errors, open_engines, snapshot
from components.storage.media.pictures import keys_of_inputs, refer
from components.storage.migrations import bring_up_to_date
from components.storage.schema import attempts, comparisons, generations
from components.storage.under_way import Admit

# The columns of an attempt that has not begun.
NOTHING_YET: dict[str, Any] = {
    "started_at": None,
    "finished_at": None,
    "latency_s": None,
    "text": "",
    "error_kind": None,
    "error_message": None,
}


class Store:
    """The database behind one server. Every method may be called from any thread."""

    def __init__(self, url: str) -> None:
        """Open the database at SQLAlchemy `url` and bring its tables up to date.

        Raises StorageUnavailable when it cannot be reached.
        """
        self.reading, self.writing = open_engines(url)
        with mapped_errors():
            bring_up_to_date(self.writing)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the SQLite file of one machine rather than a shared PostgreSQL."""
        return self.reading.dialect.name == "sqlite"

    def close(self) -> None:
        """Close all connections."""
        self.reading.dispose()
        self.writing.dispose()

    @contextmanager
    def change(self) -> Iterator[Connection]:
        """A transaction that writes. Raises StorageUnavailable."""
        with mapped_errors(), self.writing.begin() as connection:
            yield connection

    def create(
        self,
        ask: Ask,
        *,
        comparison_id: str,
        new_id: Callable[[], str],
        gateway: str,
        server: str,
        visitor: str,
        at: datetime,
        admit: Admit | None = None,
    ) -> Comparison:
        """Write a comparison and all its generations, queued, in one transaction.

        In the same transaction `admit` is told how many generations the visitor has under way
        without these. Raises MediaMissing where an input image is being removed, and
        StorageUnavailable; then, and when `admit` raises, nothing is written.
        """
        comparison = {
            "id": comparison_id,
            "created_at": at,
            "prompt": ask.prompt,
            "search_text": search_text(ask.prompt),
            "aliases": list(ask.aliases),
            "samples": ask.samples,
            "inputs": row_mapping.inputs_json(ask.inputs),
            "visitor": visitor,
            "version": 0,
        }
        cells = [(alias, sample) for alias in ask.aliases for sample in range(1, ask.samples + 1)]
        waiting = [
            {
                "id": new_id(),
                "comparison_id": comparison_id,
                "alias": alias,
                "sample": sample,
                "position": position,
                "state": State.QUEUED.value,
                "attempt": 0,
                "server": server,
                "gateway": gateway,
                "created_at": at,
                "with_inputs": bool(ask.inputs),
                "asked_by": visitor,
                **NOTHING_YET,
            }
            for position, (alias, sample) in enumerate(cells)
        ]
        with self.change() as connection:
            refer(connection, keys_of_inputs(ask.inputs))
            if admit is not None:
                admit(under_way.held_count_of(connection, visitor))
            connection.execute(comparisons.insert().values(comparison))
            # Written from the last cell to the first: newest first then reads in grid order.
            connection.execute(generations.insert(), waiting[::-1])
        blank = {column.name: None for column in generations.c}
        return row_mapping.comparison_of(comparison, [blank | row for row in waiting])

    def comparison(self, comparison_id: str) -> Comparison:
        """A comparison with all its generations. Raises UnknownComparison."""
        if not _can_be_an_id(comparison_id):
            raise UnknownComparison("There is no comparison with this id.")
        with snapshot(self.reading) as connection:
            found = connection.execute(
                comparisons.select().where(comparisons.c.id == comparison_id)
            )
            row = found.mappings().first()
            if row is None:
                raise UnknownComparison("There is no comparison with this id.")
            cells = connection.execute(
                generations.select()
                .where(generations.c.comparison_id == comparison_id)
                .order_by(generations.c.position)
            )
            return row_mapping.comparison_of(dict(row), [dict(cell) for cell in cells.mappings()])

    def version(self, comparison_id: str) -> int | None:
        """How often this comparison has changed; None when there is none with this id."""
        if not _can_be_an_id(comparison_id):
            return None
        query = sa.select(comparisons.c.version).where(comparisons.c.id == comparison_id)
        with mapped_errors(), self.reading.connect() as connection:
            return connection.execute(query).scalar()

    def generation(self, generation_id: str) -> Generation | None:
        """One generation; None when there is none with this id."""
        if not _can_be_an_id(generation_id):
            return None
        query = generations.select().where(generations.c.id == generation_id)
        with mapped_errors(), self.reading.connect() as connection:
            row = connection.execute(query).mappings().first()
            return None if row is None else row_mapping.generation_of(dict(row))

    def attempts(self, generation_id: str) -> tuple[Attempt, ...]:
        """Every request that was sent for a generation and has ended, oldest first."""
        query = (
            attempts.select()
            .where(attempts.c.generation_id == generation_id)
            .order_by(attempts.c.number)
        )
        with mapped_errors(), self.reading.connect() as connection:
            found = connection.execute(query).mappings()
            return tuple(row_mapping.attempt_of(dict(row)) for row in found)

    def unfinished_of(self, visitor: str) -> int:
        """How many generations are queued or running on this visitor's account."""
        with mapped_errors(), self.reading.connect() as connection:
            return under_way.count_of(connection, visitor)


def _can_be_an_id(text: str) -> bool:
    """Whether a database may be asked for it: PostgreSQL takes no NUL, neither takes surrogates."""
    return len(text) <= 100 and text.isascii() and text.isprintable()
