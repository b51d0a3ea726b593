"""What a tree of conditions means for a record in memory, with the server's semantics.

``QuerySet.matches(obj)`` asks for a plain answer. The check before an update or a delete asks in three values: a raw
filter is ``None``, so is a relative date where the answer hangs on its exact span, which nobody has verified; only a
certain ``False`` counts against the server.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from softrorm.client.errors import InvalidQuery
from softrorm.query.across import Across
from softrorm.query.conditions import Combinable, Condition, Group, Not, Raw, fold
from softrorm.query.operators import Arity, Family
from softrorm.query.relative import RelativeDate

if TYPE_CHECKING:
    from softrorm.client.dialect import Dialect
    from softrorm.query.operators import Operator


def matches(node: Combinable, record: Any, dialect: Dialect) -> bool:
    """Whether a record satisfies a tree.

    Args:
        node: A checked tree.
        record: A model instance.
        dialect: Decides what negative operators say of empty cells.

    Raises:
        InvalidQuery: The tree holds a raw filter, which only the server can judge.
    """
    verdict = _judge(node, record, dialect, certain=False)
    if verdict is None:
        raise InvalidQuery(
            f"matches() cannot judge {node!r} in memory: only the server knows what a raw filter or a value of an "
            "unknown type means."
        )
    return verdict


def certainly_excluded(node: Combinable, record: Any, dialect: Dialect) -> bool:
    """Whether a record surely fails a tree, whatever the uncertain parts of the tree mean."""
    return _judge(node, record, dialect, certain=True) is False


def _judge(root: Combinable, record: Any, dialect: Dialect, *, certain: bool) -> bool | None:
    def verdict(node: Combinable, parts: list[bool | None]) -> bool | None:
        if isinstance(node, Condition):
            return _condition(node, record, dialect, certain=certain)
        if isinstance(node, Group):
            absorbing = node.operator == "OR"
            if absorbing in parts:
                return absorbing
            return None if None in parts else not absorbing
        if isinstance(node, Not):
            return None if parts[0] is None else not parts[0]
        if isinstance(node, Across):
            return _across(node, record, dialect, certain=certain)
        if isinstance(node, Raw):
            return None
        raise TypeError(f"{node!r} has not been resolved for a model.")

    return fold(root, verdict)


def _across(node: Across, record: Any, dialect: Dialect, *, certain: bool) -> bool | None:
    value = getattr(record, node.field.attribute)
    linked = value if isinstance(value, list) else [] if value is None else [value]
    if any(isinstance(one, str) or not one.is_loaded for one in linked):
        path = node.field.attribute
        raise InvalidQuery(
            f"{node!r} cannot be judged in memory, since {node.field.label} of {record!r} is not loaded: read the "
            f"records with .prefetch({path!r}), or load it with softrorm.prefetch(records, {path!r})."
        )
    verdicts = {_judge(node.inner, one, dialect, certain=certain) for one in linked if not one.is_dangling}
    return True if True in verdicts else None if None in verdicts else False


def _condition(node: Condition, record: Any, dialect: Dialect, *, certain: bool) -> bool | None:
    field, operator, right = node.field, node.operator, node.value
    if operator.arity is Arity.MANY and not right:
        # An empty list asks nothing of the cell, empty or not; the compiler says the same.
        return operator.negative or operator.name == "HAS_ALL_OF"
    value = getattr(record, field.attribute)
    if field.is_blank(value):
        if operator.arity is Arity.NONE:
            return operator.name == "IS_EMPTY"
        return operator.negative and dialect.negatives_match_empty is not False
    if operator.arity is Arity.NONE:
        return operator.name == "IS_NOT_EMPTY"
    cell = field.comparable(value)
    if operator.arity is Arity.ONE:
        rights = [field.comparable_operand(right)]
    else:
        rights = [field.comparable_operand(one) for one in right]
    if certain and any(isinstance(one, RelativeDate) for one in (right if isinstance(right, tuple) else (right,))):
        return _whatever_the_spans(operator, cell, rights)
    try:
        return operator.test(cell, rights[0] if operator.arity is Arity.ONE else tuple(rights))
    except (TypeError, AttributeError):
        if field.family is Family.RAW:
            return None  # a value of an unknown type that does not compare
        raise


def _whatever_the_spans(operator: Operator, cell: Any, rights: list[Any]) -> bool | None:
    """A verdict that holds however the service reads relative dates: also a whole period earlier or later."""
    if operator.arity is Arity.MANY:
        return None
    readings = product(*([right.shifted(steps) for steps in (-1, 0, 1)] for right in rights))
    verdicts = {operator.test(cell, one[0] if operator.arity is Arity.ONE else one) for one in readings}
    return verdicts.pop() if len(verdicts) == 1 else None
