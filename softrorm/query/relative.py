"""Relative dates: values such as "today" or "last month" that the service works out when it searches.

The API takes them as text, ``PREDEFINED:TODAY`` or ``RELATIVE_DATE:PAST:MONTH`` (wire-facts 10). They can be built with
:func:`today` and its siblings, or read from that text. The spans used in memory are the usual reading, in UTC; nobody
has verified the service's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from softrorm.client.errors import InvalidQuery

UNITS: Final = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
DIRECTIONS: Final = {"PAST": -1, "THIS": 0, "NEXT": 1}
PREDEFINED: Final = {
    "TODAY": ("DAY", 0),
    "YESTERDAY": ("DAY", -1),
    "TOMORROW": ("DAY", 1),
    **{
        f"{word}_{unit}": (unit, step)
        for word, step in (("LAST", -1), ("PAST", -1), ("THIS", 0), ("NEXT", 1))
        for unit in UNITS[1:]
    },
}


class Span:
    """A stretch of time that compares with instants: equal to all inside it, less than those after it.

    Args:
        start: Its first instant.
        end: The first instant after it; a span of one instant has ``end == start`` and holds that instant.
    """

    __slots__ = ("end", "start")

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start = start
        self.end = end

    def shifted(self, steps: int) -> Span:
        """The span so many of its own lengths later; a single instant stays where it is."""
        by = (self.end - self.start) * steps
        return Span(self.start + by, self.end + by)

    # Python asks the right operand when a datetime does not know the left one's type, so that
    # `cell > span` arrives here as `span < cell`.
    def __eq__(self, instant: object) -> bool:
        if not isinstance(instant, datetime):
            return NotImplemented
        return instant == self.start or self.start <= instant < self.end

    def __lt__(self, instant: datetime) -> bool:
        return instant >= self.end and instant != self.start

    def __gt__(self, instant: datetime) -> bool:
        return instant < self.start

    def __le__(self, instant: datetime) -> bool:
        return instant >= self.start

    def __ge__(self, instant: datetime) -> bool:
        return instant < self.end or instant == self.start

    __hash__ = None  # type: ignore[assignment]


class RelativeDate:
    """A date that the service works out at each search.

    Args:
        text: Its spelling in the API, such as ``RELATIVE_DATE:PAST:MONTH``.

    Raises:
        InvalidQuery: It is none that the API knows.
    """

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text
        kind, _, rest = text.partition(":")
        if kind == "PREDEFINED" and rest in PREDEFINED:
            return
        if kind == "RELATIVE_DATE":
            direction, _, amount = rest.partition(":")
            if direction in DIRECTIONS and (amount in UNITS or (amount.isdecimal() and direction != "THIS")):
                return
        raise InvalidQuery(
            f"{self.text!r} is no relative date. Right are PREDEFINED:TODAY|YESTERDAY|TOMORROW, "
            f"PREDEFINED:LAST|THIS|NEXT_{'|'.join(UNITS[1:])}, "
            f"RELATIVE_DATE:PAST|THIS|NEXT:{'|'.join(UNITS)}, and RELATIVE_DATE:PAST|NEXT:<days>."
        )

    @classmethod
    def is_spelling(cls, value: Any) -> bool:
        """Whether a value is text that means a relative date, rightly spelled or not."""
        return isinstance(value, str) and value.startswith(("PREDEFINED:", "RELATIVE_DATE:"))

    def span(self, now: datetime | None = None) -> Span:
        """The stretch of time it means, by the usual reading: whole days and calendar periods in UTC.

        Args:
            now: The moment to reckon from; the present one unless given.
        """
        midnight = (now or datetime.now(UTC)).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        kind, _, rest = self.text.partition(":")
        if kind == "PREDEFINED":
            return _period(midnight, *PREDEFINED[rest])
        direction, _, amount = rest.partition(":")
        if amount.isdecimal():
            days = timedelta(days=int(amount))
            if direction == "PAST":
                return Span(midnight - days, midnight + timedelta(days=1))
            return Span(midnight, midnight + days + timedelta(days=1))
        return _period(midnight, amount, DIRECTIONS[direction])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RelativeDate) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"RelativeDate({self.text!r})"

    def __str__(self) -> str:
        return self.text


def _period(midnight: datetime, unit: str, step: int) -> Span:
    if unit in {"DAY", "WEEK"}:
        length = timedelta(days=1 if unit == "DAY" else 7)
        start = midnight if unit == "DAY" else midnight - timedelta(days=midnight.weekday())
        start += step * length
        return Span(start, start + length)
    months = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[unit]
    index = (midnight.year * 12 + midnight.month - 1) // months + step
    return Span(_month(midnight, index * months), _month(midnight, (index + 1) * months))


def _month(midnight: datetime, index: int) -> datetime:
    return midnight.replace(year=index // 12, month=index % 12 + 1, day=1)


def today() -> RelativeDate:
    """The day on which the search runs. Makes no request."""
    return RelativeDate("PREDEFINED:TODAY")


def yesterday() -> RelativeDate:
    """The day before the one on which the search runs. Makes no request."""
    return RelativeDate("PREDEFINED:YESTERDAY")


def tomorrow() -> RelativeDate:
    """The day after the one on which the search runs. Makes no request."""
    return RelativeDate("PREDEFINED:TOMORROW")


def past(period: str | int) -> RelativeDate:
    """The day, week, month, quarter or year before the present one, or the last so many days.

    Args:
        period: ``"day"``, ``"week"``, ``"month"``, ``"quarter"``, ``"year"``, or a number of days.

    Raises:
        InvalidQuery: It is none of these.
    """
    return RelativeDate(f"RELATIVE_DATE:PAST:{str(period).upper()}")


def this(period: str) -> RelativeDate:
    """The present day, week, month, quarter or year.

    Args:
        period: ``"day"``, ``"week"``, ``"month"``, ``"quarter"`` or ``"year"``.

    Raises:
        InvalidQuery: It is none of these.
    """
    return RelativeDate(f"RELATIVE_DATE:THIS:{str(period).upper()}")


def upcoming(period: str | int) -> RelativeDate:
    """The day, week, month, quarter or year after the present one, or the next so many days.

    Args:
        period: ``"day"``, ``"week"``, ``"month"``, ``"quarter"``, ``"year"``, or a number of days.

    Raises:
        InvalidQuery: It is none of these.
    """
    return RelativeDate(f"RELATIVE_DATE:NEXT:{str(period).upper()}")
