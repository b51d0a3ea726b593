"""Resource: the base of what the service describes.

A frozen pydantic model that keeps the keys it does not know and can give back the JSON it came from, to the
letter, with whatever a changed copy changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationInfo,
    model_validator,
)
from pydantic.alias_generators import to_camel

_FROM_WIRE = "softrorm: from the wire"


class Resource(BaseModel):
    """Something the service describes: frozen, with unknown keys kept.

    ``from_wire`` remembers the JSON that each attribute came from, so that ``to_wire`` gives it back to the letter:
    the spelling of timestamps, keys that were absent, keys that nobody knows.
    """

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True, alias_generator=to_camel)

    # Per attribute: the key and JSON it came from, and the value made of it. A copy with an update
    # keeps this, and the identity of the value tells what was changed.
    _came: dict[str, tuple[str, Any, Any]] = PrivateAttr(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _remember(cls, value: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        made = handler(value)
        if info.context == _FROM_WIRE and isinstance(value, Mapping):
            names = cls._names()
            came = {names.get(key, key): key for key in map(str, value)}
            made._came = {name: (key, value[key], getattr(made, name)) for name, key in came.items()}
        return made

    @classmethod
    def _names(cls) -> dict[str, str]:
        """The attribute that each JSON key fills."""
        names: dict[str, str] = {}
        for name, field in cls.model_fields.items():
            names[field.alias or name] = name
            if isinstance(field.validation_alias, AliasChoices):
                names.update((str(key), name) for key in field.validation_alias.choices)
        return names

    @classmethod
    def from_wire(cls, wire: Mapping[str, Any]) -> Self:
        """Read the service's JSON.

        Raises:
            pydantic.ValidationError: It is not of the documented shape.
        """
        return cls.model_validate(wire, context=_FROM_WIRE)

    def to_wire(self) -> dict[str, Any]:
        """The JSON object: what came, with what was changed since; keys that nobody set are absent."""
        names = [*self._came, *(name for name in self.model_fields_set if name not in self._came)]
        wire: dict[str, Any] = {}
        for name in names:
            value = getattr(self, name)
            key, json, made = self._came.get(name, (self._key(name), None, _NEVER))
            wire[key] = _plain(json) if value is made else _plain(value)
        return wire

    @classmethod
    def _key(cls, name: str) -> str:
        field = cls.model_fields.get(name)
        return name if field is None else field.serialization_alias or field.alias or name


_NEVER = object()


def _plain(value: Any) -> Any:
    """A value as JSON, in containers of its own."""
    if isinstance(value, Resource):
        return value.to_wire()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value
