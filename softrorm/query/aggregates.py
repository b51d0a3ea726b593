"""Aggregates: one value of many records, as Django spells it: ``Count``, ``Sum``, ``Avg``, ``Min``, ``Max``.

The API reckons nothing but ``metadata.total``. What its total, or the first record of an order, says by itself takes
one request; anything else reads all records once. If one expression needs that, all are reckoned from the records.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any, ClassVar

from softrorm.client.errors import InvalidQuery
from softrorm.query.columns import Column, cells
from softrorm.query.operators import ORDERED, Family, no_field

if TYPE_CHECKING:
    from softrorm.query.frames import Frames
    from softrorm.query.protocols import FieldLike


class Aggregate:
    """An expression that makes one value of an attribute's cells; a query uses one of the classes below.

    Args:
        attribute: The attribute.
    """

    takes: ClassVar[frozenset[Family]] = frozenset({Family.NUMBER})
    """What the attribute may hold."""

    def __init__(self, attribute: str) -> None:
        self.attribute: str | None = attribute

    @property
    def name(self) -> str:
        """What the result is called where nobody says: ``hours__sum``."""
        return f"{self.attribute}__{type(self).__name__.lower()}"

    def field(self, fields: Mapping[str, FieldLike], model: str) -> FieldLike:
        """The field of the attribute.

        Raises:
            InvalidQuery: There is none, or the expression cannot take it.
        """
        name = self.attribute
        field = fields.get(name) if isinstance(name, str) else None
        if field is None:
            raise InvalidQuery(f"{self!r}: {no_field(model, name, fields)}")
        if not self.fits(field):
            right = ", ".join(name for name, one in fields.items() if self.fits(one))
            raise InvalidQuery(
                f"{self!r}: {field.label} holds {field.family.value}; "
                + (f"{type(self).__name__} takes {right}." if right else f"no field of {model} is right for it.")
            )
        return field

    def fits(self, field: FieldLike) -> bool:
        """Whether the expression can take a field."""
        return field.family in self.takes

    def by_request(self, field: FieldLike) -> bool:
        """Whether one request tells the value of a whole table."""
        del field
        return False

    def ask(self, queryset: Frames[Any], field: FieldLike) -> Any:
        """The value, in one request."""
        raise NotImplementedError

    def of(self, values: list[Any]) -> Any:
        """The value of cells that are not empty."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'' if self.attribute is None else repr(self.attribute)})"


class Count(Aggregate):
    """How many records there are, or how many whose cell is not empty.

    Args:
        attribute: The attribute whose cells count; without it, or with ``"*"``, every record counts.
        distinct: Count how many different values there are, of lists those inside them.

    Takes one request for one row, with ``distinct`` a read of all records.
    """

    takes = frozenset(Family)

    def __init__(self, attribute: str | None = None, *, distinct: bool = False) -> None:
        self.attribute = None if attribute == "*" else attribute
        self.distinct = distinct
        if distinct and self.attribute is None:
            raise InvalidQuery("Count(distinct=True) takes the attribute whose values are to be different.")

    @property
    def name(self) -> str:
        """What the result is called where nobody says: ``due__count``; ``count`` of all records."""
        return "count" if self.attribute is None else super().name

    def field(self, fields: Mapping[str, FieldLike], model: str) -> FieldLike:
        """The field of the attribute; ``id``, which no record is without, where every record counts."""
        return fields["id"] if self.attribute is None else super().field(fields, model)

    def fits(self, field: FieldLike) -> bool:
        """Whether the expression can take a field: all count, and all have equals but files and unknown JSON."""
        return not (self.distinct and field.column in {Column.FILE, Column.JSON})

    def by_request(self, field: FieldLike) -> bool:
        """Whether one request tells the value of a whole table."""
        return not self.distinct

    def ask(self, queryset: Frames[Any], field: FieldLike) -> int:
        """The value, in one request."""
        return _not_empty(queryset, field).count()

    def of(self, values: list[Any]) -> int:
        """The value of cells that are not empty."""
        if not self.distinct:
            return len(values)
        return len({one for value in values for one in (value if isinstance(value, list) else [value])})

    def __repr__(self) -> str:
        return f"Count({self.attribute!r}, distinct=True)" if self.distinct else super().__repr__()


