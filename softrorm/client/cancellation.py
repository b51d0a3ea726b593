"""Cancellation: requests that nobody waits for any more stop before their next attempt.

Whoever starts requests in threads gives them a token, in the context that they run in. The retry loop looks at it
before each attempt, and its waits end when it is set. A request that is under way is not torn down: its answer is
dropped.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Cancelled(Exception):
    """A request was given up before it was sent, or before it was repeated; whoever gave it up sees to the rest."""


class Token(threading.Event):
    """What gives up the requests of a context when it is set, and with them those that they started in other threads.

    A token belongs below that of the context in which it is made.
    """

    def __init__(self) -> None:
        super().__init__()
        self._below: weakref.WeakSet[Token] = weakref.WeakSet()
        self._family = threading.Lock()
        if (above := token.get()) is not None:
            above._take_in(self)

    def _take_in(self, below: Token) -> None:
        with self._family:
            self._below.add(below)
        if self.is_set():
            below.set()

    def set(self) -> None:
        """Give up."""
        super().set()
        with self._family:
            below = list(self._below)
        for one in below:
            one.set()


token: ContextVar[Token | None] = ContextVar("softrorm_cancellation", default=None)
"""Set by whoever gives up the requests that run in this context."""


def check() -> None:
    """Raise :class:`Cancelled` if the requests of this context are given up."""
    pause(0, time.sleep)


def pause(seconds: float, sleep: Callable[[float], object]) -> None:
    """Wait, unless the requests of this context are given up meanwhile.

    Args:
        seconds: How long.
        sleep: What waits; only the real ``time.sleep`` is cut short.

    Raises:
        Cancelled: The requests were given up.
    """
    given_up = token.get()
    if seconds > 0:
        if given_up is None or sleep is not time.sleep:
            sleep(seconds)
        else:
            given_up.wait(seconds)
    if given_up is not None and given_up.is_set():
        raise Cancelled


@contextmanager
def seen_through() -> Iterator[Callable[[], None]]:
    """Finish what the block has begun, though its requests are given up: to note what became of each write.

    Yields:
        What to call before beginning anything further: it raises :class:`Cancelled` if the requests are given up.
    """
    given_up = token.get()

    def go_on() -> None:
        if given_up is not None and given_up.is_set():
            raise Cancelled

    reset = token.set(None)
    try:
        yield go_on
    finally:
        token.reset(reset)
