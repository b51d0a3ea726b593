"""What the values in an expression mean: numbers, dates and relative dates, choices, all by the field beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from softrorm.query.columns import Column
from softrorm.query.operators import Family, nearest
from softrorm.query.relative import UNITS, RelativeDate

if TYPE_CHECKING:
    from softrorm.query.protocols import FieldLike

DIRECTIONS: Final = {"this": "THIS", "past": "PAST", "last": "PAST", "next": "NEXT"}
TRUE: Final = ("true", "yes", "1", "on", "checked")
FALSE: Final = ("false", "no", "0", "off", "unchecked")

_NUMBER = re.compile(r"[+-]?(\d[\d_]*)?(\.\d+)?([eE][+-]?\d+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def value_of(text: str, field: FieldLike) -> Any:
    """The value that a text means beside a field; what it cannot mean is for the field to refuse.

    Args:
        text: A word, or what stood between quotes.
        field: The field.

    Raises:
        ValueError: It is none; the message says what would be right.
    """
    if field.family is Family.DATE:
        if (relative := relative_date(text.split())) is not None:
            return relative
        if text[:1].isdigit() and not _DATE.match(text):  # Python reads 20260131 and 2026-W05-6 too, as an instant
            raise ValueError(f"{text!r} is no date.")
    return _READERS.get(field.column, str)(text)


def relative_date(words: list[str]) -> RelativeDate | None:
    """The relative date that words mean: ``today``, ``this month``, ``past 7 days``; ``None`` if they mean none."""
    match [word.lower() for word in words]:
        case [("today" | "yesterday" | "tomorrow") as day]:
            return RelativeDate(f"PREDEFINED:{day.upper()}")
        case [direction, unit] if direction in DIRECTIONS and unit.upper() in UNITS:
            return RelativeDate(f"RELATIVE_DATE:{DIRECTIONS[direction]}:{unit.upper()}")
        case [direction, amount, "day" | "days"] if direction in DIRECTIONS and amount.isdecimal():
            if direction != "this":
                return RelativeDate(f"RELATIVE_DATE:{DIRECTIONS[direction]}:{int(amount)}")
    return None


def dates_are(text: str) -> str:
    """How dates are written, for an error about a text that is none."""
    near = nearest(text.lower(), ("today", "yesterday", "tomorrow"))
    return f"{near} Dates are 2026-11-22, 2026-11-22T15:30:00Z, today, this week, past 7 days and the like."


def whole(text: str) -> int | float:
    """A number as JSON has it: whole where it is written so."""
    return float(_number(text)) if re.search(r"[.eE]", text) else int(_number(text))


def exact(text: str) -> Decimal:
    """An exact number, for amounts of money."""
    return Decimal(_number(text))


def _number(text: str) -> str:
    if not _NUMBER.fullmatch(text) or not re.search(r"\d", text):
        raise ValueError(f"{text!r} is no number such as 12, -3 or 0.5.")
    return text.replace("_", "")


def boolean(text: str) -> bool:
    """Whether a checkbox is meant to be checked."""
    if text.lower() in TRUE + FALSE:
        return text.lower() in TRUE
    raise ValueError(f"{text!r} is neither true nor false.")


def anything(text: str) -> Any:
    """A value of a type that nobody knows: what it is in JSON, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


_READERS: Final[Mapping[Column, Callable[[str], Any]]] = {
    Column.INTEGER: whole,
    Column.FLOAT: whole,
    Column.DECIMAL: exact,
    Column.BOOLEAN: boolean,
    Column.JSON: anything,
}
