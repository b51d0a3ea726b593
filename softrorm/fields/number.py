"""Number fields: NUMBER, CURRENCY, PERCENT, RATING, PROGRESS, DURATION.

Integral numbers travel as JSON integers and read as ``int`` (wire-facts 4.1). Money is ``Decimal``, made from the
number's shortest text, so that 0.1 is 0.1. Limits that a declaration names are checked at assignment.
"""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar, Unpack, overload

from softrorm.client.errors import InvalidValue
from softrorm.fields.base import Assignable, Field, PlainField
from softrorm.fields.expressions import Equality, Membership, Ordering, Presence
from softrorm.fields.keywords import Common, NumberKeywords
from softrorm.query.columns import Column
from softrorm.query.operators import Family

Numeric: TypeAlias = int | float | Decimal

if TYPE_CHECKING:
    from typing_extensions import TypeVar as _TypeVar

    from softrorm.client.dialect import Dialect
    from softrorm.query.protocols import BindingLike

    V = _TypeVar("V", default=Numeric)  # what conditions compare with
    N = _TypeVar("N", default=int | float | None)
    D = _TypeVar("D", default=Decimal | None)
    W = _TypeVar("W", default=int | None)
    T = _TypeVar("T", default=int | float | None)
else:
    N, V, D, W, T = TypeVar("N"), TypeVar("V"), TypeVar("D"), TypeVar("W"), TypeVar("T")


def plain(value: Numeric) -> int | float:
    """A number as JSON sends it: an ``int`` where it is integral."""
    if isinstance(value, int):
        return int(value)
    whole = int(value)
    return whole if value == whole and abs(whole) < 1 << 53 else float(value)


def _decimals(value: Numeric) -> int:
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _is_number(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool)
    return isinstance(value, float | Decimal) and math.isfinite(value)


