"""What may be repeated, when, and for how long: the only retry loop.

One table says, for each way an attempt can end and each kind of request, whether to repeat it. A create whose
answer was lost is never sent again, because it may have been carried out; everything else that failed for a
passing reason is repeated until the total deadline of the call. Every attempt takes its place in the rate
budget and has the time that is left, at most.
"""

from __future__ import annotations

import heapq
import logging
import random
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from enum import Enum
from typing import Any

from softrorm.client import answers, cancellation
from softrorm.client.errors import AmbiguousWrite, DeadlineExceeded, SoftrError, TransportError
from softrorm.client.exchange import Answer, Failure, Kind, Outcome, Request, Sender
from softrorm.client.throttle import Throttle
from softrorm.client.watching import NOBODY, Watch
from softrorm.client.workers import Latency

logger = logging.getLogger("softrorm.client")


class Decision(Enum):
    """What to do after an attempt."""

    RETURN = "return the answer"
    RAISE = "raise what it stands for"
    REPEAT = "repeat it while there is time"
    AMBIGUOUS = "raise AmbiguousWrite: it may have been carried out, and a repeat would do it twice"


def _for_every_kind(decision: Decision) -> dict[Kind, Decision]:
    return dict.fromkeys(Kind, decision)


_REPEAT = _for_every_kind(Decision.REPEAT)
_REPEAT_UNLESS_CREATE = {**_REPEAT, Kind.CREATE: Decision.AMBIGUOUS}

DECISIONS: Mapping[Outcome, Mapping[Kind, Decision]] = {
    Outcome.OK: _for_every_kind(Decision.RETURN),
    Outcome.REJECTED: _for_every_kind(Decision.RAISE),
    Outcome.UNTRUSTED: _for_every_kind(Decision.RAISE),
    # Refused before it ran, or never arrived: safe for every kind.
    Outcome.RATE_LIMITED: _REPEAT,
    Outcome.NOT_SENT: _REPEAT,
    Outcome.NOT_LISTENING: _REPEAT,
    # A gateway gives up on a request that goes on behind it (seen on writes of attachments, wire-facts 12).
    Outcome.UNAVAILABLE: _REPEAT_UNLESS_CREATE,
    Outcome.LOST: _REPEAT_UNLESS_CREATE,
    Outcome.UNREADABLE: _REPEAT_UNLESS_CREATE,
}

MOST_REPEATS: Mapping[Outcome, int] = {Outcome.UNREADABLE: 2, Outcome.NOT_LISTENING: 3}
"""Outcomes that are not worth a whole deadline.

A complete body that is no JSON tends to stay so; a server of one's own that does not listen was most likely never
started, and two silent minutes would not say so.
"""

attempts_made: ContextVar[int] = ContextVar("softrorm_attempts_made", default=0)
"""How often the last request of this thread was sent, for reports of what became of a write."""

FIRST_WAIT = 0.25
LONGEST_WAIT = 4.0
_RETRY_AFTER_JITTER = 0.1
_MAY_HAVE_HAPPENED = {Outcome.UNAVAILABLE, Outcome.LOST, Outcome.UNREADABLE}


