"""Refusals: which rows of a file were refused, in which column and why, and a file of these rows to be corrected.

The file has the columns of the one that was imported, with their number there and the reasons before them. Once the
rows are corrected it can be imported itself: what it adds is left out then.
"""

from __future__ import annotations

import csv
import re
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
ONE_BY_ONE: Final = 25
"""Up to so many refusals are told one by one; of more of them the first of each kind, and of so many kinds."""
FIRST_OF_KIND: Final = 3
ADDED: Final = ("refused row", "refused because")
"""The columns that the file of refused rows has beside those of the file that was imported."""
_SAID = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|(?<=\bnot )-?\d\S*?(?=\.?(?:\s|$))""")
_NEAREST = re.compile(r" Did you mean ('...'|[^?]*)\?")


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


class _Kind:
    """Refusals in one column for one reason, whatever the values are."""

    def __init__(self) -> None:
        self.count = 0
        self.first: list[Refusal] = []

    def add(self, refusal: Refusal) -> None:
        self.count += 1
        if self.count <= FIRST_OF_KIND:
            self.first.append(refusal)

    def lines(self) -> list[str]:
        lines = [str(one) for one in self.first]
        if more := self.count - len(self.first):
            _, column, reason = self.first[0]
            rows = f"{more:,} more row{'s' if more > 1 else ''}"
            lines.append(f"and {rows}{f', {column}' if column else ''}: {_without_values(reason)}")
        return lines


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
        self._untold: list[Refusal] = []
        self._kinds: dict[tuple[str, str], _Kind] = {}
        self._told = 0
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
        for refusal in (Refusal(row, *one) for one in wrong):
            if len(self.first) < KEPT:
                self.first.append(refusal)
            if len(self._untold) < ONE_BY_ONE:
                self._untold.append(refusal)
            kind = (refusal.column, re.sub(r"\d+", "0", _without_values(refusal.reason)))
            if kind in self._kinds or len(self._kinds) < ONE_BY_ONE:
                self._kinds.setdefault(kind, _Kind()).add(refusal)
        if self.report is None:
            return
        if self._file is None:
            self._file = self.report.open("w", encoding="utf-8", errors="backslashreplace", newline="")
            csv.writer(self._file).writerow([*ADDED, *values])
        reasons = "; ".join(f"{column}: {reason}" if column else reason for column, reason in wrong)
        csv.writer(self._file).writerow([row, reasons, *map(_text, values.values())])

    def told(self) -> list[str]:
        """What was refused since this was asked before, as lines for a person; the file has each with its row.

        Returns:
            A line for each of a few refusals; of many, which mostly come from few mistakes, the first of each kind
            and how many more there are.
        """
        count = self.count - self._told
        if count <= ONE_BY_ONE:
            lines = [str(one) for one in self._untold]
        else:
            lines = [line for kind in self._kinds.values() for line in kind.lines()]
            if more := count - sum(kind.count for kind in self._kinds.values()):
                lines.append(f"and {more:,} more{f' in {self.report}' if self.report else ''}")
        self._told, self._untold, self._kinds = self.count, [], {}
        return lines

    def __enter__(self) -> Self:
        if self.report is not None:
            self.report.unlink(missing_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()


def _without_values(reason: str) -> str:
    """A reason without the values that it quotes and the one that it proposes."""
    return _NEAREST.sub("", _SAID.sub("'...'", reason))


def _text(value: Any) -> str:
    try:
        return cell_text(value)
    except (TypeError, ValueError):
        return str(value)
