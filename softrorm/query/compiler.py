"""The compiler: a tree of conditions to the search body of a dialect.

Negation is pushed down to the leaves here: De Morgan for groups, the opposite operator for conditions, and IS_EMPTY
where empty cells would fall through both. Operators that a dialect lacks are written in those that it has. What can
be answered without asking, such as ``in []``, compiles to ``True`` or ``False`` and reaches no request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from softrorm.client.errors import InvalidQuery
from softrorm.query.across import Across
from softrorm.query.conditions import Combinable, Condition, Group, Not, Raw
from softrorm.query.operators import Arity, Family, Operator, by_name
from softrorm.query.protocols import BindingLike

if TYPE_CHECKING:
    from softrorm.client.dialect import Dialect

Compiled: TypeAlias = dict[str, Any] | bool

_CONSTANTS: Mapping[str, bool] = {
    "IS_ONE_OF": False,
    "HAS_ANY_OF": False,
    "IS_NOT_ONE_OF": True,
    "HAS_NONE_OF": True,
    "HAS_ALL_OF": True,
}
"""What an operator says of every cell when its list is empty."""

_REWRITES: Mapping[str, Callable[[Condition], Combinable]] = {
    "HAS_ANY_OF": lambda c: Group("OR", tuple(_with(c, "HAS_ALL_OF", (one,)) for one in c.value)),
    "IS_WITHIN": lambda c: _with(c, "IS_BETWEEN", c.value),
    "IS_NOT_WITHIN": lambda c: _with(c, "IS_NOT_BETWEEN", c.value),
}
"""How the operators that a dialect may lack are written in older ones."""


def compile_condition(node: Combinable, dialect: Dialect, binding: BindingLike | None) -> Compiled:
    """Compile a tree to ``filter.condition``, or to what it always is.

    Args:
        node: A checked tree (see ``lookups.resolve``).
        dialect: How the service spells things.
        binding: The ids of the fields for one client.

    Returns:
        The condition's dict; ``True`` when every record matches, ``False`` when none can.

    Raises:
        InvalidQuery: A raw filter is negated, or the dialect lacks an operator.
    """
    return _Compiler(dialect, binding).compile(node)


_ONE, _MANY, _RANGE = Arity.ONE, Arity.MANY, Arity.RANGE
_DUAL: Mapping[str, str] = {"AND": "OR", "OR": "AND"}
"""De Morgan's other half."""


