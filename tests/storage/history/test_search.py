"""One meaning of a search, whatever the database and whatever the alphabet."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.domain.filters import Filter
from components.domain.model import Ask
from components.domain.text.caseless import search_text
from components.storage.comparisons import Store
from components.storage.deletion import Deletion
from components.storage.history.history import History
from components.storage.history.search import terms
from components.storage.job_queue import JobQueue
from components.storage.schema import comparisons
from tests.support.samples import NOON, create, failed


def found(store: Store, q: str) -> set[str]:
    page = History(store).page(Filter(q=q), offset=0, limit=1000)
    return set(page["prompt"])


@pytest.mark.parametrize(
    ("prompt", "q"),
    [
        ("İstanbul at night", "istanbul"),
        ("istanbul at night", "İSTANBUL"),
        ("ΟΔΟΣ", "οδος"),
        ("οδος", "ΟΔΟΣ"),
        ("Eine Straße", "STRASSE"),
        ("EINE STRASSE", "straße"),
        ("un café", "cafe\u0301"),
        ("un cafe\u0301", "CAFÉ"),
        ("Vögel über Österreich", "ÖSTERREICH"),
        ("Колибри над морем", "КОЛИБРИ"),
        ("蜂鳥と花", "蜂鳥"),
        ("ﾊﾁﾄﾞﾘ", "ハチドリ"),
        ("ＨＵＭＭＩＮＧＢＩＲＤ", "hummingbird"),
        ("قارب أزرق", "أزرق"),
        ("hum\u00admingbird", "hummingbird"),
        ("a ﬁne line", "FINE"),
    ],
)
def test_letters_beyond_ascii_are_found_in_every_case_and_composition(
    store: Store, prompt: str, q: str
) -> None:
    create(store, Ask(prompt, ("a",)))
    create(store, Ask("something else, quite", ("a",)))
    assert found(store, q) == {prompt}
    assert History(store).count(Filter(q=q)).number == 1


@pytest.fixture
def both(tmp_path: Path, postgres_url: str) -> Iterator[tuple[Store, Store]]:
    """One empty store of each kind."""
    stores = Store(f"sqlite:///{tmp_path / 'test.sqlite3'}"), Store(postgres_url)
    yield stores
    for store in stores:
        store.close()


# Letters that have something to do with each other, so that a search has a chance.
_LETTERS = st.sampled_from([*"aAiIıİsSßẞσςΣéÉäÄоОКк%_\"'\\ \n，ＡＢ가각花لا", "\u0301", "\u0307",
                            "\u0327", "\u00ad", "\u200d", "ﬁ", "ǰ", "ﷺ"])  # fmt: skip
_ANY = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
_TEXTS = st.text(_LETTERS | _ANY, min_size=1, max_size=12)


def _as_written(word: str, form: str) -> str:
    return {"upper": str.upper, "lower": str.lower, "title": str.title}.get(
        form, lambda text: unicodedata.normalize("NFD", text)
    )(word)


def test_both_databases_find_what_the_folding_says_for_any_prompt_and_word(
    both: tuple[Store, Store],
) -> None:
    prompts: set[str] = set()

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_TEXTS, st.data())
    def check(prompt: str, data: st.DataObject) -> None:
        if prompt not in prompts:
            prompts.add(prompt)
            for store in both:
                create(store, Ask(prompt, ("a",)))
        start = data.draw(st.integers(0, len(prompt) - 1))
        end = data.draw(st.integers(start + 1, len(prompt)))
        form = data.draw(st.sampled_from(["upper", "lower", "title", "NFD"]))
        q = data.draw(st.just(_as_written(prompt[start:end], form)) | _TEXTS)
        words = terms(q)
        expected = {one for one in prompts if all(word in search_text(one) for word in words)}
        assert [found(store, q) for store in both] == [expected, expected]

    check()


def test_a_row_of_an_earlier_server_is_found_once_this_version_starts_again(
    store: Store, database_url: str
) -> None:
    early, late = create(store, Ask("ein Vogel", ("a",))), create(store, Ask("ZWEI VÖGEL", ("a",)))
    with store.change() as connection:
        connection.execute(comparisons.delete().where(comparisons.c.id == late.id))
        connection.execute(
            sa.text(
                "INSERT INTO comparisons (id, created_at, prompt, aliases, samples, inputs,"
                " visitor, version) VALUES (:id, 1, 'ZWEI VÖGEL', '[\"a\"]', 1, '[]', '', 0)"
            ),
            {"id": late.id},
        )
        connection.execute(
            sa.text(
                "INSERT INTO generations (id, comparison_id, alias, sample, position, state,"
                " attempt, gateway, created_at, text) VALUES"
                " ('g', :id, 'a', 1, 0, 'failed', 1, 'g', 1, '')"
            ),
            {"id": late.id},
        )
    assert found(store, "v") == {early.prompt}
    assert found(store, "vögel") == set()
    assert found(store, "") == {early.prompt, late.prompt}
    Store(database_url).close()
    assert found(store, "vögel") == {late.prompt}
    assert found(store, "vö") == {late.prompt}
    Deletion(store).delete(["g"])
    assert found(store, "vögel") == set()


def test_a_deleted_prompt_is_gone_from_the_index(store: Store) -> None:
    gone = create(store, Ask("a whale goes", ("a",)))
    create(store, Ask("a whale stays", ("a",)))
    queue = JobQueue(store)
    [cell] = gone.generations
    queue.claim(cell.id, server="one", at=NOON)
    queue.finish(cell.id, 1, failed())
    Deletion(store).delete([cell.id])
    assert found(store, "whale") == {"a whale stays"}
    if store.is_sqlite:
        with store.change() as connection:
            connection.exec_driver_sql(
                "INSERT INTO prompt_search (prompt_search, rank) VALUES ('integrity-check', 1)"
            )


def test_a_search_has_a_form_of_its_own_for_blanks_quotes_and_full_width() -> None:
    assert terms('Ｒed　"Two Words" red') == ("red", "two words")
    assert terms("\u200b \u00ad") == ()
