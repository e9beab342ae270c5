"""One cell of the grid: a generation from its running clock to its picture or its sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html import escape

import streamlit as st

from components.domain import formatting
from components.domain.estimates import Expected
from components.domain.model import Generation, Picture, State, Success
from components.ui.compare import live


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
        st.html(
            f'<div class="tt-head"><span class="tt-alias">{escape(generation.alias)}</span>'
            f'<span class="tt-note">{note}</span></div>'
        )
        if generation.success is not None:
            st.html(_picture(generation, generation.success, standing))
            _picture_actions(generation, generation.success, actions)
        elif generation.state.ended:
            st.html(_fault(generation))
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


def _picture(generation: Generation, success: Success, standing: Standing) -> str:
    picture = success.picture
    alt = f"Picture by {generation.alias}, sample {generation.sample}"
    fastest = ' <span class="tt-mark">fastest</span>' if standing.fastest else ""
    smallest = ' <span class="tt-mark">smallest</span>' if standing.smallest else ""
    return f"""
<a class="tt-frame" href="{picture.media_path}" target="_blank" title="Open the original">
<img src="{picture.preview_path}" alt="{escape(alt)}" width="{picture.width}"
 height="{picture.height}"></a>
<div class="tt-figures">
<div class="tt-figure{" tt-best" if standing.fastest else ""}">
<span class="tt-value" data-latency-s="{generation.latency_s}">{
        formatting.seconds(generation.latency_s)
    }</span><span class="tt-unit">latency{fastest}</span></div>
<div class="tt-figure{" tt-best" if standing.smallest else ""}">
<span class="tt-value" data-bytes="{picture.bytes}" title="{picture.bytes:,} bytes">{
        formatting.size(picture.bytes)
    }</span><span class="tt-unit">{picture.bytes:,} bytes{smallest}</span></div>
</div>
<p class="tt-facts">{_facts(generation, success, picture)}</p>"""


def _facts(generation: Generation, success: Success, picture: Picture) -> str:
    tokens = success.usage.total_tokens
    facts = [
        f"{picture.width} × {picture.height} {picture.format}",
        f"{tokens:,} tokens" if tokens is not None else "tokens unknown",
        formatting.money(success.cost_usd) if success.cost_usd is not None else "cost unknown",
    ]
    if generation.attempt > 1:
        facts.append(f"attempt {generation.attempt}")
    if success.others:
        facts.append(f"{len(success.others)} more in the reply")
    answered = (
        f"answered by {escape(success.answered_by)}"
        if success.answered_by
        else "answered by: unknown"
    )
    return " · ".join(facts) + "<br>" + answered


def _picture_actions(generation: Generation, success: Success, actions: Actions) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.html(
            f'<a class="tt-button tt-small" href="/download/generation/{generation.id}" download '
            'title="The original, byte for byte as it came">Download</a>',
            width="content",
        )
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
        st.html(
            f'<div class="tt-inputs"><a href="{other.media_path}" target="_blank">'
            f'<img src="{other.preview_path}" alt="Picture {number} of the same reply"></a></div>'
        )


def _fault(generation: Generation) -> str:
    calm = generation.state in (State.CANCELLED, State.INTERRUPTED)
    message = generation.failure.message if generation.failure else ""
    until = formatting.seconds(generation.latency_s) if generation.latency_s is not None else "–"
    attempts = f"attempt {generation.attempt}" if generation.attempt > 1 else ""
    return f"""
<div class="tt-frame tt-fault{" tt-calm" if calm else ""}">
<span class="tt-state">{generation.state.value}</span><p>{escape(message)}</p></div>
<div class="tt-figures tt-none">
<div class="tt-figure"><span class="tt-value">{until}</span>
<span class="tt-unit">latency of the answer</span></div>
<div class="tt-figure"><span class="tt-value">–</span><span class="tt-unit">no picture</span></div>
</div>
<p class="tt-facts">{attempts}</p>"""


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
