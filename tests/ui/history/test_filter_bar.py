"""The history's lists of choices, when there is more to choose than they show."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest


def bar() -> None:
    import streamlit as st

    from components.domain.history import Choices
    from components.ui.history.filter_bar import looked_for, show_filter

    every = [f"tag {number:04}" for number in range(900)]
    asked = looked_for()["tag"]
    beyond = [one for one in every[200:] if any(part in one for part in asked)]
    choices = Choices(("a",), (), ("g",), (*every[:200], *beyond), frozenset({"tag"}))
    wanted, _, _ = show_filter(choices)
    st.json(list(wanted.tags))


def shown(query: dict[str, list[str]]) -> AppTest:
    app = AppTest.from_function(bar)
    for name, values in query.items():
        app.query_params[name] = values
    app.run()
    assert not app.exception
    return app


def tags_of(app: AppTest) -> list[str]:
    """What the filter holds then."""
    found: list[str] = json.loads(app.json[0].value)
    return found


def test_a_link_names_what_the_list_does_not_show() -> None:
    app = shown({"tag": ["tag 0201"]})
    assert tags_of(app) == ["tag 0201"]
    assert not app.warning


def test_a_list_that_is_cut_says_so_and_a_whole_one_does_not() -> None:
    app = shown({})
    assert "There are more than this list shows" in app.multiselect(key="tag").help
    assert "find more" in app.multiselect(key="tag").proto.placeholder
    assert not app.multiselect(key="alias").help


def test_a_part_that_is_typed_finds_the_rest_and_is_left_out() -> None:
    app = shown({})
    app.multiselect(key="tag").set_value(["tag 0001", "072"]).run()
    assert tags_of(app) == ["tag 0001"]
    assert "tag 0725" in app.multiselect(key="tag").options
    [warning] = app.warning
    assert "There is no tag “072”" in warning.value
    assert "“tag 0720”" in warning.value
    app.multiselect(key="tag").set_value(["tag 0001", "tag 0725"]).run()
    assert tags_of(app) == ["tag 0001", "tag 0725"]
    assert not app.warning


def test_a_link_to_what_is_nowhere_is_told_for_both_kinds_of_list() -> None:
    app = shown({"tag": ["nowhere"], "alias": ["nobody"]})
    assert tags_of(app) == []
    assert sorted(one.value[:20] for one in app.warning) == [
        "The link asks for “n",
        "There is no tag “now",
    ]
