"""JSON in and out of the sandbox: strict on input, and deeper than the interpreter's recursion limit.

A filter may nest without limit, but the standard decoder recurses and gives up at some five hundred nested groups.
What is too deep for it is read by a loop with a stack of its own.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from softrorm.sandbox.problems import bad_request

BLANKS = re.compile(r"[ \t\n\r]*")


def read(data: bytes) -> Any:
    """Decode a request body.

    Args:
        data: UTF-8 text.

    Raises:
        Problem: 400 BAD_REQUEST; it is no JSON, or holds a number that JSON has no word for.
    """
    try:
        text = data.decode("utf-8")
        try:
            return DECODER.decode(text)
        except RecursionError:
            return _read_deep(text)
    except (ValueError, IndexError, StopIteration) as error:
        raise bad_request(f"The body is no JSON: {error}.") from error


def write(value: Any) -> bytes:
    """Encode an answer, compactly."""
    try:
        return ENCODER.encode(value).encode()
    except UnicodeEncodeError:  # half a surrogate pair, which only an escape can carry
        return json.dumps(value, separators=(",", ":")).encode()


def plain_copy(value: Any) -> Any:
    """A copy of a JSON value that shares nothing with it.

    Raises:
        Problem: 400 BAD_REQUEST; it is nested too deep to be kept.
    """
    try:
        return json.loads(json.dumps(value))
    except RecursionError as error:
        raise bad_request("The body is nested too deep.") from error


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not a JSON value")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"the number {digits} is too large")
    return number


ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)


def _read_deep(text: str) -> Any:
    """Decode by a loop: containers that are still open stand on a stack, each with the key it waits to fill."""
    root: list[Any] = []
    open_ones: list[tuple[Any, Any]] = [(root, None)]
    at = _skip(text, 0)
    while True:
        container, key = open_ones[-1]
        value, at = _read_value(text, at)
        if isinstance(container, list):
            container.append(value)
        else:
            container[key] = value
        at = _skip(text, at)
        if isinstance(value, (list, dict)):
            if text[at] not in "]}":
                key, at = _read_key(text, at, value)
                open_ones.append((value, key))
                continue
            at = _close(text, at, value)
        while len(open_ones) > 1 and text[at] != ",":
            at = _close(text, at, open_ones.pop()[0])
        if len(open_ones) == 1:
            if at != len(text):
                raise ValueError(f"more text after the value, at character {at}")
            return root[0]
        container = open_ones[-1][0]
        key, at = _read_key(text, _skip(text, at + 1), container)
        open_ones[-1] = (container, key)


def _read_value(text: str, at: int) -> tuple[Any, int]:
    first = text[at]
    if first == "{":
        return {}, at + 1
    if first == "[":
        return [], at + 1
    return DECODER.raw_decode(text, at)


def _read_key(text: str, at: int, container: Any) -> tuple[Any, int]:
    if isinstance(container, list):
        return None, at
    if text[at] != '"':
        raise ValueError(f"no key at character {at}")
    key, at = DECODER.raw_decode(text, at)
    at = _skip(text, at)
    if text[at] != ":":
        raise ValueError(f"no colon at character {at}")
    return key, _skip(text, at + 1)


def _close(text: str, at: int, container: Any) -> int:
    if text[at] != ("]" if isinstance(container, list) else "}"):
        raise ValueError(f"no comma or closing bracket at character {at}")
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    match = BLANKS.match(text, at)
    return match.end() if match else at
