"""Finding what was kept: search, filters, orders, pages and counts, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import chain

import pytest
import sqlalchemy as sa

from components.domain.filters import Filter, Order, first_moment
from components.domain.model import Ask, Comparison, State
from components.storage.annotations import Annotations
from components.storage.comparisons import Store
from components.storage.history.history import History
from components.storage.job_queue import JobQueue
from components.storage.migrations import NEWEST
from components.storage.schema import metadata, schema_version
from tests.support.samples import INPUT, NOON, create, failed, later, new_id, picture, succeeded


@pytest.fixture
def history(store: Store) -> History:
    return History(store)


def asked(store: Store, prompt: str, *aliases: str) -> Comparison:
    return create(store, Ask(prompt, aliases or ("nano-banana",)))


def found(history: History, wanted: Filter, order: Order = Order.NEWEST) -> list[str]:
    return list(history.page(wanted, offset=0, limit=100, order=order)["prompt"])


@pytest.mark.parametrize(
    ("q", "fits"),
    [
        ("hummingbird", True),
        ("HUMMING", True),
        ("ummingbir", True),
        ("колибри", True),
        ("蜂鳥", True),
        ("vintage bird", True),
        ("bird vintage", True),
        ('"a vintage hummingbird"', True),
        ('"hummingbird vintage"', False),
        ("vintage whale", False),
        ("100%", True),
        ("200%", False),
        ("hu_mingbird", False),
        ('"', True),
        ("AND OR NOT ( * ^", False),
        ("in a", True),
        ("zq", False),
    ],
)
def test_a_search_finds_each_of_its_words_anywhere_in_the_prompt(
    store: Store, history: History, *, q: str, fits: bool
) -> None:
    asked(store, "A vintage Hummingbird in 100% gold, Колибри 蜂鳥")
    asked(store, "something else")
    prompts = found(history, Filter(q=q))
    assert ("A vintage Hummingbird in 100% gold, Колибри 蜂鳥" in prompts) is fits
    assert history.count(Filter(q=q)).number == len(prompts)


def test_a_search_that_fits_very_many_prompts_is_counted_at_least(
    store: Store,
) -> None:
    for number in range(8):
        asked(store, f"hummingbird number {number}", *(f"alias-{n}" for n in range(30)))
    asked(store, "whale")
    history = History(store, few=5)
    count = history.count(Filter(q="hummingbird"))
    assert (count.number, count.exact) == (150, False)
    assert len(found(history, Filter(q="hummingbird", aliases=("alias-3",)))) == 8
    # Too few to say "at least": counted completely.
    exact = history.count(Filter(q="hummingbird", aliases=("alias-3",)))
    assert (exact.number, exact.exact) == (8, True)
    assert found(history, Filter(q="hummingbird 7 zz")) == []


def test_every_filter_restricts_and_all_of_them_together(
    store: Store, history: History, job_queue: JobQueue
) -> None:
    plain = asked(store, "plain", "nano-banana", "gpt-image")
    create(store, Ask("edited", ("nano-banana",), 1, (INPUT,)))
    first, second = plain.generations
    job_queue.claim(first.id, server="one", at=NOON)
    job_queue.finish(first.id, 1, succeeded())
    job_queue.claim(second.id, server="one", at=NOON)
    job_queue.finish(second.id, 1, failed())
    marks = Annotations(store)
    marks.star([first.id], starred=True)
    marks.tag([second.id], ["client"])

    def ids(wanted: Filter) -> set[str]:
        return set(history.page(wanted, offset=0, limit=50)["generation_id"])

    assert ids(Filter(aliases=("gpt-image",))) == {second.id}
    assert ids(Filter(states=(State.SUCCEEDED, State.FAILED))) == {first.id, second.id}
    assert ids(Filter(answered_by=("google/gemini",))) == {first.id}
    assert ids(Filter(gateways=("http://gateway.test",))) >= {first.id, second.id}
    assert ids(Filter(gateways=("http://other.test",))) == set()
    assert ids(Filter(tags=("client",))) == {second.id}
    assert ids(Filter(starred=True)) == {first.id}
    assert found(history, Filter(with_inputs=True)) == ["edited"]
    assert found(history, Filter(with_inputs=False)) == ["plain", "plain"]
    day = first_moment(date(2026, 3, 1))
    assert len(ids(Filter(since=day, until=day + timedelta(days=1)))) == 3
    assert ids(Filter(since=day + timedelta(days=1))) == set()
    assert ids(Filter(until=day)) == set()
    everything = Filter(
        "plain", ("nano-banana",), (State.SUCCEEDED,), plain.id, ("google/gemini",),
        ("http://gateway.test",), (), day, day + timedelta(days=1), with_inputs=False,
        starred=True, upto=10_000,
    )  # fmt: skip
    assert ids(everything) == {first.id}
    assert history.count(everything).number == 1
    assert history.count_comparisons(everything).number == 1


def test_rows_whose_figure_is_unknown_come_last_in_either_direction(
    store: Store, history: History, job_queue: JobQueue
) -> None:
    figures = {"slow": 30.0, "unknown": None, "fast": 10.0, "middle": 20.0, "unknown too": None}
    for prompt, latency_s in figures.items():
        one = asked(store, prompt).generations[0]
        if latency_s is not None:
            job_queue.claim(one.id, server="one", at=NOON)
            shown = replace(picture(), bytes=int(latency_s * 1000))
            job_queue.finish(one.id, 1, succeeded(latency_s=latency_s, shown=shown))
    unknown = ["unknown too", "unknown"]
    assert found(history, Filter(), Order.FASTEST) == ["fast", "middle", "slow", *unknown]
    assert found(history, Filter(), Order.SLOWEST) == ["slow", "middle", "fast", *unknown]
    assert found(history, Filter(), Order.SMALLEST) == ["fast", "middle", "slow", *unknown]
    assert found(history, Filter(), Order.LARGEST) == ["slow", "middle", "fast", *unknown]
    assert found(history, Filter(), Order.CHEAPEST)[3:] == unknown
    assert found(history, Filter(), Order.DEAREST)[3:] == unknown
    assert found(history, Filter(), Order.OLDEST)[0] == "slow"
    for order in Order:
        pages = [
            list(history.page(Filter(), offset=at, limit=2, order=order)["prompt"])
            for at in (0, 2, 4, 6)
        ]
        assert list(chain.from_iterable(pages)) == found(history, Filter(), order)


def test_pages_stay_as_they_are_while_rows_arrive(store: Store, history: History) -> None:
    for number in range(6):
        asked(store, f"early {number}")
    wanted = Filter(upto=history.newest())
    before = history.page(wanted, offset=2, limit=2)
    for number in range(3):
        asked(store, f"late {number}")
    after = history.page(wanted, offset=2, limit=2)
    assert list(after["generation_id"]) == list(before["generation_id"])
    assert history.count(wanted).number == 6
    assert history.count(Filter()).number == 9


def test_the_gallery_has_whole_comparisons_in_which_something_is_found(
    store: Store, history: History
) -> None:
    first = asked(store, "first", "nano-banana", "gpt-image")
    asked(store, "second", "image-gen")
    third = asked(store, "third", "gpt-image", "image-gen")
    wanted = Filter(aliases=("gpt-image",))
    shown = history.gallery(wanted, offset=0, limit=10)
    assert {one.id for one in shown} == {third.id, first.id}
    assert all(len(one.generations) == 2 for one in shown)
    assert history.count_comparisons(wanted).number == 2


def test_a_gallery_is_in_the_order_of_time(store: Store, history: History) -> None:
    for number in range(3):
        store.create(
            Ask(f"number {number}", ("a", "b")), comparison_id=new_id(), new_id=new_id,
            gateway="g", server="one", visitor="v", at=later(number),
        )  # fmt: skip
    newest = [one.prompt for one in history.gallery(Filter(), offset=0, limit=2)]
    assert newest == ["number 2", "number 1"]
    oldest = history.gallery(Filter(), offset=0, limit=2, oldest=True)
    assert [one.prompt for one in oldest] == ["number 0", "number 1"]
    assert list(history.page(Filter(), offset=0, limit=6)["alias"]) == ["a", "b"] * 3


def test_chosen_generations_come_in_the_order_asked_for(store: Store, history: History) -> None:
    first, second = asked(store, "first", "a", "b"), asked(store, "second", "a")
    ids = [second.generations[0].id, first.generations[1].id, "nowhere", second.generations[0].id]
    shown = history.generations(ids)
    assert [(one.prompt, one.generations[0].alias) for one in shown] == [
        ("second", "a"),
        ("first", "b"),
    ]


def test_the_choices_are_what_there_is(store: Store, history: History) -> None:
    assert history.choices().aliases == ()
    asked(store, "x", "nano-banana", "gpt-image")
    asked(store, "y", "gpt-image", "a")
    assert history.choices().aliases == ("a", "gpt-image", "nano-banana")
    assert history.choices().answered_by == ()
    assert history.choices().gateways == ("http://gateway.test",)


def test_a_database_of_the_first_version_is_brought_up_to_date(database_url: str) -> None:
    _first_version(database_url)
    store = Store(database_url)
    history = History(store)
    assert found(history, Filter(q="old WHALE")) == ["an old whale"]
    assert found(history, Filter(with_inputs=True)) == ["an old whale"]
    asked(store, "a new whale")
    assert found(history, Filter(q="whale")) == ["a new whale", "an old whale"]
    migrated = _shape(store)
    with store.change() as connection:
        assert connection.execute(sa.select(schema_version.c.version)).scalar_one() == NEWEST
    store.close()
    again = Store(database_url)
    assert _shape(again) == migrated
    assert set(migrated) == {table.name for table in metadata.sorted_tables}
    for table in metadata.sorted_tables:
        columns, indexes = migrated[table.name]
        assert columns == {column.name for column in table.columns}
        assert indexes >= {str(index.name) for index in table.indexes}
    again.close()


def _shape(store: Store) -> dict[str, tuple[set[str], set[str]]]:
    inspector = sa.inspect(store.reading)
    return {
        name: (
            {column["name"] for column in inspector.get_columns(name)},
            {str(index["name"]) for index in inspector.get_indexes(name)},
        )
        for name in inspector.get_table_names()
        if not name.startswith("prompt_search")
    }


def _first_version(url: str) -> None:
    """A database as the first version made it, with one row."""
    engine = sa.create_engine(url)
    big = "INTEGER PRIMARY KEY" if url.startswith("sqlite") else "BIGSERIAL PRIMARY KEY"
    with engine.begin() as connection:
        for statement in FIRST_VERSION.replace("SERIAL_KEY", big).split(";"):
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql(
            "INSERT INTO comparisons VALUES ('c1', 1, 'an old whale', '[\"a\"]', 1, "
            """'[{"sha256": "b", "extension": "png", "name": "x"}]', 'v', 0)"""
        )
        connection.exec_driver_sql(
            "INSERT INTO generations (id, comparison_id, alias, sample, position, state, attempt, "
            "gateway, created_at, text) VALUES ('g1', 'c1', 'a', 1, 0, 'failed', 1, 'g', 1, '')"
        )
    engine.dispose()


FIRST_VERSION = """
CREATE TABLE comparisons (id TEXT NOT NULL PRIMARY KEY, created_at BIGINT NOT NULL,
  prompt TEXT NOT NULL, aliases JSON NOT NULL, samples INTEGER NOT NULL, inputs JSON NOT NULL,
  visitor TEXT NOT NULL, version INTEGER NOT NULL);