class _Compiler:
    def __init__(self, dialect: Dialect, binding: BindingLike | None) -> None:
        self.dialect = dialect
        self.operators = dialect.operators
        self.binding = binding

    def compile(self, root: Combinable) -> Compiled:
        # A stack of work instead of recursion: groups nest without limit.
        done: list[Compiled] = []
        todo: list[tuple[Any, bool]] = [(root, False)]
        while todo:
            node, negated = todo.pop()
            if isinstance(node, Condition):
                compiled = self._leaf(node, negated=negated)
                if isinstance(compiled, Combinable):
                    todo.append((compiled, False))
                else:
                    done.append(compiled)
            elif isinstance(node, Group):
                if not negated and (plain := self._plain(node)) is not None:
                    done.append(plain)
                    continue
                operator = _DUAL[node.operator] if negated else node.operator
                todo.append((_Join(operator, len(node.children)), False))
                todo.extend([(child, negated) for child in reversed(node.children)])
            elif isinstance(node, _Join):
                parts = done[len(done) - node.count :]
                del done[len(done) - node.count :]
                done.append(_join(node.operator, parts))
            elif isinstance(node, Not):
                todo.append((node.child, not negated))
            elif isinstance(node, Raw):
                done.append(self._raw(node, negated))
            elif isinstance(node, Across):
                raise InvalidQuery(
                    f"{node!r} is answered by a request of its own first, so what comes next is not known before; "
                    "explain() shows both."
                )
            else:
                raise TypeError(f"{node!r} has not been resolved for a model.")
        return done[0]

    def _plain(self, group: Group) -> Compiled | None:
        """A compiled group that holds nothing but plain conditions: the common case, made short."""
        operators, encode, parts = self.operators, self._condition, []
        for child in group.children:
            if type(child) is not Condition:
                return None
            operator = child.operator
            if operator.name not in operators or (operator.arity is _MANY and not child.value):
                return None
            parts.append(encode(child))
        return {"operator": group.operator, "conditions": parts} if len(parts) > 1 else None

    def _leaf(self, node: Condition, *, negated: bool) -> Compiled | Combinable:
        """The compiled condition, or a tree that says the same in other operators."""
        operator = node.operator
        if operator.arity is _MANY and not node.value:
            return _CONSTANTS[operator.name] is not negated
        if negated:
            return self._complement(node)
        if operator.name in self.operators:
            return self._condition(node)
        if operator.name in _REWRITES:
            return _REWRITES[operator.name](node)
        raise InvalidQuery(f"{node.field.label}: the {self.dialect.name} dialect has no operator {operator.name}.")

    def _complement(self, node: Condition) -> Combinable:
        field, operator = node.field, node.operator
        opposite: Combinable
        if operator.opposite is None:
            # HAS_ALL_OF: one of them is missing.
            opposite = Group("OR", tuple(_with(node, "HAS_NONE_OF", (one,)) for one in node.value))
        else:
            opposite = _with(node, operator.opposite, node.value)
        if operator.arity is Arity.NONE or field.family is Family.BOOLEAN:
            return opposite
        if self._matches_empty(operator) or self._certainly_negative(opposite):
            return opposite
        return Group("OR", (opposite, _with(node, "IS_EMPTY", None)))

    def _matches_empty(self, operator: Operator) -> bool:
        """Whether the operator itself matches empty cells, so that its complement must not."""
        return operator.negative and self.dialect.negatives_match_empty is not False

    def _certainly_negative(self, opposite: Combinable) -> bool:
        """Whether the opposite is known to match empty cells by itself."""
        return (
            self.dialect.negatives_match_empty is True
            and isinstance(opposite, Condition)
            and opposite.operator.negative
        )

    def _condition(self, node: Condition) -> dict[str, Any]:
        field, operator = node.field, node.operator
        arity, dialect, binding = operator.arity, self.dialect, self.binding
        left = binding.ids[field.attribute] if binding is not None else getattr(field, "id", None)
        if arity is _ONE:
            right = field.to_filter(node.value, dialect, binding)
            return {"leftSide": left, "operator": operator.name, "rightSide": right}
        if arity is _MANY:
            rights = [field.to_filter(one, dialect, binding) for one in node.value]
            return {"leftSide": left, "operator": operator.name, "rightSide": rights}
        if arity is _RANGE:
            lower, upper = [field.to_filter(one, dialect, binding) for one in node.value]
            return {"leftSide": left, "operator": operator.name, "lowerBound": lower, "upperBound": upper}
        return {"leftSide": left, "operator": operator.name}

    @staticmethod
    def _raw(node: Raw, negated: bool) -> dict[str, Any]:
        if negated:
            raise InvalidQuery(
                "A raw filter cannot be negated: what its operators say of empty cells is not known here. "
                "Write the negated condition into raw_filter() itself."
            )
        return node.condition


class _Join:
    """A note on the compiler's stack: join the last ``count`` results."""

    __slots__ = ("count", "operator")

    def __init__(self, operator: str, count: int) -> None:
        self.operator = operator
        self.count = count


def _join(operator: str, parts: Iterable[Compiled]) -> Compiled:
    absorbing = operator == "OR"  # one True decides an OR, one False an AND
    kept: list[dict[str, Any]] = []
    for part in parts:
        if part is absorbing:
            return absorbing
        if isinstance(part, dict):
            # A group of the same kind inside is the same group: shorter on the wire, easier to read.
            kept.extend(part["conditions"] if part.get("operator") == operator and "conditions" in part else (part,))
    if not kept:
        return not absorbing
    return kept[0] if len(kept) == 1 else {"operator": operator, "conditions": kept}


def _with(node: Condition, operator: str, value: Any) -> Condition:
    return Condition(node.field, by_name(operator), value)
