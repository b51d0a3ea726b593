"""State: how far a restore came, and which id each thing of the backup has now, in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from errno import EIO
from itertools import islice
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

_SCHEMA: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (id TEXT PRIMARY KEY, path TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (
    place TEXT, old TEXT, new TEXT, digest BLOB, PRIMARY KEY (place, old)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_new ON records (place, new);
"""
_AT_ONCE: Final = 500  # ids in one question

Step: TypeAlias = Literal["linked", "created", "links", "files", "ruled", "finished"]
"""What is done once and noted: both ends of a link are ``linked``; the records of a table are ``created``, and have
their ``links`` and ``files``; a field is ``ruled`` when its default is set and that it is required, and the restore is
``finished`` when all fields are."""


class State:
    """The state of one restore.

    Args:
        folder: Where it is kept; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self._database = sqlite3.connect(folder / "state.db", isolation_level=None)
        self._database.executescript(_SCHEMA)

    # --- the job --------------------------------------------------------------------------------

    def job(self) -> dict[str, Any] | None:
        """Where the restore goes, as :meth:`begin` was told; ``None`` before."""
        job: dict[str, Any] | None = self._get("job")
        return job

    def begin(self, job: dict[str, Any]) -> None:
        """Note where the restore goes, before its database is made."""
        self._set("job", value=job)

    def database(self) -> str | None:
        """The id of the new database, once it is made."""
        id: str | None = self._get("database")
        return id

    def note_database(self, id: str) -> None:
        """The database is made."""
        self._set("database", value=id)

    def is_done(self, step: Step, *place: str) -> bool:
        """Whether a step is done at a place of the backup: a table, a field of a table, or the whole of it."""
        return bool(self._get(step, *place))

    def note_done(self, step: Step, *place: str) -> None:
        """A step is done."""
        self._set(step, *place, value=True)

    # --- tables and fields, by their ids in the backup ------------------------------------------

    def table(self, old: str) -> str | None:
        """The new id of a table, once it is made."""
        id: str | None = self._get("table", old)
        return id

    def note_table(self, old: str, new: str) -> None:
        """A table is made."""
        self._set("table", old, value=new)

    def field(self, table: str, old: str) -> str | None:
        """The new id of a field, once it is made."""
        id: str | None = self._get("field", table, old)
        return id

    def note_field(self, table: str, old: str, new: str) -> None:
        """A field is made."""
        self._set("field", table, old, value=new)

    def choices(self, table: str, field: str) -> dict[str, str | None]:
        """The new id of each choice of a field, ``None`` where the service made another of it."""
        return self._get("choices", table, field) or {}

    def note_choices(self, table: str, field: str, choices: dict[str, str | None]) -> None:
        """The choices of a field are made."""
        self._set("choices", table, field, value=choices)

    def _get(self, *key: str) -> Any:
        found = self._database.execute("SELECT value FROM facts WHERE key = ?", [":".join(key)]).fetchone()
        return None if found is None else json.loads(found[0])

    def _set(self, *key: str, value: Any) -> None:
        self._database.execute("REPLACE INTO facts VALUES (?, ?)", [":".join(key), json.dumps(value)])

    # --- records --------------------------------------------------------------------------------

    def journal(self, what: str, table: str) -> Path:
        """The file for the journal of a bulk write."""
        return self.folder / f"{what}-{table}.journal"

    def note_record(self, table: str, old: str, new: str) -> None:
        """A record of the backup is restored."""
        self._database.execute(
            "INSERT INTO records (place, old, new) VALUES (?, ?, ?)"
            " ON CONFLICT (place, old) DO UPDATE SET new = excluded.new",
            [table, old, new],
        )

    def new_ids(self, table: str, old: Iterable[str]) -> dict[str, str]:
        """The new ids of records; those that are not restored are left out."""
        return self._translated("old", "new", table, old)

    def old_ids(self, table: str, new: Iterable[str]) -> dict[str, str]:
        """The ids that records have in the backup; those that are not of it are left out."""
        return self._translated("new", "old", table, new)

    def _translated(self, given: str, wanted: str, table: str, ids: Iterable[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for some in batches(dict.fromkeys(ids), _AT_ONCE):
            marks = ",".join("?" * len(some))
            found.update(
                self._database.execute(
                    f"SELECT {given}, {wanted} FROM records WHERE place = ? AND {given} IN ({marks})",  # noqa: S608
                    [table, *some],
                )
            )
        return found

    def restored(self, table: str) -> int:
        """How many records of a table are restored."""
        [count] = self._database.execute("SELECT count(*) FROM records WHERE place = ?", [table]).fetchone()
        return int(count)

    # --- digests, for the comparison at the end -------------------------------------------------

    def expect(self, table: str, digests: Iterable[tuple[str, bytes]]) -> None:
        """Keep what records should read as."""
        self._database.execute("BEGIN")
        self._database.executemany(
            "UPDATE records SET digest = ? WHERE place = ? AND old = ?",
            ((digest, table, old) for old, digest in digests),
        )
        self._database.execute("COMMIT")

    def differing(self, table: str, digests: Iterable[tuple[str, bytes]]) -> list[str]:
        """Which records, by their ids in the backup, do not read as they should."""
        told = list(digests)
        kept: dict[str, bytes] = {}
        for some in batches([old for old, _ in told], _AT_ONCE):
            marks = ",".join("?" * len(some))
            question = f"SELECT old, digest FROM records WHERE place = ? AND old IN ({marks})"  # noqa: S608
            kept.update(self._database.execute(question, [table, *some]))
        return [old for old, digest in told if kept.get(old) != digest]

    # --- files ----------------------------------------------------------------------------------

    def keep_files(self, files: Iterable[dict[str, Any]]) -> None:
        """Keep where files lie, by the id of the attachment."""
        self._database.execute("BEGIN")
        self._database.executemany(
            "REPLACE INTO files VALUES (?, ?)", ((file["id"], file["path"]) for file in files if "path" in file)
        )
        self._database.execute("COMMIT")

    def file(self, id: str) -> str | None:
        """Where the file of an attachment lies below the backup's folder; ``None`` if it is missing."""
        found = self._database.execute("SELECT path FROM files WHERE id = ?", [id]).fetchone()
        return None if found is None else str(found[0])

    def close(self) -> None:
        """Close the file."""
        self._database.close()


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Let what SQLite says of a disk that is full or broken be the OSError that it is."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OSError(EIO, str(error), str(folder)) from error


def batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Items in lists of up to so many."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