class NumberField(Field[N], Presence, Equality[V], Membership[V], Ordering[V]):
    """What the number types share; a model uses one of the types below.

    Args:
        id: The field's id in Softr.
        required: Whether the table requires a value; the attribute is then never ``None``.
        precision: The most decimals the field takes; more are refused at assignment.
        min: The least value.
        max: The greatest value.
        **common: As every field: ``name``, ``description``, ``default``, ``options``.
    """

    family = Family.NUMBER
    column = Column.FLOAT
    python = "a number"
    __hash__ = object.__hash__

    def __init__(
        self,
        id: str | None = None,
        *,
        required: bool = False,
        precision: int | None = None,
        min: Numeric | None = None,
        max: Numeric | None = None,
        **common: Any,
    ) -> None:
        super().__init__(id, required=required, **common)
        if precision is not None and precision < 0:
            raise InvalidValue(f"{type(self).__name__}(precision={precision}): a number of decimals is 0 or more.")
        if min is not None and max is not None and min > max:
            raise InvalidValue(f"{type(self).__name__}(min={min}, max={max}): no number is both.")
        self.precision = precision
        self.min = min
        self.max = max
        self._any_int = isinstance(self, PlainField) and precision is None and min is None and max is None

    def check(self, value: Any) -> Any:
        # Assignment is a hot path: what needs no further look is taken at once.
        return value if self._any_int and type(value) is int else super().check(value)

    def clean(self, value: Any) -> Any:
        given, value = value, self.clean_operand(value)
        if self.min is not None and value < self.min:
            raise self.refuse(value, f"numbers from {self.min}")
        if self.max is not None and value > self.max:
            raise self.refuse(value, f"numbers up to {self.max}")
        if self.precision is None or _decimals(value) <= self.precision:
            return value
        if isinstance(given, float) and math.isclose(given, rounded := round(given, self.precision), rel_tol=1e-12):
            return self.clean_operand(rounded)  # what adding floats leaves, such as 0.1 + 0.2
        raise self.refuse(value, f"numbers with at most {self.precision} decimal{'s' if self.precision != 1 else ''}")

    def clean_operand(self, value: Any) -> Any:
        if not _is_number(value):
            raise self.refuse(value)
        return plain(value)

    def encode(self, value: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        return plain(value)

    def to_filter(self, operand: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        number = self.encode(operand, dialect, binding)
        return number if dialect.number_filter == "number" else str(number)

    def schema_options(self) -> dict[str, Any]:
        named = {"precision": self.precision, "min": self.min, "max": self.max}
        return {**{key: plain(value) for key, value in named.items() if value is not None}, **self.options}


class Number(NumberField[N, Numeric], PlainField[N]):
    """A number: ``int | float | None``."""

    api_type = "NUMBER"

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Number[int | float], id: str | None = None, *, required: Literal[True], **more: Unpack[NumberKeywords]
        ) -> None: ...
        @overload
        def __init__(
            self: Number[int | float | None],
            id: str | None = None,
            *,
            required: Literal[False] = False,
            **more: Unpack[NumberKeywords],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class Percent(NumberField[N, Numeric], PlainField[N]):
    """A percentage, as the number the service keeps: ``int | float | None``."""

    api_type = "PERCENT"

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Percent[int | float],
            id: str | None = None,
            *,
            required: Literal[True],
            **more: Unpack[NumberKeywords],
        ) -> None: ...
        @overload
        def __init__(
            self: Percent[int | float | None],
            id: str | None = None,
            *,
            required: Literal[False] = False,
            **more: Unpack[NumberKeywords],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class Progress(NumberField[N, Numeric], PlainField[N]):
    """A progress between the field's ``min`` and ``max`` (2025 document): ``int | float | None``."""

    api_type = "PROGRESS"

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Progress[int | float],
            id: str | None = None,
            *,
            required: Literal[True],
            **more: Unpack[NumberKeywords],
        ) -> None: ...
        @overload
        def __init__(
            self: Progress[int | float | None],
            id: str | None = None,
            *,
            required: Literal[False] = False,
            **more: Unpack[NumberKeywords],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...


class Currency(Assignable[D, D | int | float], NumberField[D, Numeric]):
    """An amount of money: ``Decimal | None``. The currency is an option: ``options={"isoCode": "EUR"}``."""

    api_type = "CURRENCY"
    column = Column.DECIMAL
    python = "a Decimal, an int or a float"

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Currency[Decimal], id: str | None = None, *, required: Literal[True], **more: Unpack[NumberKeywords]
        ) -> None: ...
        @overload
        def __init__(
            self: Currency[Decimal | None],
            id: str | None = None,
            *,
            required: Literal[False] = False,
            **more: Unpack[NumberKeywords],
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...

    def decode(self, raw: Any, instance: Any) -> Any:
        try:
            return Decimal(raw if type(raw) is int else str(raw))
        except ArithmeticError:
            raise self.unreadable(raw) from None

    def unchanged(self, value: Any, raw: Any, instance: Any) -> bool:
        if value is None or raw is None:
            return value is raw
        # Exact, and cheaper than a Decimal from the raw number's text: that text is the shortest that gives the float.
        return bool(float(value) == raw if type(raw) is float else value == raw)

    def clean_operand(self, value: Any) -> Any:
        if not _is_number(value):
            raise self.refuse(value)
        amount = Decimal(str(value))
        if Decimal(str(plain(amount))) != amount:
            raise self.refuse(value, "amounts of at most 15 digits, which JSON numbers keep exactly")
        return amount


class Rating(NumberField[W, Numeric], PlainField[W]):
    """A rating from 0 to ``max`` (5 unless told otherwise): ``int | None``.

    Args:
        id: The field's id in Softr.
        max: The highest rating.
        required: Whether the table requires a value.
        **common: As every field.
    """

    api_type = "RATING"
    column = Column.INTEGER
    python = "a whole number"

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Rating[int],
            id: str | None = None,
            *,
            required: Literal[True],
            max: int = 5,
            **common: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: Rating[int | None],
            id: str | None = None,
            *,
            required: Literal[False] = False,
            max: int = 5,
            **common: Unpack[Common],
        ) -> None: ...

    def __init__(self, id: str | None = None, *, required: bool = False, max: int = 5, **common: Any) -> None:
        super().__init__(id, required=required, min=0, max=max, **common)

    def clean_operand(self, value: Any) -> Any:
        number = super().clean_operand(value)
        if not isinstance(number, int):
            raise self.refuse(value)
        return number

    def schema_options(self) -> dict[str, Any]:
        return {"max": self.max, **self.options}


class Duration(NumberField[T, Numeric | timedelta]):
    """A duration: a number whose unit nobody has published, or a ``timedelta`` once ``unit`` says what it counts.

    Args:
        id: The field's id in Softr.
        unit: ``"seconds"`` or ``"milliseconds"``: what the table's numbers count. Without it the attribute is the
            number itself.
        required: Whether the table requires a value.
        **common: As every field.
    """

    api_type = "DURATION"

    if TYPE_CHECKING:

        @overload
        def __init__(
            self: Duration[int | float],
            id: str | None = None,
            *,
            unit: None = None,
            required: Literal[True],
            **common: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: Duration[int | float | None],
            id: str | None = None,
            *,
            unit: None = None,
            required: Literal[False] = False,
            **common: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: Duration[timedelta],
            id: str | None = None,
            *,
            unit: Literal["seconds", "milliseconds"],
            required: Literal[True],
            **common: Unpack[Common],
        ) -> None: ...
        @overload
        def __init__(
            self: Duration[timedelta | None],
            id: str | None = None,
            *,
            unit: Literal["seconds", "milliseconds"],
            required: Literal[False] = False,
            **common: Unpack[Common],
        ) -> None: ...

    def __init__(
        self,
        id: str | None = None,
        *,
        unit: Literal["seconds", "milliseconds"] | None = None,
        required: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(id, required=required, **common)
        self.unit = timedelta(**{unit: 1}) if unit else None
        if unit:
            self.python = "a timedelta"  # type: ignore[misc]
            self.column = Column.DURATION

    def decode(self, raw: Any, instance: Any) -> Any:
        return raw * self.unit if self.unit else raw

    def clean_operand(self, value: Any) -> Any:
        if self.unit is None:
            return super().clean_operand(value)
        if not isinstance(value, timedelta):
            raise self.refuse(value)
        return value

    def encode(self, value: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        return plain(value / self.unit if self.unit else value)
