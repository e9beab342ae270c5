"""The server: Streamlit's pages, HTTP routes and security headers, and what lives as long as it."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from components import wiring
from components.core.errors import TriptychError
from components.ui import uploads
from components.ui.faults import on_script_error
from components.web.gate import Gate, UploadBounds
from components.web.headers import SecurityHeaders
from components.web.routes import ROUTES

ROOT = Path(__file__).resolve().parent


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Start the services before the first page and stop them after the last."""
    logging.getLogger("triptych").setLevel(logging.INFO)
    try:
        wiring.start(ROOT)
    except TriptychError as exc:
        sys.exit(f"Triptych cannot start. {exc}")
    _end_streams_on_signal()
    # What is imported by now stays for ever: collecting it after every rerun would be in vain.
    gc.collect()
    gc.freeze()
    try:
        yield {}
    finally:
        wiring.stop()


def _end_streams_on_signal() -> None:
    """End the event streams as soon as the server is asked to stop: it would wait for them."""
    loop = asyncio.get_running_loop()
    events = wiring.services().events
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def handle(caught: int, frame: FrameType | None, before: Any = before) -> None:
            # Not here and now: a handler may interrupt the code that holds the events' lock.
            loop.call_soon_threadsafe(events.close)
            if callable(before):
                before(caught, frame)

        try:
            signal.signal(number, handle)
        except ValueError:
            return  # not in the main thread, so no signal arrives here: the streams end by age


def _upload_bounds() -> UploadBounds:
    """Twice what one comparison may take: files are let go of as soon as a page has taken them."""
    settings = wiring.services().settings
    files = 2 * max(1, settings.max_inputs)
    return UploadBounds(files, files * settings.max_upload_bytes)


app = st.App(
    ROOT / "pages" / "shell.py",
    routes=ROUTES,
    middleware=[
        Middleware(SecurityHeaders),
        Middleware(Gate, held=uploads.held, bounds=_upload_bounds),
    ],
    lifespan=lifespan,
    on_script_error=on_script_error,
)

if __name__ == "__main__":
    app.run()
