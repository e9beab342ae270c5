"""Whether another server is alive: known at once, however it ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from components.storage.comparisons import Store
from components.storage.server_locks import FileServerLock, PostgresServerLock
from tests.support.serving import ROOT


def test_a_server_is_alive_while_it_holds_its_file_and_dead_after(tmp_path: Path) -> None:
    one, two = FileServerLock(tmp_path, "one"), FileServerLock(tmp_path, "two")
    assert not one.is_dead("two")
    assert not two.is_dead("one")
    assert not one.is_dead("one")
    assert one.is_dead("never was")
    two.close()
    assert one.is_dead("two")
    one.close()


def test_a_killed_process_is_dead_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from components.storage.server_locks import FileServerLock;"
        f"held = FileServerLock(Path({str(tmp_path)!r}), 'child'); print('held', flush=True);"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        mine = FileServerLock(tmp_path, "mine")
        assert not mine.is_dead("child")
        child.kill()
        child.wait(10)
        assert mine.is_dead("child")
        mine.close()


def test_with_postgresql_a_lost_connection_is_a_dead_server(postgres_url: str) -> None:
    first, second = Store(postgres_url), Store(postgres_url)
    one, two = PostgresServerLock(first.reading, "one"), PostgresServerLock(second.reading, "two")
    assert not one.is_dead("two")
    assert not two.is_dead("one")
    two.close()
    second.close()
    assert one.is_dead("two")
    assert one.is_dead("never was")
    one.close()
    first.close()


def test_looking_at_others_leaves_no_file_and_the_mode_lets_nobody_else_in(tmp_path: Path) -> None:
    one = FileServerLock(tmp_path, "one")
    (held,) = tmp_path.iterdir()
    assert held.stat().st_mode & 0o077 == 0
    assert one.is_dead("never was")
    assert list(tmp_path.iterdir()) == [held]
    one.close()
    assert list(tmp_path.iterdir()) == []
