"""Look-ups across a link, such as ``project__name="Site"``: those that the service cannot answer in one request.

The API filters by the fields of one table. Where the model declares a LOOKUP field for the path, the condition is one
on that field and nothing here is needed. Else the tree holds an :class:`Across`: when the query is read, the ids of
the linked records that match are asked for first, and the condition becomes one on the link. It says that at least one
linked record exists and matches, so that its complement holds those without a link as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from softrorm.client.errors import InvalidQuery
from softrorm.query.conditions import Combinable, Condition, Group, Not, fold, leaves
from softrorm.query.operators import Family, by_name

if TYPE_CHECKING:
    from softrorm.query.protocols import FieldLike

MOST_LINKED = 1000
"""The most linked records that a look-up across a link may come to: their ids stand in the next request."""

_INEXACT = frozenset({"IS_EMPTY", "HAS_ALL_OF"})
"""Beside the negative ones, the operators that say of a LOOKUP field something else than of the linked records: it is
empty without any, and holds the values of all of them together."""


class Across(Combinable):
    """At least one record that a link leads to satisfies a tree.

    Attributes:
        field: The link.
        inner: The checked tree, on the fields of the linked model.
    """

    __slots__ = ("field", "inner")

    def __init__(self, field: Any, inner: Combinable) -> None:
        self.field = field
        self.inner = inner

    def _shown(self, parts: Sequence[str]) -> str:
        return f"<{self.field.label}: {self.inner!r}>"


def reaches_across(tree: Combinable) -> bool:
    """Whether a tree holds look-ups that need a request of their own."""
    return any(isinstance(leaf, Across) for leaf in leaves(tree))


def answered(tree: Combinable, answer: Callable[[Across], Combinable]) -> Combinable:
    """A tree with each look-up across a link replaced by what answers it."""

    def build(node: Combinable, parts: list[Combinable]) -> Combinable:
        if isinstance(node, Across):
            return answer(node)
        if isinstance(node, Group):
            return Group(node.operator, tuple(parts)) if parts else node
        return Not(parts[0]) if isinstance(node, Not) else node

    return fold(tree, build)


def linked_to(field: Any, ids: Iterable[str]) -> Condition:
    """The condition that a link leads to one of these records; with no ids, none does."""
    return Condition(field, by_name("HAS_ANY_OF" if field.many else "IS_ONE_OF"), tuple(ids))


def through_lookup(link: Any, inner: Combinable) -> Condition | None:
    """The condition on a LOOKUP field that says the same as one on the linked records, where the model declares one.

    Args:
        link: The link.
        inner: What is asked of the linked records.
    """
    if not isinstance(inner, Condition):
        return None
    field: Any = link.model._meta.lookups.get((link.attribute, inner.field.attribute))
    operator = inner.operator
    if (
        field is None
        or operator.negative
        or operator.name in _INEXACT
        or type(field.returns) is not type(inner.field)
        or hasattr(inner.field, "target")
        or inner.field.family in {Family.BOOLEAN, Family.RAW}  # the cell is not false where there is no link
    ):
        return None
    if operator.name == "IS" and not field.takes(operator):
        return _taken(Condition(field, by_name("HAS_ANY_OF"), (inner.value,)))
    return _taken(Condition(field, operator, inner.value))


def _taken(condition: Condition) -> Condition | None:
    return condition if condition.field.takes(condition.operator) else None


def too_many(link: FieldLike, inner: Combinable, count: int) -> InvalidQuery:
    """The error for a look-up that comes to more linked records than a request should name."""
    target = link.target.__name__  # type: ignore[attr-defined]
    return InvalidQuery(
        f"{link.label}: {count} records of {target} match {inner!r}, and a look-up across a link takes {MOST_LINKED} "
        f"at most. Narrow it, declare a LOOKUP field of what you look for in {link.model.__name__}, or begin with "
        f"{target}.objects and follow its link back."
    )
