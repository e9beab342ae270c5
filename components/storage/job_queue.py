"""The generations as a list of work: claimed, finished, sent again, cancelled, taken over.

Every change of a generation is one short transaction that also raises its comparison's version,
and is conditional on the state that it starts from, so that two servers, a cancel and a late reply
can meet in any order and each row still ends up in exactly one true state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from components.domain.model import Ask, Exchange, Failure, Generation, State, Success
from components.storage import row_mapping
from components.storage.comparisons import NOTHING_YET, UNFINISHED, Store
from components.storage.database import mapped_errors
from components.storage.schema import attempts, comparisons, generations


@dataclass(frozen=True, slots=True)
class Claim:
    """A generation that this server may now send, and the ask that it belongs to."""

    generation: Generation
    ask: Ask

    @property
    def attempt(self) -> int:
        """The number of the request that may now be sent, from 1."""
        return self.generation.attempt


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended: exactly one of `success` and `failure`, and what is known of it."""

    finished_at: datetime
    exchange: Exchange
    success: Success | None = None
    failure: Failure | None = None
    text: str = ""
    kept: str | None = None  # media key of bytes that did not decode

    @property
    def state(self) -> State:
        """The state of the generation after it."""
        return State.SUCCEEDED if self.failure is None else self.failure.state


@dataclass(frozen=True, slots=True)
class InHand:
    """An unfinished generation and the server that has it in hand."""

    generation_id: str
    comparison_id: str
    state: State
    attempt: int
    server: str


