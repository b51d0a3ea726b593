"""Cancellation: requests that nobody waits for any more stop before their next attempt.

Whoever starts requests in threads gives them a token, in the context that they run in. The retry loop looks at it
before each attempt, and its waits end when it is set. A request that is under way is not torn down: its answer is
dropped.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar


class Cancelled(Exception):
    """A request was given up before it was sent, or before it was repeated; whoever gave it up sees to the rest."""


token: ContextVar[threading.Event | None] = ContextVar("softrorm_cancellation", default=None)
"""Set by whoever gives up the requests that run in this context."""


def check() -> None:
    """Raise :class:`Cancelled` if the requests of this context are given up."""
    event = token.get()
    if event is not None and event.is_set():
        raise Cancelled


def pause(seconds: float, sleep: Callable[[float], object]) -> None:
    """Wait, unless the requests of this context are given up meanwhile.

    Args:
        seconds: How long.
        sleep: What waits; only the real ``time.sleep`` is cut short.

    Raises:
        Cancelled: The requests were given up.
    """
    event = token.get()
    if event is None or sleep is not time.sleep:
        sleep(seconds)
    else:
        event.wait(seconds)
    check()
