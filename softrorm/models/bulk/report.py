"""The report of a bulk write: counts of all rows, and those rows that came to grief.

A job may have a million rows, so a report keeps no list of them. It counts every fate, and keeps the rows that failed
or whose fate is unknown, up to a limit; ``progress`` shows each row as it is done to whoever wants them all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from softrorm.client.errors import SoftrError

Fate = Literal["created", "updated", "deleted", "unchanged", "earlier", "failed", "skipped", "unknown"]
FATES: tuple[Fate, ...] = ("created", "updated", "deleted", "unchanged", "earlier", "failed", "skipped", "unknown")
DONE: frozenset[Fate] = frozenset({"created", "updated", "deleted", "unchanged", "earlier"})
TROUBLED: frozenset[Fate] = frozenset({"failed", "unknown"})
MOST_KEPT = 1000
"""How many troubled rows a report keeps; all are counted."""
_SHOWN = 10


@dataclass(slots=True, eq=False)
class RowResult:
    """What became of one row.

    Attributes:
        number: The row's place in the input, from 0.
        row: The row as it was given: an object, or a dict.
        fate: ``created``, ``updated``, ``deleted``; ``unchanged`` where nothing was to be sent; ``earlier`` for a row
            that an earlier run of the same journal wrote; ``failed``; ``unknown`` for a create whose answer was lost.
        id: The record's id, where it is known.
        error: Why it failed or is unknown.
        attempts: How often the write was sent.
    """

    number: int
    row: Any
    fate: Fate
    id: str | None = None
    error: BaseException | None = None
    attempts: int = 0

    def __str__(self) -> str:
        why = f": {type(self.error).__name__}: {self.error}" if self.error else ""
        return f"row {self.number} {self.fate}{why}"

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON."""
        why = f"{type(self.error).__name__}: {self.error}" if self.error else None
        return {"row": self.number, "fate": self.fate, "id": self.id, "error": why, "attempts": self.attempts}


class BulkReport:
    """The fates of a bulk write's rows.

    ``int(report)`` is the number of rows that are as was asked, and a report equals that number, so that
    ``Task.objects.filter(...).delete() == 3`` can be said.

    Attributes:
        total: How many rows there are, or ``None`` while nobody knows.
        troubled: The rows that failed or whose fate is unknown, the first 1,000 of them.
        latest: The row that was done last.
    """

    def __init__(self, total: int | None = None) -> None:
        self.total = total
        self.troubled: list[RowResult] = []
        self.latest: RowResult | None = None
        self._counted: Counter[Fate] = Counter()

    def note(self, result: RowResult) -> None:
        """Count a row, and keep it if it came to grief."""
        self._counted[result.fate] += 1
        self.latest = result
        if result.fate in TROUBLED and len(self.troubled) < MOST_KEPT:
            self.troubled.append(result)

    def add(self, other: BulkReport) -> None:
        """Count the rows of another bulk write of the same job as well."""
        self._counted += other._counted
        self.troubled = (self.troubled + other.troubled)[:MOST_KEPT]
        if self.total is not None:
            self.total += other.total or 0

    def close(self, *, complete: bool) -> None:
        """Count the rows that were never reached as skipped, as far as anybody knows them."""
        self.troubled.sort(key=lambda result: result.number)
        if complete:
            self.total = self.finished
        elif self.total is not None:
            self._counted["skipped"] += max(0, self.total - self._counted.total())

    @property
    def counts(self) -> dict[str, int]:
        """How many rows met which fate."""
        return {fate: self._counted[fate] for fate in FATES if self._counted[fate]}

    @property
    def finished(self) -> int:
        """How many rows have met their fate, whichever it is."""
        return self._counted.total() - self._counted["skipped"]

    @property
    def done(self) -> int:
        """How many rows are as was asked."""
        return sum(self._counted[fate] for fate in DONE)

    @property
    def ok(self) -> bool:
        """Whether all rows are as was asked."""
        return self.done == self._counted.total()

    @property
    def failed(self) -> list[RowResult]:
        """The rows that were refused, as far as they are kept."""
        return [one for one in self.troubled if one.fate == "failed"]

    @property
    def unknown(self) -> list[RowResult]:
        """The rows whose create was sent and never answered, as far as they are kept."""
        return [one for one in self.troubled if one.fate == "unknown"]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "ok": self.ok,
            "total": self.total,
            "counts": self.counts,
            "troubled": [one.to_dict() for one in self.troubled],
        }

    def __int__(self) -> int:
        return self.done

    __index__ = __int__

    def __bool__(self) -> bool:
        return self.done > 0

    def __eq__(self, other: object) -> bool:
        if isinstance(other, BulkReport):
            return self is other
        return self.done == other if isinstance(other, int) else NotImplemented

    __hash__ = object.__hash__

    def __str__(self) -> str:
        counted = ", ".join(f"{count} {fate}" for fate, count in self.counts.items()) or "nothing to do"
        more = sum(self._counted[fate] for fate in TROUBLED) - _SHOWN
        lines = [counted, *map(str, self.troubled[:_SHOWN])]
        return "\n".join([*lines, f"and {more} more"] if more > 0 else lines)

    def __repr__(self) -> str:
        return f"<BulkReport: {', '.join(f'{count} {fate}' for fate, count in self.counts.items()) or 'no rows'}>"


Progress: TypeAlias = Callable[[int, int | None, BulkReport], object]
"""What is called after each row: with the number of rows finished, that of all rows if it is known, and the report."""


class BulkError(SoftrError):
    """A bulk write stopped at a row; rows after it were not started, those under way were finished.

    Attributes:
        report: The fate of every row that was begun.
    """

    def __init__(self, report: BulkReport) -> None:
        self.report = report
        super().__init__(report)

    def __str__(self) -> str:
        return f"The bulk write is incomplete: {self.report}"
