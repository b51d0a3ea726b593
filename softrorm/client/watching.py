"""Watching: how the retry loop tells the hooks and captures of one call what happens to it.

The loop makes no difference between calls that are watched and calls that nobody watches: those have
:data:`NOBODY` to tell, which does nothing.
"""

from __future__ import annotations

import itertools
from typing import Any, Protocol

from softrorm.client import answers
from softrorm.client.capture import Capture, CapturedRequest, captures
from softrorm.client.events import (
    RequestEvent,
    ResponseEvent,
    RetryEvent,
    ThrottleEvent,
    on_request,
    on_response,
    on_retry,
    on_throttle,
)
from softrorm.client.exchange import Answer, Failure, Outcome, Request

_numbers = itertools.count(1)


class Watch(Protocol):
    """Who is told what happens to a call."""

    def throttled(self, attempt: int, wait: float) -> None:
        """An attempt has to wait so many seconds for the rate budget."""

    def sending(self, attempt: int) -> None:
        """An attempt is about to be sent."""

    def ended(self, attempt: int, result: Answer | Failure, seconds: float) -> None:
        """An attempt has ended, after so many seconds."""

    def repeating(self, attempt: int, result: Answer | Failure, wait: float, reason: str) -> None:
        """An attempt failed, and another one will be made after so many seconds."""


class Nobody:
    """Nobody watches."""

    def throttled(self, attempt: int, wait: float) -> None:
        """Do nothing."""

    def sending(self, attempt: int) -> None:
        """Do nothing."""

    def ended(self, attempt: int, result: Answer | Failure, seconds: float) -> None:
        """Do nothing."""

    def repeating(self, attempt: int, result: Answer | Failure, wait: float, reason: str) -> None:
        """Do nothing."""


NOBODY = Nobody()


class Watchers:
    """Hooks and captures watch.

    Args:
        client: Whose call it is.
        request: What is asked.
        captures: The captures that the call belongs to.
    """

    def __init__(self, client: object, request: Request, captures: tuple[Capture, ...]) -> None:
        self._client = client
        self._request = request
        self._captures = captures
        self._captured: list[CapturedRequest] = []
        self._common: dict[str, Any] = {
            "call": next(_numbers),
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "body": request.payload,
            "kind": request.kind,
        }

    def throttled(self, attempt: int, wait: float) -> None:
        """See :meth:`Watch.throttled`."""
        if on_throttle:
            on_throttle.send(self._client, ThrottleEvent(**self._common, attempt=attempt, wait=wait))

    def sending(self, attempt: int) -> None:
        """See :meth:`Watch.sending`."""
        if attempt == 1:
            self._captured = [one.begin(self._request) for one in self._captures]
        for one in self._captured:
            one.attempts = attempt
        if on_request:
            on_request.send(self._client, RequestEvent(**self._common, attempt=attempt))

    def ended(self, attempt: int, result: Answer | Failure, seconds: float) -> None:
        """See :meth:`Watch.ended`."""
        told = self._told(attempt, result)
        for one in self._captured:
            one.status, one.error = told["status"], told.get("error")
            one.seconds += seconds
            one.size += told["size"]
        if on_response:
            on_response.send(self._client, ResponseEvent(**self._common, attempt=attempt, seconds=seconds, **told))

    def repeating(self, attempt: int, result: Answer | Failure, wait: float, reason: str) -> None:
        """See :meth:`Watch.repeating`."""
        if on_retry:
            status = result.status if isinstance(result, Answer) else None
            on_retry.send(
                self._client, RetryEvent(**self._common, attempt=attempt, wait=wait, reason=reason, status=status)
            )

    def _told(self, attempt: int, result: Answer | Failure) -> dict[str, Any]:
        if isinstance(result, Failure):
            return {"status": None, "size": 0, "error": result.text}
        told = {"status": result.status, "size": len(result.body)}
        if answers.outcome_of(result.status) is Outcome.OK:
            return told
        error = answers.error_of(result, self._request, attempt)
        return {**told, "error": error.message, "code": error.code, "trace_id": error.trace_id}


def watch(client: object, request: Request) -> Watch:
    """Who is to be told of a call that this context makes."""
    around = captures.get()
    if around or on_response or on_request or on_retry or on_throttle:
        return Watchers(client, request, around)
    return NOBODY
