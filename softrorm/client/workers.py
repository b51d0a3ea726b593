"""Workers: threads that make single requests side by side, in the numbers that rate and latency call for.

At so many requests a second, as many of them are under way at once as start while one is answered. So the number of
workers follows the latency that is seen: more would only wait for the rate budget, fewer would not use it up.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from typing import TypeVar

from softrorm.client import cancellation
from softrorm.client.threads import Threads

Result = TypeVar("Result")

MOST_WORKERS = 32
_SPARE = 2  # for answers that take longer than the others
_HEADROOM = 3  # over the smoothed latency: while one answer is late, those behind it must not run out
_WEIGHT = 0.2  # of the newest answer in the smoothed latency
_UNKNOWN_LATENCY = 0.1


class Latency:
    """The seconds that an answer takes, smoothed over the last few."""

    def __init__(self) -> None:
        self._seconds: float | None = None

    @property
    def seconds(self) -> float:
        """What is seen at present; an ordinary one before the first answer."""
        return _UNKNOWN_LATENCY if self._seconds is None else self._seconds

    def note(self, seconds: float) -> None:
        """Learn from an answer. Threads may overwrite each other's: one answer more or less is no matter."""
        known = self._seconds
        self._seconds = seconds if known is None else known + _WEIGHT * (seconds - known)

    def workers(self, rate: float, most: int) -> int:
        """How many requests have to be under way at once to make ``rate`` a second."""
        return min(most, math.ceil(rate * self.seconds * _HEADROOM) + _SPARE)


class Workers:
    """The threads of one client; they start when they are first needed.

    Args:
        most: How many threads there may be.
        wanted: How many reads are to be under way at once, at present. Where that is one, no thread is used at all.
    """

    def __init__(self, most: int, wanted: Callable[[], int]) -> None:
        self._wanted = wanted
        self._threads = Threads(most, "softrorm-read")

    def in_order(self, tasks: Iterable[Callable[[], Result]], *, ahead: int | None = None) -> Iterator[Result]:
        """Run tasks side by side and hand out their results in order.

        Args:
            tasks: Each makes one request, and must not wait for another task. They are taken when there is room for
                them, so that a task can be planned on what earlier ones found.
            ahead: How many tasks are under way, or done and not yet taken, at most; as many as rate and latency call
                for unless given.

        Yields:
            The result of each task. A task's exception is raised in its place. Closing the iterator cancels what has
            not been sent.
        """
        waiting = iter(tasks)
        if (ahead or self._wanted()) <= 1:
            yield from (task() for task in waiting)
            return
        given_up = cancellation.Token()
        running: deque[Future[Result]] = deque()
        try:
            while True:
                cancellation.check()
                while len(running) < (ahead or self._wanted()):
                    task = next(waiting, None)
                    if task is None:
                        break
                    running.append(self._start(task, given_up))
                if not running:
                    return
                yield running.popleft().result()
        finally:
            given_up.set()
            for future in running:
                future.cancel()

    def close(self) -> None:
        """Let the threads end; a later call starts new ones."""
        self._threads.close()

    def _start(self, task: Callable[[], Result], given_up: cancellation.Token) -> Future[Result]:
        context = copy_context()
        context.run(cancellation.token.set, given_up)
        return self._threads.submit(partial(context.run, task))
