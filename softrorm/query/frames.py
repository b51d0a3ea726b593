"""Frames: the records of a query as dicts and tuples instead of instances."""

from __future__ import annotations

from typing import Any, TypeVar

from softrorm.client.errors import InvalidQuery
from softrorm.query.operators import nearest
from softrorm.query.reading import Reading

M = TypeVar("M")


class Frames(Reading[M]):
    """The part of a query set that reads records as plain data."""

    def values(self, *attributes: str) -> list[dict[str, Any]]:
        """Dicts instead of instances.

        Args:
            *attributes: The attributes wanted; all of them where none is named.

        Makes one request per page of 200.
        """
        names = self._known(attributes)
        return [{name: getattr(record, name) for name in names} for record in self]

    def values_list(self, *attributes: str, flat: bool = False) -> list[Any]:
        """Tuples instead of instances.

        Args:
            *attributes: The attributes wanted; all of them where none is named.
            flat: With one attribute, its values themselves.

        Makes one request per page of 200.
        """
        names = self._known(attributes)
        if flat:
            if len(names) != 1:
                raise InvalidQuery(f"values_list(flat=True) takes one attribute, not {len(names)}.")
            return [getattr(record, names[0]) for record in self]
        return [tuple(getattr(record, name) for name in names) for record in self]

    def _known(self, attributes: tuple[str, ...]) -> tuple[str, ...]:
        fields = self._meta.fields
        for name in attributes:
            if not isinstance(name, str) or name not in fields:
                raise InvalidQuery(
                    f"{self._meta.name} has no field {name!r}.{nearest(str(name), fields)} "
                    f"Its fields are {', '.join(fields)}."
                )
        return attributes or tuple(fields)
