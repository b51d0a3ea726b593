"""Cache: answers about records, kept for a short time by whoever asks for it.

What is kept is bytes, decoded anew at each hit, so that no caller can change what the next one gets. Each entry knows
the epoch of its table from before it was read, and is worth nothing once the table is in another one
(:mod:`softrorm.client.epochs`). What goes in and when it is asked is the part of :mod:`softrorm.client.caching`.
"""

from __future__ import annotations

import marshal
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, NamedTuple

from cachetools import TTLCache

from softrorm.client.epochs import Epochs, epochs_of
from softrorm.client.errors import ConfigurationError

MEGABYTE = 1024 * 1024
_OVERHEAD = 600
"""The bytes that an entry takes beside its answer: keys, links of the order of use, the objects around them."""

Epoch = Hashable
_Entry = tuple[Epoch, bytes]


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the reads that a cache could answer.

    Attributes:
        hits: How many it answered.
        misses: How many went to the service, because nothing was kept or it was kept too long.
        retired: How many of the misses were there, and given up because of a write.
        stored: How many answers were kept.
        declined: How many were not: they hold links to files, or are larger than the cache.
        entries: How many answers are kept now, those among them that a write retired and nobody asked for since.
        bytes: What they take.
    """

    hits: int = 0
    misses: int = 0
    retired: int = 0
    stored: int = 0
    declined: int = 0
    entries: int = 0
    bytes: int = 0


class Stats(NamedTuple):
    """The counts of a cache: of single records, and of the pages of lists and searches."""

    records: Counts
    queries: Counts


class Shelf:
    """One part of a cache: answers of one sort, up to a number of bytes; what was used longest ago goes first.

    Args:
        size: The bytes.
        ttl: Seconds that an answer is kept.
        clock: Seconds, monotonic.
    """

    def __init__(self, size: int, ttl: float, clock: Callable[[], float]) -> None:
        self._entries: TTLCache[bytes, _Entry] = TTLCache(size, ttl, timer=clock, getsizeof=_size_of)
        # cachetools moves entries about even when they are only read: every access holds the lock.
        self._lock = threading.RLock()
        self._counted: Counter[str] = Counter()

    def __contains__(self, key: bytes) -> bool:
        with self._lock:
            return key in self._entries

    def get(self, key: bytes, epoch: Epoch) -> Any:
        """The answer that was kept in this epoch, as a copy of one's own; ``None`` where there is none."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                self._counted["misses"] += 1
                return None
            if entry[0] != epoch:
                del self._entries[key]
                self._counted.update(("misses", "retired"))
                return None
            self._counted["hits"] += 1
        return marshal.loads(entry[1])  # noqa: S302 - the bytes are this process' own

    def put(self, key: bytes, epoch: Epoch, answer: Any) -> None:
        """Keep an answer.

        Args:
            key: What was asked.
            epoch: The epoch of the table from before it was asked.
            answer: JSON.
        """
        entry = (epoch, marshal.dumps(answer))
        with self._lock:
            if _size_of(entry) > self._entries.maxsize:
                self.decline(key)
                return
            self._entries[key] = entry
            self._counted["stored"] += 1

    def decline(self, key: bytes) -> None:
        """Count an answer that is not to be kept, and forget an earlier one to the same question."""
        with self._lock:
            self._entries.pop(key, None)
            self._counted["declined"] += 1

    def clear(self) -> None:
        """Forget all answers."""
        with self._lock:
            self._entries.clear()

    @property
    def counts(self) -> Counts:
        """The counts so far."""
        with self._lock:
            self._entries.expire()
            return Counts(**self._counted, entries=len(self._entries), bytes=int(self._entries.currsize))


def _size_of(entry: _Entry) -> int:
    return len(entry[1]) + _OVERHEAD


class Cache:
    """Answers about records, kept in memory for a short time: ``Client(cache=Cache(ttl=10))``. Thread-safe.

    A write by any client of the same service in this process retires what it may have changed, at once. What others
    write, in Softr or in other processes, is seen after ``ttl`` seconds at the latest; with ``Client(redis=...)``
    the processes tell each other of their writes. Answers with links to files are never kept. Several clients may
    share a cache, and never see each other's answers unless service and key are the same.

    Args:
        ttl: Seconds that an answer is kept.
        record_bytes: The memory for single records, as ``get(id=...)`` reads them; 0 to keep none.
        query_bytes: The memory for the pages of lists, searches and counts; 0 to keep none.
        clock: Seconds, monotonic; for tests.

    Raises:
        ConfigurationError: A setting will not do.
    """

    def __init__(
        self,
        ttl: float = 30.0,
        *,
        record_bytes: int = 16 * MEGABYTE,
        query_bytes: int = 48 * MEGABYTE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not isinstance(ttl, int | float) or isinstance(ttl, bool) or not 0 < ttl < math.inf:
            raise ConfigurationError(f"Cache(ttl=) takes a number of seconds above zero; got {ttl!r}")
        for name, size in (("record_bytes", record_bytes), ("query_bytes", query_bytes)):
            if not isinstance(size, int) or isinstance(size, bool) or size < 0:
                raise ConfigurationError(f"Cache({name}=) takes a whole number of bytes from zero; got {size!r}")
        self.ttl = ttl
        self._records = Shelf(record_bytes, ttl, clock) if record_bytes else None
        self._queries = Shelf(query_bytes, ttl, clock) if query_bytes else None
        self._life = object()  # another one after each clear()
        # Held as long as answers may be: were they forgotten, writes would go unnoticed.
        self._epochs: dict[str, Epochs] = {}

    def stats(self) -> Stats:
        """How often the cache could answer, and what it holds. Makes no request."""
        return Stats(*(Counts() if shelf is None else shelf.counts for shelf in (self._records, self._queries)))

    def clear(self) -> None:
        """Forget every answer, and those that are on their way now. Makes no request."""
        self._life = object()
        for shelf in (self._records, self._queries):
            if shelf is not None:
                shelf.clear()

    def _watch(self, scope: str) -> Epochs:
        """The epochs of a service, counted from now on."""
        epochs = self._epochs.setdefault(scope, epochs_of(scope))
        epochs.watched = True
        return epochs

    def __repr__(self) -> str:
        told = "; ".join(
            f"{counts.entries} {name} kept, {counts.hits} hits, {counts.misses} misses"
            for name, counts in self.stats()._asdict().items()
        )
        return f"<Cache of {self.ttl:g} s: {told}>"
