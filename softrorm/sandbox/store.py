"""The store: everything in memory, and every change written through to one SQLite file where there is one.

Reads and searches never touch the file. It holds one row per database, table and record, each as JSON text, and is
read once when it is opened. So a file is locked while a store has it: another would not see what this one changes. The
lock is SQLite's own, and the system takes it back from a process that dies.
"""

from __future__ import annotations

import gc
import json
import weakref
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from softrorm.sandbox.ids import new_uuid
from softrorm.sandbox.model import Database, Field, Row, Table

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS databases (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tables (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS records (
    id TEXT PRIMARY KEY, table_id TEXT NOT NULL, sequence INTEGER NOT NULL,
    created INTEGER NOT NULL, updated INTEGER NOT NULL, cells TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS departed (id TEXT PRIMARY KEY, label TEXT NOT NULL) WITHOUT ROWID;
"""


class FileRefused(OSError):
    """A file that cannot keep a sandbox's data: another sandbox has it, it cannot be opened, or is something else."""


class Store:
    """All databases of one sandbox.

    Args:
        file: The SQLite file, made if it is not there; ``None`` for memory alone.

    Raises:
        FileRefused: The file is in use, cannot be opened, or is something else.

    Attributes:
        databases: By id, in the order of their creation.
        tables: By id, of all databases.
        departed: The last label of every deleted record, which links to it keep showing (wire-facts 6).
        workspace_id: The workspace of whoever names none.
        changes: How many writes there were; what is worked out from several tables is stale once it moved on.
    """

    def __init__(self, file: str | Path | None = None) -> None:
        self.databases: dict[str, Database] = {}
        self.tables: dict[str, Table] = {}
        self.departed: dict[str, str] = {}
        self.workspace_id = new_uuid()
        self.changes = 0
        self._file: sqlite3.Connection | None = None
        if file is not None:
            self._open(file)

    def _open(self, file: str | Path) -> None:
        import sqlite3

        try:
            try:
                self._connect(file)
            except sqlite3.OperationalError as error:
                if not _is_busy(error):
                    raise
                # Whoever has the file may be a sandbox that was dropped and not closed, and waits to be collected.
                gc.collect()
                self._connect(file)
        except sqlite3.Error as error:
            raise FileRefused(_complaint(file, error)) from error

    def _connect(self, file: str | Path) -> None:
        import sqlite3

        # Requests come from any thread, one at a time: the sandbox holds its lock around each.
        self._file = sqlite3.connect(file, timeout=0, check_same_thread=False)
        # For those who forget: a sandbox that is dropped, or lives until the program ends, closes its file too.
        self._closer = weakref.finalize(self, self._file.close)
        try:
            # Kept from the first access until the file is closed.
            self._file.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = NORMAL")
            self._file.execute("BEGIN EXCLUSIVE")
            self._file.commit()
            self._file.executescript(SCHEMA)
            self._load(self._file)
        except BaseException:
            self.close()
            raise

    def _load(self, file: sqlite3.Connection) -> None:
        file.execute("INSERT OR IGNORE INTO settings VALUES ('workspace', ?)", (self.workspace_id,))
        file.commit()
        ((self.workspace_id,),) = file.execute("SELECT value FROM settings WHERE name = 'workspace'")
        for (body,) in file.execute("SELECT body FROM databases ORDER BY rowid"):
            database = Database(**json.loads(body))
            self.databases[database.id] = database
        for (body,) in file.execute("SELECT body FROM tables ORDER BY rowid"):
            values = json.loads(body)
            values["fields"] = {one["id"]: Field(**one) for one in values["fields"]}
            table = Table(**values)
            self.tables[table.id] = table
        for table_id, identifier, sequence, created, updated, cells in file.execute(
            "SELECT table_id, id, sequence, created, updated, cells FROM records ORDER BY created, sequence"
        ):
            if table_id in self.tables:
                self.tables[table_id].add(Row(identifier, sequence, created, updated, json.loads(cells)))
        self.departed.update(file.execute("SELECT id, label FROM departed"))

    def tables_of(self, database_id: str) -> list[Table]:
        """The tables of a database, in the order of their creation."""
        return [table for table in self.tables.values() if table.database_id == database_id]

    def save_database(self, database: Database) -> None:
        """Keep a database that is new or changed."""
        self.databases[database.id] = database
        self._put("databases", database.id, lambda: asdict(database))

    def save_table(self, table: Table) -> None:
        """Keep a table that is new or whose own values or fields changed."""
        self.tables[table.id] = table
        self.changes += 1
        self._put("tables", table.id, lambda: _body(table))

    def save_row(self, table: Table, row: Row) -> None:
        """Keep a record that is new or changed, and bring the table's columns in step."""
        self.changes += 1
        if row.id in table.by_id:
            table.refresh(row)
        else:
            table.add(row)
        if self._file:
            self._file.execute(
                "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?)",
                (row.id, table.id, row.sequence, row.created, row.updated, json.dumps(row.cells)),
            )

    def drop_database(self, database: Database) -> None:
        """Forget a database that has no tables."""
        del self.databases[database.id]
        self._run("DELETE FROM databases WHERE id = ?", database.id)

    def drop_table(self, table: Table, labels: dict[str, str]) -> None:
        """Forget a table with its records, and remember their labels."""
        del self.tables[table.id]
        self.changes += 1
        self._run("DELETE FROM tables WHERE id = ?", table.id)
        self._run("DELETE FROM records WHERE table_id = ?", table.id)
        for identifier, label in labels.items():
            self._bury(identifier, label)

    def drop_row(self, table: Table, row: Row, label: str) -> None:
        """Forget a record, and remember its label."""
        table.remove(row)
        self.changes += 1
        self._run("DELETE FROM records WHERE id = ?", row.id)
        self._bury(row.id, label)

    def reset(self) -> None:
        """Forget everything but the workspace."""
        for held in (self.databases, self.tables, self.departed):
            held.clear()
        self.changes += 1
        for name in ("databases", "tables", "records", "departed"):
            self._run(f"DELETE FROM {name}")  # noqa: S608 - the names are the four above
        self.commit()

    def commit(self) -> None:
        """Make the changes of one request last."""
        if self._file:
            self._file.commit()

    def close(self) -> None:
        """Close the file; memory stays as it is."""
        if self._file:
            self._closer()
            self._file = None

    def _put(self, name: str, identifier: str, body: Callable[[], dict[str, Any]]) -> None:
        if self._file:
            # An upsert keeps the rowid, and with it the order of creation.
            self._file.execute(
                f"INSERT INTO {name} VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",  # noqa: S608
                (identifier, json.dumps(body())),
            )

    def _bury(self, identifier: str, label: str) -> None:
        self.departed[identifier] = label
        self._run("INSERT OR REPLACE INTO departed VALUES (?, ?)", identifier, label)

    def _run(self, statement: str, *values: str) -> None:
        if self._file:
            self._file.execute(statement, values)


def _body(table: Table) -> dict[str, Any]:
    names = "id", "database_id", "name", "description", "view_id", "primary_id", "created", "updated", "sequence"
    values = {name: getattr(table, name) for name in names}
    return values | {"fields": [asdict(one) for one in table.fields.values()]}


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _complaint(file: str | Path, error: sqlite3.Error) -> str:
    if _is_busy(error):
        return (
            f"The file {str(file)!r} is in use, most likely by another sandbox, in this process or another one. Close "
            "that one first; or let it listen (softrorm sandbox --file, or serve()) and give its address to all others."
        )
    return f"The file {str(file)!r} cannot keep a sandbox's data: {error}. Right would be a new one, or a sandbox's."
