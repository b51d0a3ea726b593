"""Conversion: from what stands in a file to what a field takes.

Text becomes the field's type by strict rules, since a guess that is wrong is worse than a row that is refused. What is
typed in the file already, in JSON and Parquet, goes on as it is. The field itself then checks the value as it checks
an assignment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from softrorm.client.errors import InvalidValue
from softrorm.data.cells import SEPARATOR, file_parts, split
from softrorm.fields.attachment import Attachment, File
from softrorm.fields.choice import Checkbox, SelectField
from softrorm.fields.link import LinkField
from softrorm.fields.number import Currency, NumberField
from softrorm.fields.person import PersonField
from softrorm.fields.raw import Raw
from softrorm.fields.temporal import Date, DateRange, DateTime, Time
from softrorm.query.operators import nearest

if TYPE_CHECKING:
    from softrorm.fields.base import Field

BOOLEANS: Final[Mapping[str, bool]] = {
    "true": True,
    "yes": True,
    "1": True,
    "false": False,
    "no": False,
    "0": False,
}
SEPARATORS: Final = ",;|"
"""What files have between the values of a cell."""
LARGEST: Final = 300
"""Digits before the point, or noughts behind it, of a number that is taken: JSON numbers have little more."""
_TYPED = re.compile(r"(?<=[\d').]) \((str|int|float|Decimal)\)\.")
_DECIMAL = re.compile(r"Decimal\('([^']*)'\)")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Terms:
    """How text is read.

    Attributes:
        timezone: What instants without an offset mean; ``None`` refuses them.
        separator: What stands between the values of a cell that holds several.
        linked: From what stands for a linked record to its id; raises InvalidValue where there is none.
    """

    timezone: tzinfo | None = None
    separator: str = SEPARATOR
    linked: Callable[[LinkField[Any], str], str] = lambda _, id: id


def converted(field: Field[Any], value: Any, terms: Terms) -> Any:
    """The value of a field that something in a file stands for; nothing, and text of blanks alone, is an empty cell.

    Args:
        field: The field.
        value: Text, or a value of JSON or Parquet.
        terms: How text is read.

    Raises:
        InvalidValue: The field cannot hold it; the message says why, without the name of the field.

    May make requests where ``terms.linked`` does.
    """
    try:
        if value is None or (isinstance(value, str) and not value.strip()):
            if isinstance(field, Checkbox):
                return field.check(False)  # it is never empty (wire-facts 4.1)
            if field.required and field.writable:
                raise InvalidValue("is required and cannot be empty.")
            return field.check(None)
        read = next((reader for kind, reader in _READERS if isinstance(field, kind)), _as_it_is)
        if not field.many:
            if isinstance(value, list) and len(value) == 1:
                [value] = value
            return field.check(read(field, value, terms))
        values = split(value, terms.separator) if isinstance(value, str) else value
        return field.check([read(field, item, terms) for item in values] if isinstance(values, list) else values)
    except InvalidValue as error:
        # The column names the field already, and of text nobody asks which type it was read as.
        said = str(error).removeprefix(f"{field.label} ")
        if isinstance(value, str):
            said = _DECIMAL.sub(r"\1", _TYPED.sub(".", said, count=1)) + _other_separator(field, value, terms)
        raise InvalidValue(said) from None


def _other_separator(field: Field[Any], value: str, terms: Terms) -> str:
    """What to say of text that would do if something else stood between its values."""
    for other in SEPARATORS if field.many else "":
        with suppress(InvalidValue):
            parts = split(value, other)
            if other != terms.separator and len(parts) > 1:
                converted(field, parts, terms)
                return f" Between values {terms.separator!r} is expected; say --separator {other!r} for this file."
    return ""


def _as_it_is(field: Field[Any], value: Any, terms: Terms) -> Any:
    del field, terms
    return value


def _choice(field: SelectField[Any], value: Any, terms: Terms) -> Any:
    del terms
    if isinstance(value, dict):
        value = value.get("label")
    if isinstance(value, str) and not field.catalog.info and not field.allow_new:
        raise InvalidValue(f"takes a choice and has none, not even {value!r}.")
    return value


def _boolean(field: Field[Any], value: Any, terms: Terms) -> Any:
    del field, terms
    truth = BOOLEANS.get(str(value).strip().casefold())
    if truth is None:
        raise InvalidValue(f"takes {', '.join(BOOLEANS)}, not {value!r}.")
    return truth


def _number(field: NumberField[Any], value: Any, terms: Terms) -> Any:
    del terms
    if not isinstance(value, str):
        return value
    text = value.strip()
    if not _NUMBER.fullmatch(text) or abs((number := Decimal(text)).adjusted()) > LARGEST:
        raise InvalidValue(f"takes a number such as 1234.5, not {value!r}.")
    if isinstance(field, Currency):
        return number
    return int(number) if number == int(number) and abs(number) < 1 << 53 else float(number)


def _instant(field: Field[Any], value: Any, terms: Terms) -> Any:
    del field
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            raise InvalidValue(f"takes an instant such as 2026-01-31T15:00:00Z, not {value!r}.") from None
    if isinstance(moment, datetime) and moment.tzinfo is None:
        if terms.timezone is None:
            raise InvalidValue(
                f"takes an instant with an offset such as 2026-01-31T15:00:00Z, not {value!r}: without "
                "one it needs a time zone to be read in."
            )
        moment = moment.replace(tzinfo=terms.timezone)
    return moment


def _day(field: Field[Any], value: Any, terms: Terms) -> Any:
    del field, terms
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            raise InvalidValue(f"takes a day such as 2026-01-31, not {value!r}.") from None
    if isinstance(value, datetime):
        if value.time() != value.min.time():
            raise InvalidValue(f"takes a day such as 2026-01-31, not the instant {value.isoformat()}.")
        return value.date()  # of a spreadsheet, which has no type for days
    return value


def _time(field: Field[Any], value: Any, terms: Terms) -> Any:
    del field, terms
    if isinstance(value, str):
        with suppress(ValueError):  # what is no time stays text: the service's form is not published
            return time.fromisoformat(value.strip())
    return value


def _period(field: DateRange, value: Any, terms: Terms) -> Any:
    ends = value
    if isinstance(value, str):
        first, slash, last = value.partition("/")
        if slash:
            ends = {"from": first.strip() or None, "to": last.strip() or None}
        with suppress(ValueError):
            ends = json.loads(value)
    if not isinstance(ends, dict):
        raise InvalidValue(f"takes a period such as 2026-01-01/2026-01-31, not {value!r}.")
    period = (ends.get("from"), ends.get("to"))
    return tuple(end and (_day if len(str(end)) == 10 else _instant)(field, end, terms) for end in period)


def _link(field: LinkField[Any], value: Any, terms: Terms) -> Any:
    if isinstance(value, dict):
        value = value.get("id")
    if not isinstance(value, str):
        raise InvalidValue(f"takes a record of the linked table, not {value!r}.")
    return terms.linked(field, value.strip())


def _person(field: Field[Any], value: Any, terms: Terms) -> Any:
    del field, terms
    if isinstance(value, dict):
        value = value.get("email") or value.get("id")
    return value.strip() if isinstance(value, str) else value


def _file(field: Field[Any], value: Any, terms: Terms) -> Any:
    del field, terms
    if isinstance(value, dict):
        url, name, kind = value.get("url"), value.get("filename") or value.get("name"), value.get("type")
    else:
        (url, name), kind = file_parts(str(value)), None
    if not isinstance(url, str) or not re.match(r"https?://\S+$", url):
        raise InvalidValue(f"takes the public address of a file, such as https://example.com/a.png, not {value!r}.")
    return File(url, name, kind, simple=name is None and kind is None)


def _json(field: Field[Any], value: Any, terms: Terms) -> Any:
    del field, terms
    if isinstance(value, str):
        with suppress(ValueError):
            return json.loads(value)
    return value


_READERS: Final[tuple[tuple[type[Any], Callable[[Any, Any, Terms], Any]], ...]] = (
    (SelectField, _choice),
    (Checkbox, _boolean),
    (NumberField, _number),
    (DateTime, _instant),
    (Date, _day),
    (DateRange, _period),
    (Time, _time),
    (LinkField, _link),
    (PersonField, _person),
    (Attachment, _file),
    (Raw, _json),
)


def no_such(value: str, known: Any, what: str) -> InvalidValue:
    """The error for a linked record that is not there."""
    return InvalidValue(f"takes {what}, and there is no {value!r}.{nearest(value, known)}")
