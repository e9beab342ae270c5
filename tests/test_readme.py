"""What the README promises is read here."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
from starlette.routing import Match, Route

from benchmarks.__main__ import GROUPS
from components.domain import urls
from components.domain.aliases import AliasEntry
from components.services import open_storages
from components.settings import Settings, read_settings
from components.transfer.history_import import Limits, import_history
from components.web.routes import ROUTES
from tests.support.documents import README, columns_table, renewed, settings_table
from tests.support.serving import ROOT, Server

TEXT = README.read_text("utf-8")


def test_every_setting_and_every_column_is_documented_as_it_is() -> None:
    assert settings_table() in TEXT
    assert columns_table() in TEXT
    assert renewed(TEXT) == TEXT


def test_every_picture_and_file_that_is_named_is_there() -> None:
    pictures = re.findall(r"\]\((docs/[^)]+)\)", TEXT)
    assert len(pictures) >= 5
    named = re.findall(r"`([A-Z]+\.md|LICENSE|\.streamlit/secrets\.toml\.example)`", TEXT)
    assert {"ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"} < set(named)
    for name in [*pictures, *named]:
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
        if name.endswith("_ROUTE"):
            found = re.sub(r"\{[^}]+\}", "a", pattern)
            # The extensions of an export are listed one by one.
            assert any(fnmatch(one, found.replace("history.a", "history.*")) for one in documented)
    assert any(one.startswith(urls.DEMO) for one in documented)
    assert {one.path for one in ROUTES if isinstance(one, Route)} == {
        pattern for name, pattern in vars(urls).items() if name.endswith("_ROUTE")
    }


def test_the_commands_are_those_that_are_run() -> None:
    run, connect, _, test = re.findall(r"^```sh\n(.+?)\n```$", TEXT, re.MULTILINE | re.DOTALL)
    assert run.endswith("pip install -r requirements.txt && .venv/bin/streamlit run app.py")
    assert connect.endswith(".venv/bin/streamlit run app.py")
    named = re.findall(r"(TRIPTYCH_[A-Z_]+)=", connect)
    assert {name.removeprefix("TRIPTYCH_").lower() for name in named} < set(Settings.model_fields)
    assert test in (ROOT / ".ci/run").read_text().splitlines()
    for script in ("tests/run", ".ci/run"):
        assert subprocess.run(["bash", "-n", ROOT / script], check=False).returncode == 0


def test_every_module_that_is_named_can_be_run() -> None:
    commands = [one.split() for one in re.findall(r"python -m ([a-z.]+[^`)]*)", TEXT)]
    assert len(commands) >= 9
    for module, *arguments in commands:
        assert find_spec(f"{module}.__main__" if "." not in module else module), module
        if module == "benchmarks":
            assert {one for one in arguments if one[0] != "-"} <= set(GROUPS)
        elif module == "components":
            assert subprocess.run(
                [sys.executable, "-m", module, arguments[0], "--help"],
                cwd=ROOT, check=False, capture_output=True,
            ).returncode == 0  # fmt: skip


def test_the_commands_that_there_are_are_named() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "components", "--help"],
        cwd=ROOT, check=False, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for verb in re.findall(r"^    ([a-z]+) ", told, re.MULTILINE):
        assert f"`python -m components {verb}" in TEXT, verb


def test_the_block_for_a_notebook_reads_the_history(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```python\n(.+?)\n```$", TEXT, re.MULTILINE | re.DOTALL)
    exported = ROOT / "tests/fixtures/version-1.0.0"
    store, media = open_storages(read_settings(tmp_path, data_dir=tmp_path))
    with (exported / "history.zip").open("rb") as file:
        import_history(file, store, media, Limits(10**8, 10**8))
    store.close()
    wanted = pd.read_csv(exported / "history.csv")
    wanted = wanted[(wanted["alias"] == "gpt-image") & (wanted["state"] == "succeeded")]
    wanted = wanted[wanted["prompt"].str.contains("hummingbird", case=False)]
    assert len(wanted)
    with Server(tmp_path) as server:
        assert block.count("http://localhost:8501") == 1
        code = block.replace("http://localhost:8501", server.url)
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", f"{code}\nprint(*frame['generation_id'])"],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
    assert done.stdout.split() == list(wanted["generation_id"]), done.stderr


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
