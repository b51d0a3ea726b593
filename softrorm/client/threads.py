"""Threads: a bounded pool that starts a thread when one is missing and ends it when it has been idle for a while.

Unlike those of the standard library's pool its threads are daemons: a program that ends does not wait for an answer
that nobody wants any more. What must be waited for is waited for by whoever asked for it.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

Result = TypeVar("Result")

IDLE = 10.0
"""Seconds after which a thread without work ends."""


class Threads:
    """A pool of threads.

    Args:
        most: How many there may be.
        name: What they are called, with a number.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._changed = threading.Condition()
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._alive = self._idle = self._started = 0
        self._closing = False

    def submit(self, task: Callable[[], Result]) -> Future[Result]:
        """Have a task run as soon as a thread is free, in the order of asking.

        Args:
            task: What to run.

        Returns:
            What becomes of it; cancelling it takes back a task that was not begun.
        """
        if self._process != os.getpid():
            self._begin()  # threads do not live on in a process that was forked off
        future: Future[Result] = Future()
        with self._changed:
            self._closing = False
            self._waiting.append((future, task))
            if len(self._waiting) > self._idle and self._alive < self._most:
                self._start()
            else:
                self._changed.notify()
        return future

    def _start(self) -> None:
        self._started += 1
        thread = threading.Thread(target=self._work, name=f"{self._name}-{self._started}", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the machine gives no more of them; those that there are see to the task
            if not self._alive:
                self._waiting.pop()
                raise
        else:
            self._alive += 1

    def close(self) -> None:
        """Let threads end as soon as they have nothing to do; a later task starts new ones."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def _work(self) -> None:
        while (taken := self._next()) is not None:
            _run(*taken)
            del taken  # an idle thread must not keep a result alive

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._waiting or self._closing, IDLE)
            self._idle -= 1
            if self._waiting:
                return self._waiting.popleft()
            self._alive -= 1
            return None


def _run(future: Future[Any], task: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = task()
    except BaseException as error:  # told to whoever asked
        future.set_exception(error)
    else:
        future.set_result(result)
