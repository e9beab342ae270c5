"""`python -m components`, as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from components.domain.version import VERSION
from tests.support.serving import ROOT, Server, free_port

EXPORTED = ROOT / "tests/fixtures/version-1.0.0/history.zip"


def run(*arguments: str, data: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TRIPTYCH_")}
    return subprocess.run(
        [sys.executable, "-m", "components", *arguments], cwd=ROOT,
        env=environment | {"TRIPTYCH_DATA_DIR": str(data or "")}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


def test_it_tells_its_version_and_each_verb_with_help() -> None:
    assert run("--version").stdout == f"Triptych {VERSION}\n"
    told = run("--help")
    assert told.returncode == 0
    for verb in ("serve", "import"):
        assert f"\n    {verb} " in told.stdout
        assert run(verb, "--help").stdout.startswith(f"usage: python -m components {verb} ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "the following arguments are required: VERB"),
        (("sing",), "invalid choice: 'sing'"),
        (("import",), "the following arguments are required: FILE"),
        (("serve", "--port", "0"), "a port is a number from 1 to 65535"),
        (("serve", "--port", "http"), "a port is a number from 1 to 65535"),
    ],
)
def test_a_command_line_that_makes_no_sense_ends_with_status_2(
    arguments: tuple[str, ...], sentence: str
) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_an_exported_history_is_taken_in_once(tmp_path: Path) -> None:
    first = run("import", str(EXPORTED), data=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "generations taken in with" in first.stdout
    assert first.stderr == ""
    again = run("import", str(EXPORTED), data=tmp_path)
    assert again.stdout.startswith("0 generations taken in with 0 new pictures.")


def test_what_cannot_be_taken_in_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_bytes(b"no")
    for name, sentence in (
        ("no.zip", "This is not a ZIP file, or it is damaged."),
        ("absent.zip", "The file cannot be read: No such file or directory."),
        (".", "The file cannot be read: Is a directory."),
    ):
        failed = run("import", str(tmp_path / name), data=tmp_path / "data")
        assert (failed.returncode, failed.stdout) == (1, "")
        assert failed.stderr == f"{sentence}\n"


def test_serve_starts_the_server_and_a_signal_stops_it(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "components", "serve", "--host", "localhost", "--port"]
    with subprocess.Popen(
        [*command, str(port)], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"TRIPTYCH_DATA_DIR": str(tmp_path)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            if "URL:" in line:
                break
        assert line.strip() == f"URL: http://localhost:{port}"
        assert httpx.get(f"http://localhost:{port}/healthz").json()["version"] == VERSION
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)


def test_the_version_stands_in_one_place_and_is_told_by_the_server(tmp_path: Path) -> None:
    told = (ROOT / "pyproject.toml").read_text("utf-8")
    assert 'dynamic = ["version"]' in told
    assert "components.domain.version.VERSION" in told
    found = [
        file.relative_to(ROOT).as_posix()
        for folder in ("components", "pages", "benchmarks", ".streamlit")
        for file in (ROOT / folder).rglob("*")
        if file.suffix in (".py", ".toml") and VERSION in file.read_text("utf-8")
    ]
    assert found == ["components/domain/version.py"]
    with Server(tmp_path) as server:
        assert f"Triptych {VERSION}\n" in server.output
