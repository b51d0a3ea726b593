"""Caching: the layer between the endpoints and the wire, where reads of records may be answered from the cache.

Every request of a client passes here. A write retires what it may have changed, before it is sent and when it is over,
whatever became of it: one whose answer was lost may be done. A read is answered from the cache if the client has
one, and asks no more of the service then: no request, no place in the rate budget, no event.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from softrorm.client.cache import Cache, Shelf
from softrorm.client.epochs import Seen, SharedEpochs, changed_by, epochs_of, places_of
from softrorm.client.exchange import Parts, Request
from softrorm.client.redis_link import RedisLink
from softrorm.client.resources import Table
from softrorm.client.schema_cache import SchemaCache

Answer = dict[str, Any]


class Caching:
    """The caching of one client.

    Args:
        cache: Where answers are kept, if they are.
        scope: The base address, or what else tells one service from another.
        token: Returns the digest of the key; what one key may see another may not.
        schema: The client's cached schemas, which tell what tables are linked.
        link: The Redis over which processes tell each other of their writes.
    """

    def __init__(
        self,
        cache: Cache | None,
        *,
        scope: str,
        token: Callable[[], str],
        schema: SchemaCache[tuple[Table, ...]],
        link: RedisLink | None,
    ) -> None:
        self._cache = cache
        self._scope = scope
        self._token = token
        self._schema = schema
        self._epochs = cache._watch(scope) if cache is not None else epochs_of(scope)
        self._epochs.schemas.add(schema)
        self._shared = None if link is None else SharedEpochs(link, scope)

    def read(self, request: Request, parts: Parts, call: Callable[[Request], Answer], *, fresh: bool) -> Answer:
        """Answer a read, from the cache if that will do.

        Args:
            request: The request.
            parts: Its path.
            call: Makes it.
            fresh: Whether it has to be made. The answer then takes the place of one that is kept.
        """
        shelf = self._shelf(parts)
        if shelf is None:
            return call(request)
        key = self._key(request)
        if fresh and key not in shelf:
            return call(request)
        places = places_of(parts[1], parts[3])
        epoch = self._epoch(places)
        if epoch is None:
            return call(request)
        kept: Answer | None = None if fresh else shelf.get(key, epoch)
        if kept is not None:
            return kept
        answer = call(request)
        if not _may_be_kept(answer):
            shelf.decline(key)
        elif epoch[0] == self._local_epoch(places):
            shelf.put(key, epoch, answer)
        return answer

    @contextmanager
    def writing(self, parts: Parts) -> Iterator[None]:
        """Retire what a write may change, before it and after it.

        Args:
            parts: The path that is written to. Below ``records`` it is a record; else the schema of its database.
        """
        if len(parts) == 1:  # a new database: nobody has read it
            yield
            return
        database, table = parts[1], parts[3] if _is_of_records(parts) else None
        self._retire(database, table)
        try:
            yield
        finally:
            if table is None:
                self._epochs.drop_schema(database)
            # The links are asked for again: the schema may have been changed meanwhile.
            self._retire(database, table)

    def _retire(self, database: str, table: str | None) -> None:
        if not self._epochs.watched and self._shared is None:
            return
        places = changed_by(database, table, self._schema.peek(database))
        self._epochs.move(places)
        if self._shared is not None:
            self._shared.move(places)

    def _shelf(self, parts: Parts) -> Shelf | None:
        if self._cache is None or not _is_of_records(parts):
            return None
        single = len(parts) == 6 and parts[5] != "search"
        return self._cache._records if single else self._cache._queries

    def _epoch(self, places: tuple[str, str]) -> Seen | None:
        """The epoch of a table, here and in Redis; ``None`` where nobody can tell."""
        if self._shared is None:
            return (self._local_epoch(places),)
        shared = self._shared.of(places)
        return None if shared is None else (self._local_epoch(places), shared)

    def _local_epoch(self, places: tuple[str, str]) -> Seen:
        assert self._cache is not None  # noqa: S101 - asked for only where there is one
        return (self._cache._life, *self._epochs.of(places))

    def _key(self, request: Request) -> bytes:
        """What is asked, of whom, and by whose key; the order of keys in a search makes no difference."""
        body = None if request.body is None else json.loads(request.body)
        asked = [self._scope, self._token(), request.method, request.path, dict(request.query), body]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).digest()


def _is_of_records(parts: Parts) -> bool:
    return parts[4:5] == ("records",)


def _may_be_kept(answer: Answer) -> bool:
    """Whether an answer may be kept: it is whole, and no cell in it holds a link to a file.

    Links to files expire and are new at each read (wire-facts 4.2), and let anybody fetch the file. Lookups of
    attachments return the same objects. A person's avatarUrl is not known to expire, and stays.
    """
    data, metadata = answer.get("data"), answer.get("metadata")
    if isinstance(data, dict):
        return not _holds_file(data)
    counted = isinstance(metadata, dict) and "total" in metadata
    return counted and isinstance(data, list) and not any(map(_holds_file, data))


def _holds_file(record: Any) -> bool:
    cells = record.get("fields") if isinstance(record, dict) else None
    if not isinstance(cells, dict):
        return False
    for cell in cells.values():
        if isinstance(cell, list):
            for one in cell:
                if isinstance(one, dict) and "url" in one:
                    return True
        elif isinstance(cell, dict) and "url" in cell:
            return True
    return False
