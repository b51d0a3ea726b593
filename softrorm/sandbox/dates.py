"""Instants on the wire and in filters: milliseconds since 1970 in here, ISO text and relative dates out there.

Written forms follow wire-facts 3. A right side of a filter is a span of time, from its first to its last
millisecond: an instant is a span of one, a date is a day, ``RELATIVE_DATE:PAST:MONTH`` a month. So every date
condition has one meaning: IS is inside the span, GREATER_THAN after its end, LESS_THAN before its start. All of it in
UTC; how the live service reads relative dates is documented by name only (wire-facts 10).
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

Span = tuple[int, int]

DAY = 86_400_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
UNITS = "DAY, WEEK, MONTH, QUARTER, YEAR"
DIRECTIONS = {"PAST": -1, "THIS": 0, "NEXT": 1}
PREDEFINED = {
    "TODAY": ("DAY", 0),
    "YESTERDAY": ("DAY", -1),
    "TOMORROW": ("DAY", 1),
    **{
        f"{word}_{unit}": (unit, step)
        for word, step in (("LAST", -1), ("PAST", -1), ("THIS", 0), ("NEXT", 1))
        for unit in ("WEEK", "MONTH", "QUARTER", "YEAR")
    },
}


def millis(seconds: float) -> int:
    """Epoch seconds, as a clock gives them, in whole milliseconds."""
    return math.floor(seconds * 1000 + 0.5)


def instant_text(moment: int) -> str:
    """The text of a DATETIME cell: always three digits of fraction (wire-facts 3)."""
    return _seconds_text(moment) + f".{moment % 1000:03d}Z"


def stamp_text(moment: int) -> str:
    """The text of ``createdAt`` and ``updatedAt``: no fraction when it is exactly zero (wire-facts 3)."""
    return instant_text(moment) if moment % 1000 else _seconds_text(moment) + "Z"


def date_text(moment: int) -> str:
    """The text of a date: ``YYYY-MM-DD`` in UTC."""
    return _day_text(moment // DAY)


def _seconds_text(moment: int) -> str:
    day, rest = divmod(moment // 1000, 86_400)
    return f"{_day_text(day)}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"


@lru_cache(4096)
def _day_text(day: int) -> str:
    return (EPOCH + timedelta(days=day)).isoformat()[:10]


def parse(text: str) -> Span:
    """Read ISO text.

    Args:
        text: A date, or an instant; one without a zone is taken for UTC.

    Returns:
        Its first and its last millisecond: a whole day for a date.

    Raises:
        ValueError: It is neither.
    """
    if not ISO.fullmatch(text):
        raise ValueError(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    start = (moment - EPOCH) // timedelta(milliseconds=1)
    _seconds_text(start)  # an offset may push the year past 9999
    return (start, start) if len(text) > 10 else (start, start + DAY - 1)


def whole_days(span: Span) -> Span:
    """The days that a span touches, for fields that hold dates."""
    return span[0] - span[0] % DAY, span[1] - span[1] % DAY + DAY - 1


def span(value: object, now: int) -> Span:
    """Read the right side of a date condition (wire-facts 10).

    Args:
        value: ISO text, epoch milliseconds (a number, or its digits), ``PREDEFINED:...`` or ``RELATIVE_DATE:...``.
        now: The moment relative dates are reckoned from.

    Returns:
        Its first and its last millisecond.

    Raises:
        ValueError: It is none of these.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        moment = int(value)
        try:
            _seconds_text(moment)
        except OverflowError as error:
            raise ValueError(value) from error
        return moment, moment
    if not isinstance(value, str):
        raise ValueError(value)
    if re.fullmatch(r"-?\d{5,17}", value, re.ASCII):
        return span(int(value), now)
    kind, _, rest = value.partition(":")
    if kind == "PREDEFINED" and rest in PREDEFINED:
        return _period(now, *PREDEFINED[rest])
    if kind == "RELATIVE_DATE":
        return _relative(rest, now)
    try:
        return parse(value)
    except OverflowError as error:
        raise ValueError(value) from error


def _relative(rest: str, now: int) -> Span:
    direction, _, amount = rest.partition(":")
    if direction not in DIRECTIONS:
        raise ValueError(rest)
    if re.fullmatch(r"\d{1,5}", amount, re.ASCII) and direction != "THIS":
        # The so many days before or after today; today is one of the span, as in "in the past 7 days".
        today, length = now - now % DAY, int(amount) * DAY
        return (today - length, today + DAY - 1) if direction == "PAST" else (today, today + length + DAY - 1)
    if amount not in UNITS.split(", "):
        raise ValueError(rest)
    return _period(now, amount, DIRECTIONS[direction])


def _period(now: int, unit: str, step: int) -> Span:
    """The calendar day, week (from Monday), month, quarter or year that lies ``step`` from now."""
    today = (EPOCH + timedelta(milliseconds=now)).date()
    if unit in {"DAY", "WEEK"}:
        days = 1 if unit == "DAY" else 7
        first = today - timedelta(days=today.weekday() if unit == "WEEK" else 0) + timedelta(days=step * days)
        return _midnight(first), _midnight(first) + days * DAY - 1
    months = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
    index = (today.year * 12 + today.month - 1) // months + step
    return _month(index * months), _month((index + 1) * months) - 1


def _month(index: int) -> int:
    return _midnight(date(index // 12, index % 12 + 1, 1))


def _midnight(day: date) -> int:
    return (day - EPOCH.date()).days * DAY
