"""Manager: ``Model.objects``, which hands out a fresh query set at each access.

The query set's methods are the manager's: ``Task.objects.filter(...)`` starts a query, and there is one implementation.
A query set of one's own becomes a manager with ``MyQuerySet.as_manager()``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from softrorm.query.queryset import QuerySet

M = TypeVar("M")
S = TypeVar("S", bound="QuerySet[Any]")


class Manager:
    """The descriptor behind ``Model.objects``."""

    if TYPE_CHECKING:

        def __get__(self, instance: None, owner: type[M]) -> QuerySet[M]: ...

    else:

        def __get__(self, instance, owner):  # noqa: ANN001, ANN204
            return _start(QuerySet, instance, owner)


class CustomManager(Generic[S]):
    """The descriptor that ``as_manager()`` makes: hands out query sets of a class of one's own."""

    def __init__(self, queryset: type[S]) -> None:
        self.queryset = queryset

    def __get__(self, instance: None, owner: type[Any]) -> S:
        return _start(self.queryset, instance, owner)


def _start(queryset: type[S], instance: object, owner: type[Any]) -> S:
    if instance is not None:
        raise AttributeError(f"Use {owner.__name__}.objects: a query starts from the class, not from a record.")
    if owner._meta.abstract:
        raise AttributeError(f"{owner.__name__} is abstract and has no table to query; query a model derived from it.")
    return queryset(owner)
