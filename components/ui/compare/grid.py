"""A comparison on the page: what was asked, how far it is, and one column an alias."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import streamlit as st

from components.domain import formatting, urls
from components.domain.estimates import Expected
from components.domain.model import Comparison, Generation
from components.ui.compare import live
from components.ui.compare.cell import Actions, Standing, show_cell
from components.ui.shared import clipboard
from components.ui.shared.pieces import pieces

_HTML = pieces("grid.html")


def show_asked(comparison: Comparison) -> None:
    """The prompt, the input images as they were sent, when, and through which gateway."""
    gateways = list(dict.fromkeys(one.gateway for one in comparison.generations))
    st.html(
        _HTML.asked(
            comparison,
            formatting.moment(comparison.created_at),
            ", ".join(gateways),
            [formatting.size(one.picture.bytes) for one in comparison.inputs],
        )
    )


def show_toolbar(
    comparison: Comparison,
    *,
    now: datetime,
    cancel_all: Callable[[Comparison], None],
    run_again: Callable[[Comparison], None],
) -> None:
    """How many landed, the clock, and what can be done with the comparison as a whole."""
    took = formatting.took(comparison.generations)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="tt-toolbar"):
        live.elapsed(
            formatting.progress(comparison.generations),
            comparison=comparison,
            elapsed_s=(now - comparison.created_at).total_seconds(),
            running=not comparison.ended,
            after=f" in {formatting.seconds(took)}" if took is not None else "",
        )
        clipboard.copy_link(
            "Copy link",
            comparison.path,
            key="tt-copy-link",
            title="Whoever can reach this server sees exactly this comparison",
        )
        st.html(_HTML.zip(urls.comparison_zip(comparison.id)), width="content")
        st.html(_HTML.page(urls.comparison_html(comparison.id)), width="content")
        if not comparison.ended:
            st.button(
                "Cancel",
                key="tt-cancel-all",
                on_click=cancel_all,
                args=(comparison,),
                help="Stop waiting for all that have not landed. The gateway may still bill them.",
            )
        if st.button(
            "Run again",
            key="tt-run-again",
            help="Send the same prompt to the same aliases once more, as a new comparison.",
        ):
            run_again(comparison)


def show_grid(
    comparison: Comparison,
    expected: Mapping[str, Expected],
    actions: Actions,
    now: datetime,
) -> None:
    """One column an alias, in their order whatever the order of arrival, samples below each other.

    A single alias with several samples gets a column for each sample instead.
    """
    fastest, smallest = formatting.best(comparison.generations)
    columns: dict[str, list[Generation]] = {}
    alone = len(comparison.aliases) == 1
    for one in comparison.generations:
        columns.setdefault(one.id if alone else one.alias, []).append(one)
    grid = st.grid(max(len(columns), 2), min_column_width=300, gap="medium", key="tt-grid")
    for column in columns.values():
        with grid.cell():
            for one in column:
                standing = Standing(
                    fastest=one.id in fastest,
                    smallest=one.id in smallest,
                    several_samples=comparison.samples > 1,
                    expected=expected.get(one.alias),
                )
                show_cell(one, standing, actions, now)
    if not comparison.ended:
        live.listen(comparison.id, comparison.version)
