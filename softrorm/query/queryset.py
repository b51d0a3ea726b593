"""QuerySet: a lazy query that sends nothing until it is read, counted or written through.

It is made of parts, a file each: :class:`~softrorm.query.query.Query` says what is asked,
:class:`~softrorm.query.paged.Paged` reads its rows, :class:`~softrorm.query.reading.Reading` makes records of them,
:class:`~softrorm.query.frames.Frames` plain data, and :class:`~softrorm.query.writing.Writing` writes many records.
Here are the methods that write one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from softrorm.client.errors import InvalidQuery
from softrorm.client.twins import twin
from softrorm.query.conditions import Combinable
from softrorm.query.writing import Writing

if TYPE_CHECKING:
    from softrorm.query.manager import CustomManager

M = TypeVar("M")


class QuerySet(Writing[M]):
    """The records of a model that satisfy conditions, in an order, as a slice.

    Args:
        model: The model class; ``Model.objects`` gives the query set of all its records.

    A query set reads its records once and keeps them; ``iterator()`` reads them without keeping. Where a method makes
    requests its documentation says how many; all others make none.
    """

    @classmethod
    def as_manager(cls) -> CustomManager[Self]:
        """A manager that hands out this class: ``objects = TaskQuerySet.as_manager()``."""
        from softrorm.query.manager import CustomManager

        return CustomManager(cls)

    def create(self, **values: Any) -> M:
        """Make a record and save it.

        Args:
            **values: The attributes.

        Raises:
            InvalidValue: A value that its field cannot hold.

        Makes one request.
        """
        record: Any = self.model(**values)
        record.save(using=self._client)
        return record  # type: ignore[no-any-return]

    acreate = twin(create, writes=True)

    def get_or_create(
        self, *conditions: Combinable, defaults: Mapping[str, Any] | None = None, **lookups: Any
    ) -> tuple[M, bool]:
        """The one record that matches, or a new one.

        Args:
            *conditions: As for ``get()``.
            defaults: Further attributes of a new record.
            **lookups: As for ``get()``; those that are plain attributes are given to a new record.

        Returns:
            The record, and whether it was created. The service has no transactions: two processes that do this at once
            may both create.

        Raises:
            InvalidQuery: As for ``get()``, or nothing says which record is meant.

        Makes one request, or two.
        """
        if not conditions and not lookups and not self._limited:
            raise InvalidQuery(
                "get_or_create() and update_or_create() take look-ups that say which record is meant, and the values "
                "of a new one as defaults={...}."
            )
        if defaults is not None:
            self._known(tuple(defaults))
        try:
            return self.fresh().get(*conditions, **lookups), False  # an old answer could make a second record
        except self._meta.model.DoesNotExist:
            plain = {name: value for name, value in lookups.items() if name in self._meta.fields}
            return self.create(**{**plain, **(defaults or {})}), True

    aget_or_create = twin(get_or_create, writes=True)

    def update_or_create(
        self, *conditions: Combinable, defaults: Mapping[str, Any] | None = None, **lookups: Any
    ) -> tuple[M, bool]:
        """The one record that matches, with these values; or a new one.

        Args:
            *conditions: As for ``get()``.
            defaults: The attributes to set.
            **lookups: As for ``get_or_create()``.

        Returns:
            The record, and whether it was created.

        Makes one request where the record is there and has the values already, else two.
        """
        record, created = self.get_or_create(*conditions, defaults=defaults, **lookups)
        if not created:
            for name, value in (defaults or {}).items():
                setattr(record, name, value)
            changed: Any = record
            if given := [name for name in defaults or {} if name in changed.dirty_fields]:
                changed.save(fields=given)  # what else is unsent is not meant
        return record, created

    aupdate_or_create = twin(update_or_create, writes=True)
