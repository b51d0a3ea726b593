"""The executor: runs a plan, concurrently inside the write budget, and says what became of each operation.

Requests run in threads; everything that touches an object happens in the session's own thread, when a request has come
back. Operations of one stage run at once, stages one after the other. What depends on an operation that failed is
skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Literal

from softrorm.client.errors import AmbiguousWrite, InvalidState, NotFound
from softrorm.client.retry import attempts_made
from softrorm.models import settling
from softrorm.session.conflicts import settle
from softrorm.session.plan import Operation, Plan
from softrorm.session.relations import link_fields, linked_to
from softrorm.session.report import CommitReport, Fate, Result


@dataclass(slots=True)
class Written:
    """What came back of one operation.

    Attributes:
        fate: What became of it.
        sent: The values that were sent, by attribute.
        answer: The record as the service answered it, or ``None``.
        error: What went wrong.
        attempts: How often the write was sent.
    """

    fate: Fate
    sent: dict[str, Any]
    answer: dict[str, Any] | None = None
    error: BaseException | None = None
    attempts: int = 0


@dataclass(slots=True)
class _Job:
    """An operation made ready in the session's thread: from here on no object is read."""

    operation: Operation
    binding: Any
    sent: dict[str, Any]
    wire: dict[str, Any]


class Executor:
    """Runs one plan.

    Args:
        bind: The binding of a model at the session's client.
        before: Called for each operation before it is sent; an exception from it fails the operation.
        apply: Takes note of what became of an operation, in the session's thread.
        on_error: ``stop`` starts nothing new after a failure and finishes what is under way; ``continue`` goes on
        with all
            that does not depend on it.
        unknown: Objects (by identity) whose fate an earlier commit left unknown.
        workers: How many requests run at once.
        pause: Seconds between two looks for a create whose answer was lost.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        *,
        bind: Callable[[type], Any],
        before: Callable[[Operation], None],
        apply: Callable[[Operation, Written], None],
        on_error: Literal["stop", "continue"],
        unknown: set[int],
        workers: int,
        pause: float,
        sleep: Callable[[float], object],
    ) -> None:
        self._bind = bind
        self._before = before
        self._apply = apply
        self._on_error = on_error
        self._workers = workers
        self._pause = pause
        self._sleep = sleep
        self._absent = set(unknown)  # objects that are not there to be linked to
        self._stopped: BaseException | None = None
        self._results: dict[int, Result] = {}
        self._running: dict[Future[Written], Operation] = {}

    def run(self, plan: Plan) -> CommitReport:
        """Run a plan; returns the fate of every operation."""
        with ThreadPoolExecutor(self._workers, thread_name_prefix="softrorm-commit") as pool:
            for stage in plan.stages():
                waiting = iter(stage)
                try:
                    while self._start(pool, waiting):
                        self._finish(wait(self._running, return_when=FIRST_COMPLETED).done)
                finally:
                    # Also when the user interrupts: what was sent is told before anything else happens.
                    self._finish(wait(self._running).done)
                for operation in waiting:
                    self._note(operation, Written("skipped", {}, error=self._stopped))
        return CommitReport([self._results[id(operation)] for operation in plan.operations])

    def _start(self, pool: ThreadPoolExecutor, waiting: Iterator[Operation]) -> bool:
        """Start as many operations as there are workers; says whether any is under way."""
        while len(self._running) < self._workers and self._stopped is None:
            operation = next(waiting, None)
            if operation is None:
                break
            if missing := self._unmet(operation):
                why = InvalidState(f"{operation.instance!r} needs {missing!r}, which was not created.")
                self._note(operation, Written("skipped", {}, error=why))
                continue
            try:
                self._before(operation)
                job = self._job(operation)
            except Exception as error:  # whatever goes wrong is this operation's fate
                self._note(operation, Written("failed", {}, error=error))
                continue
            self._running[pool.submit(self._perform, job)] = operation
        return bool(self._running)

    def _finish(self, done: set[Future[Written]]) -> None:
        for future in [future for future in self._running if future in done]:
            self._note(self._running.pop(future), future.result())

    def _note(self, operation: Operation, written: Written) -> None:
        self._apply(operation, written)
        self._results[id(operation)] = Result(operation, written.fate, written.error, written.attempts)
        if written.error is None:
            return
        if operation.kind == "create":
            self._absent.add(id(operation.instance))
        if self._on_error == "stop" and self._stopped is None:
            self._stopped = written.error

    def _unmet(self, operation: Operation) -> Any:
        """The object that an operation needs and that is not there, or ``None``."""
        if id(operation.instance) in self._absent:
            return operation.instance
        links = [link.attribute for link in link_fields(type(operation.instance)) if link.attribute in operation.fields]
        for other in (one for name in links for one in linked_to(operation.instance, name)):
            if other._record is None and id(other) in self._absent:
                return other
        return None

    def _job(self, operation: Operation) -> _Job:
        instance = operation.instance
        binding = self._bind(type(instance))
        # What a receiver of pre_save changed goes along.
        late = [name for name in instance.dirty_fields if name not in operation.dirty] if operation.dirty else []
        sent = {name: getattr(instance, name) for name in (*operation.fields, *late)}
        if operation.kind == "create":
            instance._refuse_missing(sent)
        wire = instance._encoded(sent, binding)
        kept = {name: instance._meta.writable[name].detached(value) for name, value in sent.items()}
        return _Job(operation, binding, kept, wire)

    # --- in a worker's thread -------------------------------------------------------------------

    def _perform(self, job: _Job) -> Written:
        try:
            written = _ACTIONS[job.operation.kind](self, job)
        except AmbiguousWrite as error:
            return Written("unknown", job.sent, error=error, attempts=error.attempts)
        except Exception as error:
            return Written("failed", job.sent, error=error, attempts=getattr(error, "attempts", 0))
        written.attempts = written.attempts or attempts_made.get()
        return written

    def _create(self, job: _Job) -> Written:
        answer, attempts = settling.create(
            job.operation.instance, job.wire, job.binding, pause=self._pause, sleep=self._sleep
        )
        return Written("created", job.sent, answer, attempts=attempts)

    def _update(self, job: _Job) -> Written:
        place, instance = job.binding, job.operation.instance
        record_id = instance._record["id"]
        if job.operation.reads:
            theirs = place.client.get_record(place.database, place.table, record_id)
            job.sent = settle(instance, job.sent, instance._record.get("fields", {}), theirs["fields"])
            job.wire = instance._encoded(job.sent, place)
        answer = settling.update(instance, job.sent, job.wire, place, pause=self._pause, sleep=self._sleep)
        return Written("updated", job.sent, answer)

    def _delete(self, job: _Job) -> Written:
        place = job.binding
        try:
            place.client.delete_record(place.database, place.table, job.operation.instance._record["id"])
        except NotFound as error:
            # It is gone, which is what was asked for; the error tells that somebody else did it.
            return Written("deleted", {}, attempts=error.attempts)
        return Written("deleted", {})


_ACTIONS: dict[str, Callable[[Executor, _Job], Written]] = {
    "create": Executor._create,
    "update": Executor._update,
    "link": Executor._update,
    "delete": Executor._delete,
}
