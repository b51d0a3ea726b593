"""The schema cache: the tables of a database, read once and kept for a while.

However many threads ask for a database that is not there, one of them reads it and the others wait. A load
that began before a ``drop`` is not kept after it, so a schema read while it was being changed never stays.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Generic, TypeVar

from cachetools import TTLCache

Value = TypeVar("Value")


class SchemaCache(Generic[Value]):
    """What a loader returns per key, for ``ttl`` seconds.

    Args:
        load: Reads the value of a key; its exceptions go to whoever asked, and nothing is kept.
        ttl: Seconds that a value is kept.
        size: How many values are kept; the one that was used longest ago goes first.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        load: Callable[[str], Value],
        *,
        ttl: float = 300.0,
        size: int = 256,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._values: TTLCache[str, Value] = TTLCache(size, ttl, timer=clock)
        self._epochs: defaultdict[str, int] = defaultdict(int)
        self._loading: set[str] = set()
        # cachetools moves entries about even when they are only read: every access holds the lock.
        self._changed = threading.Condition()

    def get(self, key: str, *, refresh: bool = False) -> Value:
        """The value of a key; loads it if need be, or anew with ``refresh``."""
        if refresh:
            self.drop(key)
        with self._changed:
            while True:
                try:
                    return self._values[key]
                except KeyError:
                    if key not in self._loading:
                        break
                self._changed.wait()
            self._loading.add(key)
            epoch = self._epochs[key]
        try:
            value = self._load(key)
            with self._changed:
                if self._epochs[key] == epoch:
                    self._values[key] = value
            return value
        finally:
            with self._changed:
                self._loading.discard(key)
                self._changed.notify_all()

    def peek(self, key: str) -> Value | None:
        """The value of a key if it is there now; loads nothing."""
        with self._changed:
            value: Value | None = self._values.get(key)
            return value

    def drop(self, key: str | None = None) -> None:
        """Forget one key, or everything."""
        with self._changed:
            for known in [key] if key is not None else [*self._values, *self._loading]:
                self._epochs[known] += 1
                self._values.pop(known, None)
