"""Columns: what the values of a field are in a data frame, and how a plain value is made to fit.

A field class names its column once. What Arrow, pandas and polars call it stands in :mod:`softrorm.query.tables`. A
column follows from the field alone, never from the records that happen to be read: an empty result has the types of a
full one, and those of today are those of tomorrow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from softrorm.client.errors import InvalidValue

if TYPE_CHECKING:
    from softrorm.query.protocols import FieldLike


class Column(Enum):
    """What one value of a field is; where the field holds several, a cell is a list of them."""

    TEXT = "text"
    INTEGER = "a whole number"
    FLOAT = "a number"
    DECIMAL = "an exact decimal number"
    BOOLEAN = "true or false"
    DATE = "a day"
    INSTANT = "an instant"
    DURATION = "a duration"
    FILE = "the parts of a file"
    JSON = "JSON as text"


FILE_PARTS: Final = {
    "id": Column.TEXT,
    "filename": Column.TEXT,
    "type": Column.TEXT,
    "size": Column.INTEGER,
    "url": Column.TEXT,
}
"""The parts of a file in a frame, and what each is."""

SCALE: Final = 10
"""The decimals of money in a frame: what lies beyond is left by the floats that the service computes with."""

_STEP = Decimal(1).scaleb(-SCALE)
_WIDE = Context(prec=60)


def cells(field: FieldLike, values: list[Any]) -> list[Any]:
    """A field's plain values as cells that the column takes, ``None`` for empty ones.

    Raises:
        InvalidValue: The service answered what is none of the field's type.
    """
    return [_fitted(field, several) for several in values] if field.lists else _fitted(field, values)


def _fitted(field: FieldLike, values: list[Any]) -> list[Any]:
    fit, value = _FITS[field.column], None
    try:
        return [None if (value := one) is None else fit(one) for one in values]
    except (TypeError, ValueError, ArithmeticError):
        raise InvalidValue(str(field.unreadable(value))) from None


def _integer(value: Any) -> int:
    whole = int(value)
    if isinstance(value, bool | str) or whole != value or not -(1 << 63) <= whole < 1 << 63:
        raise ValueError
    return whole


def _float(value: Any) -> float:
    if isinstance(value, bool | str):
        raise TypeError
    return float(value)


def _decimal(value: Any) -> Decimal:
    exponent = value.as_tuple().exponent
    return value if exponent >= -SCALE else value.quantize(_STEP, context=_WIDE)  # type: ignore[no-any-return]


def _instant(value: Any) -> datetime:
    return value if value.tzinfo is UTC else value.astimezone(UTC)  # type: ignore[no-any-return]


def _json(value: Any) -> str:
    import json  # only for fields of types that are not known

    return json.dumps(value, ensure_ascii=False, default=str)


def _exactly(kind: type) -> Callable[[Any], Any]:
    def fit(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError
        return value

    return fit


_FITS: Final[Mapping[Column, Callable[[Any], Any]]] = {
    Column.TEXT: _exactly(str),
    Column.INTEGER: _integer,
    Column.FLOAT: _float,
    Column.DECIMAL: _decimal,
    Column.BOOLEAN: _exactly(bool),
    Column.DATE: _exactly(date),
    Column.INSTANT: _instant,
    Column.DURATION: _exactly(timedelta),
    Column.FILE: _exactly(dict),
    Column.JSON: _json,
}
