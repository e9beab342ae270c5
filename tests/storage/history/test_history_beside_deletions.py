"""Reading while rows go: what one answer of the history is put together from fits together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from components.domain.filters import Filter, Order
from components.domain.generation_fields import typed
from components.domain.model import Ask, Comparison
from components.storage.annotations import Annotations
from components.storage.comparisons import Store
from components.storage.deletion import Deletion
from components.storage.history.history import History
from components.storage.job_queue import JobQueue
from tests.support.samples import NOON, create, failed


@pytest.fixture
def elsewhere(database_url: str) -> Iterator[Store]:
    """The same database as another server has it open."""
    elsewhere = Store(database_url)
    try:
        yield elsewhere
    finally:
        elsewhere.close()


@contextmanager
def after_statement(
    number: int, engine: sa.Engine, meanwhile: Callable[[], object]
) -> Iterator[None]:
    """`meanwhile` happens once, right after the engine has run its statement of this number."""
    waiting = [meanwhile] * number

    def ran(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if waiting and statement != "BEGIN":
            now = waiting.pop()
            if not waiting:
                now()

    sa.event.listen(engine, "after_cursor_execute", ran)
    try:
        yield
    finally:
        sa.event.remove(engine, "after_cursor_execute", ran)
    assert not waiting


def ended(store: Store, prompt: str, *aliases: str) -> Comparison:
    """A comparison in which everything has ended, so that it can be deleted."""
    comparison = create(store, Ask(prompt, aliases))
    queue = JobQueue(store)
    for one in comparison.generations:
        queue.claim(one.id, server="one", at=NOON)
        queue.finish(one.id, 1, failed())
    Annotations(store).tag([one.id for one in comparison.generations], ["t"])
    return comparison


def deleting(store: Store, comparison: Comparison) -> Callable[[], object]:
    deletion = Deletion(store)
    return lambda: deletion.delete([one.id for one in comparison.generations])


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("order", [Order.NEWEST, Order.FASTEST])
def test_a_page_is_shown_when_a_row_goes_between_its_statements(
    store: Store, elsewhere: Store, order: Order, number: int
) -> None:
    gone, stays = ended(store, "gone", "a", "b"), ended(store, "stays", "a")
    history = History(store)
    with after_statement(number, store.reading, deleting(elsewhere, gone)):
        page = history.page(Filter(), offset=0, limit=10, order=order)
    assert set(page["generation_id"]) >= {one.id for one in stays.generations}
    assert all(tags == ["t"] for tags in page["tags"])
    assert page["prompt"].notna().all()
    after = history.page(Filter(), offset=0, limit=10, order=order)
    assert list(after["prompt"]) == ["stays"]


def test_a_page_of_a_search_is_shown_when_a_row_goes_meanwhile(
    store: Store, elsewhere: Store
) -> None:
    gone, stays = ended(store, "a whale goes", "a"), ended(store, "a whale stays", "a")
    with after_statement(1, store.reading, deleting(elsewhere, gone)):
        page = History(store).page(Filter(q="whale"), offset=0, limit=10)
    assert set(page["generation_id"]) >= {one.id for one in stays.generations}


@pytest.mark.parametrize("number", [1, 2])
def test_the_gallery_has_no_comparison_that_lost_its_cells_meanwhile(
    store: Store, elsewhere: Store, number: int
) -> None:
    gone = ended(store, "gone", "a", "b")
    ended(store, "stays", "a")
    with after_statement(number, store.reading, deleting(elsewhere, gone)):
        shown = History(store).gallery(Filter(), offset=0, limit=10)
    assert all(one.generations for one in shown)
    assert "stays" in {one.prompt for one in shown}


@pytest.mark.parametrize("number", [1, 2])
def test_chosen_generations_are_shown_when_one_of_them_goes_meanwhile(
    store: Store, elsewhere: Store, number: int
) -> None:
    gone, stays = ended(store, "gone", "a"), ended(store, "stays", "a")
    ids = [one.generations[0].id for one in (gone, stays)]
    with after_statement(number, store.reading, deleting(elsewhere, gone)):
        shown = History(store).generations(ids)
    assert all(one.generations for one in shown)
    assert "stays" in {one.prompt for one in shown}


def test_a_comparison_is_whole_or_unknown_when_it_goes_meanwhile(
    store: Store, elsewhere: Store
) -> None:
    gone = ended(store, "gone", "a", "b")
    with after_statement(1, store.reading, deleting(elsewhere, gone)):
        assert len(store.comparison(gone.id).generations) == 2


def test_a_page_beyond_what_is_left_is_empty(store: Store) -> None:
    ended(store, "stays", "a")
    page = typed(History(store).page(Filter(), offset=25, limit=25))
    assert page.empty
    assert "tags" in page.columns
