"""The folders tell who may import whom, and this reads the folders."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Values and pure functions: they know nothing of what touches the outside world.
PURE = {
    "aliases", "asks", "colours", "curl", "errors", "estimate", "figures", "filters", "imaging",
    "inputs", "kept", "model", "phrases", "png", "resending", "rows", "standalone", "thumbnails",
    "wire", "words",
}  # fmt: skip
OUTSIDE = {
    "engine", "errand", "full_text", "gateway", "hands", "history", "history_zip", "importing",
    "judging", "keeping",
    "liveness", "marks", "media", "spool", "store", "tables", "trigrams", "wanted", "worklist",
}  # fmt: skip
# What a piece that only draws may use of the engine: values, and the words for them.
VALUES = {
    "aliases", "asks", "errors", "estimate", "figures", "filters", "model", "phrases", "words",
}  # fmt: skip
# Modules by which code reaches HTTP, SQL, files, the environment or threads.
REACHING = {
    "concurrent.futures", "httpx", "obstore", "os", "pathlib", "psycopg", "requests", "shutil",
    "socket", "sqlalchemy", "sqlite3", "subprocess", "threading", "urllib.request",
}  # fmt: skip


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imports(file: Path) -> set[str]:
    """Every module that a file names in an import, at whatever depth."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


def of(package: str, found: set[str]) -> set[str]:
    return {name for name in found if name == package or name.startswith(f"{package}.")}


@pytest.mark.parametrize("file", modules("components/core"), ids=named)
def test_the_core_knows_neither_streamlit_nor_starlette_nor_anything_above_it(file: Path) -> None:
    found = imports(file)
    for package in ("streamlit", "starlette", "uvicorn", "components.web", "components.ui",
                    "components.wiring", "components.verbs", "pages"):  # fmt: skip
        assert not of(package, found), package


def room(file: Path) -> str:
    """The module or package of the core that a file belongs to."""
    return file.relative_to(ROOT / "components/core").parts[0].removesuffix(".py")


@pytest.mark.parametrize(
    "file", [file for file in modules("components/core") if room(file) in PURE], ids=named
)
def test_values_and_pure_modules_know_nothing_of_the_outside(file: Path) -> None:
    found = imports(file)
    for name in OUTSIDE:
        assert not of(f"components.core.{name}", found), name
    assert not found & REACHING, found & REACHING


@pytest.mark.parametrize("file", modules("components/ui"), ids=named)
def test_pieces_that_draw_reach_for_nothing_but_values(file: Path) -> None:
    found = imports(file)
    assert not of("components.web", found)
    assert not of("components.wiring", found)
    assert not of("components.verbs", found)
    assert not {name for name in found if any(of(outside, {name}) for outside in REACHING)}
    known = {name.split(".")[2] for name in of("components.core", found) if name.count(".") >= 2}
    assert known <= VALUES, known - VALUES


@pytest.mark.parametrize("file", modules("components/web"), ids=named)
def test_routes_know_no_streamlit_and_no_pages(file: Path) -> None:
    found = imports(file)
    for package in ("streamlit", "components.ui", "components.verbs", "pages"):
        assert not of(package, found), package


@pytest.mark.parametrize("file", modules("pages"), ids=named)
def test_pages_are_thin(file: Path) -> None:
    assert len(file.read_text("utf-8").splitlines()) <= 120
    found = imports(file)
    assert not of("components.web", found)
    assert not {name for name in found if any(of(outside, {name}) for outside in REACHING)}
