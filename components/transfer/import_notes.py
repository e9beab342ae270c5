"""What an import has to remember of its file until it is done, in a temporary file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Self

from components.domain.archive import ArchivedComparison, ArchivedPicture
from components.domain.errors import StorageUnavailable

_FACTS = tuple(ArchivedPicture.model_fields)
_MEMORY_KB = 4_000  # what lies in memory of the temporary file
_PAGE_BYTES = 4_096
MOST_BYTES = 4 * 1024**3  # of the temporary file; two million pictures take a quarter of it

# SQL outside `storage`, for a file that is the import's own and that no store ever sees.
_TABLES = f"""
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA page_size = {_PAGE_BYTES};
PRAGMA cache_size = -{_MEMORY_KB};
CREATE TABLE entries (name TEXT PRIMARY KEY, facts TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE comparisons (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE generations (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE stored (key TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE needed (key TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE pictures (file TEXT PRIMARY KEY, {", ".join(_FACTS)}) WITHOUT ROWID;
"""


class ImportNotes:
    """Remembers names and ids of a file that may hold millions of them, in flat memory.

    A context manager: the temporary file goes at its end, or with the process. Every method raises
    StorageUnavailable where this server has no room for it.
    """

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        """Open an empty temporary file that grows to `most_bytes`. Raises StorageUnavailable."""
        with _noting():
            # The empty name is SQLite's for a database in a temporary file without a name.
            self._notes = sqlite3.connect("", isolation_level=None)
            self._notes.executescript(_TABLES)
            self._notes.execute(f"PRAGMA max_page_count = {most_bytes // _PAGE_BYTES}")

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """Forget everything."""
        self._notes.close()

    def note_entries(self, entries: Iterable[tuple[str, str]]) -> bool:
        """Remember entries of the ZIP, name and facts; False where a name comes twice."""
        return self._noted("INSERT INTO entries VALUES (?, ?)", entries)

    def entry(self, name: str) -> str | None:
        """The facts of the entry of this name; None where there is none."""
        with _noting():
            row = self._notes.execute("SELECT facts FROM entries WHERE name = ?", (name,))
            found: tuple[str] | None = row.fetchone()
        return found[0] if found else None

    def note_ids(self, one: ArchivedComparison) -> bool:
        """Remember its id and those of its generations; False where one of them was seen before."""
        return self._noted("INSERT INTO comparisons VALUES (?)", [(one.id,)]) and self._noted(
            "INSERT INTO generations VALUES (?)", ((each.id,) for each in one.generations)
        )

    def note_picture(self, picture: ArchivedPicture) -> bool:
        """Remember what is said of a picture; False where something else was said before."""
        facts = tuple(getattr(picture, name) for name in _FACTS)
        places = ", ".join("?" * (1 + len(_FACTS)))
        with _noting():
            self._notes.execute(
                f"INSERT OR IGNORE INTO pictures VALUES ({places})",  # noqa: S608  # no text
                (picture.file, *facts),
            )
            kept = self._notes.execute("SELECT * FROM pictures WHERE file = ?", (picture.file,))
            return tuple(kept.fetchone()[1:]) == facts

    def pictures(self) -> Iterator[tuple[ArchivedPicture, str]]:
        """Every noted picture that is an entry of the ZIP too, with the entry's facts, by name."""
        with _noting(), closing(self._notes.cursor()) as cursor:
            found = cursor.execute(
                "SELECT pictures.*, entries.facts FROM pictures JOIN entries ON name = file"
                " ORDER BY file"
            )
            for _file, *facts, entry in found:
                yield ArchivedPicture(**dict(zip(_FACTS, facts, strict=True))), entry

    def note_stored(self, key: str) -> None:
        """Remember the key of a picture that was not here before."""
        with _noting():
            self._notes.execute("INSERT OR IGNORE INTO stored VALUES (?)", (key,))

    def note_needed(self, keys: Iterable[str]) -> None:
        """Remember the keys of pictures that rows refer to by now."""
        with _noting():
            self._notes.executemany(
                "INSERT OR IGNORE INTO needed VALUES (?)", ((key,) for key in keys)
            )

    def stored(self) -> int:
        """How many different keys `note_stored` was given."""
        with _noting():
            found: tuple[int] = self._notes.execute("SELECT count(*) FROM stored").fetchone()
        return found[0]

    def not_needed(self) -> Iterator[str]:
        """The keys that were stored and are not needed, in order."""
        with _noting(), closing(self._notes.cursor()) as cursor:
            rest = "SELECT key FROM stored WHERE key NOT IN (SELECT key FROM needed) ORDER BY key"
            for (key,) in cursor.execute(rest):
                yield key

    def _noted(self, statement: str, rows: Iterable[tuple[str, ...]]) -> bool:
        with _noting():
            try:
                self._notes.executemany(statement, rows)
            except sqlite3.IntegrityError:
                return False
            return True


@contextmanager
def _noting() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as exc:
        raise StorageUnavailable(
            "This server has no room for what an import has to remember."
        ) from exc
