"""One cell of the grid: a generation from its running clock to its picture or its sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from components.domain import formatting, urls
from components.domain.captions import caption
from components.domain.estimates import Expected
from components.domain.model import Generation, State, Success
from components.ui.compare import live
from components.ui.shared.pieces import pieces

_HTML = pieces("cell.html")


@dataclass(frozen=True)
class Actions:
    """What the buttons of a cell do, and what it shows on demand; handed in by the page."""

    retry: Callable[[Generation], None]
    cancel: Callable[[Generation], None]
    use_as_input: Callable[[Generation], None]
    details: Callable[[Generation], None]
    curl: Callable[[Generation], str]
    trouble: Callable[[Generation], str | None]


@dataclass(frozen=True)
class Standing:
    """How a generation compares with the others of its comparison."""

    fastest: bool
    smallest: bool
    several_samples: bool
    expected: Expected | None


def show_cell(generation: Generation, standing: Standing, actions: Actions, now: datetime) -> None:
    """Draw one generation in a container of key `generation-<alias>-<sample>`."""
    with st.container(key=generation.cell, gap="xsmall"):
        note = f"sample {generation.sample}" if standing.several_samples else ""
        st.html(_HTML.head(generation.alias, note))
        words = caption(generation, fastest=standing.fastest, smallest=standing.smallest)
        if generation.success is not None:
            st.html(_HTML.picture(generation, words))
            _picture_actions(generation, generation.success, actions)
        elif generation.state.ended:
            st.html(_HTML.fault(generation, words))
            _fault_actions(generation, actions)
        else:
            _show_waiting(generation, standing.expected, actions, now)


def _show_waiting(
    generation: Generation, expected: Expected | None, actions: Actions, now: datetime
) -> None:
    running = generation.state is State.RUNNING
    began = (generation.started_at if running else None) or generation.created_at
    say = "" if running else "waiting for its turn"
    if generation.attempt > 1 and running:
        say = f"attempt {generation.attempt}"
    if trouble := actions.trouble(generation):
        say = trouble
    live.waiting(
        generation.cell,
        generation_id=generation.id,
        elapsed_s=(now - began).total_seconds(),
        usually=formatting.usually(expected),
        until_s=expected.seconds[1] if expected and expected.seconds else None,
        say=say,
    )
    st.button(
        "Cancel",
        key=f"cancel-{generation.id}",
        type="tertiary",
        on_click=actions.cancel,
        args=(generation,),
        help="Stop waiting for this one. The gateway may still bill it.",
    )


def _picture_actions(generation: Generation, success: Success, actions: Actions) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.html(_HTML.download(urls.download(generation.id)), width="content")
        if st.button(
            "Use as input",
            key=f"use-{generation.id}",
            type="tertiary",
            help="Put this picture into the form, for a variation or an edit.",
        ):
            actions.use_as_input(generation)
        if success.text:
            with st.popover("Text", type="tertiary", key=f"text-{generation.id}"):
                st.code(success.text, language=None, wrap_lines=True)
        _curl(generation, actions)
        _details(generation, actions)
    for number, other in enumerate(success.others, 2):
        st.html(_HTML.further(other, number))


def _fault_actions(generation: Generation, actions: Actions) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "Retry",
            key=f"retry-{generation.id}",
            on_click=actions.retry,
            args=(generation,),
            help="Send this one again. It may be billed again.",
        )
        if generation.text:
            with st.popover("Text", type="tertiary", key=f"text-{generation.id}"):
                st.code(generation.text, language=None, wrap_lines=True)
        _curl(generation, actions)
        _details(generation, actions)


def _curl(generation: Generation, actions: Actions) -> None:
    with st.popover("curl", type="tertiary", key=f"curl-{generation.id}"):
        st.caption("The same request from a shell, with the token in `$BEARER`.")
        st.code(actions.curl(generation), language="bash", wrap_lines=True)


def _details(generation: Generation, actions: Actions) -> None:
    if st.button("Details", key=f"details-{generation.id}", type="tertiary"):
        actions.details(generation)
