"""Bulk creates: rows from any iterable become records, each of them once.

Without a journal, a create whose answer was lost is settled by the model's natural key, or reported as unknown. With a
journal it is also settled by its values, and so are the rows that a killed run left in doubt; rows that an earlier run
wrote are passed by.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from softrorm.client.errors import AmbiguousWrite, APIError, SoftrError, TransportError
from softrorm.models import state
from softrorm.models.bulk.doubts import Doubt, newest_records, settle
from softrorm.models.bulk.journal import Journal, JournalError, digest
from softrorm.models.bulk.report import BulkReport, RowResult
from softrorm.models.bulk.runner import Runner, Terms, Written
from softrorm.models.bulk.work import Work, new_instance, saving
from softrorm.models.context import Context
from softrorm.models.settling import MOST_CREATES

MOST_IN_DOUBT = 64
"""So many rows in doubt are settled together at the latest."""
LONGEST_IN_DOUBT = 500
"""After so many further rows a row in doubt is settled at the latest, while few records are newer than it."""


class Creation:
    """One bulk create.

    Args:
        model: The model class.
        place: Where.
        rows: Unsaved objects, or dicts of attributes.
        total: How many rows there are, or ``None`` if nobody knows.
        terms: How it is run.
        journal: Its journal, or ``None``.
    """

    def __init__(
        self,
        model: Any,
        place: Any,
        rows: Iterable[Any],
        *,
        total: int | None,
        terms: Terms,
        journal: Journal | None,
    ) -> None:
        self._model = model
        self._place = place
        self._terms = terms
        self._journal = journal
        self._rows = self._ready_rows(rows)
        self._position = 0
        self._known = 0 if journal is None else journal.rows  # rows before this one were met by an earlier run
        self._doubts: list[Doubt] = []
        self._doubted_at = 0
        self._attempts: dict[int, int] = {}
        self._digests: dict[int, tuple[int, Any]] = {}
        self._under_way: set[int] = set()
        self._again: deque[Work | RowResult] = deque()
        self._runner = Runner(
            terms,
            client=place.client,
            total=total,
            finish=self._finish,
            begin=None if journal is None else self._begin,
            rest=self._rest,
        )

    def run(self) -> BulkReport:
        """Create the rows; returns the report."""
        journal = self._journal
        if journal is not None and journal.fresh:
            journal.begin(**newest_records(self._model, self._place))
        report = self._runner.run(self._take)
        if journal is not None and report.ok:
            journal.finish(report.finished)
        return report

    # --- rows in, in the caller's thread --------------------------------------------------------

    def _take(self) -> Work | RowResult | None:
        while True:
            if self._again:
                return self._again.popleft()
            if self._doubts and self._should_settle():
                self._settle()
            elif (ready := next(self._rows, None)) is not None:
                if not isinstance(ready, Doubt):
                    return ready
                self._doubt(ready)
            else:
                self._runner.drain()
                if not self._doubts:
                    return self._again.popleft() if self._again else None
                self._settle()

    def _should_settle(self) -> bool:
        # Before anything is sent that an earlier run did not send, and then every so often.
        return (
            self._position == self._known
            or len(self._doubts) >= MOST_IN_DOUBT
            or self._position - self._doubted_at >= LONGEST_IN_DOUBT
        )

    def _ready_rows(self, rows: Iterable[Any]) -> Iterator[Work | RowResult | Doubt]:
        number = -1
        for number, row in enumerate(rows):
            try:
                ready = self._ready(number, row)
            except JournalError:
                raise
            except Exception as error:  # whatever is wrong with a row is its fate
                ready = RowResult(number, row, "failed", error=error)
            self._position = number + 1
            yield ready
        if self._journal is not None:
            self._journal.check_end(number + 1)

    def _ready(self, number: int, row: Any) -> Work | RowResult | Doubt:
        instance = new_instance(self._model, row)
        if id(instance) in self._under_way:
            raise ValueError(f"{instance!r} stands in the rows twice.")
        journal = self._journal
        if journal is None:
            return self._saving(number, row, instance)
        given = instance._encoded(instance.dirty_fields, self._place)
        mark = digest(given)
        journal.check(number, mark)
        if journal.is_made(number):
            self._adopt(instance, journal.id_of(number))
            return RowResult(number, row, "earlier", instance.id)
        work = self._saving(number, row, instance)
        self._digests[number] = mark, given
        doubted = journal.open.get(number)
        return work if doubted is None else Doubt(work, *doubted)

    def _saving(self, number: int, row: Any, instance: Any) -> Work:
        work = saving(number, row, instance, self._place)
        assert isinstance(work, Work)  # noqa: S101 - a create always has something to send
        self._under_way.add(id(instance))
        return work

    def _adopt(self, instance: Any, record_id: str) -> None:
        """Let an object be the record that an earlier run made of it; its values are read when they are asked for."""
        for name in self._model._meta.fields:
            instance.__dict__.pop(name, None)
        state.fill(instance, {"id": record_id, "label": None}, Context(self._place, [], instance._context.unit))

    # --- answers out, in the caller's thread ----------------------------------------------------

    def _begin(self, works: list[Work]) -> None:
        assert self._journal is not None  # noqa: S101 - called with a journal only
        for work in works:
            mark, given = self._digests[work.number]
            self._journal.sending(work.number, mark, None if work.wire == given else work.wire)
        self._journal.sync()

    def _finish(self, work: Work, written: Written) -> RowResult | None:
        if self._journal is not None and isinstance(written.error, AmbiguousWrite):
            attempts = self._attempts[work.number] = self._attempts.get(work.number, 0) + written.attempts
            doubted = self._journal.open[work.number]
            self._doubt(Doubt(work, *doubted, error=written.error, attempts=attempts))
            return None
        return self._conclude(work, written)

    def _conclude(self, work: Work, written: Written) -> RowResult:
        if self._journal is not None:
            if written.answer is not None:
                self._journal.made(work.number, written.answer)
            elif _surely_not_done(written.error):
                self._journal.refused(work.number)
            self._digests.pop(work.number, None)
            self._attempts.pop(work.number, None)
        self._under_way.discard(id(work.instance))
        return work.conclude(written)

    # --- doubts ---------------------------------------------------------------------------------

    def _doubt(self, doubt: Doubt) -> None:
        if not self._doubts:
            self._doubted_at = self._position
        self._doubts.append(doubt)

    def _settle(self) -> None:
        """Find out what became of the rows in doubt, while nothing is under way."""
        assert self._journal is not None  # noqa: S101 - without one there are no doubts
        self._runner.drain()
        doubts, self._doubts = self._doubts, []
        try:
            found = settle(doubts, self._place, self._journal, pause=self._terms.pause, sleep=self._terms.sleep)
        except SoftrError as error:  # looking failed, so that the rows stay in doubt for the next run
            for doubt in doubts:
                self._leave(doubt, error)
            return
        for doubt in doubts:
            work = doubt.work
            if work.number in found:
                written = Written("created", found[work.number], attempts=doubt.attempts)
                self._again.append(self._conclude(work, written))
            elif doubt.attempts >= MOST_CREATES:
                self._leave(doubt, doubt.error)
            else:
                self._again.append(work)

    def _leave(self, doubt: Doubt, error: BaseException | None) -> None:
        written = Written("unknown", error=doubt.error or error, attempts=doubt.attempts)
        self._again.append(self._conclude(doubt.work, written))

    def _rest(self, stopped: bool) -> Iterator[RowResult]:
        """What is left at the end: rows in doubt are settled, or stay so for the next run where this was broken off."""
        if stopped and self._doubts:
            self._settle()
        for one in self._again:
            yield one if isinstance(one, RowResult) else one.result("skipped")
        for doubt in self._doubts:
            yield doubt.work.result("unknown", doubt.error, doubt.attempts)


def _surely_not_done(error: BaseException | None) -> bool:
    if isinstance(error, TransportError):
        return not error.may_have_happened
    return isinstance(error, APIError) and error.status < 500
