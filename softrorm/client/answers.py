"""Reading answers: their JSON, their errors, and how long they ask to wait.

One table maps error codes to exceptions, a second one maps statuses for answers whose code nobody knows.
The bodies of errors are known from the documents only (wire-facts 12), so every part of one may be missing.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import pydantic_core

from softrorm.client import errors
from softrorm.client.exchange import Answer, Failure, Kind, Outcome, Request

ERROR_OF_CODE: Mapping[str, type[errors.APIError]] = {
    "BAD_REQUEST": errors.BadRequest,
    "VALIDATION_ERROR": errors.ValidationFailed,
    "UNKNOWN_FIELD": errors.UnknownField,
    "UNAUTHORIZED": errors.Unauthorized,
    "QUOTA_EXCEEDED": errors.QuotaExceeded,
    "FORBIDDEN": errors.Forbidden,
    "RESOURCE_NOT_FOUND": errors.NotFound,
    "CONSTRAINT_VIOLATION": errors.ConstraintViolation,
    "PAYLOAD_TOO_LARGE": errors.PayloadTooLarge,
    "TOO_MANY_REQUESTS": errors.RateLimited,
    "SERVICE_UNAVAILABLE": errors.ServiceUnavailable,
}
"""Every documented ``errorCode`` (wire-facts 12)."""

ERROR_OF_STATUS: Mapping[int, type[errors.APIError]] = {
    400: errors.BadRequest,
    401: errors.Unauthorized,
    402: errors.QuotaExceeded,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.ConstraintViolation,
    413: errors.PayloadTooLarge,
    429: errors.RateLimited,
    502: errors.ServiceUnavailable,
    503: errors.ServiceUnavailable,
    504: errors.ServiceUnavailable,
}
"""What a status means when the code is missing or unknown; every other status is a plain ``APIError``."""

_OUTCOME_OF_STATUS = {
    429: Outcome.RATE_LIMITED,
    502: Outcome.UNAVAILABLE,
    503: Outcome.UNAVAILABLE,
    504: Outcome.UNAVAILABLE,
}


def outcome_of(status: int) -> Outcome:
    """What a status means for the table of decisions."""
    return Outcome.OK if 200 <= status < 300 else _OUTCOME_OF_STATUS.get(status, Outcome.REJECTED)


def decode(body: bytes) -> Any:
    """The JSON of a body.

    pydantic's reader is a third faster than the standard one and stricter: it refuses lone surrogates and a
    byte-order mark, so the standard one has the last word.

    Raises:
        ValueError: The body is no JSON.
    """
    try:
        return pydantic_core.from_json(body)
    except ValueError:
        return json.loads(body)


def read_envelope(answer: Answer, request: Request) -> dict[str, Any]:
    """The decoded body of a 2xx answer, with ``data`` of the type that the request expects.

    Raises:
        ValueError: The body is no JSON or not of the documented shape; the message says which.
    """
    if request.expects is None:
        return {}
    try:
        envelope = decode(answer.body)
    except ValueError as error:
        raise ValueError(f"the body of the {answer.status} answer is no JSON: {_excerpt(answer.body)}") from error
    if not isinstance(envelope, dict) or not isinstance(envelope.get("data"), request.expects):
        wanted = "a list" if request.expects is list else "an object"
        raise ValueError(f"the {answer.status} answer holds no 'data' that is {wanted}: {_excerpt(answer.body)}")
    return envelope


def error_of(answer: Answer, request: Request, attempts: int) -> errors.APIError:
    """The exception that an answer stands for.

    The class follows the ``errorCode`` (or ``code``, as the sibling API spells it), else the status.
    """
    try:
        body = decode(answer.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        body = {}
    code = body.get("errorCode") or body.get("code")
    code = None if code is None else str(code)
    details = body.get("details")
    kind = ERROR_OF_CODE.get(code or "") or ERROR_OF_STATUS.get(answer.status, errors.APIError)
    error = kind(
        _message(answer, body),
        status=answer.status,
        code=code,
        details=details if isinstance(details, dict) else {"details": details} if details else {},
        method=request.method,
        path=request.path,
        attempts=attempts,
    )
    if isinstance(error, errors.RateLimited):
        error.retry_after = retry_after(answer)
    return error


def in_words(result: Answer | Failure) -> str:
    """What became of an attempt that failed."""
    if isinstance(result, Failure):
        return result.text
    error = error_of(result, Request("", "", Kind.READ), 1)
    what = error.code or result.reason
    # The message begins with the reason where the body has none of its own.
    parts = (what, error.message.removeprefix(f"{what}: "))
    return f"the service answered {result.status} {': '.join(part for part in parts if part)}"


def retry_after(answer: Answer, now: Callable[[], float] = time.time) -> float | None:
    """The seconds that an answer asks to wait, from either form of ``Retry-After``; ``None`` if it does not say."""
    text = answer.headers.get("Retry-After")
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - now()
        except ValueError:
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _message(answer: Answer, body: dict[str, Any]) -> str:
    if 300 <= answer.status < 400:
        target = answer.headers.get("Location", "an address that it does not name")
        return f"the address redirects to {target}; softrorm follows no redirect, because the key would go along"
    said = body.get("message") or body.get("error")
    if said:
        return str(said)
    text = _excerpt(answer.body) if answer.body.strip() else "the answer has no body"
    return f"{answer.reason}: {text}" if answer.reason else text


def _excerpt(body: bytes) -> str:
    return " ".join(body[:2000].decode(errors="replace").split())[:200]
