"""What is written for whoever carries on names files and commands that there are."""

from __future__ import annotations

import re
import tomllib

import pytest

from components.domain import aliases, archive, generation_fields
from components.domain.version import VERSION
from components.storage import migrations
from tests.support.serving import ROOT

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_file_that_is_named_is_there(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|[A-Z]+\.md|Makefile)`", text)
    for one in named:
        assert (ROOT / one).exists(), one
    assert named


def test_every_command_that_is_named_is_there() -> None:
    commands = re.findall(r"^([a-z]+):.*##", MAKEFILE, re.MULTILINE)
    for one in re.findall(r"(?:^|`)make ([a-z]+)", CONTRIBUTING, re.MULTILINE):
        assert one in commands, one
    listed = re.search(r"lists the rest: ([^.]+)\.", CONTRIBUTING)
    assert listed
    assert set(re.findall(r"`([a-z]+)`", listed[1])) <= set(commands)


def test_every_name_of_the_code_that_is_named_is_there() -> None:
    there = {
        "BUILT_IN": aliases, "Alias": aliases, "FIELDS": generation_fields, "FORMAT": archive,
        "STEPS": migrations,
    }  # fmt: skip
    for name, module in there.items():
        assert f"`{name}`" in CONTRIBUTING
        assert hasattr(module, name), name


def test_the_task_file_runs_what_the_test_command_runs() -> None:
    script = (ROOT / "tests/run").read_text("utf-8")
    for check in ("ruff format --check .", "ruff check .", "ci --error-on-warnings", "mypy"):
        assert check in script
        assert check in MAKEFILE
    assert "bash tests/run" in MAKEFILE
    hooks = (ROOT / ".pre-commit-config.yaml").read_text("utf-8")
    assert re.findall(r"make --silent ([a-z]+)", hooks) == ["lint", "types"]
    assert "repo: local" in hooks
    assert "http" not in hooks


def test_the_changelog_begins_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    (first, *_) = re.findall(r"^## (\S+)", text, re.MULTILINE)
    assert first == VERSION


def test_the_project_file_leaves_the_version_to_its_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert "version" in project["project"]["dynamic"]
