"""Filters as the query of a URL, there and back."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from components.domain.errors import FilterRefused
from components.domain.filters import read_filter


class Query(dict[str, list[str]]):
    """The query of a URL."""

    def getlist(self, key: str) -> list[str]:
        return self.get(key, [])


@pytest.mark.parametrize(
    "query",
    [
        {"state": ["melted"]},
        {"from": ["yesterday"]},
        {"to": ["2026-13-01"]},
        {"inputs": ["perhaps"]},
        {"starred": ["yes"]},
        {"to": ["2026-03-01T25:00"]},
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_with_a_sentence(
    query: dict[str, list[str]],
) -> None:
    with pytest.raises(FilterRefused, match=r"\.$"):
        read_filter(Query(query))


def test_a_filter_comes_back_from_its_own_query() -> None:
    query = Query(
        q=["a b"], alias=["x", "y"], state=["failed"], answered_by=["m"], gateway=["http://g"],
        tag=["t & u"], inputs=["without"], starred=["true"], comparison=["c"],
        **{"from": ["2026-03-01"], "to": ["2026-03-31"]},
    )  # fmt: skip
    wanted = read_filter(query)
    assert wanted.since is not None
    assert wanted.until is not None
    assert (wanted.until - wanted.since).days == 31
    assert read_filter(Query(parse_qs(wanted.query[1:]))) == wanted
    moment = read_filter(Query({"from": ["2026-03-01T10:00:00 02:00"]}))
    assert moment.since is not None
    assert moment.since.hour == 8
    assert read_filter(Query(parse_qs(moment.query[1:]))) == moment
    assert read_filter(Query()).anything
