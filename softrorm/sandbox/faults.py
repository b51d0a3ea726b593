"""Faults: what goes wrong between a client and the service, on purpose and in a way that can be repeated.

A fault says which requests it strikes, by method, path, n-th match or seeded probability; what becomes of them stands
in :mod:`softrorm.sandbox.faultkinds`. Faults stand around the sandbox's one function, so that they are the same in
process, over HTTP and over WSGI: a connection that breaks is a ``ConnectionResetError`` to whoever carries the
answer, and a body that breaks off is shorter than its ``Content-Length``.
"""

from __future__ import annotations

import heapq
import itertools
import random
import re
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from types import EllipsisType
from typing import Any

from softrorm.sandbox.faultkinds import KINDS, Reply, Struck, checked


class Fault:
    """One fault. :meth:`Faults.add` makes it and says what it takes.

    Attributes:
        kind: What becomes of the requests that it strikes.
        options: The options of the kind.
        matches: How many requests it could have struck so far, by method and path.
        count: How many it struck.
    """

    def __init__(
        self,
        kind: str,
        options: dict[str, Any],
        *,
        method: frozenset[str] | None,
        path: str | re.Pattern[str] | None,
        nth: Collection[int] | None,
        times: int | None,
        probability: float | None,
        seed: int,
    ) -> None:
        self.kind = kind
        self.options = options
        self.matches = 0
        self.count = 0
        self._method = method
        self._path = path
        self._nth = nth
        self._times = times
        self._probability = probability
        # Faults that differ draw chances of their own, or those of one seed would all strike the same requests.
        text = path.pattern if isinstance(path, re.Pattern) else path
        self._random = random.Random(repr((seed, kind, options, sorted(method or ()), text)))  # noqa: S311

    def due(self, method: str, path: str) -> bool:
        """Count a request if it matches, and say whether to strike it.

        Whether the n-th match is struck hangs on n and the seed alone, whichever requests were struck before.

        Args:
            method: The HTTP method.
            path: The path below ``/api/v1``.
        """
        if self._method is not None and method not in self._method:
            return False
        if self._path is not None and not _found(self._path, path):
            return False
        self.matches += 1
        chance = self._probability is None or self._random.random() < self._probability
        chosen = self._nth is None or self.matches in self._nth
        return chance and chosen and (self._times is None or self.count < self._times)

    def __repr__(self) -> str:
        given = "".join(f" {name}={value!r}" for name, value in self.options.items())
        return f"<Fault {self.kind}{given}: struck {self.count} of {self.matches} matching requests>"


