"""A clock that only its owner moves, for tests of whatever depends on the time."""

from __future__ import annotations

import threading

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z


class FakeClock:
    """A clock that stands still until it is told to go on. Thread-safe.

    Its :meth:`advance` is also a sleep that takes no time: with ``Sandbox(clock=clock, sleep=clock.advance)`` and
    ``sandbox.client(clock=clock, sleep=clock.advance)`` both sides wait in no time at all.

    Args:
        now: The seconds it begins with, by default those of 2026-01-01T00:00:00Z since the epoch.
    """

    def __init__(self, now: float = START) -> None:
        self._now = now
        self._lock = threading.Lock()

    def __call__(self) -> float:
        """The present moment, in seconds."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass.

        Args:
            seconds: How much of it, 0 or more.

        Raises:
            ValueError: It would go back.
        """
        if seconds < 0:
            raise ValueError(f"a clock advances by 0 seconds or more; got {seconds!r}")
        with self._lock:
            self._now += seconds

    def __repr__(self) -> str:
        return f"<FakeClock at {self._now!r}>"
