"""The executor: runs a plan, concurrently inside the write budget, and says what became of each operation.

Requests run in threads; everything that touches an object happens in the session's own thread, before a request is
sent and when it has come back. Operations of one stage run at once, stages one after the other. What depends on an
operation that failed is skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Literal

from softrorm.client.cancellation import seen_through
from softrorm.client.errors import InvalidState
from softrorm.client.exchange import Kind
from softrorm.session.conflicts import settle
from softrorm.session.plan import Operation, Plan
from softrorm.session.relations import link_fields, linked_to
from softrorm.session.report import CommitReport, Fate, Result
from softrorm.session.sending import Job, Sender, Theirs, Written


@dataclass(slots=True)
class Executor:
    """Runs one plan.

    Attributes:
        bind: The binding of a model at the session's client.
        before: Called for each operation before it is sent; an exception from it fails the operation.
        apply: Takes note of what became of an operation, in the session's thread.
        on_error: ``stop`` starts nothing new after a failure and finishes what is under way; ``continue`` goes on
            with all that does not depend on it.
        absent: Objects (by identity) that are not there to be linked to: an earlier commit left their fate unknown.
        workers: How many requests run at once; as many as rate and latency call for where it is ``None``.
        client: The client that they go through.
        sender: Makes the requests.
    """

    bind: Callable[[type], Any]
    before: Callable[[Operation], None]
    apply: Callable[[Operation, Written], None]
    on_error: Literal["stop", "continue"]
    absent: set[int]
    workers: int | None
    client: Any
    sender: Sender

    @property
    def at_once(self) -> int:
        """How many requests are to be under way at present."""
        return self.workers or self.client.concurrency(Kind.UPDATE)

    def run(self, plan: Plan) -> CommitReport:
        """Run a plan; returns the fate of every operation."""
        most = self.workers or self.client.max_workers
        with seen_through() as go_on, ThreadPoolExecutor(most, thread_name_prefix="softrorm-commit") as pool:
            return _Run(self, pool, go_on).all(plan)


class _Run:
    """One run of a plan."""

    def __init__(self, how: Executor, pool: ThreadPoolExecutor, go_on: Callable[[], None]) -> None:
        self._how = how
        self._pool = pool
        self._go_on = go_on
        self._absent = set(how.absent)
        self._stopped: BaseException | None = None
        self._interrupted: BaseException | None = None
        self._results: dict[int, Result] = {}
        self._running: dict[Future[Written | Theirs], Operation] = {}

    def all(self, plan: Plan) -> CommitReport:
        for stage in plan.stages():
            waiting = iter(stage)
            try:
                while self._start(waiting):
                    self._finish(wait(self._running, return_when=FIRST_COMPLETED).done)
            finally:
                # Also when the user interrupts: what was sent is told before anything else happens.
                self._drain()
            if self._interrupted is not None:
                raise self._interrupted
            for operation in waiting:
                self._note(operation, Written("skipped", {}, error=self._stopped))
        return CommitReport([self._results[id(operation)] for operation in plan.operations])

    def _start(self, waiting: Iterator[Operation]) -> bool:
        """Start as many operations as there are workers; says whether any is under way."""
        while len(self._running) < self._how.at_once and self._stopped is None and self._interrupted is None:
            self._go_on()
            operation = next(waiting, None)
            if operation is None:
                break
            if missing := self._unmet(operation):
                why = InvalidState(f"{operation.instance!r} needs {missing[0]!r}, which is not known to be there.")
                self._note(operation, Written("skipped", {}, error=why))
                continue
            try:
                self._how.before(operation)
                job = self._job(operation)
            except Exception as error:  # whatever goes wrong is this operation's fate
                self._note(operation, Written("failed", {}, error=error))
                continue
            if job is None:
                self._note(operation, Written("unchanged", {}))
                continue
            self._submit(job)
        return bool(self._running)

    def _submit(self, job: Job) -> None:
        self._running[self._pool.submit(copy_context().run, self._how.sender.perform, job)] = job.operation

    def _drain(self) -> None:
        try:
            while self._running:
                self._finish(wait(self._running).done)
        finally:
            # Interrupted once more: what is still under way may be done or not.
            for operation in list(self._running.values()):
                unsure: Fate = "unknown" if operation.kind == "create" else "failed"
                self._note(operation, Written(unsure, operation.instance.dirty_fields, error=KeyboardInterrupt()))
            self._running.clear()

    def _finish(self, done: Iterable[Future[Written | Theirs]]) -> None:
        for future in [future for future in self._running if future in done]:
            operation, came = self._running.pop(future), future.result()
            written = self._after_reading(came) if isinstance(came, Theirs) else came
            if written is None:
                continue
            if written.error is not None and not isinstance(written.error, Exception):
                self._interrupted = written.error
            self._note(operation, written)

    def _after_reading(self, theirs: Theirs) -> Written | None:
        """Compare with what somebody else may have written; ``None`` where the write is under way now."""
        job = theirs.job
        instance = job.operation.instance
        if self._stopped is not None or self._interrupted is not None:
            return Written("skipped", {}, error=self._stopped)
        try:
            writes = settle(instance, job.sent, instance._record.get("fields", {}), theirs.record["fields"])
            if not writes:
                return Written("unchanged", job.sent, theirs.record)
            job.wire = instance._encoded(writes, job.binding)
        except Exception as error:
            return Written("failed", {}, error=error)
        job.theirs, job.writes = theirs.record, writes
        self._submit(job)
        return None

    def _note(self, operation: Operation, written: Written) -> None:
        # First the result, so that one is there whatever goes wrong in applying it.
        self._results[id(operation)] = Result(operation, written.fate, written.error, written.attempts)
        if written.error is not None:
            if operation.kind == "create":
                self._absent.add(id(operation.instance))
            if self._how.on_error == "stop" and self._stopped is None:
                self._stopped = written.error
        self._how.apply(operation, written)

    def _unmet(self, operation: Operation) -> list[Any]:
        """The object that an operation needs and that is not there, if there is one."""
        if id(operation.instance) in self._absent:
            return [operation.instance]
        links = [link.attribute for link in link_fields(type(operation.instance)) if link.attribute in operation.fields]
        for other in (one for name in links for one in linked_to(operation.instance, name)):
            if other._record is None and id(other) in self._absent:
                return [other]
        return []

    def _job(self, operation: Operation) -> Job | None:
        """The operation made ready: from here on no object is read. ``None`` where nothing is left to send."""
        instance = operation.instance
        binding = self._how.bind(type(instance))
        if operation.kind == "delete":
            return Job(operation, binding)
        dirty = instance.dirty_fields
        # What a receiver of pre_save changed goes along, and what it undid does not.
        late = [name for name in dirty if name not in operation.dirty] if operation.kind != "link" else []
        sent = {name: getattr(instance, name) for name in (*operation.fields, *late) if name in dirty}
        if operation.kind == "create":
            instance._refuse_missing(sent)
        elif not sent:
            return None
        wire = instance._encoded(sent, binding)
        kept = {name: instance._meta.writable[name].detached(value) for name, value in sent.items()}
        return Job(operation, binding, kept, kept, wire)
