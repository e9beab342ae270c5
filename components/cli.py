"""The command line, `python -m components`: one function a verb.

A verb gives its exit status: 0 when it is done, 1 when it could not be done. 2 is for what keeps
it from beginning: a command line, settings or storages that cannot be used.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from components.domain.errors import TriptychError
from components.domain.version import GENERATOR

ROOT = Path(__file__).resolve().parent.parent
DONE, FAILED, REFUSED = 0, 1, 2


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; the exit status. Ends the process where that is no verb."""
    given = _parser().parse_args(arguments)
    status: int = given.verb(given)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m components",
        description="Compare image-generation aliases side by side.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=GENERATOR)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    serve = verbs.add_parser(
        "serve",
        help="start the server",
        description="Start the server: the same as `streamlit run app.py`.",
    )
    serve.add_argument("--host", help="address to listen on; default: every one of this machine")
    serve.add_argument("--port", type=_port, help="port to listen on; default: 8501")
    serve.set_defaults(verb=_serve)

    bring_in = verbs.add_parser(
        "import",
        help="take an exported history in",
        description="Take the ZIP of an exported history in. Uses the same settings as the "
        "server; the server may be running meanwhile.",
    )
    bring_in.add_argument("file", metavar="FILE", type=Path, help="a ZIP from /export/history.zip")
    bring_in.set_defaults(verb=_import)
    return parser


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def _serve(given: argparse.Namespace) -> int:
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    for option, value in (("--server.address", given.host), ("--server.port", given.port)):
        if value is not None:
            command += [option, str(value)]
    os.chdir(ROOT)  # where Streamlit looks for its configuration
    # In the place of this process, so that a signal to stop reaches the server itself.
    os.execv(sys.executable, command)  # noqa: S606


def _import(given: argparse.Namespace) -> int:
    # Not above: asking for help or the version need not wait for pandas and the drivers.
    from components import services
    from components.settings import read_settings
    from components.transfer.history_import import Limits, import_history, summary

    try:
        settings = read_settings(ROOT)
        store, media = services.open_storages(settings)
    except TriptychError as exc:
        return _say(f"Nothing was taken in. {exc}", REFUSED)
    limits = Limits(settings.max_picture_pixels, settings.max_reply_bytes)
    try:
        with given.file.open("rb") as file:
            done = import_history(file, store, media, limits)
    except TriptychError as exc:
        return _say(str(exc), FAILED)
    except OSError as exc:
        return _say(f"The file cannot be read: {exc.strerror}.", FAILED)
    finally:
        store.close()
    sys.stdout.write(f"{summary(done)}\n")
    return DONE


def _say(sentence: str, status: int) -> int:
    sys.stderr.write(f"{sentence}\n")
    return status
