"""Epochs: numbers that say whether a table may have changed since an answer was read.

Every client in the process moves the epoch of a table on before and after each write, whether the write worked or not.
An answer carries the epoch from before it was read, so that a reader who fetched before a write, and stores after it,
stores what is worth nothing. A write to one table changes others, since links have an inverse side and lookups
read across them: it moves on all tables that links connect, or the whole database where the links are not known.
With Redis the numbers are kept there as well, for the writes of other processes.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import weakref
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import redis

    from softrorm.client.redis_link import RedisLink
    from softrorm.client.resources import Table
    from softrorm.client.schema_cache import SchemaCache

Seen: TypeAlias = tuple[object, ...]
"""An epoch: equal as long as nothing was written. It says no more than that."""

_FORGOTTEN_AFTER = 24 * 60 * 60
"""Seconds after the last write at which Redis forgets the epochs of a service; what was kept till then is read anew."""

_known: weakref.WeakValueDictionary[str, Epochs] = weakref.WeakValueDictionary()
_known_lock = threading.Lock()


class Epochs:
    """The epochs of one service, which all its clients in this process share; made by :func:`epochs_of`.

    Attributes:
        watched: Whether a cache asks for them; until then nothing is counted.
        schemas: The cached schemas of the clients, which a change of the schema drops together.
    """

    def __init__(self) -> None:
        self.watched = False
        self.schemas: weakref.WeakSet[SchemaCache[Any]] = weakref.WeakSet()
        self._counts: Counter[str] = Counter()
        self._lock = threading.RLock()

    def of(self, places: Iterable[str]) -> Seen:
        """The epoch of a table, by what :func:`places_of` says."""
        with self._lock:
            return tuple(self._counts[place] for place in places)

    def move(self, places: Iterable[str]) -> None:
        """Retire what was read in these places so far."""
        with self._lock:
            self._counts.update(places)

    def drop_schema(self, database: str) -> None:
        """Drop the cached schema of a database at every client."""
        for schema in list(self.schemas):
            schema.drop(database)


def epochs_of(scope: str) -> Epochs:
    """The epochs of a service, by its base address. They live as long as anybody holds them."""
    with _known_lock:
        epochs = _known.get(scope)
        if epochs is None:
            epochs = _known[scope] = Epochs()
        return epochs


class SharedEpochs:
    """The same in Redis, for all processes that reach it. One round trip per call.

    Counters alone could come back to a number that was seen before, after Redis has lost its data: a random text that
    is made with the counters tells two lives of theirs apart.

    Args:
        link: The way to Redis.
        scope: The base address of the service.
    """

    def __init__(self, link: RedisLink, scope: str) -> None:
        self._link = link
        self._key = f"softrorm:epochs:{hashlib.sha256(scope.encode()).hexdigest()[:16]}"
        self._owed: Counter[str] = Counter()  # writes that Redis could not be told of
        self._lock = threading.Lock()

    def of(self, places: Iterable[str]) -> Seen | None:
        """The epoch of a table; ``None`` where Redis cannot be reached, so that nobody knows."""
        asked = ["life", *places]
        if self._owed and not self.move(()):
            return None

        def read(redis: redis.Redis) -> list[Any]:
            found: list[Any] = redis.hmget(self._key, asked)
            if found[0] is None:
                redis.hsetnx(self._key, "life", secrets.token_hex(8))
                redis.expire(self._key, _FORGOTTEN_AFTER)
                found = redis.hmget(self._key, asked)
            return found

        found = self._link.call(read)
        return None if found is None else tuple(found)

    def move(self, places: Iterable[str]) -> bool:
        """Retire what any process read in these places so far; says whether Redis heard of it.

        What it did not hear it is told at the next occasion. Until then other processes that do reach it may go on with
        what they have, for as long as their caches keep it.
        """
        with self._lock:
            told, self._owed = self._owed + Counter(places), Counter()

        def write(redis: redis.Redis) -> bool:
            pipeline = redis.pipeline(transaction=False)
            for place in told:
                pipeline.hincrby(self._key, place, 1)
            pipeline.expire(self._key, _FORGOTTEN_AFTER)
            pipeline.execute()
            return True

        if self._link.call(write):
            return True
        with self._lock:
            self._owed += told
        return False


def places_of(database: str, table: str) -> tuple[str, str]:
    """What an answer from a table depends on: its database as a whole, and itself."""
    return database, f"{database}/{table}"


def changed_by(database: str, table: str | None, tables: tuple[Table, ...] | None) -> list[str]:
    """The places that a write moves on.

    Args:
        database: The database.
        table: The table of the record that is written; ``None`` where the schema is.
        tables: The tables of the database with their fields, if they are known.
    """
    if table is None or table not in {one.id for one in tables or ()}:
        return [database]
    linked: defaultdict[str, set[str]] = defaultdict(set)
    for one in tables or ():
        for field in one.fields:
            if field.type == "LINKED_RECORD" and (other := getattr(field.options, "linked_table_id", None)):
                linked[one.id].add(other)
                linked[other].add(one.id)
    reached, ahead = {table}, [table]
    while ahead:
        new = linked[ahead.pop()] - reached
        reached |= new
        ahead += new
    return [places_of(database, one)[1] for one in reached]
