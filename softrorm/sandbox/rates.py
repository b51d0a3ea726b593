"""Rate policies: four ways in which a server may count requests. Softr does not say which one it runs.

A limiter that is to be right for all of them must not trip any (the sliding counter and the bucket refuse bursts that
the other two let through). All take the moment from the caller, so that tests need not wait.
"""

from __future__ import annotations

from collections import deque
from hashlib import sha256
from math import floor
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from softrorm.sandbox.habits import Habits


class Policy(Protocol):
    """Counts the requests of one token and kind."""

    def admit(self, now: float) -> bool:
        """Whether a request at this moment (epoch seconds) is let through."""


class SlidingLog:
    """At most so many requests in any second that has just passed."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._log: deque[float] = deque()

    def admit(self, now: float) -> bool:
        """See :meth:`Policy.admit`."""
        while self._log and self._log[0] <= now - 1:
            self._log.popleft()
        if len(self._log) + 1 > self._rate:
            return False
        self._log.append(now)
        return True


class FixedWindow:
    """At most so many requests in each second of the clock."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._window, self._count = 0, 0

    def admit(self, now: float) -> bool:
        """See :meth:`Policy.admit`."""
        if int(now) != self._window:
            self._window, self._count = int(now), 0
        if self._count + 1 > self._rate:
            return False
        self._count += 1
        return True


class SlidingCounter:
    """A fixed window that also counts the part of the window before it which a sliding one would still cover.

    That part is rounded down, as common limiters do: 49.5 of 50 let one more through.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._window, self._count, self._before = 0, 0, 0

    def admit(self, now: float) -> bool:
        """See :meth:`Policy.admit`."""
        window = int(now)
        if window != self._window:
            self._before = self._count if window == self._window + 1 else 0
            self._window, self._count = window, 0
        if floor(self._before * (1 - (now - window))) + self._count + 1 > self._rate:
            return False
        self._count += 1
        return True


class TokenBucket:
    """A bucket of ten permits that refills at the rate."""

    CAPACITY = 10.0

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens, self._seen = self.CAPACITY, 0.0

    def admit(self, now: float) -> bool:
        """See :meth:`Policy.admit`."""
        gained = max(0.0, now - self._seen) * self._rate
        self._tokens, self._seen = min(self.CAPACITY, self._tokens + gained), now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


POLICIES: dict[str, Callable[[float], Policy]] = {
    "sliding_log": SlidingLog,
    "fixed_window": FixedWindow,
    "sliding_counter": SlidingCounter,
    "token_bucket": TokenBucket,
}


class Rates:
    """The budgets of all tokens.

    Args:
        policy: The name of a policy, or ``None`` for no limits.
        habits: The rates, and whether reads and writes share one.

    Raises:
        ValueError: There is no such policy.
    """

    def __init__(self, policy: str | None, habits: Habits) -> None:
        if policy is not None and policy not in POLICIES:
            raise ValueError(f"rate_policy is {policy!r}; right would be None or one of {', '.join(POLICIES)}.")
        self.policy = policy
        self._make = POLICIES[policy] if policy else None
        self._habits = habits
        self._budgets: dict[tuple[bytes, bool], Policy] = {}

    def admit(self, token: str, now: float, *, read: bool) -> bool:
        """Whether a request is let through; it is counted if it is.

        Args:
            token: The API key, of which only a digest is kept.
            now: Epoch seconds.
            read: Whether it is a GET or a search.
        """
        if self._make is None:
            return True
        read = read or self._habits.shared_budget
        budget = sha256(token.encode("utf-8", "surrogatepass")).digest(), read
        if budget not in self._budgets:
            rate = self._habits.reads_per_second if read else self._habits.writes_per_second
            self._budgets[budget] = self._make(rate)
        return self._budgets[budget].admit(now)
