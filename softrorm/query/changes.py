"""The change feed: which records were created and updated since a moment, as far as the service lets one see.

The service has no feed. It has ``updated_at``, so the records are read in its order, from a little before the moment
reached: a write may become visible after a later one. What came already is known by id and ``updatedAt``, and passed
by. A checkpoint says how far a reader came, in a few words that any program can keep.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar

from softrorm.client.errors import InvalidQuery
from softrorm.client.twins import stream
from softrorm.query.scan import Scan

if TYPE_CHECKING:
    from softrorm.client.twins import Calls
    from softrorm.query.reading import Reading

M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a reader of changes came; ``str()`` of it is what to keep, and what ``changes(since=)`` takes.

    Attributes:
        table: The id of the table.
        moment: The latest ``updated_at`` that was handed out; ``None`` before the first record.
        seen: What was handed out shortly before: record id to ``updated_at``.
        ids: The ids of all records that are known to be there, where deletes are looked for; else ``None``.
    """

    table: str
    moment: datetime | None = None
    seen: Mapping[str, datetime] = field(default_factory=dict)
    ids: frozenset[str] | None = None

    def __str__(self) -> str:
        seen = {id: moment.isoformat() for id, moment in self.seen.items()}
        moment = self.moment and self.moment.isoformat()
        parts: dict[str, Any] = {"table": self.table, "moment": moment, "seen": seen}
        if self.ids is not None:
            parts["ids"] = sorted(self.ids)
        return json.dumps(parts, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``str()`` of a checkpoint wrote.

        Args:
            text: The text.

        Raises:
            InvalidQuery: It is something else.
        """
        try:
            parts = json.loads(text)
            moment = parts["moment"] and datetime.fromisoformat(parts["moment"])
            seen = {id: datetime.fromisoformat(moment) for id, moment in parts["seen"].items()}
            ids = None if parts.get("ids") is None else frozenset(parts["ids"])
            return cls(parts["table"], moment, seen, ids)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InvalidQuery(f"since= takes what str(feed.checkpoint) gave, not {text[:80]!r}.") from error


@dataclass(frozen=True, slots=True)
class Change(Generic[M]):
    """One change.

    Attributes:
        kind: ``created``, ``updated``, or ``deleted`` for a record that is there no more, or matches no more. One that
            was created long before the feed first comes to see it counts as updated, so write down either in one way.
        id: The record's id.
        record: The record as it is now; ``None`` where it is deleted.
        at: When the service says that it was changed; ``None`` where it is deleted, since nobody knows.
    """

    kind: Literal["created", "updated", "deleted"]
    id: str
    record: M | None
    at: datetime | None = None


class Changes(Generic[M]):
    """A feed of changes; ``Task.objects.changes()`` makes it. Iterating it again reads what has changed since.

    Args:
        query: Whose records.
        since: Where to begin.
        detect_deletes: Whether to look for deleted records too.
        overlap: How far before the moment reached to begin again.
    """

    def __init__(
        self,
        query: Reading[M],
        since: Checkpoint | datetime | str | None,
        *,
        detect_deletes: bool,
        overlap: timedelta,
    ) -> None:
        if not isinstance(overlap, timedelta) or overlap < timedelta(0):
            raise InvalidQuery(f"overlap is how far to go back: a timedelta(seconds=...), 0 or more, not {overlap!r}.")
        self._query = query
        self._overlap = overlap
        self._since = _checkpoint(since)
        self._moment = self._since.moment
        self._seen = dict(self._since.seen)
        self._ids = set(self._since.ids) if self._since.ids is not None else None
        if detect_deletes and self._ids is None and self._moment is None:
            self._ids = set()  # read from the beginning, every record is handed out before it can be missing
        self._detects = detect_deletes

    @property
    def checkpoint(self) -> Checkpoint:
        """How far the reader came, the change handed out last included. Keep it when that one is dealt with."""
        table: str = self._query._meta.static_binding(self._query._client).table
        ids = frozenset(self._ids) if self._ids is not None else None
        return Checkpoint(table, self._moment, dict(self._seen), ids)

    def __iter__(self) -> Iterator[Change[M]]:
        for change in self._read():
            self._note(change)
            yield change

    async def __aiter__(self) -> AsyncGenerator[Change[M], None]:
        async with aclosing(self._aread()) as changes:
            async for change in changes:
                self._note(change)  # here, since the thread reads ahead of who deals with the changes
                yield change

    def __repr__(self) -> str:
        return f"<Changes of {self._query!r} since {self._moment or 'the beginning'}>"

    @property
    def _calls(self) -> Calls:
        return self._query._calls

    def _read(self) -> Iterator[Change[M]]:
        query = self._query
        binding = query._binding()
        if self._since.table not in {"", binding.table}:
            raise InvalidQuery(
                f"The checkpoint is of table {self._since.table}, and {query._meta.name} is table {binding.table}."
            )
        passed_by = dict(self._seen)
        handed_out: set[str] = set(passed_by)
        edge = None if self._moment is None else self._moment - self._overlap
        wanted = query if edge is None else query.filter(updated_at__gte=edge)
        created, updated = (query._meta.fields[name].sort_key(binding) for name in ("created_at", "updated_at"))
        scan = Scan(
            wanted._clone(_order=(), _fresh=True), "updated_at", size=binding.client.dialect.page_size, at_once=True
        )
        for page in scan.rows():
            rows = [row for row in page if passed_by.get(row["id"]) != updated(row)]
            for row, record in zip(rows, query._instances(rows, binding) if rows else (), strict=True):
                new = row["id"] not in handed_out and (edge is None or created(row) >= edge)
                handed_out.add(row["id"])
                yield Change("created" if new else "updated", row["id"], record, updated(row))
        if self._detects:
            yield from self._deleted(handed_out)

    _aread = stream(_read)

    def _deleted(self, handed_out: set[str]) -> Iterator[Change[M]]:
        there = {row["id"] for page in self._query._stable() for row in page}
        if self._ids is None:
            self._ids = there | handed_out  # which may have been deleted since
        for id in sorted(self._ids - there):
            yield Change("deleted", id, None)

    def _note(self, change: Change[M]) -> None:
        """Take note that a change is handed out: from here on a checkpoint includes it."""
        self._seen.pop(change.id, None)
        if change.at is None:
            if self._ids is not None:
                self._ids.discard(change.id)
            return
        if self._ids is not None:
            self._ids.add(change.id)
        # Never back: what became visible late is older than what came before it.
        self._moment = change.at if self._moment is None else max(self._moment, change.at)
        self._seen[change.id] = change.at  # the last one, so that they stay in the order of time
        edge = self._moment - self._overlap
        while (eldest := next(iter(self._seen), None)) and self._seen[eldest] < edge:
            del self._seen[eldest]


def _checkpoint(since: Checkpoint | datetime | str | None) -> Checkpoint:
    if isinstance(since, Checkpoint):
        return since
    if isinstance(since, str):
        return Checkpoint.parse(since)
    if since is not None and (not isinstance(since, datetime) or since.tzinfo is None):
        raise InvalidQuery(
            f"since= takes a checkpoint, its text, a datetime with a zone, or None for the beginning; not {since!r}."
        )
    return Checkpoint("", since)
