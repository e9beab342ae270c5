"""Replies on the disk, also as version 1.0.0 wrote them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from components.domain.model import State, Timing
from components.engine.recovery import INTERRUPTED
from components.engine.reply_spool import Arrived, ReplySpool
from components.gateway.protocol import Answer
from components.storage.comparisons import Store
from components.storage.job_queue import JobQueue
from components.storage.schema import attempts
from tests.support.faulty_gateway import FaultyGateway
from tests.support.house import ASK, house
from tests.support.samples import NOON, create, later
from tests.support.serving import ROOT

FIXTURE = ROOT / "tests/fixtures/version-1.0.0/folder/arrived"
ANSWER = Answer(200, (("server", "test"),), b'{"a": 1}\n\x00', Timing(0.1, 0.2, 0.3))


def test_a_reply_comes_back_as_it_was_written(tmp_path: Path) -> None:
    spool = ReplySpool(tmp_path)
    arrived = Arrived("a1", 2, later(3), ANSWER, started_at=NOON, gateway="http://gateway.test")
    assert spool.keep(arrived)
    assert list(spool.waiting()) == [("a1", 2)]
    assert spool.read("a1", 2) == arrived
    spool.forget("a1", 2)
    assert spool.read("a1", 2) is None


def test_a_reply_of_version_one_is_read_without_what_it_does_not_tell(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE, tmp_path / "arrived")
    spool = ReplySpool(tmp_path / "arrived")
    ((generation_id, attempt),) = spool.waiting()
    arrived = spool.read(generation_id, attempt)
    assert arrived is not None
    assert (arrived.started_at, arrived.gateway) == (None, None)
    assert arrived.answer.status == 200
    assert json.loads(arrived.answer.body)["id"] == "gen-1"


def test_a_reply_of_version_one_that_is_stored_late_has_the_start_that_was_recorded(
    tmp_path: Path,
) -> None:
    """It was given up and sent again, to another gateway, before its spool was found."""
    store = Store(f"sqlite:///{tmp_path / 'test.sqlite3'}")
    queue, spool = JobQueue(store), ReplySpool(tmp_path / "arrived")
    one = create(store, replace(ASK, aliases=("gpt-image",)), server="dead").generations[0]
    queue.claim(one.id, server="dead", at=NOON)
    queue.give_up(one.id, INTERRUPTED, at=later(1))
    with FaultyGateway() as gateway:
        queue.requeue(one.id, server="dead", gateway=gateway.url)
        spool.keep(Arrived(one.id, 1, later(30), ANSWER))
        (file,) = (tmp_path / "arrived").iterdir()
        head, body = file.read_bytes().split(b"\n", 1)
        told = {name: value for name, value in json.loads(head).items() if value is not None}
        file.write_bytes(json.dumps(told).encode() + b"\n" + body)
        with house(tmp_path, gateway.url, store=store, sweep_every_s=0.05) as at:
            at.when(
                one.comparison_id,
                lambda _: (
                    [each.state for each in store.attempts(one.id)]
                    == [State.FAILED, State.SUCCEEDED]
                ),
            )
    a = attempts.c
    query = sa.select(a.gateway, a.started_at, a.finished_at).where(a.generation_id == one.id)
    with store.reading.connect() as connection:
        first, second = connection.execute(query.order_by(a.number)).all()
    assert tuple(first) == ("http://gateway.test", NOON, later(30))
    assert second.gateway == gateway.url
    assert second.started_at <= second.finished_at
    store.close()
