"""Latency: the way between a client and the service, which takes time, and not always the same.

A request is under way for some of the time before it is judged, and its answer for the rest. Whoever limits rates by
the moment of arrival sees requests bunch up or drift apart by the jitter, as a service far away does; a limiter that
paces what it sends is only put to the test where there is some.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SHARE_THERE = 0.2
"""The share of the latency that lies before the work. Most of what a client waits for is the service itself."""


class Latency:
    """How long requests and their answers are under way. Thread-safe; it holds nothing while it waits.

    Args:
        seconds: How long a request and its answer are under way together: a fifth of it there, the rest back.
        jitter: The most seconds by which each way is longer, evenly spread.
        seed: What the jitter is drawn from; ``None`` for another one each time.
        sleep: Waits so many seconds.

    Raises:
        ValueError: The latency or the jitter is no number of seconds, 0 or more.
    """

    def __init__(self, seconds: float, jitter: float, seed: int | None, sleep: Callable[[float], object]) -> None:
        for name, value in {"latency": seconds, "jitter": jitter}.items():
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{name}= is a number of seconds, 0 or more; got {value!r}")
        self._there = SHARE_THERE * seconds
        self._back = seconds - self._there
        self._jitter = jitter
        self._random = random.Random(seed)  # noqa: S311
        self._sleep = sleep

    def there(self) -> None:
        """Wait while a request is under way."""
        self._wait(self._there)

    def back(self) -> None:
        """Wait while an answer is under way."""
        self._wait(self._back)

    def _wait(self, seconds: float) -> None:
        if self._jitter:
            seconds += self._random.uniform(0, self._jitter)
        if seconds:
            self._sleep(seconds)
