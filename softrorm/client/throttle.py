"""The rate budget: how often requests may start, for all clients of one token, in this process or over Redis.

A throttle hands out reservations: one call moves the next free moment on and says how long to wait for
it. Starts are paced 1/(0.975 N) seconds apart, so that N of them span more than the server's second even when
their latencies differ by 25 ms, and no kind of rate limiter on the other side (window, log, counter,
bucket) sees a burst. When answers show that the true limit is lower, the pace steps down to what was
measured and feels its way back. The rule and its numbers were measured against simulated servers of each kind.
The rule has a second home, in :mod:`softrorm.client.redis_script`, for the budget that many processes share.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from softrorm.client.credentials import Secret
from softrorm.client.errors import ConfigurationError
from softrorm.client.exchange import Kind

if TYPE_CHECKING:
    from softrorm.client.redis_link import RedisLink

logger = logging.getLogger("softrorm.client")

MARGIN = 0.975
"""The share of the limit that is used; the rest absorbs differences in latency."""
MAX_BURST = 8
WINDOW = 1.02
"""Seconds in which no more requests start than the limit says, however late some of them are."""

REFUSALS_TO_STEP = 3
"""How many 429s within the patience lower the pace; a lone one is noise and must not."""
PATIENCE = 1.0
"""Seconds of answers that are looked at."""
PATIENCE_AFTER_STEP = 5.0
"""The same while a step is remembered: a level measured a little too high draws a few 429s a second, never three."""
STEP_EVERY = 1.2
PAUSE = 0.3
CLIMB = 1.05
"""By how much the pace rises in a second."""
REMEMBER = 60.0
"""Seconds that a measured level holds; after that the limit may have risen again."""
DEEPEST_STEP = 0.25
"""The least part of the present rate that a step leaves: a span with hardly an answer measures little."""
SLOWEST = 0.5
"""Requests per second."""
OVERFLOWS = 1000.0
"""Seconds of climbing after which any level is above any limit."""


def believed(limit: float, ceiling: float, since_step: float) -> float:
    """The rate to go at.

    Args:
        limit: The configured requests per second.
        ceiling: What the last step measured; infinite before the first.
        since_step: Seconds since that step.
    """
    if since_step < REMEMBER:
        return min(limit, ceiling * min(1.0, MARGIN * math.pow(CLIMB, since_step)))
    return min(limit, ceiling * math.pow(CLIMB, min(since_step - REMEMBER, OVERFLOWS)))


def say_step(pace: float, limit: float) -> None:
    """Log that the pace has gone down."""
    logger.warning(
        "the service refuses requests (429): the pace goes down to %.1f a second, from %g (see rates=), and"
        " up again later",
        pace,
        limit,
        extra={"softrorm": {"pace": pace, "configured": limit}},
    )


class Throttle(Protocol):
    """A rate budget, in this process or shared by many."""

    def reserve(self, within: float) -> float | None:
        """Reserve the next free start and say how many seconds to wait for it.

        Args:
            within: The longest wait, in seconds, that is of use to the caller.

        Returns:
            The wait in seconds, or ``None``, with nothing reserved, when it would be longer than ``within``.
        """

    def start(self) -> float:
        """Take note that a reserved start is due, and say how many seconds to hold it back still.

        Threads wake late, all at once, when the process or the machine had something else to do.
        """

    def report(self, *, refused: bool) -> None:
        """Learn from an answer: whether it was a 429."""


class SettableThrottle(Throttle, Protocol):
    """A throttle whose limit may change, as the clients that share it come and go."""

    @property
    def limit(self) -> float:
        """The configured requests per second."""

    def configure(self, rate: float, burst: int) -> None:
        """Set another limit and burst."""


class Unlimited:
    """The throttle of a sandbox that has no rate policy: never a wait."""

    def reserve(self, within: float) -> float | None:
        """Reserve nothing: there is always a free start, unless time is up."""
        return 0.0 if within >= 0 else None

    def start(self) -> float:
        """Hold nothing back."""
        return 0.0

    def report(self, *, refused: bool) -> None:
        """Learn nothing."""


UNLIMITED = Unlimited()


class PacedThrottle:
    """A budget of ``rate`` starts a second, paced, first come first served.

    Args:
        rate: The server's limit in requests per second; 97.5 % of it is used.
        burst: How many starts may follow each other at once after a rest, 1 to 8; 1 again after the first 429.
        clock: Seconds, monotonic.
    """

    def __init__(self, rate: float, *, burst: int = 1, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._limit = float(rate)
        self._burst = burst
        self._next = clock()  # the theoretical time of the next start, were there no burst
        self._recent: deque[float] = deque(maxlen=max(1, int(rate)))
        self._started = deque(self._recent, maxlen=self._recent.maxlen)
        self._accepted: deque[float] = deque()
        self._refused: deque[float] = deque()
        self._paused_until = self._next
        self._stepped_at = -math.inf
        self._ceiling = math.inf

    @property
    def limit(self) -> float:
        """The configured requests per second."""
        return self._limit

    @property
    def rate(self) -> float:
        """The requests per second that the throttle believes in at present."""
        with self._lock:
            return self._believed(self._clock())

    def configure(self, rate: float, burst: int) -> None:
        """Set another limit and burst; what was learnt about the old limit is forgotten."""
        with self._lock:
            if rate != self._limit:
                self._limit, self._ceiling = float(rate), math.inf
                self._recent = deque(self._recent, maxlen=max(1, int(rate)))
                self._started = deque(self._started, maxlen=self._recent.maxlen)
            self._burst = burst

    def reserve(self, within: float) -> float | None:
        """Reserve the next free start; see :meth:`Throttle.reserve`."""
        with self._lock:
            now = self._clock()
            interval = 1 / (MARGIN * self._believed(now))
            rest = (self._burst - 1) * interval
            due = self._next
            start = max(now, due - rest, self._paused_until)
            # With a burst the pace alone would let N and a few more into one second.
            guard = self._recent[0] + 1 / MARGIN if len(self._recent) == self._recent.maxlen else start
            if guard > start:
                start = guard
                due = start + rest  # the window is full, so the bucket is empty
            if start - now > within:
                return None
            self._next = max(due, start) + interval
            self._recent.append(start)
            return start - now

    def start(self) -> float:
        """Take note that a reserved start is due; see :meth:`Throttle.start`."""
        with self._lock:
            now = self._clock()
            if now < self._paused_until:
                # It was reserved at the pace before the step, and goes at the new one instead.
                at = max(self._next, self._paused_until)
                self._next = at + 1 / (MARGIN * self._believed(now))
                self._recent.append(at)
            elif len(self._started) == self._started.maxlen:
                # Those that woke late follow each other at once, as long as they fit into the server's second.
                at = max(now, self._started[0] + WINDOW)
            else:
                at = now
            self._started.append(at)
            return at - now

    def report(self, *, refused: bool) -> None:
        """Learn from an answer; three 429s within a second step the pace down to the measured goodput."""
        with self._lock:
            now = self._clock()
            if refused:
                self._burst = 1
            if now < self._paused_until:
                return  # an answer to the pace before the step
            (self._refused if refused else self._accepted).append(now)
            oldest = now - self._patience(now)
            for seen in (self._accepted, self._refused):
                while seen and seen[0] < oldest:
                    seen.popleft()
            if not (refused and self._must_step(now)):
                return
            self._step(now)
            pace, limit = self._believed(now), self._limit
        say_step(pace, limit)  # outside of the lock, since a log may take its time

    def _believed(self, now: float) -> float:
        return believed(self._limit, self._ceiling, now - self._stepped_at)

    def _patience(self, now: float) -> float:
        return PATIENCE if now >= self._stepped_at + REMEMBER else PATIENCE_AFTER_STEP

    def _must_step(self, now: float) -> bool:
        return len(self._refused) >= REFUSALS_TO_STEP and now - self._stepped_at >= STEP_EVERY

    def _step(self, now: float) -> None:
        rate = self._believed(now)
        first = min(seen[0] for seen in (self._accepted, self._refused) if seen)
        # Before a full second it is not known which answers were credit that the server gives only once.
        goodput = min(len(self._accepted) / max(now - first, PATIENCE), rate)
        self._ceiling = max(goodput, rate * DEEPEST_STEP, min(SLOWEST, self._limit))
        self._stepped_at = now
        self._paused_until = now + PAUSE
        self._next = max(self._next, self._paused_until)
        self._accepted.clear()
        self._refused.clear()


_registry: dict[tuple[object, ...], tuple[SettableThrottle, bool]] = {}
_registry_lock = threading.Lock()


class Budget:
    """The budgets of one client: one throttle for reads and one for writes, or one for both.

    Throttles are shared by all clients of a token at one base address in this process, and through Redis by those of
    other processes too. Where the clients of a process disagree, the latest explicit ``rates=`` wins; among clients
    without one, the lowest rate of their dialects.

    Args:
        scope: The base address, or what else tells one service from another.
        rates: Reads and writes per second.
        explicit: Whether the user gave the rates.
        shared: Whether reads and writes draw on one budget (the lower of the two rates).
        burst: See :class:`PacedThrottle`.
        link: The Redis over which processes share the budget; ``None`` keeps it in this process.
        share: The part of the rates that this process goes on with while Redis is gone.
        clock: Seconds, monotonic.

    Raises:
        ConfigurationError: A rate is not above zero, or the burst is not 1 to 8.
    """

    def __init__(
        self,
        scope: str,
        rates: tuple[float, float],
        *,
        explicit: bool,
        shared: bool,
        burst: int = 1,
        link: RedisLink | None = None,
        share: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        try:
            reads, writes = rates
            usable = 0 < reads < math.inf and 0 < writes < math.inf
        except (TypeError, ValueError):
            usable = False
        if not usable:
            raise ConfigurationError(
                f"rates= takes two numbers above zero, (reads per second, writes per second); got {rates!r}"
            )
        if burst not in range(1, MAX_BURST + 1):
            raise ConfigurationError(f"burst= takes a whole number from 1 to {MAX_BURST}; got {burst!r}")
        both = min(reads, writes)
        self._rates = {"all": both} if shared else {"reads": reads, "writes": writes}
        self._shared = shared
        self._scope = scope
        self._explicit = explicit
        self._burst = burst
        self._link = link
        self._share = share
        self._clock = clock
        self._known: tuple[Secret, dict[str, SettableThrottle]] | None = None

    def throttle(self, kind: Kind, key: Secret) -> Throttle:
        """The throttle that a request of this kind with this key has to ask."""
        known = self._known
        if known is None or known[0] is not key:
            known = self._known = (key, {name: self._enrol(name, rate, key) for name, rate in self._rates.items()})
        return known[1]["all" if self._shared else "reads" if kind is Kind.READ else "writes"]

    def _enrol(self, name: str, rate: float, key: Secret) -> SettableThrottle:
        place = (self._scope, key.digest, name, self._clock, self._link)
        with _registry_lock:
            throttle, was_explicit = _registry.get(place, (None, False))
            if throttle is None:
                throttle = self._made(name, rate, key)
            elif self._explicit or (not was_explicit and rate < throttle.limit):
                throttle.configure(rate, self._burst)
            _registry[place] = (throttle, was_explicit or self._explicit)
            return throttle

    def _made(self, name: str, rate: float, key: Secret) -> SettableThrottle:
        if self._link is None:
            return PacedThrottle(rate, burst=self._burst, clock=self._clock)
        from softrorm.client.redis_throttle import RedisThrottle

        return RedisThrottle(
            self._link,
            f"{{{self._scope} {key.digest[:32]}}}:{name}",
            rate,
            burst=self._burst,
            share=self._share,
            clock=self._clock,
        )
