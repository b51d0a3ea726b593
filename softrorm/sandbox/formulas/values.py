"""The values of formulas and what they turn into: null, text, numbers, booleans, moments and lists.

Null counts as 0 in arithmetic and as empty text where text is joined. A list acts as its first element where a number
is needed, and as its elements joined where a text is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from softrorm.sandbox import dates
from softrorm.sandbox.celltypes.rollups import double_text


class FormulaError(Exception):
    """An error that a formula comes to; ISERROR and IFERROR catch it, else the cell reads empty."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A date-time.

    Attributes:
        millis: Epoch milliseconds.
        shown: Its text, where it comes from a field, which shows one.
        zone: The zone whose clock DATETIME_FORMAT prints; UTC without one.
    """

    millis: int
    shown: str | None = None
    zone: str | None = None

    def __str__(self) -> str:
        if self.shown is not None:
            return self.shown
        text = dates.instant_text(self.millis).removesuffix("Z")
        return text.removesuffix(".000")


class File(str):
    """An attachment: its file name, which alone as a result is its address."""

    __slots__ = ("url",)

    url: str


@dataclass(slots=True)
class Context:
    """What a formula sees beside its fields.

    Attributes:
        now: The present moment, in epoch milliseconds.
        record_id: The record.
        created: When it was made, in epoch milliseconds.
        updated: When it was last changed.
    """

    now: int
    record_id: str
    created: int
    updated: int


def single(value: Any) -> Any:
    """A list as its first element, anything else as it is."""
    return (value[0] if value else None) if isinstance(value, list) else value


def number(value: Any) -> float | int:
    """A value as a number.

    Raises:
        FormulaError: It is text that is none, or a moment.
    """
    value = single(value)
    if value is None or value == "":
        return 0
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str):
        found = parsed(value)
        if found is not None:
            return found
    raise FormulaError(f"{value} is no number")


def parsed(value: str) -> float | None:
    """Digits as a number; ``None`` for other text."""
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def finite(value: Any) -> float:
    """The result of arithmetic, a double.

    Raises:
        FormulaError: It has no value.
    """
    if isinstance(value, complex):
        raise FormulaError("the root of a negative number")
    try:
        found = float(value)
    except OverflowError as error:
        raise FormulaError("too large a number") from error
    if not math.isfinite(found):
        raise FormulaError("too large a number")
    return found


def text(value: Any, *, whole: bool = False) -> str:
    """A value as text.

    Args:
        value: The value.
        whole: Whether it is all of a result: an integral double then has no ``.0``, and a file is its address.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return double_text(value, point=not whole)
    if isinstance(value, list):
        return ", ".join(text(one, whole=whole) for one in value)
    if whole and isinstance(value, File):
        return value.url
    return str(value)


def truth(value: Any) -> bool:
    """A value as a condition."""
    return value is not None and value != "" and value != 0 and value != [] and value is not False


def moment(value: Any) -> Moment | None:
    """A value as a moment; ``None`` for null.

    Raises:
        FormulaError: It is no date.
    """
    value = single(value)
    if value is None or value == "":
        return None
    if isinstance(value, Moment):
        return value
    if isinstance(value, str):
        try:
            return Moment(dates.parse(value.strip())[0])
        except (ValueError, OverflowError):
            pass
    raise FormulaError(f"{value} is no date")


def equal(left: Any, right: Any) -> bool:
    """``=``: null and empty text are one, digits equal their number, a list of one its element."""
    left, right = _plain(left), _plain(right)
    if isinstance(left, Moment) or isinstance(right, Moment):
        try:
            one, other = moment(left), moment(right)
        except FormulaError:
            return False
        return (one and one.millis) == (other and other.millis)
    if isinstance(left, bool) and isinstance(right, bool):
        return left is right
    if _is_number(left) or _is_number(right):
        return _as_number(left) is not None and _as_number(left) == _as_number(right)
    return text(left) == text(right)


def order(left: Any, right: Any) -> int | None:
    """``<`` and its like: negative, 0 or positive; ``None`` where the two have no order."""
    left, right = _plain(left), _plain(right)
    if isinstance(left, Moment) or isinstance(right, Moment):
        one, other = moment(left), moment(right)
        return None if one is None or other is None else _sign(one.millis, other.millis)
    if isinstance(left, str) and isinstance(right, str):
        return _sign(left, right)
    return _sign(number(left), number(right))


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else text(value)
    return "" if value is None else value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _as_number(value: Any) -> float | None:
    return parsed(value) if isinstance(value, str) else float(value)


def _sign(left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)
