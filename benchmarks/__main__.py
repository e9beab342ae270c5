"""All figures in one run: `python -m benchmarks`, or one group: `python -m benchmarks comparison`.

Everything runs on loopback against a gateway of its own, in processes that end with it. The whole
takes about half an hour; `--quick` measures less often, `--long` adds the long ones.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import inspect
import time

from benchmarks.table import Row, machine, show

# Each is a module here with `TITLE` and `rows()`, or with a `main()` that prints its own table.
GROUPS = (
    "comparison",
    "start",
    "viewers",
    "sixty",
    "stopping",
    "soak",
    "hostile",
    "history",
    "exports",
)


def _present() -> list[str]:
    return [name for name in GROUPS if importlib.util.find_spec(f"benchmarks.{name}")]


def _run(name: str, *, quick: bool, long: bool) -> None:
    module = importlib.import_module(f"benchmarks.{name}")
    began = time.monotonic()
    if not hasattr(module, "rows"):
        module.main()
        return
    takes = inspect.signature(module.rows).parameters
    how = {"quick": quick, "long": long}
    found: list[Row] = module.rows(**{key: how[key] for key in how if key in takes})
    show(getattr(module, "TITLE", name), found)
    print(f"({name}: {time.monotonic() - began:.0f} s)", flush=True)


def main() -> None:
    """Run the groups that were asked for, or all."""
    present = _present()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=", ".join(present))
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument("--long", action="store_true", help="the long ones in full")
    asked = parser.parse_args()
    for name in asked.groups:
        if name not in present:
            parser.error(f"there is no group {name!r}; there are {', '.join(present)}")
    print(f"Measured on {machine()}", flush=True)
    for name in asked.groups or present:
        _run(name, quick=asked.quick, long=asked.long)


if __name__ == "__main__":
    main()
