"""The runner: writes rows concurrently as they come, a window of them in memory.

Requests run in threads. Everything else happens in the caller's thread: rows are taken from their iterator only when a
worker is free for them, objects are updated and progress is told as answers come back. So an endless iterator needs no
more memory than there are workers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from softrorm.client.cancellation import seen_through
from softrorm.client.errors import AmbiguousWrite
from softrorm.client.exchange import Kind
from softrorm.client.retry import attempts_made
from softrorm.models.bulk.report import TROUBLED, BulkError, BulkReport, Fate, Progress, RowResult

OnError = Literal["stop", "continue"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a bulk write is run.

    Attributes:
        workers: How many requests run at once; as many as rate and latency call for unless given.
        on_error: ``stop`` starts nothing new after a row that failed, finishes what is under way and raises;
            ``continue`` goes on with the rows that follow.
        progress: Called after each row, in the caller's thread.
        pause: Seconds between two looks for a create whose answer was lost.
        sleep: Waits so many seconds.
    """

    workers: int | None = None
    on_error: OnError = "stop"
    progress: Progress | None = None
    pause: float = 1.0
    sleep: Callable[[float], object] = time.sleep

    def __post_init__(self) -> None:
        if self.on_error not in {"stop", "continue"}:
            raise ValueError(f"on_error is 'stop' or 'continue', not {self.on_error!r}.")
        if self.workers is not None and (not isinstance(self.workers, int) or self.workers < 1):
            raise ValueError(f"workers is how many requests run at once, 1 or more, not {self.workers!r}.")
        if self.progress is not None and not callable(self.progress):
            raise ValueError(f"progress is a function of (done, total, report), not {self.progress!r}.")


class Work(Protocol):
    """One row made ready in the caller's thread, so that a worker can send it without reading an object."""

    number: int
    row: Any

    def send(self, terms: Terms) -> Written:
        """Make the request; in a worker's thread."""


@dataclass(slots=True)
class Written:
    """What came back of one write.

    Attributes:
        fate: What became of it.
        answer: The record as the service answered it, or ``None``.
        error: What went wrong.
        attempts: How often the write was sent.
    """

    fate: Fate
    answer: dict[str, Any] | None = None
    error: BaseException | None = None
    attempts: int = 0


class Runner:
    """Runs one bulk write.

    Args:
        terms: How.
        client: The client that the requests go through; it says how many of them to have under way.
        total: How many rows there are, or ``None`` if nobody knows.
        finish: Takes note of what became of a row, in the caller's thread; returns its result, or ``None`` where it is
            not known yet.
        begin: Called with rows before any of them is sent.
        rest: The results of rows whose fate is not known when the run ends; told whether it came to an end of its own.
    """

    def __init__(
        self,
        terms: Terms,
        *,
        client: Any,
        total: int | None,
        finish: Callable[[Any, Written], RowResult | None],
        begin: Callable[[list[Any]], None] | None = None,
        rest: Callable[[bool], Iterable[RowResult]] | None = None,
    ) -> None:
        self.report = BulkReport(total)
        self.stopped: BaseException | None = None
        self._terms = terms
        self._client = client
        self._take = finish
        self._begin = begin
        self._rest = rest
        self._running: dict[Future[Written], Work] = {}
        self._begun: list[Work] = []  # taken, and about to be sent
        self._pool: ThreadPoolExecutor | None = None

    def run(self, take: Callable[[], Work | RowResult | None]) -> BulkReport:
        """Run to the end of the rows, or until one fails and ``on_error`` is ``stop``.

        Args:
            take: Returns the next row made ready, or the result of one for which there is nothing to send, or ``None``
                if there is none now; it is asked again when what is under way has come back.

        Returns:
            The report.

        Raises:
            BulkError: A row failed, or its fate is unknown, and ``on_error`` is ``stop``.
        """
        ended = False
        most = self._terms.workers or self._client.max_workers
        with seen_through() as self._go_on, ThreadPoolExecutor(most, thread_name_prefix="softrorm-bulk") as self._pool:
            try:
                while self._start(take):
                    self._finish(wait(self._running, return_when=FIRST_COMPLETED).done)
                ended = True
            finally:
                # Also when the user interrupts, or the rows' iterator fails: what was sent is noted first.
                self._finish(wait(self._running).done)
                for result in self._rest(ended) if self._rest else ():
                    self.report.note(result)
                self.report.close(complete=ended and self.stopped is None)
        if self.stopped is not None:
            raise BulkError(self.report) from self.stopped
        return self.report

    def drain(self) -> None:
        """Send what was taken, wait for all that is under way, and take note of it; in the caller's thread."""
        self._submit()
        while self._running:
            self._finish(wait(self._running).done)

    def note(self, result: RowResult) -> None:
        """Count a result, tell of it, and stop if it is bad and that was asked for."""
        self.report.note(result)
        if result.fate in TROUBLED and self._terms.on_error == "stop" and self.stopped is None:
            self.stopped = result.error
        if self._terms.progress is not None:
            self._terms.progress(self.report.finished, self.report.total, self.report)

    def _start(self, take: Callable[[], Work | RowResult | None]) -> bool:
        """Start as many rows as there are free workers; says whether any is under way."""
        try:
            while len(self._running) + len(self._begun) < self._at_once and self.stopped is None:
                self._go_on()
                work = take()
                if work is None:
                    break
                if isinstance(work, RowResult):
                    self.note(work)
                else:
                    self._begun.append(work)
        finally:
            # Rows before one that fails are written, whatever stopped it.
            self._submit()
        return bool(self._running)

    @property
    def _at_once(self) -> int:
        return self._terms.workers or self._client.concurrency(Kind.CREATE)

    def _submit(self) -> None:
        begun, self._begun = self._begun, []
        if begun and self._begin is not None:
            self._begin(begun)
        for work in begun:
            assert self._pool is not None  # noqa: S101 - run() made it
            self._running[self._pool.submit(copy_context().run, self._perform, work)] = work

    def _perform(self, work: Work) -> Written:
        try:
            written = work.send(self._terms)
        except AmbiguousWrite as error:
            return Written("unknown", error=error, attempts=error.attempts)
        except Exception as error:  # whatever goes wrong is this row's fate
            return Written("failed", error=error, attempts=getattr(error, "attempts", 0))
        written.attempts = written.attempts or attempts_made.get()
        return written

    def _finish(self, done: set[Future[Written]]) -> None:
        results = [self._take(self._running.pop(future), future.result()) for future in done]
        # Told when all are safe: a progress function that raises must not keep an answer from being noted.
        for result in results:
            if result is not None:
                self.note(result)
