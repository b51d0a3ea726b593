"""The letters of DATETIME_FORMAT and DATETIME_PARSE: those of Java's DateTimeFormatter, in English.

In a pattern that holds ``YY``, ``Y`` is the year and ``D`` the day of the month, as the glossary has them; Java reads
them as a week-based year and a day of the year. Letters for eras, weeks and nanoseconds are an error.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from softrorm.sandbox.formulas.values import FormulaError

if TYPE_CHECKING:
    from collections.abc import Callable

PIECE = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|.", re.DOTALL)
MONTHS = list(calendar.month_name)
WEEKDAYS = list(calendar.day_name)


def zone_of(name: str) -> ZoneInfo:
    """A zone by its id.

    Raises:
        FormulaError: There is none.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise FormulaError(f"{name!r} is no time zone") from error


def _named(names: list[str], index: int, count: int) -> str:
    return names[index] if count == 4 else names[index][:1] if count > 4 else names[index][:3]


def _month(value: datetime, count: int) -> str:
    return _padded(value.month, count) if count < 3 else _named(MONTHS, value.month, count)


def _year(value: datetime, count: int) -> str:
    return _padded(value.year % 100 if count == 2 else value.year, count)


def _fraction(value: datetime, count: int) -> str:
    return f"{value.microsecond:06d}000"[:count]


def _quarter(value: datetime, count: int) -> str:
    quarter = (value.month + 2) // 3
    if count < 3:
        return _padded(quarter, count)
    return f"Q{quarter}" if count == 3 else f"{('1st', '2nd', '3rd', '4th')[quarter - 1]} quarter"


def _offset(value: datetime, count: int) -> str:
    text = value.strftime("%z") or "+0000"
    return f"{text[:3]}:{text[3:]}" if count == 3 else text[: 3 if count == 1 and text.endswith("00") else 5]


def _padded(value: int, count: int) -> str:
    return f"{value:0{count}d}"


LETTERS: dict[str, Callable[[datetime, int], str]] = {
    "y": _year,
    "u": _year,
    "M": _month,
    "L": _month,
    "d": lambda value, count: _padded(value.day, count),
    "D": lambda value, count: _padded(value.timetuple().tm_yday, count),
    "Q": _quarter,
    "q": _quarter,
    "E": lambda value, count: _named(WEEKDAYS, value.weekday(), count),
    "a": lambda value, _: "AM" if value.hour < 12 else "PM",
    "h": lambda value, count: _padded(value.hour % 12 or 12, count),
    "K": lambda value, count: _padded(value.hour % 12, count),
    "H": lambda value, count: _padded(value.hour, count),
    "k": lambda value, count: _padded(value.hour or 24, count),
    "m": lambda value, count: _padded(value.minute, count),
    "s": lambda value, count: _padded(value.second, count),
    "S": _fraction,
}
ZONED: dict[str, Callable[[datetime, int], str]] = {
    "V": lambda value, _: str(value.tzinfo),
    "z": lambda value, _: value.tzname() or "",
    "x": _offset,
    "X": lambda value, count: _offset(value, count) if value.utcoffset() else "Z",
    "Z": lambda value, _: value.strftime("%z"),
}
READ: dict[str, tuple[str, str]] = {
    "y": (r"\d{4}", "year"),
    "u": (r"\d{4}", "year"),
    "M": (r"\d{1,2}", "month"),
    "L": (r"\d{1,2}", "month"),
    "d": (r"\d{1,2}", "day"),
    "H": (r"\d{1,2}", "hour"),
    "k": (r"\d{1,2}", "hour"),
    "h": (r"\d{1,2}", "half"),
    "K": (r"\d{1,2}", "half"),
    "m": (r"\d{1,2}", "minute"),
    "s": (r"\d{1,2}", "second"),
    "S": (r"\d{1,9}", "fraction"),
    "a": (r"[AaPp][Mm]", "noon"),
    "E": (r"[A-Za-z]+", "weekday"),
}


def pieces(pattern: str) -> list[tuple[str, int, str]]:
    """A pattern in pieces: a letter and its count, or no letter and the text that stands for itself."""
    glossary = "YY" in pattern
    found = []
    for match in PIECE.finditer(pattern):
        piece, letter = match.group(), match.group(1)
        if letter is None:
            quoted = len(piece) > 1 and piece[0] == "'"
            found.append(("", 0, (piece[1:-1].replace("''", "'") or "'") if quoted else piece))
        else:
            read_as = {"Y": "y", "D": "d"}.get(letter, letter) if glossary else letter
            found.append((read_as, len(piece), piece))
    return found


def written(value: datetime, pattern: str, zone: str | None) -> str:
    """A moment by a pattern.

    Args:
        value: The moment.
        pattern: The pattern.
        zone: The zone whose clock is meant; without one UTC's, and letters of zones are an error.

    Raises:
        FormulaError: A letter means nothing, or needs a zone.
    """
    letters = LETTERS if zone is None else {**LETTERS, **ZONED}
    shown = value if zone is None else value.astimezone(zone_of(zone))
    found = []
    for letter, count, piece in pieces(pattern):
        if letter and letter not in letters:
            raise FormulaError(f"{piece!r} means nothing in a date format")
        found.append(letters[letter](shown, count) if letter else piece)
    return "".join(found)


def read(given: str, pattern: str) -> datetime:
    """A moment from a text by a pattern, in UTC.

    Raises:
        FormulaError: The text does not fit, or a letter means nothing.
    """
    expression, names = "", []
    for letter, count, piece in pieces(pattern):
        if not letter:
            expression += re.escape(piece)
            continue
        if letter not in READ:
            raise FormulaError(f"{piece!r} means nothing in a date format")
        digits, name = READ[letter]
        if letter in "ML" and count > 2:
            digits = "[A-Za-z]+"
        elif name == "year" and count == 2:
            digits = r"\d\d"
        expression += f"({digits})"
        names.append(name)
    match = re.fullmatch(expression, given, re.IGNORECASE)
    if match is None:
        raise FormulaError(f"{given!r} does not fit {pattern!r}")
    return _assembled(dict(zip(names, match.groups(), strict=True)), given)


def _assembled(parts: dict[str, str], given: str) -> datetime:
    year, month = parts.get("year", "1970"), parts.get("month", "1")
    hour = int(parts.get("hour", 0)) % 24
    if "half" in parts:
        hour = int(parts["half"]) % 12 + (12 if parts.get("noon", "am").lower() == "pm" else 0)
    try:
        return datetime(
            int(year) + (2000 if len(year) == 2 else 0),
            int(month) if month.isdigit() else [name[:3].lower() for name in MONTHS].index(month[:3].lower()),
            int(parts.get("day", 1)),
            hour,
            int(parts.get("minute", 0)),
            int(parts.get("second", 0)),
            int(parts.get("fraction", "0").ljust(6, "0")[:6]),
            UTC,
        )
    except ValueError as error:
        raise FormulaError(f"{given!r} is no date: {error}") from error
