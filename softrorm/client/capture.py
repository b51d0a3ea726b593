"""Capture: the requests that a block makes, to count them, to look into them, and to find what is asked too often.

A capture follows the block and not the clock: requests of worker threads and tasks that the block starts belong to it,
those of other threads and tasks that run at the same time do not. It is held in a context variable for that, which
whoever hands work to a thread takes along.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, overload

from softrorm.client.errors import ConfigurationError
from softrorm.client.events import ids_of, route_of
from softrorm.client.exchange import Kind, Request

MOST = 10_000


@dataclass(slots=True)
class CapturedRequest:
    """One call, with all its attempts. The API key is not kept.

    Attributes:
        method: The HTTP method.
        path: The path below the base address.
        query: The query parameters.
        body: What was sent, before it was written as JSON; ``None`` if nothing was.
        kind: What the request does to the data.
        status: The status of the last answer; ``None`` if there was none, or none that could be read.
        attempts: How often it was sent.
        seconds: How long its attempts took together, without the waits between them.
        size: The bytes of the answers, decompressed.
        error: What went wrong at the last attempt, in words; ``None`` if nothing did.
    """

    method: str
    path: str
    query: Mapping[str, str]
    body: Any = field(repr=False)
    kind: Kind
    status: int | None = None
    attempts: int = 0
    seconds: float = 0.0
    size: int = 0
    error: str | None = None

    @property
    def ids(self) -> dict[str, str]:
        """The ids in the path: ``database_id``, ``table_id``, ``field_id``, ``record_id``."""
        return ids_of(self.path)


@dataclass(frozen=True, slots=True)
class Group:
    """Requests that ask the same of different records, or with different values.

    Attributes:
        method: The HTTP method.
        path: The path, with ``{record_id}`` in the place of a record's id.
        filter: What a search asks for, without the values; empty for other requests.
        requests: The requests.
    """

    method: str
    path: str
    filter: str
    requests: list[CapturedRequest] = field(repr=False)

    @property
    def count(self) -> int:
        """How many requests it is."""
        return len(self.requests)

    @property
    def seconds(self) -> float:
        """How long they took together."""
        return sum(one.seconds for one in self.requests)

    def __str__(self) -> str:
        statuses = ", ".join(dict.fromkeys(str(one.status or "no answer") for one in self.requests))
        attempts = sum(one.attempts for one in self.requests)
        repeats = f" ({attempts:,} attempts)" if attempts > self.count else ""
        asked = f" where {self.filter}" if self.filter else ""
        return f"{self.count:,} x {self.method} {self.path}{asked} -> {statuses}{repeats}, {self.seconds:.2f} s"


class Capture(Sequence[CapturedRequest]):
    """The requests that a ``with`` block makes, oldest first, while it runs and afterwards. Thread-safe.

    Printed, it shows a line for each group of requests that ask the same.

    Args:
        limit: How many requests it keeps, the first ones; the others are only counted.

    Attributes:
        total: How many requests there were, those included that are not kept.

    Raises:
        ConfigurationError: ``limit`` is no whole number from 0.
    """

    def __init__(self, limit: int = MOST) -> None:
        # Found out later it would be the requests of the block that fail.
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
            raise ConfigurationError(f"capture(limit=) takes how many requests to keep, from 0; got {limit!r}")
        self.total = 0
        self._limit = limit
        self._kept: list[CapturedRequest] = []
        self._lock = threading.Lock()
        self._open = False

    def groups(self) -> list[Group]:
        """The requests in groups that ask the same, in the order of their first."""
        groups: dict[tuple[str, str, str], list[CapturedRequest]] = {}
        for one in [*self._kept]:
            asked = filter_of(one.body) if one.kind is Kind.READ else ""
            groups.setdefault((one.method, route_of(one.path, "record_id"), asked), []).append(one)
        return [Group(*key, requests) for key, requests in groups.items()]

    def repeated(self, least: int = 2) -> list[Group]:
        """What was asked again and again, the most frequent first: records read one by one, say.

        Args:
            least: From how many requests on a group counts.
        """
        return sorted((one for one in self.groups() if one.count >= least), key=lambda one: -one.count)

    def begin(self, request: Request) -> CapturedRequest:
        """Take note of a request that is about to be sent for the first time."""
        made = CapturedRequest(request.method, request.path, request.query, request.payload, request.kind)
        with self._lock:
            # A worker may come to a page that was read ahead when the block is over.
            if self._open:
                self.total += 1
                if len(self._kept) < self._limit:
                    self._kept.append(made)
        return made

    def __enter__(self) -> Capture:
        self._open = True
        captures.set((*captures.get(), self))
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._open = False
        captures.set(tuple(one for one in captures.get() if one is not self))

    @overload
    def __getitem__(self, at: int) -> CapturedRequest: ...
    @overload
    def __getitem__(self, at: slice) -> list[CapturedRequest]: ...
    def __getitem__(self, at: int | slice) -> CapturedRequest | list[CapturedRequest]:
        return self._kept[at]

    def __iter__(self) -> Iterator[CapturedRequest]:
        return iter([*self._kept])

    def __len__(self) -> int:
        return len(self._kept)

    def __repr__(self) -> str:
        return f"<Capture of {_counted(self.total)}>"

    def __str__(self) -> str:
        groups = self.groups()
        lines = [f"{_counted(self.total)}, {sum(one.seconds for one in groups):.2f} s", *map(str, groups)]
        if self.total > len(self):
            lines.append(f"and {self.total - len(self):,} more, which were not kept")
        return "\n  ".join(lines)


captures: ContextVar[tuple[Capture, ...]] = ContextVar("softrorm_captures", default=())
"""The captures that this context runs in."""


def capture(limit: int = MOST) -> Capture:
    """Record the requests of a block: ``with softrorm.capture() as requests: ...; print(requests)``.

    Requests of all clients are recorded, those included that worker threads make on behalf of the block. Each is one
    entry, however often it had to be sent.

    Args:
        limit: How many requests are kept, the first ones; the others are only counted, in ``total``.

    Returns:
        A list of :class:`CapturedRequest` that grows while the block runs. Makes no request.

    Raises:
        ConfigurationError: ``limit`` is no whole number from 0.
    """
    return Capture(limit)


def filter_of(body: Any) -> str:
    """What a search asks for, without the values: ``E08c0 IS AND E19d1 GREATER_THAN``; empty if it asks nothing."""
    condition = body.get("filter") if isinstance(body, Mapping) else None
    return _condition((condition or {}).get("condition")) if isinstance(condition or {}, Mapping) else ""


def _condition(given: Any) -> str:
    if not isinstance(given, Mapping):
        return ""
    if "conditions" not in given:
        return f"{given.get('leftSide', '')} {given.get('operator', '')}".strip()
    # Many conditions on one field are one question, however many values it is asked about.
    parts = dict.fromkeys(filter(None, map(_condition, given["conditions"])))
    joined = f" {given.get('operator')} ".join(parts)
    return f"({joined})" if len(parts) > 1 else joined


def _counted(number: int) -> str:
    return f"{number:,} request{'' if number == 1 else 's'}"
