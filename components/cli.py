"""Take an exported history in from the command line.

    python -m components.cli FILE

Uses the same settings as the server; the server may be running meanwhile.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from components import services
from components.domain.errors import TriptychError
from components.settings import read_settings
from components.transfer.history_import import Limits, import_history, summary

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Import the file that the command line names; exits with a sentence where that fails."""
    parser = argparse.ArgumentParser(
        prog="python -m components.cli",
        description="Take the ZIP of an exported history in.",
    )
    parser.add_argument("file", type=Path, help="a ZIP from /export/history.zip")
    given = parser.parse_args()
    try:
        settings = read_settings(ROOT)
        store, media = services.open_storages(settings)
        limits = Limits(settings.max_picture_pixels, settings.max_reply_bytes)
        with given.file.open("rb") as file:
            done = import_history(file, store, media, limits)
        store.close()
    except TriptychError as exc:
        sys.exit(str(exc))
    except OSError as exc:
        sys.exit(f"The file cannot be read: {exc.strerror}.")
    print(summary(done))  # noqa: T201  # what the command is for


if __name__ == "__main__":
    main()
