"""The functions of dates. A date is a moment, its midnight UTC; null in is null out."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from softrorm.sandbox.dates import DAY, EPOCH, date_text
from softrorm.sandbox.formulas import patterns
from softrorm.sandbox.formulas.functions import ANY, whole
from softrorm.sandbox.formulas.values import Context, FormulaError, Moment, moment, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from softrorm.sandbox.formulas.functions import Entry

LENGTHS = {"second": 1000, "minute": 60_000, "hour": 3_600_000, "day": DAY, "week": 7 * DAY}
MONTHS = {"month": 1, "quarter": 3, "year": 12}
MOST_DAYS = 4_000_000


def at(millis: int) -> datetime:
    """A moment as Python's."""
    try:
        return EPOCH + timedelta(milliseconds=millis)
    except OverflowError as error:
        raise FormulaError("a date beyond the year 9999") from error


def millis_of(value: datetime) -> int:
    """Python's moment in epoch milliseconds."""
    return (value.astimezone(UTC) - EPOCH) // timedelta(milliseconds=1)


def months_later(value: datetime, months: int) -> datetime:
    """So many months later; a day that the month does not have becomes its last."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise FormulaError("a date beyond the year 9999")
    return value.replace(year=year, month=month + 1, day=min(value.day, calendar.monthrange(year, month + 1)[1]))


def _unit(value: Any) -> str:
    name = text(value).strip().lower().removesuffix("s")
    if name not in LENGTHS and name not in MONTHS:
        raise FormulaError(f"{text(value)!r} is no unit")
    return name


def _of_date(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a moment first, null for null."""

    def made(_: Context, value: Any, *more: Any) -> Any:
        given = moment(value)
        return None if given is None else function(at(given.millis), *more)

    return made


def _add(_: Context, value: Any, count: Any, unit: Any) -> Moment | None:
    given, name, times = moment(value), _unit(unit), whole(count)
    if given is None:
        return None
    if name in LENGTHS:
        return Moment(millis_of(at(given.millis + times * LENGTHS[name])))
    return Moment(millis_of(months_later(at(given.millis), times * MONTHS[name])))


