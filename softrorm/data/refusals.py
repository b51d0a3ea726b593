"""Refusals: which rows of a file were refused, in which column and why, as a report that opens in a spreadsheet."""

from __future__ import annotations

import csv
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, NamedTuple, Self

from softrorm.client.errors import APIError, TransportError
from softrorm.data.cells import cell_text

REFUSED: Final = frozenset({400, 409, 413})
"""What the service answers to a record that it does not take (wire-facts 12); others would meet the next one too."""
KEPT: Final = 100
"""How many refusals are kept in memory, to be shown."""


def is_refusal(error: BaseException) -> bool:
    """Whether an error is about one record, so that the next one may fare better."""
    if isinstance(error, APIError):
        return error.status in REFUSED
    return not isinstance(error, TransportError)


class Refusal(NamedTuple):
    """One thing that is wrong with a row.

    Attributes:
        row: The row's number, by which a person finds it in the file.
        column: The column; ``""`` where the whole row is meant.
        value: What stands there, as text.
        reason: What is wrong, and what would be right.
    """

    row: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"row {self.row}{f', {self.column}' if self.column else ''}: {self.reason}"


class Refusals:
    """The refusals of a job, written into a file as they come; a context manager.

    Args:
        report: The file, made when there is something to say; one that an earlier run left is removed.

    Attributes:
        rows: How many rows were refused.
        first: The first refusals.
        count: How many there are.
        report: The file.
    """

    def __init__(self, report: str | PathLike[str] | None = None) -> None:
        self.report = None if report is None else Path(report)
        self.rows = 0
        self.count = 0
        self.first: list[Refusal] = []
        self._last: int | None = None
        self._file: IO[str] | None = None

    def add(self, row: int, column: str, value: Any, reason: str) -> None:
        """Take note of one thing that is wrong with a row; the things of a row come one after the other."""
        refusal = Refusal(row, column, cell_text(value) if _is_plain(value) else str(value), reason)
        self.count += 1
        self.rows += row != self._last
        self._last = row
        if len(self.first) < KEPT:
            self.first.append(refusal)
        if self.report is not None:
            if self._file is None:
                self._file = self.report.open("w", encoding="utf-8", newline="")
                csv.writer(self._file).writerow(Refusal._fields)
            csv.writer(self._file).writerow(refusal)

    def __enter__(self) -> Self:
        if self.report is not None:
            self.report.unlink(missing_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()


def _is_plain(value: Any) -> bool:
    try:
        cell_text(value)
    except (TypeError, ValueError):
        return False
    return True
