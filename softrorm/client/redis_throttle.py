"""The rate budget of a token that many processes and machines share: one round trip to Redis per request.

The budget lives in Redis (:mod:`softrorm.client.redis_script`), where all callers are served in the order in which they
come, by Redis' clock. Accepted answers are counted here and told along with the next reservation; only a 429 is
told at once. While Redis is gone, a budget of this process goes on with a share of the rate.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from softrorm.client.redis_link import RedisLink
from softrorm.client.redis_script import KEYS, REFUSED, RESERVE, Script
from softrorm.client.throttle import PATIENCE_AFTER_STEP, PacedThrottle, say_step

if TYPE_CHECKING:
    import redis

PREFIX = "softrorm:budget:"
_LONGEST = 1e9  # seconds; Redis' language has no way to be told an infinite number
_MOST_ANSWERS = 500  # told at once


class RedisThrottle:
    """A budget of ``rate`` starts a second that all who name it share, first come first served.

    Who shares a budget should give it the same rate: a start takes the room that its caller's rate says.

    Args:
        link: The way to Redis.
        name: Which budget; what stands in braces keeps its keys together in a cluster.
        rate: The server's limit in requests per second; 97.5 % of it is used.
        burst: How many starts may follow each other at once after a rest, 1 to 8; 1 after the first 429 to anybody.
        share: The part of the rate that this process goes on with while Redis is gone.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        link: RedisLink,
        name: str,
        rate: float,
        *,
        burst: int = 1,
        share: float = 0.25,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._keys = [f"{PREFIX}{name}:{key}" for key in KEYS]
        self._share = share
        self._clock = clock
        self._limit = float(rate)
        self._burst = burst
        self._alone = PacedThrottle(rate * share, burst=burst, clock=clock)
        self._lock = threading.Lock()
        self._accepted: deque[float] = deque(maxlen=_MOST_ANSWERS)

    @property
    def limit(self) -> float:
        """The configured requests per second."""
        return self._limit

    def configure(self, rate: float, burst: int) -> None:
        """Set another limit and burst for this process."""
        self._limit, self._burst = float(rate), burst
        self._alone.configure(rate * self._share, burst)

    def reserve(self, within: float) -> float | None:
        """Reserve the next free start; see :meth:`softrorm.client.throttle.Throttle.reserve`. One call of Redis."""
        wait = self._run(RESERVE, within)
        if wait is None:
            return self._alone.reserve(within)
        return None if wait < 0 else wait / 1e6

    def start(self) -> float:
        """Hold nothing back: how late the starts of all processes are, nobody knows. Alone, see to one's own."""
        return 0.0 if self._link.is_up else self._alone.start()

    def report(self, *, refused: bool) -> None:
        """Learn from an answer, and let the others know. One call of Redis for a 429, else none."""
        if not self._link.is_up:
            self._alone.report(refused=refused)
        elif not refused:
            with self._lock:
                self._accepted.append(self._clock())
        else:
            pace = self._run(REFUSED)
            if pace is None:
                self._alone.report(refused=True)
            elif pace:
                say_step(pace / 1e6, self._limit)

    def _run(self, script: Script, within: float = 0.0) -> int | None:
        with self._lock:
            answered, now = list(self._accepted), self._clock()
            self._accepted.clear()
        ages = [now - moment for moment in answered if now - moment <= PATIENCE_AFTER_STEP]
        arguments = [self._limit, self._burst, min(within, _LONGEST), *ages]
        return self._link.call(lambda connection: _evaluate(connection, script, self._keys, arguments))


def _evaluate(connection: redis.Redis, script: Script, keys: list[str], arguments: list[float]) -> int:
    from redis.exceptions import NoScriptError

    operands: tuple[Any, ...] = (len(keys), *keys, *arguments)
    try:
        answer: Any = connection.evalsha(script.digest, *operands)
    except NoScriptError:  # a new Redis, or one that was told to forget its scripts
        answer = connection.eval(script.text, *operands)
    return int(answer)
