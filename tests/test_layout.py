"""The folders tell who may import whom: this reads them and holds all to it.

A rule is the first line of a package's `__init__` (of `app.py`, for itself). `May import:` names
packages of ours, without `components.`, and libraries that reach outside. A package may always
import itself and what is below it. `PURE` forbids what of the standard library reaches outside too.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPLICATION = ("components", "pages", "benchmarks")
# Whoever imports one of these reaches HTTP, SQL, the object store, pixels or the browser by it.
LIBRARIES = {"PIL", "httpx", "obstore", "playwright", "psycopg", "requests", "sqlalchemy",
             "starlette", "streamlit", "uvicorn"}  # fmt: skip
REACHING = {"concurrent.futures", "os", "pathlib", "shutil", "socket", "sqlite3", "subprocess",
            "threading", "urllib.request"}  # fmt: skip
_RULE = re.compile(r"May import: ([^.]+(?:\.[a-z]+)*(?:, [a-zA-Z.]+)*)\.(?:\s|$)")


def modules() -> list[Path]:
    """Every module of the application: `app.py` and all below the three folders."""
    found = [file for folder in APPLICATION for file in (ROOT / folder).rglob("*.py")]
    return [ROOT / "app.py", *sorted(found)]


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


def first_line(file: Path) -> str:
    return (ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "").split("\n", 1)[0]


def rule_of(file: Path) -> tuple[str, Path]:
    """The first line that a module stands under, and the file that it stands in."""
    place = file if file.name == "app.py" else file.parent / "__init__.py"
    return first_line(place), place


def allowed(rule: str) -> set[str] | None:
    """What a first line allows; None for anything."""
    names = {name.strip() for name in rule.partition("May import: ")[2].rstrip(".").split(",")}
    return None if names == {"anything"} else names - {"nothing"}


def imports(file: Path) -> set[str]:
    """Every module that a file names in an import, at whatever depth."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{named(file)} has a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def within(package: str, module: str) -> bool:
    return module == package or module.startswith(f"{package}.")


@pytest.mark.parametrize("file", modules(), ids=named)
def test_every_module_stands_under_a_rule_and_keeps_it(file: Path) -> None:
    rule, place = rule_of(file)
    assert "May import: " in rule, f"{named(place)} does not say in its first line what it imports"
    may = allowed(rule)
    if may is None:
        return
    own = ".".join(file.parent.relative_to(ROOT).parts)
    for module in imports(file):
        ours = within("components", module) or module.split(".")[0] in {*APPLICATION, "tests"}
        if ours and own != "components" and own and within(own, module):
            continue
        known = module.removeprefix("components.")
        fits = any(within(name, known) for name in may)
        if ours:
            beside = own == "components" and known.split(".")[0] in {"settings", "services", "cli"}
            assert fits or beside, f"{module} is not among: {rule}"
        elif module.split(".")[0] in LIBRARIES:
            assert fits, f"{module} is not among: {rule}"
        elif rule.startswith("PURE"):
            assert not any(within(one, module) for one in REACHING), f"{module} reaches outside"


def packages() -> list[Path]:
    return sorted({file.parent for file in modules() if file.parent != ROOT})


@pytest.mark.parametrize("folder", packages(), ids=named)
def test_every_package_names_only_what_there_is(folder: Path) -> None:
    for name in allowed(first_line(folder / "__init__.py")) or ():
        there = ROOT / "components" / name.replace(".", "/")
        known = name in LIBRARIES or there.is_dir() or there.with_suffix(".py").is_file()
        assert known, f"{name} is neither a package of ours nor a known library"


def test_the_packages_form_no_circle() -> None:
    """What a rule allows must not lead back to itself."""
    rules = {
        ".".join(folder.relative_to(ROOT / "components").parts): allowed(
            first_line(folder / "__init__.py")
        )
        for folder in packages()
        if folder.is_relative_to(ROOT / "components") and folder != ROOT / "components"
    }
    rules["services"] = allowed(first_line(ROOT / "components/__init__.py"))

    def reached(name: str, seen: tuple[str, ...]) -> None:
        assert name not in seen, " -> ".join((*seen, name))
        for other in rules.get(name) or ():
            if other in rules and not within(name, other):
                reached(other, (*seen, name))

    for name in rules:
        reached(name, ())


def test_the_pure_packages_bring_nothing_along() -> None:
    """In a fresh process: no page, no server, no HTTP and no SQL comes with them."""
    pure = [
        ".".join(file.with_suffix("").relative_to(ROOT).parts).removesuffix(".__init__")
        for file in modules()
        if rule_of(file)[0].startswith("PURE")
    ]
    assert len(pure) > 30
    heavy = ("streamlit", "starlette", "httpx", "sqlalchemy", "obstore")
    code = (
        "import importlib, sys\n"
        f"for name in {pure!r}: importlib.import_module(name)\n"
        f"print([one for one in {heavy!r} if one in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


@pytest.mark.parametrize("file", sorted((ROOT / "pages").glob("*.py")), ids=named)
def test_pages_are_thin(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= 120
