"""Conditions and how they combine: the tree that a query set keeps.

A leaf is a :class:`Condition` on one field; :class:`Group` joins with AND or OR, :class:`Not` negates. Nothing here
knows how a dialect spells them: negation stays in the tree until the compiler pushes it down. :class:`Q` is the
user's handle: look-ups that have not met their model yet. Nodes are never changed once they are made; they are plain
classes with slots, since importing softrorm must stay cheap and dataclasses are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from softrorm.query.operators import Operator
    from softrorm.query.protocols import FieldLike

R = TypeVar("R")


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

    def __repr__(self) -> str:
        shown: str = fold(self, lambda node, parts: node._shown(parts))
        return shown

    def _shown(self, parts: Sequence[str]) -> str:
        """The text of this node, given that of its parts."""
        return f"<{type(self).__name__} of {', '.join(parts)}>"


class Condition(Combinable):
    """One operator on one field, its values checked and ready to be encoded.

    Attributes:
        field: The field on the left side.
        operator: A row of the table of operators.
        value: The right side: ``None``, one value, a tuple of values, or a pair of bounds.
    """

    __slots__ = ("field", "operator", "value")

    def __init__(self, field: FieldLike, operator: Operator, value: Any = None) -> None:
        self.field = field
        self.operator = operator
        self.value = value

    def _shown(self, parts: Sequence[str]) -> str:
        shown = "" if self.value is None else f" {self.value!r}"
        return f"<{self.field.label} {self.operator.name}{shown}>"


class Group(Combinable):
    """Nodes joined by AND or OR. An empty AND is everything, an empty OR nothing."""

    __slots__ = ("children", "operator")

    def __init__(self, operator: Literal["AND", "OR"], children: tuple[Combinable, ...]) -> None:
        self.operator = operator
        self.children = children

    def _shown(self, parts: Sequence[str]) -> str:
        if not parts:
            return "everything" if self.operator == "AND" else "nothing"
        return "(" + f" {self.operator} ".join(parts) + ")"

    def __reduce__(self) -> tuple[Any, ...]:
        return _group, (self.operator, self.children)


class Not(Combinable):
    """The exact complement of a node."""

    __slots__ = ("child",)

    def __init__(self, child: Combinable) -> None:
        self.child = child

    def __invert__(self) -> Combinable:  # type: ignore[override]
        return self.child

    def _shown(self, parts: Sequence[str]) -> str:
        return f"~{parts[0]}"


class Raw(Combinable):
    """A condition in the API's own JSON, passed on as it is."""

    __slots__ = ("condition",)

    def __init__(self, condition: dict[str, Any]) -> None:
        self.condition = condition

    def _shown(self, parts: Sequence[str]) -> str:
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

    def _shown(self, parts: Sequence[str]) -> str:
        inside = [*parts, *(f"{name}={value!r}" for name, value in self.lookups.items())]
        return f"Q({', '.join(inside)})"


EVERYTHING = Group("AND", ())
NOTHING = Group("OR", ())


def _group(operator: Literal["AND", "OR"], children: tuple[Combinable, ...]) -> Group:
    """An unpickled group: query sets know the two constants by identity."""
    return Group(operator, children) if children else EVERYTHING if operator == "AND" else NOTHING


def _joined(operator: Literal["AND", "OR"], left: Combinable, right: Combinable) -> Group:
    if not isinstance(right, Combinable):
        return NotImplemented
    children: list[Combinable] = []
    for node in (left, right):
        children.extend(node.children if isinstance(node, Group) and node.operator == operator else (node,))
    return Group(operator, tuple(children))


def fold(root: Combinable, build: Callable[[Any, list[R]], R]) -> R:
    """Work a tree up from its leaves; a stack instead of recursion, so that depth does not matter.

    Args:
        root: The tree.
        build: What a node becomes, given what the nodes below it have become.
    """
    done: list[R] = []
    todo: list[tuple[Combinable, int]] = [(root, -1)]
    while todo:
        node, count = todo.pop()
        if count < 0:
            parts = _parts(node)
            if parts:
                todo.append((node, len(parts)))
                todo.extend((part, -1) for part in reversed(parts))
                continue
            count = 0
        below = done[len(done) - count :]
        del done[len(done) - count :]
        done.append(build(node, below))
    return done[0]


def _parts(node: Combinable) -> Sequence[Combinable]:
    match node:
        case Group(children=children):
            return children
        case Not(child=child):
            return (child,)
        case Q(nodes=nodes):
            return nodes
    return ()


def leaves(node: Combinable) -> Iterator[Combinable]:
    """Every condition of a tree, from the left."""
    stack = [node]
    while stack:
        match stack.pop():
            case Group(children=children):
                stack.extend(reversed(children))
            case Not(child=child):
                stack.append(child)
            case leaf:
                yield leaf
