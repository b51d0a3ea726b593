"""Refusals: which rows of a file were refused, in which column and why, and a file of these rows to be corrected.

The file has the columns of the one that was imported, with their number there and the reasons before them. Once the
rows are corrected it can be imported itself: what it adds is left out then.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
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
ADDED: Final = ("refused row", "refused because")
"""The columns that the file of refused rows has beside those of the file that was imported."""


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
        reason: What is wrong, and what would be right.
    """

    row: int
    column: str
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
        self._file: IO[str] | None = None

    def add(self, row: int, values: Mapping[str, Any], wrong: Sequence[tuple[str, str]]) -> None:
        """Take note of a row.

        Args:
            row: Its number.
            values: What stands in each column of the file, in their order.
            wrong: What is wrong with it: the column, ``""`` for the whole row, and the reason.
        """
        self.rows += 1
        self.count += len(wrong)
        room = KEPT - len(self.first)
        self.first += [Refusal(row, *one) for one in wrong[:room]]
        if self.report is None:
            return
        if self._file is None:
            self._file = self.report.open("w", encoding="utf-8", errors="backslashreplace", newline="")
            csv.writer(self._file).writerow([*ADDED, *values])
        reasons = "; ".join(f"{column}: {reason}" if column else reason for column, reason in wrong)
        csv.writer(self._file).writerow([row, reasons, *map(_text, values.values())])

    def __enter__(self) -> Self:
        if self.report is not None:
            self.report.unlink(missing_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()


def _text(value: Any) -> str:
    try:
        return cell_text(value)
    except (TypeError, ValueError):
        return str(value)
