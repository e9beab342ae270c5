"""The generations as a list of work: claimed, finished, put back, cancelled, taken over.

Every change of a generation is one short transaction that also raises its comparison's version,
and is conditional on the state that it starts from, so that two servers, a cancel and a late reply
can meet in any order and each row still ends up in exactly one true state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from components.domain.model import Ask, Exchange, Failure, Generation, State, Success
from components.storage import row_mapping, under_way
from components.storage.attempts import record
from components.storage.comparisons import NOTHING_YET, Store
from components.storage.database import mapped_errors
from components.storage.jobs import Claim, Ended, InHand, Unsent
from components.storage.media.pictures import keys_of, release
from components.storage.schema import comparisons, generations
from components.storage.under_way import UNFINISHED, Admit


class JobQueue:
    """The only queries that change a generation. Every method may be called from any thread."""

    def __init__(self, store: Store) -> None:
        """The queue of the generations in `store`."""
        self._store = store

    def claim(
        self, generation_id: str, *, server: str, at: datetime, gateway: str | None = None
    ) -> Claim | None:
        """Take a queued generation to send it now; None when it is not queued (any more).

        From here on the request counts as sent: should this server die, it is `interrupted`.
        `gateway` is where this server sends it, if that may differ from where it was asked for.
        """
        claims = self.claim_all([generation_id], server=server, at=at, gateway=gateway)
        return claims.get(generation_id)

    def claim_all(
        self,
        generation_ids: Sequence[str],
        *,
        server: str,
        at: datetime,
        gateway: str | None = None,
    ) -> dict[str, Claim]:
        """As `claim`, for several in one transaction; those that were queued, by their ids."""
        where = {} if gateway is None else {"gateway": gateway}
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
                    **where,
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
        paid for. A cancelled generation stays cancelled, and one that was sent again goes on; the
        attempt is put on record and keeps the picture that came, for that is paid for too. What
        came and nothing refers to then is released. Raises StorageUnavailable.
        """
        allowed = [State.RUNNING.value]
        if ended.success is not None:
            allowed.append(State.INTERRUPTED.value)
        with self._store.change() as connection:
            before = self._row(connection, generation_id)
            if before is None:
                release(connection, [*keys_of(ended.success, ended.kept), *ended.unused])
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
            unused = list(ended.unused)
            if ended.success is not None and not _shows(row or before, ended.success):
                first, *others = keys_of(ended.success)
                ended = replace(ended, kept=first)
                unused += others
            unused += filter(None, [record(connection, before, attempt, ended)])
            release(connection, unused)
        return row is not None

    def put_back(self, unsent: Unsent, *, server: str) -> bool:
        """Queue a claimed generation again, of which nothing is in flight.

        What was never sent does not count as an attempt; one that was declined is put on record.
        False when it is no longer in the hands of `server`, so that nothing may be sent.
        """
        with self._store.change() as connection:
            return self._put_back(connection, unsent, server)

    def put_back_all(self, several: Sequence[Unsent], *, server: str) -> None:
        """As `put_back`, for several in one transaction."""
        with self._store.change() as connection:
            for unsent in several:
                self._put_back(connection, unsent, server)

    def _put_back(self, connection: Connection, unsent: Unsent, server: str) -> bool:
        claim, declined = unsent.claim, unsent.declined
        before = self._row(connection, claim.generation.id)
        if before is None:
            return False
        if declined is not None:
            record(connection, before, claim.attempt, declined)
        row = self._move(
            connection,
            claim.generation.id,
            _running_as(claim.attempt, server),
            state=State.QUEUED.value,
            attempt=claim.attempt if declined else claim.attempt - 1,
            started_at=None,
        )
        return row is not None

    def requeue(
        self,
        generation_id: str,
        *,
        server: str,
        gateway: str,
        visitor: str | None = None,
        admit: Admit | None = None,
    ) -> Generation | None:
        """Queue an ended generation without a picture once more; None when it is not one.

        From then on it is under way on the account of `visitor`. In the same transaction `admit`
        is told how many that visitor has under way without it; when it raises, nothing is changed.
        """
        retriable = [state.value for state in State if state.retriable]
        account = {} if visitor is None else {"asked_by": visitor}
        with self._store.change() as connection:
            others = 0 if visitor is None else under_way.held_count_of(connection, visitor)
            row = self._move(
                connection,
                generation_id,
                generations.c.state.in_(retriable),
                state=State.QUEUED.value,
                server=server,
                gateway=gateway,
                **account,
                **NOTHING_YET,
            )
            if row is None:
                return None
            if admit is not None:
                admit(others)
        return row_mapping.generation_of(row)

    def give_up(
        self,
        generation_id: str,
        failure: Failure,
        *,
        at: datetime,
        sent: InHand | None = None,
        unsent: Failure | None = None,
    ) -> bool:
        """Cancel or interrupt a generation that is queued or running; False when it is neither.

        With `sent`, only while it is that attempt, in the hands of that server. `unsent` is told
        in place of `failure` where it is queued, so that nothing is in flight.
        """
        condition: sa.ColumnElement[bool] = generations.c.state.in_(UNFINISHED)
        if sent is not None:
            condition = _running_as(sent.attempt, sent.server)
        with self._store.change() as connection:
            before = self._row(connection, generation_id)
            if before is None:
                return False
            was_running = before["state"] == State.RUNNING.value
            ended = Ended(at, Exchange(), failure=failure if was_running else unsent or failure)
            row = self._move(
                connection,
                generation_id,
                condition,
                state=ended.state.value,
                finished_at=at,
                server=None,
                **_outcome_columns(ended),
            )
            if row is not None and was_running:
                record(connection, row, row["attempt"], ended)
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
        """A generation as it is, held: nobody else changes it before this transaction ends."""
        found = connection.execute(
            generations.select().where(generations.c.id == generation_id).with_for_update()
        )
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


def _shows(row: Mapping[str, Any], success: Success) -> bool:
    """Whether a generation has this picture, be it from an earlier time of writing it down."""
    return bool(row["sha256"] == success.picture.sha256)


def _running_as(attempt: int, server: str) -> sa.ColumnElement[bool]:
    """Whether a generation is that attempt, in the hands of that server."""
    return (
        (generations.c.state == State.RUNNING.value)
        & (generations.c.attempt == attempt)
        & (sa.func.coalesce(generations.c.server, "") == server)
    )


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
