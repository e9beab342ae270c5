"""Tells whether the server that has a generation in hand is still alive.

Each server holds a lock for as long as its process lives: the kernel (a file lock) or PostgreSQL
(an advisory lock on a connection) lets go of it when the process dies, however it dies. So there
is no heartbeat to write and no clock to compare, and a restart right after a `kill -9` already
knows that the former server is gone.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy.engine import Connection, Engine


class ServerLock(Protocol):
    """Holds this server's lock, and tries those of others."""

    def is_dead(self, server: str) -> bool:
        """Whether the server of this id has ended."""
        ...

    def close(self) -> None:
        """Let go of this server's lock."""
        ...


class FileServerLock:
    """One locked file a server, for servers of one machine that share a data folder."""

    def __init__(self, folder: Path, server: str) -> None:
        """Take the lock of `server` in `folder`, which is made if absent. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._server = server
        self._held = self._lock(server)
        self._held.acquire()

    def _file(self, server: str) -> Path:
        return self._folder / f"{hashlib.sha256(server.encode()).hexdigest()[:32]}.lock"

    def _lock(self, server: str) -> FileLock:
        # Never a lock that is a mere file: that one would outlive its process. Not of one thread:
        # the engine takes it in one, judges others in a second and lets go in a third.
        return FileLock(self._file(server), mode=0o600, thread_local=False, fallback_to_soft=False)

    def is_dead(self, server: str) -> bool:
        """Whether nobody holds that server's file any more; a dead server's file is removed."""
        if server == self._server:
            return False
        file = self._file(server)
        if not file.exists():
            return True
        try:
            with self._lock(server).acquire(blocking=False):
                _remove(file)
        except Timeout:
            return False
        return True

    def close(self) -> None:
        """Let go of this server's lock and remove its file."""
        _remove(self._file(self._server))
        self._held.release()


def _remove(file: Path) -> None:
    # Windows removes no file that is open; no server has its id again, so it may well stay.
    with suppress(OSError):
        file.unlink(missing_ok=True)


class PostgresServerLock:
    """One advisory lock a server, on a connection that is kept open for it alone."""

    def __init__(self, engine: Engine, server: str) -> None:
        """Take the lock of `server` on a connection of its own."""
        self._engine = engine
        self._server = server
        self._connection: Connection | None = None
        self._hold()

    @staticmethod
    def _key(server: str) -> int:
        return int.from_bytes(hashlib.sha256(server.encode()).digest()[:8], "big", signed=True)

    def _hold(self) -> Connection:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        # Out of the pool for good: a pooled connection would keep the lock after `close`.
        connection.detach()
        connection.execute(sa.text("SELECT pg_advisory_lock(:k)"), {"k": self._key(self._server)})
        self._connection = connection
        return connection

    def is_dead(self, server: str) -> bool:
        """Whether nobody holds that server's lock any more.

        Asked on the connection that holds our own lock, which is thereby taken again, before any
        judgement of others, if that connection was lost.
        """
        if server == self._server:
            return False
        connection = self._connection or self._hold()
        try:
            return self._try(connection, server)
        except sa.exc.DBAPIError:
            connection.invalidate()
            connection.close()
            self._connection = None
            return self._try(self._hold(), server)

    def _try(self, connection: Connection, server: str) -> bool:
        key = {"k": self._key(server)}
        taken = bool(connection.execute(sa.text("SELECT pg_try_advisory_lock(:k)"), key).scalar())
        if taken:
            connection.execute(sa.text("SELECT pg_advisory_unlock(:k)"), key)
        return taken

    def close(self) -> None:
        """Let go of this server's lock."""
        if self._connection is not None:
            # Said, and not left to the end of the connection, which the other side notices later.
            with suppress(sa.exc.DBAPIError):
                key = {"k": self._key(self._server)}
                self._connection.execute(sa.text("SELECT pg_advisory_unlock(:k)"), key)
            self._connection.close()
            self._connection = None
