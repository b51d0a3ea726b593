"""Computed fields of one type each: what the service counts, numbers, stamps and shows, and nobody may write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Never, Unpack

from softrorm.fields.base import Computed
from softrorm.fields.derived import say
from softrorm.fields.expressions import Equality, Membership, Ordering, Presence, TextSearch
from softrorm.fields.keywords import Common
from softrorm.fields.temporal import DateTime
from softrorm.query.columns import Column
from softrorm.query.operators import Family

if TYPE_CHECKING:
    from softrorm.client.dialect import Dialect
    from softrorm.query.protocols import BindingLike


class _Whole(Computed[int | None], Presence, Equality[float], Membership[float], Ordering[float]):
    family = Family.NUMBER
    column = Column.INTEGER
    python = "a number"
    __hash__ = object.__hash__

    def clean_operand(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse(value)
        return value

    def to_filter(self, operand: Any, dialect: Dialect, binding: BindingLike | None) -> Any:
        return operand if dialect.number_filter == "number" else str(operand)


class Count(_Whole):
    """A COUNT of linked records: ``int | None``.

    Args:
        id: The field's id in Softr.
        through: The attribute of the link that it counts.
        **common: As every field.
    """

    api_type = "COUNT"
    said: ClassVar[Mapping[str, str]] = {"through": "linkedRecordFieldId"}

    def __init__(self, id: str | None = None, *, through: str | None = None, **common: Unpack[Common]) -> None:
        super().__init__(id, **common)
        say(self, through=through)


class Autonumber(_Whole):
    """A number that the service gives each new record, from 1 upwards: ``int | None``."""

    api_type = "AUTONUMBER"

    def sort_key(self, binding: BindingLike) -> Callable[[dict[str, Any]], int]:
        """What tells a raw record's place in the order of this field."""
        id = binding.ids[self.attribute]
        return lambda row: row["fields"].get(id) or 0


class RecordId(Computed[str | None], Presence, Equality[str], Membership[str], TextSearch):
    """A field that shows the record's id, so that searches can ask for many records by id: ``str | None``."""

    api_type = "RECORD_ID"
    family = Family.TEXT
    column = Column.TEXT
    python = "a record id"
    __hash__ = object.__hash__

    def clean_operand(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self.refuse(value)
        return value

    def comparable(self, value: str) -> str:
        return value.casefold()


class CreatedAt(DateTime[datetime | None]):
    """A CREATED_AT field: when the record was created. Every model has ``created_at`` undeclared as well."""

    api_type = "CREATED_AT"
    writable = False

    if TYPE_CHECKING:

        def __set__(self, instance: object, value: Never) -> None: ...  # type: ignore[override]


class UpdatedAt(DateTime[datetime | None]):
    """An UPDATED_AT field: when a person last edited the record; ``None`` until then (wire-facts 4.1)."""

    api_type = "UPDATED_AT"
    writable = False

    if TYPE_CHECKING:

        def __set__(self, instance: object, value: Never) -> None: ...  # type: ignore[override]


class Button(Computed[Any], Presence):
    """A BUTTON (2025 document): something to press, with nothing to write."""

    api_type = "BUTTON"
    family = Family.PRESENCE
