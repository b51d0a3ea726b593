"""The errors that the sandbox answers, with the documented statuses and codes (wire-facts 12).

A handler raises a :class:`Problem`; the app turns it into the documented body. No real error body was ever published,
so the wording is the sandbox's own: what was wrong, what was given, what would be right.
"""

from __future__ import annotations

import reprlib
from typing import Any

from softrorm.sandbox.ids import new_uuid

STATUSES = {
    "BAD_REQUEST": 400,
    "VALIDATION_ERROR": 400,
    "UNKNOWN_FIELD": 400,
    "UNAUTHORIZED": 401,
    "QUOTA_EXCEEDED": 402,
    "FORBIDDEN": 403,
    "RESOURCE_NOT_FOUND": 404,
    "CONSTRAINT_VIOLATION": 409,
    "PAYLOAD_TOO_LARGE": 413,
    "TOO_MANY_REQUESTS": 429,
    "SERVICE_UNAVAILABLE": 503,
}


class Problem(Exception):
    """An answer that is an error.

    Args:
        code: One of :data:`STATUSES`.
        message: What was wrong, what was given, what would be right.
        field_id: The field concerned, shown as ``details.fieldId``.
    """

    def __init__(self, code: str, message: str, field_id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status = STATUSES[code]
        self.message = message
        self.field_id = field_id

    def body(self) -> dict[str, Any]:
        """The documented error object, with a fresh ``traceId``."""
        details = {"fieldId": self.field_id} if self.field_id else {}
        return {"message": self.message, "errorCode": self.code, "details": {**details, "traceId": new_uuid()}}


class _Short(reprlib.Repr):
    """Values in messages: as Python shows them, cut short. A value may be megabytes long or a thousand deep."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 80
        self.maxlevel = 3


brief = _Short().repr


def bad_request(message: str) -> Problem:
    """400 BAD_REQUEST: the request makes no sense."""
    return Problem("BAD_REQUEST", message)


def invalid(message: str, field_id: str | None = None) -> Problem:
    """400 VALIDATION_ERROR: a value breaks a rule."""
    return Problem("VALIDATION_ERROR", message, field_id)


def not_found(what: str, identifier: str) -> Problem:
    """404 RESOURCE_NOT_FOUND: there is no such thing."""
    return Problem("RESOURCE_NOT_FOUND", f"There is no {what} {brief(identifier)}.")
