"""Conditions and how they combine: the tree that a query set keeps.

A leaf is a :class:`Condition` on one field; :class:`Group` joins with AND or OR, :class:`Not` negates. Nothing here
knows how a dialect spells them: negation stays in the tree until the compiler pushes it down. :class:`Q` is the
user's handle: look-ups that have not met their model yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from softrorm.query.operators import Operator
    from softrorm.query.protocols import FieldLike


class Combinable:
    """What ``&``, ``|`` and ``~`` work on: conditions, groups and Q objects."""

    __slots__ = ()

    def __and__(self, other: Combinable) -> Group:
        return _joined("AND", self, other)

    def __or__(self, other: Combinable) -> Group:
        return _joined("OR", self, other)

    def __invert__(self) -> Not:
        return Not(self)

    def __bool__(self) -> bool:
        # `a < Task.due < b` and `x and y` would silently drop a condition.
        raise TypeError(
            "A condition has no truth value. Join conditions with & and |, negate with ~, and bracket each one."
        )


@dataclass(frozen=True, slots=True, eq=False)
class Condition(Combinable):
    """One operator on one field, its values checked and ready to be encoded.

    Attributes:
        field: The field on the left side.
        operator: A row of the table of operators.
        value: The right side: ``None``, one value, a tuple of values, or a pair of bounds.
    """

    field: FieldLike
    operator: Operator
    value: Any = None

    def __repr__(self) -> str:
        shown = "" if self.value is None else f" {self.value!r}"
        return f"<{self.field.label} {self.operator.name}{shown}>"


@dataclass(frozen=True, slots=True, eq=False)
class Group(Combinable):
    """Nodes joined by AND or OR. An empty AND is everything, an empty OR nothing."""

    operator: Literal["AND", "OR"]
    children: tuple[Combinable, ...]

    def __repr__(self) -> str:
        return "(" + f" {self.operator} ".join(map(repr, self.children)) + ")"


@dataclass(frozen=True, slots=True, eq=False)
class Not(Combinable):
    """The exact complement of a node."""

    child: Combinable

    def __invert__(self) -> Combinable:  # type: ignore[override]
        return self.child

    def __repr__(self) -> str:
        return f"~{self.child!r}"


@dataclass(frozen=True, slots=True, eq=False)
class Raw(Combinable):
    """A condition in the API's own JSON, passed on as it is."""

    condition: dict[str, Any]

    def __repr__(self) -> str:
        return f"<raw {self.condition!r}>"


class Q(Combinable):
    """Look-ups that can be combined with ``&``, ``|`` and ``~`` before a query set checks them.

    Args:
        *nodes: Conditions or other Q objects, all of which must hold.
        **lookups: Look-ups as ``filter()`` takes them, such as ``status__is_one_of=["Urgent"]``.

    Makes no request. ``Q()`` matches everything.
    """

    __slots__ = ("lookups", "nodes")

    def __init__(self, *nodes: Combinable, **lookups: Any) -> None:
        for node in nodes:
            if not isinstance(node, Combinable):
                raise TypeError(
                    f"Q() takes conditions and look-ups, not {node!r}; "
                    "write Q(status='Done') or Q(Task.status == 'Done')."
                )
        self.nodes = nodes
        self.lookups = lookups

    def __repr__(self) -> str:
        inside = [*map(repr, self.nodes), *(f"{name}={value!r}" for name, value in self.lookups.items())]
        return f"Q({', '.join(inside)})"


EVERYTHING = Group("AND", ())
NOTHING = Group("OR", ())


def _joined(operator: Literal["AND", "OR"], left: Combinable, right: Combinable) -> Group:
    if not isinstance(right, Combinable):
        return NotImplemented
    children: list[Combinable] = []
    for node in (left, right):
        children.extend(node.children if isinstance(node, Group) and node.operator == operator else (node,))
    return Group(operator, tuple(children))


def leaves(node: Combinable) -> Iterator[Combinable]:
    """Every condition of a tree, from the left; a stack instead of recursion, so depth does not matter."""
    stack = [node]
    while stack:
        match stack.pop():
            case Group(children=children):
                stack.extend(reversed(children))
            case Not(child=child):
                stack.append(child)
            case leaf:
                yield leaf
