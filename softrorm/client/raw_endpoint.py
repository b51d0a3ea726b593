"""The endpoint that has no name: any request below the base address, and its answer as it came.

For what the service can do and no method says, and for looking at what it really answers: status, headers, body. The
key, the rate budget, the repeats and the time limits are those of every other call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from softrorm.client.endpoints import Endpoints, path_of, serialised
from softrorm.client.errors import APIError, InvalidValue
from softrorm.client.exchange import KIND_OF_METHOD, Answer, Failure, Kind, Request
from softrorm.client.twins import twin
from softrorm.client.watching import NOBODY, Watch


class RawEndpoint(Endpoints):
    """The method :meth:`request` of :class:`~softrorm.client.client.Client`."""

    def _call(self, request: Request, tap: Tap | None = None) -> dict[str, Any]:
        raise NotImplementedError

    def request(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, query: Mapping[str, str] | None = None
    ) -> Answer:
        """Send any request, and return the answer as it came. 1 request.

        An answer that is an error is returned as any other; its body is not looked at. The client's cache never
        answers, and what a write may have changed is dropped from it.

        Args:
            method: ``GET``, ``POST``, ``PUT``, ``PATCH`` or ``DELETE``. A POST counts as a create, which is not
                repeated when its answer is lost, unless the path ends in ``/records/search``.
            path: The path below the base address, its parts quoted, such as ``/databases``.
            body: What to send as JSON.
            query: The query parameters.

        Returns:
            The answer: ``status``, ``reason``, ``headers`` and ``body``, decompressed bytes.

        Raises:
            InvalidValue: There is no such method, or the path cannot be.
            RateLimited: The service took it at no attempt before the deadline.
            TransportError: No answer came.
        """
        if method not in KIND_OF_METHOD or not path.startswith("/"):
            raise InvalidValue(
                f"request() takes {', '.join(KIND_OF_METHOD)} and a path such as '/databases'; got {method!r}, {path!r}"
            )
        parts = tuple(unquote(part) for part in path[1:].split("/"))
        search = method == "POST" and parts[4:] == ("records", "search")
        request = Request(
            method=method,
            path=path_of(parts),
            kind=Kind.READ if search else KIND_OF_METHOD[method],
            query=query or {},
            body=None if body is None else serialised(body, method, path),
            payload=body,
            expects=None,
        )
        tap = Tap()
        try:
            if request.kind is Kind.READ:
                self._call(request, tap)
            else:
                with self._caching.writing(parts):
                    self._call(request, tap)
        except APIError:
            if tap.answer is None or tap.answer.status in {429, 502, 503, 504}:
                raise
        assert tap.answer is not None  # noqa: S101 - a call that did not fail was answered
        return tap.answer

    arequest = twin(request, writes=True)


class Tap:
    """Keeps the last answer of a call while others watch it.

    Attributes:
        answer: The last answer, ``None`` if there was none.
    """

    def __init__(self) -> None:
        self.answer: Answer | None = None
        self._others: Watch = NOBODY

    def over(self, others: Watch) -> Tap:
        """The same tap, which passes on to others what happens."""
        self._others = others
        return self

    def throttled(self, attempt: int, wait: float) -> None:
        """See :meth:`Watch.throttled`."""
        self._others.throttled(attempt, wait)

    def sending(self, attempt: int) -> None:
        """See :meth:`Watch.sending`."""
        self._others.sending(attempt)

    def ended(self, attempt: int, result: Answer | Failure, seconds: float) -> None:
        """See :meth:`Watch.ended`."""
        self.answer = result if isinstance(result, Answer) else None
        self._others.ended(attempt, result, seconds)

    def repeating(self, attempt: int, result: Answer | Failure, wait: float, reason: str) -> None:
        """See :meth:`Watch.repeating`."""
        self._others.repeating(attempt, result, wait, reason)
