"""The server. May import: services, web, ui, domain, streamlit, starlette.

Streamlit's pages, HTTP routes and security headers, and what lives as long as the process.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from components import services
from components.domain.errors import TriptychError
from components.domain.version import GENERATOR
from components.services import running_services
from components.ui.shared import uploads
from components.ui.shared.faults import on_script_error
from components.web.guards import Gate, UploadBounds
from components.web.headers import SecurityHeaders
from components.web.routes import ROUTES

ROOT = Path(__file__).resolve().parent


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Start the services before the first page and stop them after the last."""
    logging.getLogger("triptych").setLevel(logging.INFO)
    try:
        services.start(ROOT)
    except TriptychError as exc:
        _tell(exc)
        # Raised, it would go through Starlette and uvicorn, which print its traceback.
        os._exit(_REFUSED)
    _end_streams_on_signal()
    # What is imported by now stays for ever: collecting it after every rerun would be in vain.
    gc.collect()
    gc.freeze()
    _greet()
    try:
        yield {}
    finally:
        services.stop()


_REFUSED = 2


def _tell(exc: TriptychError) -> None:
    sys.stderr.write(f"Triptych cannot start. {exc}\n")
    sys.stderr.flush()


def _greet() -> None:
    """Say where the server is, when Streamlit has started it: uvicorn by itself does so too.

    Streamlit's own message is switched off in `.streamlit/config.toml`: it comes before the server
    is there, also where it then cannot start, and asks a host on the Internet for an address.
    """
    if Path(sys.argv[0]).resolve() != Path(__file__).resolve():
        return
    host = st.get_option("server.address")
    if host in (None, "0.0.0.0", "::"):  # noqa: S104  # asked for by a setting of Streamlit's
        host = "localhost"
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    path = st.get_option("server.baseUrlPath").strip("/")
    url = f"{scheme}://{host}:{st.get_option('server.port')}/{path}"
    sys.stdout.write(f"\n  {GENERATOR}\n  URL: {url.rstrip('/')}\n\n")
    sys.stdout.flush()


# Of glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8


def _keep_freed_memory() -> None:
    """Let the next picture have the memory of the last one, instead of giving it back between them.

    A picture passes through a dozen buffers of megabytes. Taking those from the kernel and giving
    them back, which is what glibc does by itself, was measured at 18 ms a picture of 1.7 MB, and
    two pools instead of one for each thread keep what is kept small. Elsewhere nothing is changed.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
        if mallopt is not None:
            mallopt(_M_ARENA_MAX, 2)  # heeded only while there are few threads
            mallopt(_M_MMAP_THRESHOLD, 32 * 1024 * 1024)
            mallopt(_M_TRIM_THRESHOLD, 64 * 1024 * 1024)


def _end_streams_on_signal() -> None:
    """End the event streams as soon as the server is asked to stop: it would wait for them."""
    loop = asyncio.get_running_loop()
    notifications = running_services().notifications
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def handle(caught: int, frame: FrameType | None, before: Any = before) -> None:
            # Not here and now: a handler may interrupt the code that holds the events' lock.
            loop.call_soon_threadsafe(notifications.close)
            if callable(before):
                before(caught, frame)

        try:
            signal.signal(number, handle)
        except ValueError:
            return  # not in the main thread, so no signal arrives here: the streams end by age


def _upload_bounds() -> UploadBounds:
    """Twice what one comparison may take: files are let go of as soon as a page has taken them."""
    settings = running_services().settings
    files = 2 * max(1, settings.max_inputs)
    return UploadBounds(files, files * settings.max_upload_bytes)


_keep_freed_memory()
try:
    # Here and not only in the lifespan: whoever serves the app loads it before anything else is
    # said or begun, so that a start that is refused says why, and nothing more.
    services.prepare(ROOT)
except TriptychError as refusal:
    _tell(refusal)
    sys.exit(_REFUSED)
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