class Sum(Aggregate):
    """The sum of numbers, amounts or durations: exact for amounts, and rounded once for numbers with fractions.

    Args:
        attribute: The attribute.

    Takes a read of all records.
    """

    def of(self, values: list[Any]) -> Any:
        """The value of cells that are not empty."""
        if not values:
            return None
        kinds = set(map(type, values))
        if float in kinds:
            return math.fsum(values)
        if Decimal in kinds:
            with localcontext(prec=60):  # whatever JSON's numbers add up to
                return sum(values)
        return sum(values, timedelta() if timedelta in kinds else 0)


class Avg(Sum):
    """The mean of numbers, amounts or durations.

    Args:
        attribute: The attribute.

    Takes a read of all records.
    """

    def of(self, values: list[Any]) -> Any:
        """The value of cells that are not empty."""
        return super().of(values) / len(values) if values else None


class Min(Aggregate):
    """The least number, the earliest date, or the first text in the order of its characters.

    Args:
        attribute: The attribute.

    Takes one request for one row; a read of all records for text, since nobody knows how the service sorts it.
    """

    takes = frozenset({Family.NUMBER, Family.DATE, Family.TEXT})
    descending: ClassVar[bool] = False

    def by_request(self, field: FieldLike) -> bool:
        """Whether one request tells the value of a whole table."""
        return field.family in ORDERED

    def ask(self, queryset: Frames[Any], field: FieldLike) -> Any:
        """The value, in one request."""
        name = field.attribute
        order = f"-{name}" if self.descending else name
        [values] = _not_empty(queryset, field).order_by(order)[:1].to_columns(name).values()
        return values[0] if values else None

    def of(self, values: list[Any]) -> Any:
        """The value of cells that are not empty."""
        return min(values, default=None)


class Max(Min):
    """The greatest number, the latest date, or the last text in the order of its characters.

    Args:
        attribute: The attribute.

    Takes one request for one row; a read of all records for text, since nobody knows how the service sorts it.
    """

    descending = True

    def of(self, values: list[Any]) -> Any:
        """The value of cells that are not empty."""
        return max(values, default=None)


def aggregate(queryset: Frames[Any], unnamed: tuple[Aggregate, ...], named: Mapping[str, Aggregate]) -> dict[str, Any]:
    """The values of expressions over the records of a query, in the fewest reads.

    Raises:
        InvalidQuery: What is given is no expression, two results have one name, or an attribute is not right.
    """
    fields, model = queryset._meta.fields, queryset._meta.name
    wanted: list[tuple[str, Aggregate, FieldLike]] = []
    for name, one in [*((None, one) for one in unnamed), *named.items()]:
        if not isinstance(one, Aggregate):
            raise InvalidQuery(
                f"aggregate() takes expressions such as softrorm.Sum('hours') or softrorm.Count(), not {one!r}."
            )
        wanted.append((name or one.name, one, one.field(fields, model)))
    names = [name for name, _, _ in wanted]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InvalidQuery(f"aggregate(): two results are called {twice!r}; name one: aggregate(other=...).")
    part = queryset._is_slice or queryset._view
    if all(one.by_request(field) and (not part or one.attribute is None) for _, one, field in wanted):
        return {name: one.ask(queryset, field) for name, one, field in wanted}
    columns = queryset.to_columns(*dict.fromkeys(field.attribute for _, _, field in wanted))
    return {name: _value(one, field, columns[field.attribute]) for name, one, field in wanted}


def _value(one: Aggregate, field: FieldLike, column: list[Any]) -> Any:
    values = [value for value in column if not field.is_blank(value)]
    try:
        return one.of(values)
    except TypeError:
        cells(field, values)  # which names the value that is none of the field's type
        raise


def _not_empty(queryset: Frames[Any], field: FieldLike) -> Frames[Any]:
    """The records whose cell is not empty; parts of the record object and checkboxes never are (wire-facts 4.1)."""
    if field.key or field.family is Family.BOOLEAN:
        return queryset
    return queryset.filter(**{f"{field.attribute}__is_not_empty": True})