class Faults:
    """The faults of one sandbox, and the work that they put off. Thread-safe.

    Args:
        clock: Returns the moment in seconds; work put off becomes due by it.
        sleep: Waits so many seconds.
    """

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], object]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._faults: tuple[Fault, ...] = ()
        self._lock = threading.Lock()
        self._late: list[tuple[float, int, Callable[[], Reply]]] = []
        self._late_lock = threading.RLock()
        self._numbers = itertools.count()

    def add(
        self,
        kind: str,
        *,
        method: str | Collection[str] | None = None,
        path: str | re.Pattern[str] | None = None,
        nth: int | Collection[int] | None = None,
        times: int | EllipsisType | None = ...,
        probability: float | None = None,
        seed: int = 0,
        **options: Any,
    ) -> Fault:
        """Have requests fail from now on.

        A request is struck by every delay that is due, and by the first other fault that is, in the order in which
        they were added.

        Args:
            kind: ``"delay"`` (``seconds=``); ``"reset_before"`` and ``"reset_after"``: the connection breaks before
                or after the work is done, the latter also called ``"lost_answer"``; ``"rate_limited"``: 429, nothing
                done (``retry_after=`` seconds); ``"server_error"`` (``status=503``; ``done=True`` to do the work
                all the same, or ``later=`` seconds until it is done after all; ``retry_after=``); ``"truncated"``:
                done, and the body breaks off half-way; ``"not_json"``: done, and answered 200 with a web page.
            method: An HTTP method, or several. A search is a ``POST``.
            path: A piece of the path below ``/api/v1``, or a compiled pattern to search it for.
            nth: Which of the matching requests, counted from 1: a number, or a collection of them.
            times: How many requests at most, ``None`` for ever. One, unless ``nth`` or ``probability`` choose.
            probability: The chance of each matching request, 0 to 1.
            seed: What the chances are drawn from: the same fault with the same seed strikes the same matches, counted
                as they arrive.
            options: Those of the kind.

        Returns:
            The fault, which counts what it strikes.

        Raises:
            ValueError: There is no such kind, or an argument does not fit.
        """
        if probability is not None and not 0 <= probability <= 1:
            raise ValueError(f"probability= is a number from 0 to 1; got {probability!r}")
        if isinstance(times, EllipsisType):
            times = 1 if nth is None and probability is None else None
        if times is not None and times < 1:
            raise ValueError(f"times= is 1 or more, or None for ever; got {times!r}")
        fault = Fault(
            kind,
            checked(kind, options),
            method=None if method is None else frozenset([method] if isinstance(method, str) else method),
            path=path,
            nth=_numbers(nth),
            times=times,
            probability=probability,
            seed=seed,
        )
        with self._lock:
            self._faults = (*self._faults, fault)
        return fault

    @contextmanager
    def added(self, kind: str, **arguments: Any) -> Iterator[Fault]:
        """Have requests fail inside a ``with`` block: ``with sandbox.faults.added("lost_answer", method="POST"):``.

        Args:
            kind: As for :meth:`add`.
            arguments: As for :meth:`add`.

        Yields:
            The fault.

        Raises:
            ValueError: As for :meth:`add`.
        """
        fault = self.add(kind, **arguments)
        try:
            yield fault
        finally:
            self.remove(fault)

    def remove(self, fault: Fault) -> None:
        """Take one fault away, if it is still there. Work that it put off stays due."""
        with self._lock:
            self._faults = tuple(one for one in self._faults if one is not fault)

    def clear(self) -> None:
        """Take all faults away. Work that they put off stays due; :meth:`settle` does it."""
        with self._lock:
            self._faults = ()

    def settle(self) -> int:
        """Do all work that was put off, without waiting for its time.

        Returns:
            How many requests it was.
        """
        return self._do_late(float("inf"))

    def forget(self) -> None:
        """Take all faults away, and drop the work that they put off."""
        self.clear()
        with self._late_lock:
            self._late.clear()

    def around(self, method: str, path: str, work: Callable[[], Reply], late: Callable[[], Reply]) -> Reply:
        """Answer one request, with whatever goes wrong.

        Args:
            method: The HTTP method.
            path: The path below ``/api/v1``.
            work: Carries the request out.
            late: Carries it out after it was answered.

        Raises:
            ConnectionResetError: No answer arrives.
        """
        answer: Callable[[], Reply] = partial(self._do, work)
        # The last fault lies next to the work, so that delays come first.
        for fault in reversed(self._strike(method, path)):
            struck = Struck(fault.options, answer, partial(self._put_off, late), self._sleep)
            answer = partial(KINDS[fault.kind].effect, struck)
        return answer()

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)

    def __len__(self) -> int:
        return len(self._faults)

    def __repr__(self) -> str:
        return f"<Faults: {', '.join(map(repr, self._faults)) or 'none'}>"

    def _strike(self, method: str, path: str) -> list[Fault]:
        """The faults that strike a request: delays, and at most one other at the end."""
        if not self._faults:
            return []
        with self._lock:
            due = [fault for fault in self._faults if fault.due(method, path)]
            delays = [fault for fault in due if fault.kind == "delay"]
            struck = delays + [fault for fault in due if fault.kind != "delay"][:1]
            for fault in struck:
                fault.count += 1
        return struck

    def _do(self, work: Callable[[], Reply]) -> Reply:
        if self._late:
            self._do_late(self._clock())
        return work()

    def _put_off(self, work: Callable[[], Reply], seconds: float) -> None:
        with self._late_lock:
            heapq.heappush(self._late, (self._clock() + seconds, next(self._numbers), work))

    def _do_late(self, now: float) -> int:
        """Do what is due, in the order of its time. Whoever comes meanwhile waits, and finds it done."""
        done = 0
        with self._late_lock:
            while self._late and self._late[0][0] <= now:
                heapq.heappop(self._late)[2]()
                done += 1
        return done


def _found(wanted: str | re.Pattern[str], path: str) -> bool:
    return wanted in path if isinstance(wanted, str) else wanted.search(path) is not None


def _numbers(nth: int | Collection[int] | None) -> Collection[int] | None:
    """What is asked for as a collection that is quick to look into; a range may be as good as endless."""
    if nth is None:
        return None
    numbers = nth if isinstance(nth, range) else frozenset([nth] if isinstance(nth, int) else nth)
    least = min((numbers[0], numbers[-1]) if isinstance(numbers, range) and numbers else numbers, default=0)
    if least < 1:
        raise ValueError(f"nth= counts matching requests from 1: a number, or a collection of them; got {nth!r}")
    return numbers
