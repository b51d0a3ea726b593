"""Raw: a field of a type that this library does not know. Its JSON is read, kept and written as it is."""

from __future__ import annotations

from typing import Any

from softrorm.fields.base import MutableField
from softrorm.fields.derived import folded
from softrorm.fields.expressions import Anything
from softrorm.query.operators import Family


class Raw(MutableField[Any], Anything):
    """A value in the API's own JSON, of whatever type.

    Args:
        id: The field's id in Softr.
        type: The API's name of the type, where known.
        writable: Whether the service takes writes to it.
        **common: As every field.
    """

    family = Family.RAW
    python = "JSON"
    __hash__ = object.__hash__

    def __init__(self, id: str | None = None, *, type: str = "", writable: bool = True, **common: Any) -> None:
        super().__init__(id, **common)
        self.api_type = type  # type: ignore[misc]
        self.writable = writable  # type: ignore[misc]

    def decode(self, raw: Any, instance: Any) -> Any:
        return _copied(raw)

    def detached(self, value: Any) -> Any:
        return _copied(value)

    def comparable(self, value: Any) -> Any:
        return [folded(one) for one in value] if isinstance(value, list) else folded(value)

    def comparable_operand(self, operand: Any) -> Any:
        return folded(operand)


def _copied(raw: Any) -> Any:
    """JSON of one's own, so that an edit in place never reaches the snapshot."""
    if isinstance(raw, dict):
        return {key: _copied(value) for key, value in raw.items()}
    return [_copied(one) for one in raw] if isinstance(raw, list) else raw