CREATE TABLE generations (seq SERIAL_KEY, id TEXT NOT NULL UNIQUE,
  comparison_id TEXT NOT NULL REFERENCES comparisons (id) ON DELETE CASCADE, alias TEXT NOT NULL,
  sample INTEGER NOT NULL, position INTEGER NOT NULL, state TEXT NOT NULL,
  attempt INTEGER NOT NULL, server TEXT, gateway TEXT NOT NULL, created_at BIGINT NOT NULL,
  started_at BIGINT, finished_at BIGINT, latency_s DOUBLE PRECISION, sha256 TEXT, extension TEXT,
  format TEXT, bytes BIGINT, width INTEGER, height INTEGER, others JSON, answered_by TEXT,
  text TEXT NOT NULL, finish_reason TEXT, prompt_tokens BIGINT, completion_tokens BIGINT,
  total_tokens BIGINT, cost_usd DOUBLE PRECISION, error_kind TEXT, error_message TEXT);
CREATE INDEX generations_of_comparison ON generations (comparison_id, position);
CREATE INDEX generations_by_state ON generations (state, seq);
CREATE INDEX generations_by_alias ON generations (alias, state, seq);
CREATE TABLE attempts (generation_id TEXT NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
  number INTEGER NOT NULL, state TEXT NOT NULL, gateway TEXT NOT NULL, started_at BIGINT NOT NULL,
  finished_at BIGINT, latency_s DOUBLE PRECISION, status INTEGER, error_kind TEXT,
  error_message TEXT, text TEXT NOT NULL, kept TEXT, facts JSON NOT NULL,
  PRIMARY KEY (generation_id, number));
CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO schema_version VALUES (1)
"""
