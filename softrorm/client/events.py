"""Events: functions of the user's own that are told of every request, attempt by attempt.

There are four hooks: before an attempt is sent, after it has ended, before it is repeated, and before a wait for the
rate budget. A function is connected to a hook for all clients of the process, or for one. It watches and changes
nothing: what it raises is logged and goes no further. It runs in the thread that makes the request, which is often a
worker's, and the request waits for it; so it should be quick, and fit to be called by several threads at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from softrorm.client.exchange import Kind
from softrorm.client.receivers import checked

_IDS = {
    "databases": "database_id",
    "tables": "table_id",
    "fields": "field_id",
    "records": "record_id",
    "views": "view_id",
}
_NO_ID = "search"  # stands in the place of an id


def ids_of(path: str) -> dict[str, str]:
    """The ids in a path by their names, such as ``record_id``."""
    parts = path.split("/")
    named = zip(parts[1::2], parts[2::2], strict=False)
    return {_IDS[collection]: part for collection, part in named if collection in _IDS and part != _NO_ID}


def route_of(path: str, *names: str) -> str:
    """A path with names in the place of ids.

    Args:
        path: The path.
        names: Which ids, such as ``record_id``; all unless given.
    """
    parts = path.split("/")
    for at in range(2, len(parts), 2):
        name = _IDS.get(parts[at - 1])
        if name is not None and parts[at] != _NO_ID and (not names or name in names):
            parts[at] = f"{{{name}}}"
    return "/".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What all events say of their request. The API key is in none of them.

    Attributes:
        call: A number that all events of one call have in common, over all of its attempts.
        attempt: Which attempt it is about, from 1.
        method: The HTTP method.
        path: The path below the base address.
        query: The query parameters.
        body: What is sent, before it was written as JSON; ``None`` if nothing is. To be read, not changed.
        kind: What the request does to the data.
    """

    call: int
    attempt: int
    method: str
    path: str
    query: Mapping[str, str]
    body: Any = field(repr=False)
    kind: Kind

    @property
    def route(self) -> str:
        """The path without what differs from record to record and table to table, to group by."""
        return route_of(self.path)

    @property
    def ids(self) -> dict[str, str]:
        """The ids in the path: ``database_id``, ``table_id``, ``field_id``, ``record_id``."""
        return ids_of(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEvent(Event):
    """An attempt is about to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseEvent(Event):
    """An attempt has ended, with an answer or without.

    Attributes:
        status: The status of the answer; ``None`` if there was none, or none that could be read.
        seconds: How long the attempt took.
        size: The bytes of the answer's body, decompressed.
        error: What went wrong, in words; ``None`` if nothing did.
        code: The service's ``errorCode``, where it gave one.
        trace_id: The service's trace id of a request that failed, where it gave one.
    """

    status: int | None
    seconds: float
    size: int
    error: str | None = None
    code: str | None = None
    trace_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryEvent(Event):
    """An attempt failed and will be repeated.

    Attributes:
        wait: Seconds until then, before the request has to wait for the rate budget again.
        reason: Why, in words.
        status: The status of the answer; ``None`` if there was none.
    """

    wait: float
    reason: str
    status: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleEvent(Event):
    """An attempt has to wait for the rate budget.

    Attributes:
        wait: Seconds.
    """

    wait: float


E = TypeVar("E", bound=Event)
Receiver = TypeVar("Receiver", bound=Callable[..., Any])


class Hook(Generic[E]):
    """A moment that functions can be connected to.

    Args:
        name: What it is called in messages.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._receivers: tuple[tuple[object, Callable[[E], object]], ...] = ()

    def connect(self, receiver: Receiver, client: object = None) -> Receiver:
        """Have a function called; also a decorator.

        Args:
            receiver: Called with the event.
            client: Only for the requests of this client; for those of all unless given.

        Returns:
            The receiver.

        Raises:
            ConfigurationError: The receiver is no function, or an async one.
        """
        checked(receiver, self.name)
        self._receivers = (*self._receivers, (client, receiver))
        return receiver

    def disconnect(self, receiver: Callable[..., Any]) -> None:
        """Have a function called no more."""
        # Compared by value: a bound method is another object each time it is named.
        self._receivers = tuple(pair for pair in self._receivers if pair[1] != receiver)

    def __bool__(self) -> bool:
        return bool(self._receivers)

    def send(self, client: object, event: E) -> None:
        """Call the receivers, in the order in which they were connected."""
        for wanted, receiver in self._receivers:
            if wanted is not None and wanted is not client:
                continue
            try:
                receiver(event)
            except Exception:
                import logging  # only when something is wrong already

                logging.getLogger("softrorm.client").exception(
                    "a receiver of %s failed; the request goes on", self.name
                )

    def __repr__(self) -> str:
        return f"<Hook {self.name}>"


on_request: Hook[RequestEvent] = Hook("on_request")
"""Before an attempt is sent: a :class:`RequestEvent`."""
on_response: Hook[ResponseEvent] = Hook("on_response")
"""After an attempt has ended, however it did: a :class:`ResponseEvent`."""
on_retry: Hook[RetryEvent] = Hook("on_retry")
"""Before the wait for another attempt: a :class:`RetryEvent`."""
on_throttle: Hook[ThrottleEvent] = Hook("on_throttle")
"""Before a wait for the rate budget: a :class:`ThrottleEvent`."""
