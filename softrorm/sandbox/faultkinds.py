"""The kinds of faults: one table that says what each does with the work of a request and with its answer.

An effect gets the work as a function, and does it or not, at once or later. Every way in which an answer can fail to
say what happened is here, since a client must come through all of them without losing a write or doubling one.
"""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

from softrorm.sandbox import jsontext
from softrorm.sandbox.problems import Problem

Reply = tuple[int, dict[str, str], bytes]
"""An answer: its status, headers and body."""

REQUIRED = object()


class Struck(NamedTuple):
    """A request that a fault strikes.

    Attributes:
        options: Those of the fault, all of them.
        work: Carries the request out and returns the true answer.
        postpone: Has the work done so many seconds later.
        sleep: Waits so many seconds.
    """

    options: Mapping[str, Any]
    work: Callable[[], Reply]
    postpone: Callable[[float], None]
    sleep: Callable[[float], object]


class Option(NamedTuple):
    """An option of a kind: its default (or :data:`REQUIRED`), what fits, and what would be right, in words."""

    default: Any
    fits: Callable[[Any], bool]
    right: str


class Kind(NamedTuple):
    """A kind of fault: what it does, and its options."""

    effect: Callable[[Struck], Reply]
    options: Mapping[str, Option] = {}


def _delay(struck: Struck) -> Reply:
    struck.sleep(struck.options["seconds"])
    return struck.work()


def _reset_before(struck: Struck) -> Reply:
    _reset()


def _reset_after(struck: Struck) -> Reply:
    struck.work()
    _reset()


def _rate_limited(struck: Struck) -> Reply:
    return _refusal("TOO_MANY_REQUESTS", "Too many requests in the last second.", struck.options["retry_after"])


def _server_error(struck: Struck) -> Reply:
    status, later = struck.options["status"], struck.options["later"]
    if later is not None:
        struck.postpone(later)
    elif struck.options["done"]:
        struck.work()
    if status == 503:
        return _refusal("SERVICE_UNAVAILABLE", "The service is not available.", struck.options["retry_after"])
    # What stands before the service knows nothing of its error bodies, and writes a page of its own.
    return status, {"Content-Type": "text/html", **_waiting(struck.options["retry_after"])}, _page(f"Error {status}")


def _truncated(struck: Struck) -> Reply:
    status, headers, body = struck.work()
    if not body:
        _reset()  # there is no body to cut, so that the connection breaks in the head
    return status, {**headers, "Content-Length": str(len(body))}, body[: len(body) // 2]


def _not_json(struck: Struck) -> Reply:
    struck.work()
    return 200, {"Content-Type": "text/html"}, _page("Welcome")


def _reset() -> NoReturn:
    raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))


def _refusal(code: str, message: str, retry_after: float | None) -> Reply:
    problem = Problem(code, message)
    headers = {"Content-Type": "application/json", **_waiting(retry_after)}
    return problem.status, headers, jsontext.write(problem.body())


def _waiting(retry_after: float | None) -> dict[str, str]:
    return {} if retry_after is None else {"Retry-After": f"{retry_after:.15g}"}


def _page(title: str) -> bytes:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n".encode()


def _is_seconds(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _is_perhaps_seconds(value: Any) -> bool:
    return value is None or _is_seconds(value)


def _is_server_error(value: Any) -> bool:
    return isinstance(value, int) and 500 <= value <= 599


_RETRY_AFTER = Option(
    None, _is_perhaps_seconds, "the seconds that Retry-After asks to wait, or None for no such header"
)

KINDS: Mapping[str, Kind] = {
    "delay": Kind(_delay, {"seconds": Option(REQUIRED, _is_seconds, "a number of seconds, 0 or more")}),
    "reset_before": Kind(_reset_before),
    "reset_after": Kind(_reset_after),
    "lost_answer": Kind(_reset_after),
    "rate_limited": Kind(_rate_limited, {"retry_after": _RETRY_AFTER}),
    "server_error": Kind(
        _server_error,
        {
            "status": Option(503, _is_server_error, "a status from 500 to 599"),
            "done": Option(False, lambda value: isinstance(value, bool), "whether the work is done all the same"),
            "later": Option(None, _is_perhaps_seconds, "the seconds until the work is done after all, or None"),
            "retry_after": _RETRY_AFTER,
        },
    ),
    "truncated": Kind(_truncated),
    "not_json": Kind(_not_json),
}


def checked(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a fault, complete.

    Args:
        kind: The kind of fault.
        given: Some of its options.

    Raises:
        ValueError: There is no such kind, or an option does not fit it; the message says what would be right.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no fault {kind!r}; right would be one of {', '.join(KINDS)}")
    known = KINDS[kind].options
    if unknown := given.keys() - known.keys():
        raise ValueError(
            f"the fault {kind!r} has no option {', '.join(sorted(unknown))}; it has {', '.join(known) or 'none'}"
        )
    options = {name: option.default for name, option in known.items()} | dict(given)
    for name, value in options.items():
        if value is REQUIRED:
            raise ValueError(f"the fault {kind!r} needs {name}=, {known[name].right}")
        if not known[name].fits(value):
            raise ValueError(f"{name}= of the fault {kind!r} is {known[name].right}; got {value!r}")
    if options.get("done") and options.get("later") is not None:
        raise ValueError("done=True does the work at once and later= does it afterwards; give one of them")
    return options
