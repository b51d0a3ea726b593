"""The report of a commit: the fate of every operation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from softrorm.client.errors import SoftrError
from softrorm.session.plan import Operation

Fate = Literal["created", "updated", "deleted", "unchanged", "failed", "skipped", "unknown"]
FATES: tuple[Fate, ...] = ("created", "updated", "deleted", "unchanged", "failed", "skipped", "unknown")


@dataclass(slots=True, eq=False)
class Result:
    """What became of one operation.

    Attributes:
        operation: The operation.
        fate: ``created``, ``updated``, ``deleted``; ``unchanged`` where nothing was left to send; ``failed``;
            ``skipped`` because of another; ``unknown`` for a create whose answer was lost.
        error: Why it failed, was skipped or is unknown.
        attempts: How often the write was sent.
    """

    operation: Operation
    fate: Fate
    error: BaseException | None = None
    attempts: int = 0

    def __str__(self) -> str:
        return f"{self.fate}: {self.operation}" + (f" ({self.error})" if self.error else "")

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON."""
        why = f"{type(self.error).__name__}: {self.error}" if self.error else None
        return {**self.operation.to_dict(), "fate": self.fate, "error": why, "attempts": self.attempts}


MOST_SHOWN = 10
"""How many operations that went wrong a report prints; it holds all of them."""


@dataclass(slots=True, repr=False)
class CommitReport:
    """The fates of a commit's operations, in the order of the plan.

    Attributes:
        results: A result for every operation.
    """

    results: list[Result] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything was done."""
        return all(result.fate in {"created", "updated", "deleted", "unchanged"} for result in self.results)

    def of(self, fate: Fate) -> list[Any]:
        """The objects that met a fate."""
        return [result.operation.instance for result in self.results if result.fate == fate]

    @property
    def counts(self) -> dict[str, int]:
        """How many operations met which fate."""
        counted = Counter(result.fate for result in self.results)
        return {fate: counted[fate] for fate in FATES if counted[fate]}

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON."""
        return {"ok": self.ok, "counts": self.counts, "results": [result.to_dict() for result in self.results]}

    def __len__(self) -> int:
        return len(self.results)

    def __str__(self) -> str:
        counted = ", ".join(f"{count} {fate}" for fate, count in self.counts.items()) or "nothing to do"
        troubled = [str(result) for result in self.results if result.error]
        more = [f"and {len(troubled) - MOST_SHOWN} more"] if len(troubled) > MOST_SHOWN else []
        return "\n".join([counted, *troubled[:MOST_SHOWN], *more])

    def __repr__(self) -> str:
        return f"<CommitReport: {', '.join(f'{count} {fate}' for fate, count in self.counts.items()) or 'empty'}>"


class CommitError(SoftrError):
    """A commit could not do everything; the session holds what is left, and the next commit sends only that.

    Attributes:
        report: The fate of every operation.
    """

    def __init__(self, report: CommitReport) -> None:
        self.report = report
        super().__init__(report)

    def __str__(self) -> str:
        return f"The commit is incomplete: {self.report}"
