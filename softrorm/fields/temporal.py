"""Date and time fields: DATETIME, DATE, TIME, DATE_RANGE.

Instants travel in UTC with three fraction digits or none (wire-facts 3) and read as aware ``datetime`` in UTC. A
DATETIME whose precision is DATE reads ``YYYY-MM-DD`` and is a :class:`Date` here. A naive ``datetime`` is refused
unless the model's ``Meta.timezone`` says what it means.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, TypeVar, Unpack, overload

from softrorm.fields.base import Assignable, Field
from softrorm.fields.expressions import Equality, Membership, Ordering, Period, Presence, TextSearch
from softrorm.fields.keywords import Common
from softrorm.query.columns import Column
from softrorm.query.operators import Family
from softrorm.query.relative import RelativeDate, Span

if TYPE_CHECKING:
    from typing_extensions import TypeVar as _TypeVar

    from softrorm.client.dialect import Dialect
    from softrorm.query.protocols import BindingLike

    T = _TypeVar("T", default=datetime | None)
    D = _TypeVar("D", default=date | None)
else:
    T, D = TypeVar("T"), TypeVar("D")

Moment: TypeAlias = datetime | date | RelativeDate | str

_moment_from_iso = datetime.fromisoformat
_day_from_iso = date.fromisoformat


def parse_instant(text: str) -> datetime:
    """An ISO instant or date as an aware ``datetime``; without an offset it is UTC, as all times on the wire are."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        from dateutil.parser import isoparse  # for odd but valid ISO, such as 24:00

        moment = isoparse(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def spell_instant(moment: datetime) -> str:
    """An instant as the service prints it: UTC with three fraction digits and Z."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    day, hour = (utc.year, utc.month, utc.day), (utc.hour, utc.minute, utc.second)
    # isoformat(timespec=...) takes twice as long, and filters are compiled for every read.
    return "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ" % (*day, *hour, utc.microsecond // 1000)  # noqa: UP031


def midnight(day: date) -> datetime:
    """The first instant of a day in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


class Temporal(Field[T], Presence, Equality[Moment], Membership[Moment], Ordering[Moment], Period[Moment]):
    """What dates and instants share: the right sides of their filters."""

    family = Family.DATE
    __hash__ = object.__hash__

    def clean_operand(self, value: Any) -> Any:
        if isinstance(value, RelativeDate):
            return value
        if isinstance(value, str):
            if RelativeDate.is_spelling(value):
                return RelativeDate(value)
            try:
                return date.fromisoformat(value) if len(value) == 10 else parse_instant(value)
            except ValueError:
                raise self.refuse(value, f"{self.python}, a relative date or ISO text in a filter") from None
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        return DateTime.clean(self, value)  # type: ignore[arg-type]

    def to_filter(self, operand: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        if isinstance(operand, datetime):
            return spell_instant(operand)
        return operand.text if isinstance(operand, RelativeDate) else operand.isoformat()

    def comparable(self, value: Any) -> Any:
        return value if isinstance(value, datetime) else midnight(value)

    def comparable_operand(self, operand: Any) -> Any:
        if isinstance(operand, RelativeDate):
            return operand.span()
        if isinstance(operand, datetime):
            return Span(operand, operand)
        start = midnight(operand)
        return Span(start, start + timedelta(days=1))


class DateTime(Temporal[T]):
    """An instant: an aware ``datetime`` in UTC, to the millisecond, or ``None``.

    Args:
        id: The field's id in Softr.
        required: Whether the table requires a value; the attribute is then never ``None``.
        **common: As every field.
    """

    api_type = "DATETIME"
    column = Column.INSTANT
    python = "a datetime with a time zone"

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: DateTime[datetime],
            id: str | None = None,
            *,
            required: Literal[True],
            **common: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: DateTime[datetime | None],
            id: str | None = None,
            *,
            required: Literal[False] = False,
            **common: Unpack[Common],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def decode(self, raw: Any, instance: Any) -> Any:
        try:
            moment = _moment_from_iso(raw)
            if moment.tzinfo is not None:
                return moment
        except (TypeError, ValueError):
            pass
        try:
            return datetime.fromtimestamp(raw / 1000, UTC) if isinstance(raw, int | float) else parse_instant(raw)
        except (TypeError, ValueError, OverflowError):
            raise self.unreadable(raw) from None

    def clean(self, value: Any) -> Any:
        if not isinstance(value, datetime):
            hint = " Of a day say datetime.combine(day, time(), tzinfo=UTC)." if isinstance(value, date) else ""
            raise self.refuse(value, self.python, hint)
        if value.tzinfo is None:
            zone = getattr(getattr(self.model, "_meta", None), "timezone", None)
            if zone is None:
                raise self.refuse(value, self.python, " Or set Meta.timezone, which says what naive ones mean.")
            value = value.replace(tzinfo=zone)
        try:
            value = value.astimezone(UTC)
        except OverflowError:
            raise self.refuse(value, "a datetime between the years 1 and 9999 in UTC") from None
        # The wire keeps milliseconds; more would read back as a change.
        return value.replace(microsecond=value.microsecond // 1000 * 1000)

    def encode(self, value: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        return spell_instant(value)

    def schema_options(self) -> dict[str, Any]:
        return {"precision": "DATETIME", **self.options}


class Date(Temporal[D]):
    """A day: ``date | None``. In Softr it is a DATETIME with precision DATE (wire-facts 8.3: DATE cannot be created).

    Args:
        id: The field's id in Softr.
        required: Whether the table requires a value; the attribute is then never ``None``.
        **common: As every field.
    """

    api_type = "DATETIME"
    column = Column.DATE
    python = "a date"

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Date[date],
            id: str | None = None,
            *,
            required: Literal[True],
            **common: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: Date[date | None],
            id: str | None = None,
            *,
            required: Literal[False] = False,
            **common: Unpack[Common],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def decode(self, raw: Any, instance: Any) -> Any:
        try:
            return _day_from_iso(raw)
        except (TypeError, ValueError):
            pass
        try:
            return _day_from_iso(raw[:10])
        except (TypeError, ValueError):
            raise self.unreadable(raw) from None

    def clean(self, value: Any) -> Any:
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self.refuse(value, hint=" Of a datetime say .date()." if isinstance(value, datetime) else "")
        return value

    def encode(self, value: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        return value.isoformat()

    def schema_options(self) -> dict[str, Any]:
        return {"precision": "DATE", **self.options}


class Time(Field[time | None], Presence, Equality[time | str], Membership[time | str], TextSearch):
    """A time of day (2025 document): ``time | None``. Its shape is not published: text that is no time stays text."""

    api_type = "TIME"
    family = Family.TEXT
    column = Column.TEXT
    python = "a time"
    __hash__ = object.__hash__

    def decode(self, raw: Any, instance: Any) -> Any:
        try:
            return time.fromisoformat(raw)
        except (TypeError, ValueError):
            return raw

    def plain(self, raw: Any) -> str:
        return str(self.decode(raw, None))

    def clean(self, value: Any) -> Any:
        if not isinstance(value, time | str):
            raise self.refuse(value)
        if isinstance(value, time) and (value.tzinfo or value.microsecond):
            raise self.refuse(value, "a time of whole seconds without a zone")
        return value

    def encode(self, value: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        return value if isinstance(value, str) else value.isoformat()

    def comparable(self, value: Any) -> Any:
        return str(value).casefold()


class DateSpan(NamedTuple):
    """The two ends of a DATE_RANGE; either may be open.

    Args:
        start: The first day or instant, or ``None``.
        end: The last one, or ``None``.
    """

    start: date | datetime | None
    end: date | datetime | None


class DateRange(Assignable[DateSpan | None, tuple[date | None, date | None] | None], Field[DateSpan | None], Presence):
    """A period (2025 document), read as ``{"from", "to"}`` (wire-facts 14): ``DateSpan | None``."""

    api_type = "DATE_RANGE"
    family = Family.PRESENCE
    python = "a DateSpan or a pair of dates"

    def decode(self, raw: Any, instance: Any) -> Any:
        if not isinstance(raw, dict):
            return raw
        return DateSpan(*(_end(raw.get(key)) for key in ("from", "to")))

    def plain(self, raw: Any) -> Any:
        return dict(raw) if isinstance(raw, dict) else raw

    def clean(self, value: Any) -> Any:
        if not isinstance(value, tuple | list) or len(value) != 2:
            raise self.refuse(value)
        for end in value:
            if end is not None and not isinstance(end, date):
                raise self.refuse(value)
            if isinstance(end, datetime) and end.tzinfo is None:
                raise self.refuse(value, "datetimes with a time zone, or dates")
        return DateSpan(*value)

    def encode(self, value: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        return {
            key: spell_instant(end) if isinstance(end, datetime) else end and end.isoformat()
            for key, end in zip(("from", "to"), value, strict=True)
        }


def _end(text: str | None) -> date | datetime | None:
    if not text:
        return None
    return date.fromisoformat(text) if len(text) == 10 else parse_instant(text)
