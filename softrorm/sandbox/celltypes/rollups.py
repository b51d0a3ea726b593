"""The functions of a ROLLUP: one table from the API's name to what it makes of a list of values (formulas, 4.6).

A function is given the values as the API shows them, one ``None`` for each empty cell. It is asked only where there is
a link at all; without any a ROLLUP is empty, whatever its function (wire-facts 4.1).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from softrorm.sandbox import dates
from softrorm.sandbox.celltypes.base import display

if TYPE_CHECKING:
    from collections.abc import Callable

LEAST_PLAIN, MOST_PLAIN = Decimal("0.001"), Decimal(10_000_000)
"""Java prints a double below the one, and from the other on, with an exponent."""


class Rollup(NamedTuple):
    """A function.

    Attributes:
        returns: The type of its result; ``None`` for that of the field that is rolled up.
        of: Makes the result.
        several: Whether that is a list.
    """

    returns: str | None
    of: Callable[[list[Any]], Any]
    several: bool = False


def filled(values: list[Any]) -> list[Any]:
    """The values that are there."""
    return [value for value in values if value is not None]


def numbers(values: list[Any]) -> list[Any]:
    """The values that are numbers; a boolean is none."""
    return [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]


def joined(values: list[Any], delimiter: str) -> str | None:
    """The texts of the values; nothing at all is empty."""
    return delimiter.join(text_of(value) for value in filled(values)) or None


def unique(values: list[Any]) -> list[Any]:
    """The values without repeats; the first of equals stays."""
    found: list[Any] = []
    for value in filled(values):
        if not any(type(one) is type(value) and one == value for one in found):
            found.append(value)
    return found


def text_of(value: Any) -> str:
    """A shown value as text: numbers as Java prints them, integral ones without a point."""
    if isinstance(value, float):
        return double_text(value)
    return display(value)


def double_text(value: float, *, point: bool = False) -> str:
    """A double as Java prints it.

    Args:
        value: The number.
        point: Whether an integral one keeps its ``.0``.
    """
    exact = Decimal(repr(value))
    sign = "-" if exact.is_signed() and exact else ""
    exact = abs(exact)
    if exact and not LEAST_PLAIN <= exact < MOST_PLAIN:
        power = exact.adjusted()
        mantissa = format(exact.scaleb(-power).normalize(), "f")
        return f"{sign}{mantissa}{'' if '.' in mantissa else '.0'}E{power}"
    text = format(exact.normalize() if exact else Decimal(0), "f")
    return sign + text + (".0" if point and "." not in text else "")


def _average(values: list[Any]) -> float | None:
    found = numbers(values)
    return sum(found) / len(found) if found else None


def _truths(values: list[Any]) -> list[bool]:
    return [bool(value) for value in values]


ROLLUPS: dict[str, Rollup] = {
    "SUM": Rollup("NUMBER", lambda values: sum(numbers(values))),
    "MIN": Rollup("NUMBER", lambda values: min(numbers(values), default=None)),
    "MAX": Rollup("NUMBER", lambda values: max(numbers(values), default=None)),
    "AVERAGE": Rollup("NUMBER", _average),
    "COUNT": Rollup("NUMBER", lambda values: len(numbers(values))),
    "COUNTA": Rollup("NUMBER", lambda values: len(filled(values))),
    "COUNTALL": Rollup("NUMBER", len),
    "ARRAYJOIN": Rollup("SINGLE_LINE_TEXT", lambda values: joined(values, "; ")),
    # Its delimiter is not documented; text made of lists has this one everywhere else.
    "CONCATENATE": Rollup("SINGLE_LINE_TEXT", lambda values: joined(values, ", ")),
    "ARRAYUNIQUE": Rollup(None, unique, several=True),
    "ARRAYCOMPACT": Rollup(None, filled, several=True),
    "ARRAYFLATTEN": Rollup(None, filled, several=True),
    "AND": Rollup("CHECKBOX", lambda values: bool(values) and all(_truths(values))),
    "OR": Rollup("CHECKBOX", lambda values: any(_truths(values))),
}


def as_type(value: Any, family: str, *, only_date: bool = False) -> Any:
    """A result in the form that its type is shown in.

    Args:
        value: The result; ``None`` for none.
        family: Of the type that the field returns.
        only_date: For ``time``: whether dates are shown without a time.

    Returns:
        The shown value, ``None`` where the type cannot hold it.
    """
    if family == "flag":
        return bool(value)
    if value is None:
        return None
    if family == "number":
        return _number(value)
    if family == "time":
        return _time(value, only_date=only_date)
    if family == "coded" and isinstance(value, dict):
        return value
    return text_of(value) or None


def _number(value: Any) -> int | float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if not isinstance(value, (int, float)):
        return None
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - it is no number
            return None
        return int(value) if value.is_integer() else value
    return int(value)


def _time(value: Any, *, only_date: bool) -> str | None:
    try:
        moment = dates.parse(value)[0] if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
    return None if moment is None else (dates.date_text if only_date else dates.instant_text)(moment)
