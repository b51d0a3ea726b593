"""One exchange with the service: the request, and what became of it.

The words that the transport, the retry loop and the error mapping share. A request knows its kind, because
what may be repeated hangs on it; an attempt ends as an :class:`Answer` or as a :class:`Failure`, and neither
ever holds the API key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol, TypeAlias


class Kind(Enum):
    """What a request does to the data; a repeated create makes a second record, the others are safe to repeat."""

    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    CREATE = "create"


KIND_OF_METHOD = {
    "GET": Kind.READ,
    "PUT": Kind.UPDATE,
    "PATCH": Kind.UPDATE,
    "DELETE": Kind.DELETE,
    "POST": Kind.CREATE,
}
"""The kind of a request by its method; a search is a POST that reads, and says so."""


class Outcome(Enum):
    """How one attempt ended, in the terms of the table of decisions."""

    OK = "answered"
    RATE_LIMITED = "429"
    UNAVAILABLE = "502, 503 or 504"
    REJECTED = "answered with another error"
    NOT_SENT = "no connection"
    NOT_LISTENING = "no connection, and the server would be on this machine"
    LOST = "sent, and the answer did not arrive whole"
    UNREADABLE = "answered 2xx with a body that is not the documented JSON"
    UNTRUSTED = "the server's certificate was refused"


Parts: TypeAlias = tuple[str, ...]
"""The path of an endpoint: a collection and an id in turn, as in ``("databases", id, "tables")``."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request below the base address.

    Attributes:
        method: The HTTP method.
        path: The path below the base address, with quoted parts, beginning with a slash.
        kind: What it does to the data.
        query: The query parameters.
        body: The serialised body, made once and sent as it is at every attempt.
        payload: The body before it was serialised, for :class:`~softrorm.client.errors.AmbiguousWrite`.
        expects: What ``data`` in the answer must be: ``dict``, ``list``, or ``None`` for an answer without a body.
    """

    method: str
    path: str
    kind: Kind
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    payload: Any = None
    expects: type[dict[str, Any]] | type[list[Any]] | None = dict


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service answered: the status, its reason phrase, the headers and the decompressed body."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt without a usable answer, in words; made instead of an exception, which would hold the headers."""

    outcome: Outcome
    text: str


class Sender(Protocol):
    """The seam: makes one attempt."""

    def send(self, request: Request, *, timeout: tuple[float, float], expires: float, attempt: int) -> Answer | Failure:
        """Make one attempt.

        Args:
            request: What to send.
            timeout: Seconds to connect, and seconds between two pieces of the answer.
            expires: The moment, on the client's clock, at which the answer must be complete.
            attempt: Which attempt at this request it is, for the log.
        """
