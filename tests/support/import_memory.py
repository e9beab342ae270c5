"""How much memory an import takes, measured in a process of its own.

`python -m tests.support.import_memory FILE …` prints, as JSON, for each file the megabytes that
the process held at most beyond what it held before, and what came of the import.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from components.domain.errors import ImportRefused
from components.storage.comparisons import Store
from components.storage.media.media import Media
from components.transfer.history_import import Limits, import_history

ROOT = Path(__file__).resolve().parent.parent.parent


def measured(*files: Path) -> list[dict[str, Any]]:
    """Of each file: `mb`, and `refused` (a sentence) or `added` (how many generations)."""
    command = [sys.executable, "-m", "tests.support.import_memory", *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _peak_mb() -> float:
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in x)
    return int(line.split()[1]) * 1024 / 1e6


def _import(file: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, file.open("rb") as opened:
        store = Store(f"sqlite:///{folder}/test.sqlite3")
        media = Media((Path(folder) / "media").as_uri())
        before = _peak_mb()
        told: dict[str, Any]
        try:
            done = import_history(opened, store, media, Limits(pixels=10**6, bytes=10**6))
            told = {"added": done.added}
        except ImportRefused as exc:
            told = {"refused": str(exc)}
        store.close()
        return {"file": file.name, "mb": round(_peak_mb() - before, 1), **told}


if __name__ == "__main__":
    for name in sys.argv[1:]:
        # A fork's peak begins at what it holds: each file is measured by itself.
        child = os.fork()
        if not child:
            sys.stdout.write(json.dumps(_import(Path(name))) + "\n")
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)
