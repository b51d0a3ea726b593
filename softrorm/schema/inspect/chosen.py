"""Chosen: the options of a field that somebody chose, as against those that every new field of its type has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from softrorm.fields.number import Duration, NumberField
from softrorm.fields.raw import Raw
from softrorm.schema.design import INVERSE, LINKED, OWN, SERVICE, TARGET

if TYPE_CHECKING:
    from softrorm.fields.base import Field

_UNTOUCHED = -2147483648  # what untouched bounds may show (wire-facts 8.2)
_NUMBER = {"thousandSeparatorLocale": "DEFAULT", "largeNumberAbbreviation": "NONE"}
_DATE = {"precision": "DATETIME", "timezoneType": "FIXED", "timezone": "DEFAULT"}

PLAIN: Mapping[str, Mapping[str, Any]] = {
    "LONG_TEXT": {"type": "TEXT"},
    "PHONE": {"format": "INTERNATIONAL"},
    "NUMBER": _NUMBER,
    "CURRENCY": {**_NUMBER, "showAs": "SYMBOL", "symbolOrCodePosition": "BEFORE"},
    "PERCENT": {**_NUMBER, "showNumber": True, "showAs": "NUMBER"},
    "PROGRESS": _NUMBER,
    "DURATION": {**_NUMBER, "precision": 8, "min": _UNTOUCHED, "max": _UNTOUCHED, "format": "HH:mm:ss"},
    "RATING": {"shape": "STAR"},
    "DATETIME": _DATE,
    "CREATED_AT": _DATE,
    "UPDATED_AT": {**_DATE, "changePolicy": "ANY_EDITABLE_FIELD"},
    "SELECT": {"sorting": "CUSTOM"},
    "ATTACHMENT": {
        "showAs": "PREVIEW",
        "enableFileLinkExpiration": True,
        "fileLinkExpirationValue": 1,
        "fileLinkExpirationUnit": "HOURS",
    },
    "BUTTON": {"action": "OPEN_URL"},
}
"""The options that a new field has of itself, by type, where they are not empty, zero or off (wire-facts 8.2)."""

_APART = frozenset(
    {"choices", "allowToAddNewChoice", "maxLength", "formula", "function", "returnedField", TARGET, INVERSE}
).union(OWN, LINKED, SERVICE)
"""The options that a declaration gives in other words, or that no model has a say in."""


def chosen(field: Field[Any]) -> dict[str, Any]:
    """The options of a field that was made from a schema which its declaration has to spell out.

    Args:
        field: The field, as ``fields.from_schema`` makes it.
    """
    if isinstance(field, Raw):
        return {key: value for key, value in field.options.items() if value}
    said = set(_APART)
    if isinstance(field, NumberField) and not isinstance(field, Duration):
        said |= {"precision", "min", "max"}
    if field.api_type == "DATETIME":
        said.add("precision")  # which tells fields.Date from fields.DateTime
    plain = PLAIN.get(field.api_type, {})
    return {
        key: value
        for key, value in field.options.items()
        if key not in said and (value != plain[key] if key in plain else value)
    }
