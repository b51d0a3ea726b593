"""From a schema to fields: which class stands for which type of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from softrorm.fields.attachment import Attachment
from softrorm.fields.choice import Checkbox, Choice, MultiSelect, Select
from softrorm.fields.computed import Autonumber, Button, Count, CreatedAt, RecordId, UpdatedAt
from softrorm.fields.derived import Formula, Lookup, Rollup
from softrorm.fields.link import LinkedRecord, LinkedRecords, TableId
from softrorm.fields.number import Currency, Duration, Number, Percent, Progress, Rating
from softrorm.fields.person import CreatedBy, UpdatedBy, User
from softrorm.fields.raw import Raw
from softrorm.fields.temporal import Date, DateRange, DateTime, Time
from softrorm.fields.text import Address, Email, LongText, Phone, SingleLineText, Url

if TYPE_CHECKING:
    from softrorm.client.resources import TableField
    from softrorm.fields.base import Field


def _bounded(cls: Callable[..., Field[Any]]) -> Callable[..., Field[Any]]:
    def build(id: str, options: Mapping[str, Any], many: bool, **common: Any) -> Field[Any]:
        # Untouched bounds may stand as the least 32-bit integer (wire-facts 8.2).
        named = {
            key: options[key] for key in ("precision", "min", "max") if options.get(key) not in {None, -2147483648}
        }
        return cls(id, **named, **common)

    return build


def _simple(cls: Callable[..., Field[Any]]) -> Callable[..., Field[Any]]:
    return lambda id, options, many, **common: cls(id, **common)


def _text(cls: Callable[..., Field[Any]]) -> Callable[..., Field[Any]]:
    return lambda id, options, many, **common: cls(id, max_length=options.get("maxLength") or None, **common)


def _datetime(id: str, options: Mapping[str, Any], many: bool, **common: Any) -> Field[Any]:
    cls: Any = Date if options.get("precision") == "DATE" else DateTime
    return cls(id, **common)  # type: ignore[no-any-return]


def _select(id: str, options: Mapping[str, Any], many: bool, **common: Any) -> Field[Any]:
    choices = [Choice(one.get("label") or "", one.get("id"), one.get("color")) for one in options.get("choices") or ()]
    cls: Any = MultiSelect if many else Select
    return cls(id, choices=choices, allow_new=bool(options.get("allowToAddNewChoice")), **common)  # type: ignore[no-any-return]


def _link(id: str, options: Mapping[str, Any], many: bool, **common: Any) -> Field[Any]:
    cls: Any = LinkedRecords if many else LinkedRecord
    return cls(id, to=TableId(options.get("linkedTableId") or ""), **common)  # type: ignore[no-any-return]


def _derived(cls: Callable[..., Field[Any]]) -> Callable[..., Field[Any]]:
    def build(id: str, options: Mapping[str, Any], many: bool, required: bool = False, **common: Any) -> Field[Any]:
        returned = options.get("returnedField")
        returns = None
        if returned:
            returns = from_schema({"id": id, "name": "", **returned})
        return cls(id, returns=returns, many=many, **common)

    return build


_BUILDERS: Mapping[str, Callable[..., Field[Any]]] = {
    "SINGLE_LINE_TEXT": _text(SingleLineText),
    "LONG_TEXT": _text(LongText),
    "EMAIL": _simple(Email),
    "PHONE": _simple(Phone),
    "URL": _simple(Url),
    "ADDRESS": _simple(Address),
    "CHECKBOX": _simple(Checkbox),
    "NUMBER": _bounded(Number),
    "CURRENCY": _bounded(Currency),
    "PERCENT": _bounded(Percent),
    "PROGRESS": _bounded(Progress),
    "RATING": lambda id, options, many, **common: Rating(id, max=options.get("max") or 5, **common),
    "DURATION": _simple(Duration),
    "DATETIME": _datetime,
    "DATE": _simple(Date),
    "TIME": _simple(Time),
    "DATE_RANGE": _simple(DateRange),
    "SELECT": _select,
    "LINKED_RECORD": _link,
    "USER": lambda id, options, many, **common: User(id, many=many, **common),
    "CREATED_BY": _simple(CreatedBy),
    "UPDATED_BY": _simple(UpdatedBy),
    "ATTACHMENT": _simple(Attachment),
    "BUTTON": _simple(Button),
    "LOOKUP": _derived(Lookup),
    "ROLLUP": _derived(Rollup),
    "FORMULA": _derived(Formula),
    "COUNT": _simple(Count),
    "AUTONUMBER": _simple(Autonumber),
    "RECORD_ID": _simple(RecordId),
    "CREATED_AT": _simple(CreatedAt),
    "UPDATED_AT": _simple(UpdatedAt),
}


def from_schema(table_field: TableField | Mapping[str, Any]) -> Field[Any]:
    """The field object that a schema's field describes.

    Args:
        table_field: A ``TableField`` of the client, or its JSON.

    Returns:
        A field declared by id, with the choices, limits and result type of the schema; a :class:`Raw` where the type
        is one that this library does not know. A link's ``to`` is the id of the linked table.

    Makes no request. Source: wire-facts 8.1 and 8.2.
    """
    wire: Mapping[str, Any] = table_field if isinstance(table_field, Mapping) else table_field.to_wire()
    options = wire.get("options") or {}
    common: dict[str, Any] = {"name": wire.get("name"), "description": wire.get("description")}
    if wire.get("required"):
        common["required"] = True
    if (default := wire.get("defaultValue")) is not None:
        # Typed on the wire: a choice stands as an object (wire-facts 8.1).
        common["default"] = default.get("label") if isinstance(default, Mapping) else default
    kind = wire["type"]
    build = _BUILDERS.get(kind)
    field: Field[Any]
    if build is None:
        field = Raw(wire.get("id"), type=kind, writable=not wire.get("readonly"), **common)
    else:
        field = build(wire.get("id"), options, bool(wire.get("allowMultipleEntries")), **common)
    field.options = dict(options)
    return field
