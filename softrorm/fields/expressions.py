"""Conditions from fields: ``Task.due < now``, ``Task.status.is_one_of([...])``.

One mixin per group of operators, so that a field has the methods of its family and no others: ``Task.qty.contains``
is an AttributeError here and an error to type checkers. Each method makes the condition that the look-up of the same
name makes, with the same checks; none makes a request.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from softrorm.query.lookups import condition
from softrorm.query.operators import by_name

if TYPE_CHECKING:
    from softrorm.query.conditions import Condition

V = TypeVar("V", contravariant=True)


def _condition(field: Any, operator: str, value: Any = True) -> Condition:
    """The step that all methods share: from an operator's name and a value to a checked condition."""
    return condition(field, by_name(operator), value)


class Presence:
    """Conditions of every field but a checkbox."""

    def is_empty(self, value: bool = True) -> Condition:
        """The cell is empty; with ``False``, it is not."""
        return _condition(self, "IS_EMPTY", value)

    def is_not_empty(self) -> Condition:
        """The cell is not empty."""
        return _condition(self, "IS_NOT_EMPTY")


class Equality(Generic[V]):
    """Conditions of fields that hold one value; ``None`` asks for empty cells."""

    def is_(self, value: V | None) -> Condition:
        """The cell is equal to the value; text ignores case."""
        return _condition(self, "IS", value)

    def is_not(self, value: V | None) -> Condition:
        """The cell differs from the value."""
        return _condition(self, "IS_NOT", value)

    def __eq__(self, value: V | None) -> Condition:  # type: ignore[override]
        return _condition(self, "IS", value)

    def __ne__(self, value: V | None) -> Condition:  # type: ignore[override]
        return _condition(self, "IS_NOT", value)

    __hash__ = object.__hash__


class Membership(Generic[V]):
    """Conditions on a list of values."""

    def is_one_of(self, values: Iterable[V]) -> Condition:
        """The cell is one of the values; an empty list matches nothing and is answered without a request."""
        return _condition(self, "IS_ONE_OF", values)

    def is_not_one_of(self, values: Iterable[V]) -> Condition:
        """The cell is none of the values."""
        return _condition(self, "IS_NOT_ONE_OF", values)


class Ordering(Generic[V]):
    """Conditions of numbers and dates. Empty cells match none but the negated ones."""

    def __lt__(self, value: V) -> Condition:
        return _condition(self, "LESS_THAN", value)

    def __le__(self, value: V) -> Condition:
        return _condition(self, "LESS_THAN_OR_EQUALS", value)

    def __gt__(self, value: V) -> Condition:
        return _condition(self, "GREATER_THAN", value)

    def __ge__(self, value: V) -> Condition:
        return _condition(self, "GREATER_THAN_OR_EQUALS", value)

    def less_than(self, value: V) -> Condition:
        """The cell is less than the value; ``<`` says the same."""
        return _condition(self, "LESS_THAN", value)

    def less_than_or_equals(self, value: V) -> Condition:
        """The cell is the value or less; ``<=`` says the same."""
        return _condition(self, "LESS_THAN_OR_EQUALS", value)

    def greater_than(self, value: V) -> Condition:
        """The cell is greater than the value; ``>`` says the same."""
        return _condition(self, "GREATER_THAN", value)

    def greater_than_or_equals(self, value: V) -> Condition:
        """The cell is the value or greater; ``>=`` says the same."""
        return _condition(self, "GREATER_THAN_OR_EQUALS", value)

    def is_between(self, low: V, high: V) -> Condition:
        """The cell lies between the bounds, both included."""
        return _condition(self, "IS_BETWEEN", (low, high))

    def is_not_between(self, low: V, high: V) -> Condition:
        """The cell lies outside the bounds."""
        return _condition(self, "IS_NOT_BETWEEN", (low, high))


class Period(Generic[V]):
    """Conditions of dates alone."""

    def is_within(self, start: V, end: V) -> Condition:
        """The cell lies in the period, both ends included."""
        return _condition(self, "IS_WITHIN", (start, end))

    def is_not_within(self, start: V, end: V) -> Condition:
        """The cell lies outside the period."""
        return _condition(self, "IS_NOT_WITHIN", (start, end))


class TextSearch:
    """Conditions on text; all of them ignore case."""

    def contains(self, text: str) -> Condition:
        """The cell contains the text."""
        return _condition(self, "CONTAINS", text)

    def does_not_contain(self, text: str) -> Condition:
        """The cell does not contain the text."""
        return _condition(self, "DOES_NOT_CONTAIN", text)

    def starts_with(self, text: str) -> Condition:
        """The cell starts with the text."""
        return _condition(self, "STARTS_WITH", text)

    def does_not_start_with(self, text: str) -> Condition:
        """The cell does not start with the text."""
        return _condition(self, "DOES_NOT_START_WITH", text)

    def ends_with(self, text: str) -> Condition:
        """The cell ends with the text."""
        return _condition(self, "ENDS_WITH", text)

    def does_not_end_with(self, text: str) -> Condition:
        """The cell does not end with the text."""
        return _condition(self, "DOES_NOT_END_WITH", text)


class Several(Generic[V]):
    """Conditions of fields that hold several values."""

    def has_any_of(self, values: Iterable[V]) -> Condition:
        """The cell holds at least one of the values."""
        return _condition(self, "HAS_ANY_OF", values)

    def has_all_of(self, values: Iterable[V]) -> Condition:
        """The cell holds all of the values."""
        return _condition(self, "HAS_ALL_OF", values)

    def has_none_of(self, values: Iterable[V]) -> Condition:
        """The cell holds none of the values."""
        return _condition(self, "HAS_NONE_OF", values)


class Anything(Presence, Equality[Any], Membership[Any], Ordering[Any], Period[Any], TextSearch, Several[Any]):
    """Conditions of fields whose family is known only at run time: computed ones and unknown types."""

    __hash__ = object.__hash__
