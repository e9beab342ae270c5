"""A start that is refused: one sentence, exit status 2 and nothing else, however it was started."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.serving import ROOT, Server, free_port

PASSWORD = "swordfish-4711"
FOLDER = "<the test's folder>"
STREAMLIT = ["-m", "streamlit", "run", "app.py", "--server.address", "localhost"]
UVICORN = ["-m", "uvicorn", "app:app"]
MAIN = "Triptych cannot start. "

# What is set, and the sentence that it is refused with. Both ways of serving get each of them.
REFUSALS = {
    "a port that is none": (
        {"GATEWAY_URL": "http://host:abc"},
        "TRIPTYCH_GATEWAY_URL: must be a valid URL, its port a number.",
    ),
    "a gateway's URL with a password": (
        {"GATEWAY_URL": f"http://me:{PASSWORD}@host"},
        "TRIPTYCH_GATEWAY_URL: must not hold a user name or password.",
    ),
    "a database that is no URL": (
        {"DATABASE_URL": f"nonsense {PASSWORD}"},
        "TRIPTYCH_DATABASE_URL: must be a URL such as postgresql://user:password@host/name.",
    ),
    "a database's port that is none": (
        {"DATABASE_URL": f"postgresql://me:{PASSWORD}@host:abc/name"},
        "TRIPTYCH_DATABASE_URL: must be a URL such as postgresql://user:password@host/name.",
    ),
    "another kind of database": (
        {"DATABASE_URL": f"mysql://me:{PASSWORD}@host/name"},
        "TRIPTYCH_DATABASE_URL: must begin with postgresql:// or sqlite:///.",
    ),
    "a driver that is not there": (
        {"DATABASE_URL": f"postgresql+psycopg2://me:{PASSWORD}@host/name"},
        "TRIPTYCH_DATABASE_URL: names a driver that is not installed.",
    ),
    "a PostgreSQL that is not there": (
        {"DATABASE_URL": f"postgresql://me:{PASSWORD}@127.0.0.1:1/name"},
        "The database cannot be used at the moment. Nothing that is stored is lost; "
        "try again in a moment.",
    ),
    "a bucket without a name": (
        {"MEDIA_URL": "s3://"},
        "TRIPTYCH_MEDIA_URL, or one of the AWS_… variables, is not usable for a bucket.",
    ),
    "a media store of another kind": (
        {"MEDIA_URL": f"ftp://me:{PASSWORD}@host"},
        "TRIPTYCH_MEDIA_URL must begin with file:/// or s3://.",
    ),
    "a media folder that cannot be made": (
        {"MEDIA_URL": f"file://{FOLDER}/a file/media"},
        "The media store cannot be used at the moment.",
    ),
    "a data folder where a file is": (
        {"DATA_DIR": f"{FOLDER}/a file"},
        "The data folder cannot be used: File exists. Set TRIPTYCH_DATA_DIR.",
    ),
    "a data folder below a file": (
        {"DATA_DIR": f"{FOLDER}/a file/data"},
        "The data folder cannot be used: Not a directory. Set TRIPTYCH_DATA_DIR.",
    ),
    "locks that cannot be made": (
        {"DATA_DIR": f"{FOLDER}/half"},
        "The data folder cannot be used: File exists. Set TRIPTYCH_DATA_DIR.",
    ),
    "a number out of range": (
        {"MAX_INPUTS": "17"},
        "TRIPTYCH_MAX_INPUTS: Input should be less than or equal to 16.",
    ),
    "two settings": (
        {"MAX_INPUTS": PASSWORD, "TIMEOUT_S": "0"},
        "TRIPTYCH_TIMEOUT_S: Input should be greater than 0. TRIPTYCH_MAX_INPUTS: Input should be "
        "a valid integer, unable to parse string as an integer.",
    ),
    "aliases that are no JSON": (
        {"ALIASES": f"[{PASSWORD}"},
        "TRIPTYCH_ALIASES: must be a list in JSON.",
    ),
    "an alias without its name": (
        {"ALIASES": '[{"name": "flux"}, {"model": "x"}]'},
        "TRIPTYCH_ALIASES, entry 2, name: Field required.",
    ),
}


def started(
    command: list[str], folder: Path, settings: dict[str, str], root: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """What a command with these settings did and said; `folder` is its data folder otherwise."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TRIPTYCH_")}
    environment["TRIPTYCH_DATA_DIR"] = str(folder / "data")
    for name, value in settings.items():
        environment[f"TRIPTYCH_{name}"] = value.replace(FOLDER, str(folder))
    return subprocess.run(
        [sys.executable, *command], cwd=root, env=environment, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


def served(
    how: list[str], folder: Path, settings: dict[str, str], root: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    port = "--server.port" if how is STREAMLIT else "--port"
    return started([*how, port, str(free_port())], folder, settings, root)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file, and a data folder in which a file is where the locks should be."""
    (tmp_path / "a file").write_text("in the way")
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "servers").write_text("in the way")
    return tmp_path


def assert_refused(done: subprocess.CompletedProcess[str], sentence: str) -> None:
    assert (done.stdout, done.stderr) == ("", f"{sentence}\n")
    assert done.returncode == 2
    assert PASSWORD not in sentence


@pytest.mark.parametrize("how", [STREAMLIT, UVICORN], ids=["streamlit", "uvicorn"])
@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_start_that_is_refused_says_why_and_nothing_else(
    folder: Path, refusal: str, how: list[str]
) -> None:
    settings, sentence = REFUSALS[refusal]
    assert_refused(served(how, folder, settings), MAIN + sentence)


@pytest.mark.parametrize(
    "how", [["app.py"], ["-m", "components", "serve"]], ids=["python app.py", "serve"]
)
def test_the_other_ways_to_start_it_say_the_same(folder: Path, how: list[str]) -> None:
    settings, sentence = REFUSALS["a number out of range"]
    assert_refused(started(how, folder, settings), MAIN + sentence)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f'[triptych]\ngateway_token = "{PASSWORD}', "secrets.toml cannot be read as TOML."),
        ('[triptych]\ntimeout = 300', "There is no setting called timeout."),
        ('triptych = 1', "[triptych] in secrets.toml must be a table."),
    ],
    ids=["broken", "an unknown setting", "no table"],
)  # fmt: skip
@pytest.mark.parametrize("how", [STREAMLIT, UVICORN], ids=["streamlit", "uvicorn"])
def test_a_file_of_secrets_that_cannot_be_used_is_refused(
    tmp_path: Path, how: list[str], text: str, sentence: str
) -> None:
    root = tmp_path / "installed"
    for name in ("components", "pages", ".streamlit"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", root)
    (root / ".streamlit" / "secrets.toml").write_text(text, "utf-8")
    assert_refused(served(how, tmp_path, {}, root), MAIN + sentence)


@pytest.mark.parametrize("refusal", ["a number out of range", "a data folder where a file is",
                                     "another kind of database"])  # fmt: skip
def test_an_import_that_cannot_begin_says_why_and_nothing_else(folder: Path, refusal: str) -> None:
    settings, sentence = REFUSALS[refusal]
    done = started(["-m", "components", "import", "any.zip"], folder, settings)
    assert_refused(done, f"Nothing was taken in. {sentence}")


def test_a_server_that_did_start_says_where_it_is(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        assert f"URL: {server.url}\n" in server.output
        assert "browser" not in server.output  # Streamlit's own message comes before it is so


def test_a_port_that_is_taken_prints_no_traceback(tmp_path: Path) -> None:
    with socket.create_server(("localhost", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = started([*STREAMLIT, "--server.port", port], tmp_path, {})
    assert done.returncode == 1
    assert f"Port {port} is not available" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
