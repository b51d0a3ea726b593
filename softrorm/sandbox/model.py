"""What the sandbox holds: databases, tables, fields, records, and each table's columns for searching.

A record's cells are stored values, absent when empty; what the API shows of them is worked out at each read by the
field's type. A search wants the same cells decoded once and kept: a table builds a column per searched field, aligned
with its records, and keeps it in step with every write, so that a condition is one pass over a list. Columns of
computed fields, which other tables' records have a part in, are made anew after any write.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True)
class Database:
    """A database; its tables know it by id."""

    id: str
    name: str
    description: str | None
    workspace_id: str
    created: int
    updated: int


@dataclass(slots=True)
class Field:
    """A field of a table: its type by name, its options, and the switches all types share."""

    id: str
    name: str
    type: str
    description: str | None
    options: dict[str, Any]
    ai_options: dict[str, Any] | None
    multiple: bool
    required: bool
    default: Any
    created: int
    updated: int
    readonly: bool = False
    """Whether it may not be written although its type may be; the types that are computed say so themselves."""
    locked: bool = False


@dataclass(slots=True)
class Row:
    """A record. ``cells`` maps field ids to stored values; a value is replaced, never changed in place."""

    id: str
    sequence: int
    created: int
    updated: int
    cells: dict[str, Any]

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the default order: by creation, ties as they came (wire-facts 9)."""
        return self.created, self.sequence


def _place(row: Row) -> tuple[int, int]:
    return row.created, row.sequence


@dataclass(slots=True)
class Table:
    """A table with its fields, its one default view and its records in the default order."""

    id: str
    database_id: str
    name: str
    description: str | None
    view_id: str
    primary_id: str
    fields: dict[str, Field]
    created: int
    updated: int
    rows: list[Row] = field(default_factory=list)
    by_id: dict[str, Row] = field(default_factory=dict)
    sequence: int = 0
    _columns: dict[str, tuple[list[Any], Callable[[Row], Any]]] = field(default_factory=dict)
    _computed: dict[str, tuple[Any, list[Any]]] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Take a record in at its place."""
        self.by_id[row.id] = row
        self.sequence = max(self.sequence, row.sequence)
        if not self.rows or self.rows[-1].place < row.place:
            at = len(self.rows)
            self.rows.append(row)
        else:  # the clock went back
            insort(self.rows, row, key=_place)
            at = self._position(row)
        for column, key in self._columns.values():
            column.insert(at, key(row))

    def remove(self, row: Row) -> None:
        """Let a record go."""
        at = self._position(row)
        del self.rows[at], self.by_id[row.id]
        for column, _ in self._columns.values():
            del column[at]

    def refresh(self, row: Row) -> None:
        """Bring the columns in step with a record that changed."""
        if self._columns:
            at = self._position(row)
            for column, key in self._columns.values():
                column[at] = key(row)

    def column(self, name: str, key: Callable[[Row], Any]) -> list[Any]:
        """The decoded cells of a field, in the order of the records; ``None`` for an empty one.

        Args:
            name: The field's id, or the name of a system value.
            key: Decodes the cell of a record. It may depend on nothing but the record and the field, since the
                column is kept until the field changes.
        """
        if name not in self._columns:
            self._columns[name] = [key(row) for row in self.rows], key
        return self._columns[name][0]

    def computed_column(self, name: str, stamp: Any, make: Callable[[], list[Any]]) -> list[Any]:
        """The decoded cells of a field whose values follow from other records, kept as long as the stamp is the same.

        Args:
            name: The field's id.
            stamp: Anything that differs once the values may.
            make: Makes the column, in the order of the records.
        """
        if name not in self._computed or self._computed[name][0] != stamp:
            self._computed[name] = stamp, make()
        return self._computed[name][1]

    def forget_column(self, name: str) -> None:
        """Drop a column whose field changed."""
        self._columns.pop(name, None)
        self._computed.pop(name, None)

    def _position(self, row: Row) -> int:
        return bisect_left(self.rows, row.place, key=_place)