def _difference(_: Context, first: Any, second: Any, unit: Any = "seconds") -> int | None:
    late, early, name = moment(first), moment(second), _unit(unit)
    if late is None or early is None:
        return None
    if name in LENGTHS:
        apart = late.millis - early.millis
        return abs(apart) // LENGTHS[name] * (1 if apart > 0 else -1)
    sign, (low, high) = (1, (early, late)) if late.millis >= early.millis else (-1, (late, early))
    start, end = at(low.millis), at(high.millis)
    months = (end.year - start.year) * 12 + end.month - start.month
    if months_later(start, months) > end:
        months -= 1
    return sign * (months // MONTHS[name])


def _compared(test: Callable[[int, int], bool]) -> Callable[..., bool]:
    def compared(_: Context, first: Any, second: Any) -> bool:
        one, other = moment(first), moment(second)
        return one is not None and other is not None and test(one.millis, other.millis)

    return compared


def _holidays(values: tuple[Any, ...]) -> set[date]:
    found = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return {at(given.millis).date() for one in found if (given := moment(one)) is not None}


def _works(day: date, holidays: set[date]) -> bool:
    return day.weekday() < 5 and day not in holidays


def _workday(start: datetime, days: Any, *holidays: Any) -> Moment:
    free, left = _holidays(holidays), whole(days)
    step = timedelta(days=1 if left > 0 else -1)
    if abs(left) > MOST_DAYS:
        raise FormulaError(f"{left} days")
    try:
        while left:
            start += step
            left -= step.days if _works(start.date(), free) else 0
    except OverflowError as error:
        raise FormulaError("a date beyond the year 9999") from error
    return Moment(millis_of(start))


def _workday_difference(start: datetime, end: Any, *holidays: Any) -> int | None:
    given, free = moment(end), _holidays(holidays)
    if given is None:
        return None
    # The start is counted and the end is not: nobody knows.
    first, last = start.date(), at(given.millis).date()
    low, high = min(first, last), max(first, last)
    count = sum(_works(low + timedelta(days=day), free) for day in range((high - low).days))
    return count if first <= last else -count


def _from_monday(value: Any) -> bool:
    name = text(value).strip().lower()
    if name not in {"", "monday", "sunday"}:
        raise FormulaError(f"{name!r} is no first day of a week")
    return name == "monday"


def _weekday(value: datetime, first: Any = None) -> int:
    return value.weekday() if _from_monday(first) else value.isoweekday() % 7


def _week_number(value: datetime, first: Any = None) -> int:
    # Week 1 holds the first of January: assumed.
    start = value.replace(month=1, day=1)
    return ((value - start).days + _weekday(start, first)) // 7 + 1


def _midnight(value: datetime) -> Moment:
    return Moment(millis_of(value.replace(hour=0, minute=0, second=0, microsecond=0)))


def _month_end(value: datetime, months: Any = 0) -> Moment:
    there = months_later(value, whole(months))
    last = calendar.monthrange(there.year, there.month)[1]
    return _midnight(there.replace(day=last))


def _days_in_month(context: Context, value: Any = None) -> int:
    given = moment(value)
    there = at(context.now if given is None else given.millis)
    return calendar.monthrange(there.year, there.month)[1]


def _zoned(_: Context, value: Any, zone: Any) -> Moment | None:
    given, name = moment(value), text(zone)
    patterns.zone_of(name)
    return None if given is None else Moment(given.millis, given.shown, name)


def _format(_: Context, value: Any, pattern: Any) -> str | None:
    given = moment(value)
    return None if given is None else patterns.written(at(given.millis), text(pattern), given.zone)


def _parse(_: Context, value: Any, pattern: Any) -> Moment | None:
    given = text(value).strip()
    return Moment(millis_of(patterns.read(given, text(pattern)))) if given else None


FUNCTIONS: dict[str, Entry] = {
    "DATETIME_FORMAT": (2, 2, _format),
    "DATETIME_PARSE": (2, 2, _parse),
    "SET_TIMEZONE": (2, 2, _zoned),
    "NOW": (0, 0, lambda context: Moment(context.now)),
    "TODAY": (0, 0, lambda context: Moment(context.now - context.now % DAY)),
    "DATEADD": (3, 3, _add),
    "DATETIME_DIFF": (2, 3, _difference),
    "IS_SAME": (2, 2, _compared(lambda one, other: one == other)),
    "IS_AFTER": (2, 2, _compared(lambda one, other: one > other)),
    "IS_BEFORE": (2, 2, _compared(lambda one, other: one < other)),
    "WORKDAY": (2, ANY, _of_date(_workday)),
    "WORKDAY_DIFF": (2, ANY, _of_date(_workday_difference)),
    "WEEKDAY": (1, 2, _of_date(_weekday)),
    "WEEKNUM": (1, 2, _of_date(_week_number)),
    "DATESTR": (1, 1, _of_date(lambda value: date_text(millis_of(value)))),
    "DATE": (1, 1, _of_date(_midnight)),
    "DATETIME": (1, 1, lambda _, value: moment(value)),
    "EDATE": (1, 2, _of_date(lambda value, months=0: Moment(millis_of(months_later(value, whole(months)))))),
    "EOMONTH": (1, 2, _of_date(_month_end)),
    "DAY": (1, 1, _of_date(lambda value: value.day)),
    "MONTH": (1, 1, _of_date(lambda value: value.month)),
    "YEAR": (1, 1, _of_date(lambda value: value.year)),
    "HOUR": (1, 1, _of_date(lambda value: value.hour)),
    "MINUTE": (1, 1, _of_date(lambda value: value.minute)),
    "SECOND": (1, 1, _of_date(lambda value: value.second)),
    "DAYS_IN_MONTH": (0, 1, _days_in_month),
}