class Caller:
    """Makes calls: attempts, waits and repeats until an answer, a final error or the deadline.

    Args:
        sender: Makes one attempt.
        timeout: Seconds to connect and to wait for the next piece of the answer, per attempt.
        deadline: Seconds that a request may take altogether, with its repeats and waits.
        clock: Seconds, monotonic.
        sleep: Waits so many seconds.
        uniform: Draws the jitter between two bounds.
    """

    def __init__(
        self,
        sender: Sender,
        *,
        timeout: tuple[float, float],
        deadline: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._sender = sender
        self._timeout = timeout
        self._deadline = deadline
        self._clock = clock
        self._sleep = sleep
        self._uniform = uniform
        self.latency = Latency()
        self._spare: weakref.WeakKeyDictionary[Throttle, list[float]] = weakref.WeakKeyDictionary()
        self._spare_lock = threading.Lock()

    def call(self, request: Request, throttle: Throttle, watch: Watch = NOBODY) -> dict[str, Any]:
        """Carry a request out.

        Args:
            request: What to send.
            throttle: The rate budget.
            watch: Who is told what happens.

        Returns:
            The decoded body of the answer; ``{}`` for one that has none.

        Raises:
            APIError: The service answered with an error that stays.
            AmbiguousWrite: A create was sent and its answer was lost.
            DeadlineExceeded: The deadline passed without an answer.
            TransportError: The answer could not be read, or the server's certificate was refused.
        """
        expires = self._clock() + self._deadline
        attempts = 0
        seen: dict[Outcome, int] = {}
        last: Answer | Failure | None = None
        while True:
            self._wait(0, request, seen)
            wait = self._reserve(throttle, expires - self._clock())
            if wait is None:
                raise self._expired(request, last, attempts, seen)
            if wait > 0:
                watch.throttled(attempts + 1, wait)
                due = self._clock() + wait
                try:
                    self._wait(wait, request, seen)
                except cancellation.Cancelled:
                    self._hand_on(throttle, due)
                    raise
            self._wait(throttle.start(), request, seen)
            attempts += 1
            attempts_made.set(attempts)
            watch.sending(attempts)
            began = self._clock()
            last, envelope = self._attempt(request, expires, attempts)
            watch.ended(attempts, last, self._clock() - began)
            outcome = last.outcome if isinstance(last, Failure) else answers.outcome_of(last.status)
            if isinstance(last, Answer):
                throttle.report(refused=outcome is Outcome.RATE_LIMITED)
            if _already_deleted(request, last, seen):
                return {}
            seen[outcome] = seen.get(outcome, 0) + 1
            decision = DECISIONS[outcome][request.kind]
            if decision is Decision.RETURN:
                if request.kind is Kind.READ:
                    cancellation.check()
                return envelope
            if decision is Decision.REPEAT and seen[outcome] <= MOST_REPEATS.get(outcome, attempts):
                pause = self._pause(last, attempts)
                if self._clock() + pause >= expires:
                    raise self._expired(request, last, attempts, seen)
                reason = answers.in_words(last)
                _log_repeat(request, attempts, pause, reason)
                watch.repeating(attempts, last, pause, reason)
                self._wait(pause, request, seen)
                continue
            if decision is Decision.AMBIGUOUS:
                raise AmbiguousWrite(
                    answers.in_words(last),
                    payload=request.payload,
                    method=request.method,
                    path=request.path,
                    attempts=attempts,
                )
            raise _final(request, last, attempts, seen)

    def _reserve(self, throttle: Throttle, within: float) -> float | None:
        """The wait for the first start that somebody gave up, or else for a new one.

        Without that, calls that are given up while they wait would use the budget up, and where each has less time than
        the line of those before it takes, none would ever be sent.
        """
        with self._spare_lock:
            spare = self._spare.get(throttle, [])
            now = self._clock()
            while spare and spare[0] < now:
                heapq.heappop(spare)
            if spare and spare[0] - now <= within:
                return heapq.heappop(spare) - now
        return throttle.reserve(within)

    def _hand_on(self, throttle: Throttle, due: float) -> None:
        """Keep a reserved start that its call has no use for, for the next one."""
        with self._spare_lock:
            heapq.heappush(self._spare.setdefault(throttle, []), due)

    def _wait(self, seconds: float, request: Request, seen: Mapping[Outcome, int]) -> None:
        """Wait, and stop if the request is given up; but see a write through that may have been carried out."""
        if request.kind is Kind.READ or _MAY_HAVE_HAPPENED.isdisjoint(seen):
            cancellation.pause(seconds, self._sleep)
        elif seconds > 0:
            self._sleep(seconds)

    def _attempt(self, request: Request, expires: float, attempt: int) -> tuple[Answer | Failure, dict[str, Any]]:
        connect, read = self._timeout
        began = self._clock()
        left = max(expires - began, 0.001)
        result = self._sender.send(
            request, timeout=(min(connect, left), min(read, left)), expires=expires, attempt=attempt
        )
        self.latency.note(self._clock() - began)
        if isinstance(result, Failure) or answers.outcome_of(result.status) is not Outcome.OK:
            return result, {}
        try:
            return result, answers.read_envelope(result, request)
        except ValueError as error:
            return Failure(Outcome.UNREADABLE, str(error)), {}

    def _pause(self, last: Answer | Failure, attempts: int) -> float:
        asked = answers.retry_after(last) if isinstance(last, Answer) else None
        if asked is not None:
            return asked + self._uniform(0, _RETRY_AFTER_JITTER)
        # The exponent is bounded, since a long deadline could outgrow what a float holds.
        return self._uniform(0.5, 1) * min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempts - 1, 10))

    def _expired(
        self, request: Request, last: Answer | Failure | None, attempts: int, seen: Mapping[Outcome, int]
    ) -> SoftrError:
        if isinstance(last, Answer):
            return answers.error_of(last, request, attempts)
        why = answers.in_words(last) if last else "the rate budget has no place for it before then (see rates=)"
        return DeadlineExceeded(
            f"not done within the deadline of {self._deadline:g} s: {why}", **_context(request, attempts, seen)
        )


def _already_deleted(request: Request, last: Answer | Failure, seen: Mapping[Outcome, int]) -> bool:
    """Whether a 404 says that an earlier attempt at this delete did arrive (wire-facts 11)."""
    return (
        request.kind is Kind.DELETE
        and isinstance(last, Answer)
        and last.status == 404
        and not _MAY_HAVE_HAPPENED.isdisjoint(seen)
    )


def _final(request: Request, last: Answer | Failure, attempts: int, seen: Mapping[Outcome, int]) -> SoftrError:
    if isinstance(last, Answer):
        return answers.error_of(last, request, attempts)
    return TransportError(last.text, **_context(request, attempts, seen))


def _context(request: Request, attempts: int, seen: Mapping[Outcome, int]) -> dict[str, Any]:
    return {
        "may_have_happened": not _MAY_HAVE_HAPPENED.isdisjoint(seen),
        "method": request.method,
        "path": request.path,
        "attempts": attempts,
    }


def _log_repeat(request: Request, attempt: int, wait: float, reason: str) -> None:
    logger.info(
        "%s %s will be repeated in %.2f s, after attempt %d: %s",
        request.method,
        request.path,
        wait,
        attempt,
        reason,
        extra={
            "softrorm": {
                "method": request.method,
                "path": request.path,
                "attempt": attempt,
                "wait": wait,
                "reason": reason,
            }
        },
    )
