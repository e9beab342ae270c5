"""What the README promises is read here."""

from __future__ import annotations

import re
import subprocess
import tomllib
from fnmatch import fnmatch

import pytest
from starlette.routing import Match, Route

from components.domain import urls
from components.domain.aliases import AliasEntry
from components.domain.version import VERSION
from components.settings import Settings
from components.web.routes import ROUTES
from tests.support.documents import README, columns_table, renewed, settings_table
from tests.support.serving import ROOT

TEXT = README.read_text("utf-8")


def test_every_setting_and_every_column_is_documented_as_it_is() -> None:
    assert settings_table() in TEXT
    assert columns_table() in TEXT
    assert renewed(TEXT) == TEXT


def test_every_picture_and_file_that_is_named_is_there() -> None:
    pictures = re.findall(r"\]\((docs/[^)]+)\)", TEXT)
    assert len(pictures) >= 5
    for name in [*pictures, "ARCHITECTURE.md", "LICENSE", ".streamlit/secrets.toml.example"]:
        assert (ROOT / name).is_file(), name


def addresses() -> list[str]:
    """The addresses of the table, with an `a` for what stands in brackets."""
    named = re.findall(r"^\| `(/[^`?]*)", TEXT, re.MULTILINE)
    return [re.sub(r"<[^>]+>", "a", address) for address in named]


def test_every_address_is_a_route_or_a_page() -> None:
    pages = {"/", *(urls.page(name) for name in (urls.HISTORY, urls.SELECTION, urls.GATEWAY))}
    for address in addresses():
        scope = {"type": "http", "method": "GET", "path": address}
        routed = any(route.matches(scope)[0] is Match.FULL for route in ROUTES)
        assert routed or address in pages, address


def test_every_route_is_an_address() -> None:
    documented = set(addresses())
    for name, pattern in vars(urls).items():
        if name.endswith("_ROUTE") and name != "FORMER_PREVIEW_ROUTE":
            found = re.sub(r"\{[^}]+\}", "a", pattern)
            # The extensions of an export are listed one by one.
            assert any(fnmatch(one, found.replace("history.a", "history.*")) for one in documented)
    assert any(one.startswith(urls.DEMO) for one in documented)
    assert {one.path for one in ROUTES if isinstance(one, Route)} == {
        pattern for name, pattern in vars(urls).items() if name.endswith("_ROUTE")
    }


def test_the_commands_are_those_that_are_run() -> None:
    assert "bash tests/run" in TEXT
    assert "bash tests/run" in (ROOT / ".ci/run").read_text()
    assert "pip install -r requirements.txt && .venv/bin/streamlit run app.py" in TEXT
    for script in ("tests/run", ".ci/run"):
        assert subprocess.run(["bash", "-n", ROOT / script], check=False).returncode == 0


def test_the_example_of_secrets_is_valid() -> None:
    example = tomllib.loads((ROOT / ".streamlit/secrets.toml.example").read_text())["triptych"]
    assert set(example) <= set(Settings.model_fields)
    Settings(**example)


def test_the_example_of_an_alias_is_valid() -> None:
    (found,) = re.findall(r"^TRIPTYCH_ALIASES='\[(.+)\]'$", TEXT, re.MULTILINE)
    assert AliasEntry.model_validate_json(found).name == "flux"


def test_every_requirement_is_pinned_exactly() -> None:
    for name in ("requirements.txt", "tests/requirements.txt"):
        for line in (ROOT / name).read_text().splitlines():
            if line and not line.startswith(("#", "-r ")):
                assert re.fullmatch(r"[A-Za-z0-9._-]+(\[[a-z]+\])?==[0-9][\w.]*", line), line


@pytest.mark.parametrize(
    "name", ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "ARCHITECTURE.md"]
)
def test_every_file_that_a_document_names_is_there(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    named = set(re.findall(r"`((?:components|tests|pages|benchmarks)/[\w./-]+)`", text))
    assert named or name in ("SECURITY.md", "CHANGELOG.md")
    missing = [one for one in named if not (ROOT / one).exists()]
    assert not missing, f"{name} names {missing}"


def test_every_command_of_make_that_is_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for name in ("CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md", ".pre-commit-config.yaml"):
        named = set(re.findall(r"(?:`|entry: )make ([a-z]+)", (ROOT / name).read_text("utf-8")))
        assert named <= targets, named - targets


def test_the_newest_change_is_of_the_version_that_is_told() -> None:
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0] == VERSION
