"""What one browser tab remembers: the form's contents and ids, never results. Named functions."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from components.domain import urls
from components.domain.aliases import Alias
from components.domain.errors import AskRefused, FieldName
from components.domain.model import Ask, InputImage
from components.domain.text.cleaning import valid_text
from components.domain.validation import MAX_SAMPLES
from components.ui.shared.uploads import forget
from components.ui.shared.visitors import COOKIE, visitor_of

PROMPT, ALIASES, SAMPLES = "prompt", "aliases", "samples"
_INPUTS, _VISITOR, _REFUSED = "tt_inputs", "tt_visitor", "tt_refused"
_FILLED, _LAST_PROMPT, _UPLOADS = "tt_filled", "tt_last_prompt", "tt_uploads"
_SENT = "tt_sent"
_SLIP_S = 2.0  # a second click so soon is a slip of the hand, and would be paid for


def visitor() -> str:
    """The id by which the server counts what one visitor has under way: that of the browser.

    Of the tab, at random, where the browser does not tell.
    """
    if known := visitor_of(st.context.cookies.get(COOKIE, "")):
        return known
    if _VISITOR not in st.session_state:
        st.session_state[_VISITOR] = secrets.token_hex(8)
    return str(st.session_state[_VISITOR])


def comparison_id() -> str | None:
    """The comparison that the URL names, if it names one."""
    found = st.query_params.get(urls.COMPARISON)
    return str(found) if found else None


def open_comparison(found: str) -> None:
    """Make the URL name this comparison and nothing else."""
    st.query_params.from_dict({urls.COMPARISON: found})
    st.session_state[_FILLED] = found
    st.session_state[_LAST_PROMPT] = (st.session_state.get(PROMPT) or "").strip()


def has_just_sent(ask: Ask) -> bool:
    """Whether this very ask was sent from here within the last two seconds."""
    at, sent = st.session_state.get(_SENT, (0.0, None))
    return bool(sent == ask and time.monotonic() - at < _SLIP_S)


def note_sent(ask: Ask) -> None:
    """Remember that this ask was sent just now."""
    st.session_state[_SENT] = time.monotonic(), ask


def inputs() -> tuple[InputImage, ...]:
    """The input images that the form holds."""
    return tuple(st.session_state.get(_INPUTS, ()))


def set_inputs(images: Sequence[InputImage]) -> None:
    """Replace the input images that the form holds; the same picture stands in it once."""
    st.session_state[_INPUTS] = tuple({one.picture.sha256: one for one in images}.values())


def uploads_key() -> str:
    """The key of the upload field; a new one empties it."""
    return f"uploads-{st.session_state.setdefault(_UPLOADS, 0)}"


def uploads() -> list[UploadedFile]:
    """The files that are in the upload field now."""
    return list(st.session_state.get(uploads_key()) or ())


def empty_uploads() -> None:
    """Take the files out of the upload field: they are among the inputs now."""
    forget(uploads())
    st.session_state[_UPLOADS] = st.session_state.get(_UPLOADS, 0) + 1


def refuse(error: AskRefused | None) -> None:
    """Remember why the form was not sent, for the field that it belongs to."""
    st.session_state[_REFUSED] = (error.field, str(error)) if error else None


def refused(*fields: FieldName) -> str | None:
    """The sentence that belongs to one of these fields, if there is one."""
    found = st.session_state.get(_REFUSED)
    return found[1] if found and found[0] in fields else None


def current_ask() -> Ask:
    """What the form asks for now, unchecked."""
    return Ask(
        prompt=st.session_state.get(PROMPT) or "",
        aliases=tuple(st.session_state.get(ALIASES) or ()),
        samples=int(st.session_state.get(SAMPLES) or 1),
        inputs=inputs(),
    )


def suggest(prompt: str) -> None:
    """Put a prompt into the form; a button's callback."""
    st.session_state[PROMPT] = st.session_state[_LAST_PROMPT] = prompt
    refuse(None)


def fill(ask: Ask, table: Sequence[Alias]) -> None:
    """Put an ask into the form. Call it before the form is drawn."""
    known = [alias.name for alias in table]
    st.session_state[PROMPT] = st.session_state[_LAST_PROMPT] = ask.prompt
    st.session_state[ALIASES] = [name for name in known if name in ask.aliases] or known
    st.session_state[SAMPLES] = min(max(ask.samples, 1), MAX_SAMPLES)
    set_inputs(ask.inputs)


def fill_once(source: str, ask: Ask, table: Sequence[Alias]) -> None:
    """`fill`, once for each source, and never over a prompt that somebody typed here."""
    if st.session_state.get(_FILLED) == source:
        return
    st.session_state[_FILLED] = source
    typed = (st.session_state.get(PROMPT) or "").strip()
    if not typed or typed == st.session_state.get(_LAST_PROMPT):
        fill(ask, table)


def fill_from_setup_link(table: Sequence[Alias]) -> None:
    """Fill the form from `?prompt=…&alias=…&samples=…`, once; nothing is sent by it."""
    query = st.query_params
    if not any(name in query for name in (urls.PROMPT, urls.ALIAS, urls.SAMPLES)):
        if ALIASES not in st.session_state:
            fill(Ask("", ()), table)
        return
    samples = query.get(urls.SAMPLES, "1")
    ask = Ask(
        prompt=valid_text(query.get(urls.PROMPT, "")),
        aliases=tuple(query.get_all(urls.ALIAS)),
        samples=int(samples) if samples in {str(n) for n in range(1, MAX_SAMPLES + 1)} else 1,
    )
    fill_once(f"setup:{ask!r}", ask, table)
