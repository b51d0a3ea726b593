"""What a tree of conditions means for a record in memory, with the server's semantics.

``QuerySet.matches(obj)`` asks for a plain answer. The check before an update or a delete asks in three values: a raw
filter, or a relative date whose exact span nobody has verified, is ``None``, and only a certain ``False`` counts
against the server.
"""

from __future__ import annotations

from typing import Any

from softrorm.client.dialect import Dialect
from softrorm.client.errors import InvalidQuery
from softrorm.query.conditions import Combinable, Condition, Group, Not, Raw
from softrorm.query.operators import Arity
from softrorm.query.relative import RelativeDate


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
        raise InvalidQuery("matches() cannot judge a raw filter: only the server knows what it means.")
    return verdict


def certainly_excluded(node: Combinable, record: Any, dialect: Dialect) -> bool:
    """Whether a record surely fails a tree, whatever the uncertain parts of the tree mean."""
    return _judge(node, record, dialect, certain=True) is False


def _judge(node: Combinable, record: Any, dialect: Dialect, *, certain: bool) -> bool | None:
    if isinstance(node, Condition):
        return _condition(node, record, dialect, certain=certain)
    if isinstance(node, Not):
        verdict = _judge(node.child, record, dialect, certain=certain)
        return None if verdict is None else not verdict
    if isinstance(node, Group):
        absorbing = node.operator == "OR"
        verdicts = [_judge(child, record, dialect, certain=certain) for child in node.children]
        if absorbing in verdicts:
            return absorbing
        return None if None in verdicts else not absorbing
    if isinstance(node, Raw):
        return None
    raise TypeError(f"{node!r} has not been resolved for a model.")


def _condition(node: Condition, record: Any, dialect: Dialect, *, certain: bool) -> bool | None:
    field, operator, right = node.field, node.operator, node.value
    if certain and _is_relative(right):
        return None
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
    if operator.arity is Arity.ONE:
        right = field.comparable_operand(right)
    else:
        right = tuple(field.comparable_operand(one) for one in right)
    return operator.test(field.comparable(value), right)


def _is_relative(right: Any) -> bool:
    return isinstance(right, RelativeDate) or (
        isinstance(right, tuple) and any(isinstance(one, RelativeDate) for one in right)
    )
