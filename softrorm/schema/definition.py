"""Definitions: a field as the schema endpoints take it, from its declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from softrorm.client.errors import ConfigurationError, InvalidValue
from softrorm.fields.base import shown
from softrorm.fields.choice import SelectField
from softrorm.fields.link import LinkField

if TYPE_CHECKING:
    from collections.abc import Mapping

    from softrorm.client.dialect import Dialect
    from softrorm.fields.base import Field

WIRE = {"allow_multiple_entries": "allowMultipleEntries", "default_value": "defaultValue"}
"""The API's own keys where they differ from the arguments of ``create_field``."""


def definition(field: Field[Any], dialect: Dialect) -> dict[str, Any]:
    """A field as ``create_field`` takes it, without what is as of itself.

    Args:
        field: The field.
        dialect: How its default is spelled.

    Raises:
        ConfigurationError: Its default is no value of it.

    Makes no request.
    """
    asked: dict[str, Any] = {"name": field.name, "type": field.api_type, "options": field.schema_options()}
    if field.description:
        asked["description"] = field.description
    if field.many or isinstance(field, LinkField):
        asked["allow_multiple_entries"] = field.many
    if field.required:
        asked["required"] = True
    if field.default is not None:
        asked["default_value"] = default_of(field, dialect)
    return asked


def on_wire(defined: Mapping[str, Any]) -> dict[str, Any]:
    """A definition with the API's own keys."""
    return {WIRE.get(name, name): value for name, value in defined.items()}


def default_of(field: Field[Any], dialect: Dialect) -> Any:
    """The default of a field as a write spells it.

    Raises:
        ConfigurationError: It is no value of the field.
    """
    if isinstance(field.default, str) and field.default.lower() == "now" and field.api_type in {"DATETIME", "DATE"}:
        return field.default  # the moment of the create (wire-facts 5.1)
    try:
        checked = field.check(field.default)
        if isinstance(field, SelectField):
            # By label, since the service may give the choices of a new field ids of its own.
            value: Any = [field.spelled(each, "label", None) for each in (checked if field.many else [checked])]
        else:
            value = field.encode(checked, dialect, None)
    except InvalidValue as error:
        raise ConfigurationError(f"The default of a field has to be a value of it: {error}") from error
    if not isinstance(value, list):
        return value
    if len(value) != 1:
        # One is what the service keeps, for fields with several values too (wire-facts 8.1).
        raise ConfigurationError(f"{field.label} takes one value as its default, not {shown(field.default)}.")
    return value[0]
