"""The history's filter, order and view. All of it lives in the URL, so that it can be shared."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Literal

import streamlit as st

from components.domain.filters import Filter, Order, end_of, first_moment
from components.domain.formatting import plain
from components.domain.history import Choices
from components.domain.model import State
from components.domain.text.caseless import search_text
from components.domain.text.cleaning import valid_text

PAGE = "page"
_WITH, _WITHOUT = "with", "without"
_MORE = ("answered_by", "gateway", "tag", "from", "to", "inputs", "starred")


class View(StrEnum):
    """How the history is shown."""

    TABLE = "table"
    GALLERY = "gallery"


# The lists that may be too long to be sent whole, and what one entry of them is called.
_LONG = {"alias": "alias", "answered_by": "model", "gateway": "gateway", "tag": "tag"}


def looked_for() -> dict[str, list[str]]:
    """What is chosen in the lists, by link or by hand: what the choices have to know of."""
    state, query = st.session_state, st.query_params
    return {name: list(state[name] if name in state else query.get_all(name)) for name in _LONG}


def show_filter(choices: Choices) -> tuple[Filter, Order, View]:
    """Search, filters, order and view as they are set now; `choices` know what is `looked_for`."""
    _tell_what_is_not_here(choices)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="tt-filter"):
        q = st.text_input(
            "Search prompts",
            key="q",
            bind="query-params",
            placeholder='hummingbird, "night sky"',
            icon=":material/search:",
            width=260,
            max_chars=200,
            on_change=to_first_page,
        )
        aliases = _several("Alias", "alias", choices.aliases, choices.more, width=220)
        states = _several("State", "state", [state.value for state in State], width=220)
        order = st.selectbox(
            "Sort by",
            [order.value for order in Order],
            key="sort",
            bind="query-params",
            width=140,
            on_change=to_first_page,
        )
        chosen = sum(bool(st.session_state.get(key)) for key in _MORE)
        label = f"More filters · {chosen}" if chosen else "More filters"
        with st.popover(label, key="tt-more", width="content"):
            more = _show_more(choices)
        view = st.segmented_control(
            "View",
            [view.value for view in View],
            default=View.TABLE.value,
            required=True,
            key="view",
            bind="query-params",
            label_visibility="collapsed",
            on_change=to_first_page,
        )
    wanted = replace(
        more,
        q=valid_text(q or "").strip(),
        aliases=tuple(aliases),
        states=tuple(State(name) for name in states),
    )
    return wanted, Order(order or Order.NEWEST), View(view or View.TABLE)


def _show_more(choices: Choices) -> Filter:
    answered_by = _several("Answered by", "answered_by", choices.answered_by, choices.more)
    gateways = _several("Gateway", "gateway", choices.gateways, choices.more)
    tags = _several("Tag", "tag", choices.tags, choices.more)
    since, until = st.columns(2)
    first = since.date_input("From (UTC)", None, key="from", bind="query-params",
                             format="YYYY-MM-DD", on_change=to_first_page)  # fmt: skip
    last = until.date_input("To (UTC)", None, key="to", bind="query-params",
                            format="YYYY-MM-DD", on_change=to_first_page)  # fmt: skip
    if first and last and first > last:
        st.caption("“From” is later than “To”, so nothing can be found.")
    inputs = st.pills("Input images", [_WITH, _WITHOUT], key="inputs", bind="query-params",
                      on_change=to_first_page)  # fmt: skip
    starred = st.toggle("Starred only", key="starred", bind="query-params",
                        on_change=to_first_page)  # fmt: skip
    return Filter(
        answered_by=tuple(answered_by),
        gateways=tuple(gateways),
        tags=tuple(tags),
        since=first_moment(first) if isinstance(first, date) else None,
        until=end_of(last) if isinstance(last, date) else None,
        with_inputs=None if not inputs else inputs == _WITH,
        starred=starred,
    )


def _several(
    label: str,
    key: str,
    options: Sequence[str],
    more: Collection[str] = (),
    width: int | Literal["stretch"] = "stretch",
) -> list[str]:
    cut = key in more
    chosen = st.multiselect(
        label,
        list(options),
        key=key,
        bind="query-params",
        width=width,
        placeholder="all, type to find more" if cut else "all",
        help="There are more than this list shows. Type a part of another one and add it, and the "
        "list gets what holds it." if cut else None,
        accept_new_options=cut,
        # Enter would take all that match in its place.
        select_all=not cut,
        filter_mode="contains" if cut else "fuzzy",
        on_change=to_first_page,
    )  # fmt: skip
    return [one for one in chosen if one in options]


def to_first_page() -> None:
    """What a callback does when something else is looked for than before."""
    st.session_state[PAGE] = 1


def _tell_what_is_not_here(choices: Choices) -> None:
    """Say which parts of a link cannot be used here: the widgets pass over them in silence."""
    known: dict[str, Sequence[str]] = {
        "alias": choices.aliases,
        "state": list(State),
        "answered_by": choices.answered_by,
        "gateway": choices.gateways,
        "tag": choices.tags,
        "sort": list(Order),
        "view": list(View),
        "inputs": (_WITH, _WITHOUT),
        "starred": ("true", "false"),
    }
    query = st.query_params
    strange = [
        value
        for name, options in known.items()
        if name not in choices.more
        for value in query.get_all(name)
        if value and value not in options
    ]
    strange += [query[name] for name in ("from", "to") if name in query and not _day(query[name])]
    if strange:
        names = ", ".join(f"“{value[:60]}”" for value in strange[:5])
        st.warning(
            plain(f"The link asks for {names}, which cannot be found here; it is left out."),
            icon=":material/filter_alt_off:",
        )
    for name in sorted(choices.more):
        _tell_what_is_only_a_part(name, known[name])


def _tell_what_is_only_a_part(name: str, options: Sequence[str]) -> None:
    for value in looked_for()[name]:
        if value in options:
            continue
        alike = [one for one in options if search_text(value) in search_text(one)]
        found = f"Some that hold it are in the list now: {_some(alike)}." if alike else ""
        st.warning(
            plain(f"There is no {_LONG[name]} “{value[:60]}”; it is left out. {found}"),
            icon=":material/filter_alt_off:",
        )


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{name[:60]}”" for name in names[:5])
    return shown + (" and others" if len(names) > 5 else "")


def _day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