class JobQueue:
    """The only queries that change a generation. Every method may be called from any thread."""

    def __init__(self, store: Store) -> None:
        """The queue of the generations in `store`."""
        self._store = store

    def claim(self, generation_id: str, *, server: str, at: datetime) -> Claim | None:
        """Take a queued generation to send it now; None when it is not queued (any more).

        From here on the request counts as sent: should this server die, it is `interrupted`.
        """
        return self.claim_all([generation_id], server=server, at=at).get(generation_id)

    def claim_all(
        self, generation_ids: Sequence[str], *, server: str, at: datetime
    ) -> dict[str, Claim]:
        """As `claim`, for several in one transaction; those that were queued, by their ids."""
        with self._store.change() as connection:
            changed = connection.execute(
                generations.update()
                .where(
                    generations.c.id.in_(generation_ids),
                    generations.c.state == State.QUEUED.value,
                )
                .values(
                    state=State.RUNNING.value,
                    attempt=generations.c.attempt + 1,
                    server=server,
                    started_at=at,
                )
                .returning(*generations.c)
            )
            claimed = [dict(row) for row in changed.mappings()]
            theirs = sorted({row["comparison_id"] for row in claimed})
            # As everywhere the generations first, then their comparisons, so that two
            # transactions never wait for each other.
            connection.execute(
                comparisons.update()
                .where(comparisons.c.id.in_(theirs))
                .values(version=comparisons.c.version + 1)
            )
            asked = connection.execute(comparisons.select().where(comparisons.c.id.in_(theirs)))
            found = {row["id"]: dict(row) for row in asked.mappings()}
        return {row["id"]: _claim_of(found[row["comparison_id"]], row) for row in claimed}

    def finish(self, generation_id: str, attempt: int, ended: Ended) -> bool:
        """Write down how an attempt ended. False when the row has moved on without it.

        A success is also taken where the row was already given up as interrupted: it has been
        paid for. A cancelled generation stays cancelled; the attempt is put on record.
        """
        allowed = [State.RUNNING.value]
        if ended.success is not None:
            allowed.append(State.INTERRUPTED.value)
        with self._store.change() as connection:
            if not self._record(connection, generation_id, attempt, ended):
                return False
            row = self._move(
                connection,
                generation_id,
                generations.c.state.in_(allowed) & (generations.c.attempt == attempt),
                state=ended.state.value,
                finished_at=ended.finished_at,
                latency_s=ended.exchange.timing.latency_s,
                server=None,
                **_outcome_columns(ended),
            )
        return row is not None

    def send_again(self, generation_id: str, attempt: int, ended: Ended, *, at: datetime) -> bool:
        """Put an attempt on record that was not accepted and count the next one as begun.

        False when the generation is no longer running, so that nothing may be sent.
        """
        with self._store.change() as connection:
            if not self._record(connection, generation_id, attempt, ended):
                return False
            row = self._move(
                connection,
                generation_id,
                (generations.c.state == State.RUNNING.value) & (generations.c.attempt == attempt),
                attempt=attempt + 1,
                started_at=at,
            )
        return row is not None

    def requeue(self, generation_id: str, *, server: str, gateway: str) -> Generation | None:
        """Queue an ended generation without a picture once more; None when it is not one."""
        retriable = [state.value for state in State if state.retriable]
        with self._store.change() as connection:
            row = self._move(
                connection,
                generation_id,
                generations.c.state.in_(retriable),
                state=State.QUEUED.value,
                server=server,
                gateway=gateway,
                **NOTHING_YET,
            )
        return None if row is None else row_mapping.generation_of(row)

    def give_up(
        self, generation_id: str, failure: Failure, *, at: datetime, sent: InHand | None = None
    ) -> bool:
        """Cancel or interrupt a generation that is queued or running; False when it is neither.

        With `sent`, only while it is that attempt, in the hands of that server.
        """
        ended = Ended(at, Exchange(), failure=failure)
        condition: sa.ColumnElement[bool] = generations.c.state.in_(UNFINISHED)
        if sent is not None:
            condition = (
                (generations.c.state == State.RUNNING.value)
                & (generations.c.attempt == sent.attempt)
                & (sa.func.coalesce(generations.c.server, "") == sent.server)
            )
        with self._store.change() as connection:
            before = self._row(connection, generation_id)
            row = self._move(
                connection,
                generation_id,
                condition,
                state=ended.state.value,
                finished_at=at,
                server=None,
                **_outcome_columns(ended),
            )
            if row is not None and before is not None and before["state"] == State.RUNNING.value:
                self._record(connection, generation_id, row["attempt"], ended)
        return row is not None

    def in_hand(self) -> tuple[InHand, ...]:
        """Every unfinished generation and the server that has it, oldest first."""
        g = generations.c
        query = (
            sa.select(g.id, g.comparison_id, g.state, g.attempt, g.server)
            .where(g.state.in_(UNFINISHED))
            .order_by(g.seq)
        )
        with mapped_errors(), self._store.reading.connect() as connection:
            return tuple(
                InHand(row.id, row.comparison_id, State(row.state), row.attempt, row.server or "")
                for row in connection.execute(query)
            )

    def adopt(self, generation_id: str, *, former: str, server: str) -> bool:
        """Take a queued generation over from a dead server; False when another one was faster."""
        with self._store.change() as connection:
            row = self._move(
                connection,
                generation_id,
                (generations.c.state == State.QUEUED.value)
                & (sa.func.coalesce(generations.c.server, "") == former),
                server=server,
            )
        return row is not None

    @staticmethod
    def _row(connection: Connection, generation_id: str) -> Mapping[str, Any] | None:
        found = connection.execute(generations.select().where(generations.c.id == generation_id))
        row = found.mappings().first()
        return None if row is None else dict(row)

    @staticmethod
    def _move(
        connection: Connection,
        generation_id: str,
        condition: sa.ColumnElement[bool],
        **values: Any,
    ) -> Mapping[str, Any] | None:
        """Change one generation if the condition holds; its new row, or None."""
        changed = connection.execute(
            generations.update()
            .where(generations.c.id == generation_id, condition)
            .values(**values)
            .returning(*generations.c)
        )
        row = changed.mappings().first()
        if row is None:
            return None
        connection.execute(
            comparisons.update()
            .where(comparisons.c.id == row["comparison_id"])
            .values(version=comparisons.c.version + 1)
        )
        return dict(row)

    def _record(
        self, connection: Connection, generation_id: str, number: int, ended: Ended
    ) -> bool:
        """Put an attempt on record, in place of what was recorded when it was given up.

        False when there is no such generation.
        """
        row = self._row(connection, generation_id)
        if row is None:
            return False
        key = (attempts.c.generation_id == generation_id) & (attempts.c.number == number)
        connection.execute(attempts.delete().where(key))
        failure = ended.failure
        connection.execute(
            attempts.insert().values(
                generation_id=generation_id,
                number=number,
                state=ended.state.value,
                gateway=row["gateway"],
                started_at=row["started_at"] or ended.finished_at,
                finished_at=ended.finished_at,
                latency_s=ended.exchange.timing.latency_s,
                status=ended.exchange.status,
                error_kind=failure.kind.value if failure else None,
                error_message=failure.message if failure else None,
                text=ended.success.text if ended.success else ended.text,
                kept=ended.kept,
                facts=row_mapping.exchange_json(ended.exchange),
            )
        )
        return True


def _claim_of(comparison: Mapping[str, Any], row: Mapping[str, Any]) -> Claim:
    whole = row_mapping.comparison_of(comparison, [row])
    ask = Ask(whole.prompt, whole.aliases, whole.samples, whole.inputs)
    return Claim(whole.generations[0], ask)


def _outcome_columns(ended: Ended) -> dict[str, Any]:
    if ended.success is not None:
        return row_mapping.success_columns(ended.success)
    if ended.failure is None:
        raise ValueError("an attempt ends with a success or a failure")
    return row_mapping.failure_columns(ended.failure, ended.text)
