"""The three attributes that every record has undeclared: ``id``, ``created_at``, ``updated_at``.

They are not fields of the table but parts of the record object. Searches know the two dates by system names and compare
them in epoch milliseconds (wire-facts 10); a filter on ``id`` is refused by the service, so it goes to a RECORD_ID
field.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Never, Self, overload

from softrorm.client.errors import InvalidQuery
from softrorm.fields.base import Computed
from softrorm.fields.expressions import Equality, Membership
from softrorm.fields.temporal import Temporal, midnight, parse_instant
from softrorm.query.columns import Column
from softrorm.query.operators import Arity, Family
from softrorm.query.relative import RelativeDate

if TYPE_CHECKING:
    from softrorm.client.dialect import Dialect
    from softrorm.query.operators import Operator
    from softrorm.query.protocols import BindingLike


class SystemId(Computed[str | None], Equality[str], Membership[str]):
    """The record's id; ``None`` on an instance that was never saved."""

    api_type = "RECORD_ID"
    family = Family.TEXT
    column = Column.TEXT
    key = "id"
    python = "a record id"
    __hash__ = object.__hash__

    def takes(self, operator: Operator) -> bool:
        meta = self.model._meta
        raise InvalidQuery(
            f"The service takes no filter on {self.label}. Read records by id with "
            f"{meta.name}.objects.get(id=...) or .in_bulk([...])"
            + (
                f", or filter by {meta.record_id.label}."
                if meta.record_id
                else ", or add a RECORD_ID field to the table and declare it with fields.RecordId()."
            )
        )

    if not TYPE_CHECKING:

        def __get__(self, instance, owner):  # noqa: ANN001, ANN204
            if instance is None:
                return self
            record = instance._record
            return None if record is None else record["id"]


class SystemDate(Temporal[datetime | None]):
    """``created_at`` and ``updated_at`` of the record object; ``None`` on an instance that was never saved.

    Args:
        id: The system name in searches.
        key: The key in the record object.
    """

    api_type = "DATETIME"
    column = Column.INSTANT
    writable = False
    python = "a datetime with a time zone"

    def __init__(self, id: str, *, key: str) -> None:
        super().__init__(id)
        self.key = key

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type) -> Self: ...
        @overload
        def __get__(self, instance: object, owner: type) -> datetime | None: ...
        def __get__(self, instance: Any, owner: Any) -> Any: ...
        def __set__(self, instance: object, value: Never) -> None: ...  # type: ignore[override]

    else:

        def __get__(self, instance, owner):  # noqa: ANN001, ANN204
            if instance is None:
                return self
            record = instance._record
            if record is None or "fields" not in record:
                return instance._unread(self)
            raw = record.get(self.key)
            value = instance.__dict__[self.attribute] = parse_instant(raw) if raw else None
            return value

    def sort_key(self, binding: BindingLike) -> Callable[[dict[str, Any]], datetime]:
        """What tells a raw record's place in the order of this date."""
        del binding  # the date stands beside the fields, at every client
        return lambda row: parse_instant(row[self.key])

    def plain(self, raw: Any) -> Any:
        return parse_instant(raw)

    def operand(self, operator: Operator, value: Any) -> Any:
        operand = super().operand(operator, value)
        if not _is_day(operand):
            return operand
        # Searches compare instants here, so a day has to say which of its ends is meant.
        if operator.arity is not Arity.ONE or operator.name in {"IS", "IS_NOT"}:
            raise InvalidQuery(
                f"{self.label} is an instant and cannot equal a day; all of {operand} is "
                f"{self.attribute}__is_between=(day, day)."
            )
        return _last_instant(operand) if operator.name in {"GREATER_THAN", "LESS_THAN_OR_EQUALS"} else midnight(operand)

    def operands(self, operator: Operator, values: list[Any]) -> tuple[Any, ...]:
        if operator.arity is not Arity.RANGE:
            return super().operands(operator, values)
        low, high = (super(SystemDate, self).operand(operator, one) for one in values)
        return midnight(low) if _is_day(low) else low, _last_instant(high) if _is_day(high) else high

    def to_filter(self, operand: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        if dialect.system_date_filter == "iso" or isinstance(operand, RelativeDate):
            return super().to_filter(operand, dialect, binding)
        return round(operand.timestamp() * 1000)


def _is_day(operand: Any) -> bool:
    return isinstance(operand, date) and not isinstance(operand, datetime)


def _last_instant(day: date) -> datetime:
    return midnight(day) + timedelta(days=1, milliseconds=-1)
