"""The table of operators: the only place in the mapper that knows one.

A row says how the API calls an operator, which look-ups name it, how many values it takes, which field
families take it, what its opposite is, and what it means for a cell in memory. Look-ups, expression
methods, the compiler, negation and ``matches()`` all read this table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from functools import cache
from typing import Any, Final


class Arity(Enum):
    """How many values an operator takes, and so which keys its condition has."""

    NONE = "no value"
    ONE = "one value"
    MANY = "a list of values"
    RANGE = "two bounds"


class Family(Enum):
    """What a field's cells are to a filter; a field class names its own."""

    TEXT = "text"
    NUMBER = "numbers"
    DATE = "dates"
    BOOLEAN = "a checkbox"
    ONE_NAMED = "one choice, link or person"
    MANY_NAMED = "several choices, links or persons"
    MANY_TEXT = "several texts"
    MANY_OTHER = "several values"
    PRESENCE = "values that can only be there or not"
    RAW = "values of a type this library does not know"


SINGLE: Final = frozenset({Family.TEXT, Family.NUMBER, Family.DATE, Family.ONE_NAMED})
ORDERED: Final = frozenset({Family.NUMBER, Family.DATE})
MANY: Final = frozenset({Family.MANY_NAMED, Family.MANY_TEXT, Family.MANY_OTHER})
TEXTUAL: Final = frozenset({Family.TEXT, Family.MANY_TEXT})
EMPTIABLE: Final = frozenset(Family) - {Family.BOOLEAN}


class Operator:
    """One operator of the API's search.

    Attributes:
        name: The API's name, such as ``IS_ONE_OF``; in snake case it is the look-up.
        arity: How many values it takes.
        families: The field families that take it.
        opposite: The name of the operator that matches the other non-empty cells, or ``None``.
        aliases: Django's look-ups that mean the same.
        test: What it means for a cell that is not empty: ``test(cell, right)``. Cells and right sides come
            from the field in comparable form: folded text, numbers, instants, names; lists where it holds several.
        negative: Whether it is the negated one of a pair; what it says of an empty cell is the dialect's.
    """

    __slots__ = ("aliases", "arity", "families", "name", "negative", "opposite", "test")

    def __init__(  # noqa: PLR0917 - a row of a table
        self,
        name: str,
        arity: Arity,
        families: frozenset[Family],
        opposite: str | None,
        aliases: tuple[str, ...],
        test: Callable[[Any, Any], bool],
        *,
        negative: bool = False,
    ) -> None:
        self.name = name
        self.arity = arity
        self.families = families
        self.opposite = opposite
        self.aliases = aliases
        self.test = test
        self.negative = negative

    @property
    def lookup(self) -> str:
        """The look-up in snake case, such as ``is_one_of``."""
        return self.name.lower()

    def takes(self, family: Family) -> bool:
        """Whether fields of a family take this operator; the API decides for types nobody knows."""
        return family in self.families or family is Family.RAW

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[Any, ...]:
        return by_name, (self.name,)


def _each(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Let a test on one text serve cells that hold several: one element that passes is enough."""

    def tested(cell: Any, right: Any) -> bool:
        return any(test(one, right) for one in cell) if isinstance(cell, list) else test(cell, right)

    return tested


def _any_of(cell: Any, rights: Iterable[Any]) -> bool:
    cells = cell if isinstance(cell, list) else [cell]
    return any(one == right for right in rights for one in cells)


def _all_of(cell: Any, rights: Iterable[Any]) -> bool:
    cells = cell if isinstance(cell, list) else [cell]
    return all(any(one == right for one in cells) for right in rights)


def _not(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda cell, right: not test(cell, right)


def _is(cell: Any, right: Any) -> bool:
    return bool(cell == right)


def _between(cell: Any, bounds: tuple[Any, Any]) -> bool:
    return bool(bounds[0] <= cell <= bounds[1])


_contains = _each(lambda cell, right: right in cell)
_starts = _each(lambda cell, right: cell.startswith(right))
_ends = _each(lambda cell, right: cell.endswith(right))
_BOOL = frozenset({Family.BOOLEAN})
_DATE = frozenset({Family.DATE})
_NONE, _ONE, _MANY, _RANGE = Arity.NONE, Arity.ONE, Arity.MANY, Arity.RANGE

# fmt: off
OPERATORS: Final[tuple[Operator, ...]] = (
    Operator("IS", _ONE, SINGLE | _BOOL, "IS_NOT", ("exact", "iexact", "eq"), _is),
    Operator("IS_NOT", _ONE, SINGLE | _BOOL, "IS", ("ne",), _not(_is), negative=True),
    Operator("GREATER_THAN", _ONE, ORDERED, "LESS_THAN_OR_EQUALS", ("gt",), lambda cell, right: cell > right),
    Operator("GREATER_THAN_OR_EQUALS", _ONE, ORDERED, "LESS_THAN", ("gte",), lambda cell, right: cell >= right),
    Operator("LESS_THAN", _ONE, ORDERED, "GREATER_THAN_OR_EQUALS", ("lt",), lambda cell, right: cell < right),
    Operator("LESS_THAN_OR_EQUALS", _ONE, ORDERED, "GREATER_THAN", ("lte",), lambda cell, right: cell <= right),
    Operator("CONTAINS", _ONE, TEXTUAL, "DOES_NOT_CONTAIN", ("icontains",), _contains),
    Operator("DOES_NOT_CONTAIN", _ONE, TEXTUAL, "CONTAINS", (), _not(_contains), negative=True),
    Operator("STARTS_WITH", _ONE, TEXTUAL, "DOES_NOT_START_WITH", ("startswith", "istartswith"), _starts),
    Operator("DOES_NOT_START_WITH", _ONE, TEXTUAL, "STARTS_WITH", (), _not(_starts), negative=True),
    Operator("ENDS_WITH", _ONE, TEXTUAL, "DOES_NOT_END_WITH", ("endswith", "iendswith"), _ends),
    Operator("DOES_NOT_END_WITH", _ONE, TEXTUAL, "ENDS_WITH", (), _not(_ends), negative=True),
    Operator("IS_ONE_OF", _MANY, SINGLE | MANY, "IS_NOT_ONE_OF", ("in",), _any_of),
    Operator("IS_NOT_ONE_OF", _MANY, SINGLE | MANY, "IS_ONE_OF", (), _not(_any_of), negative=True),
    Operator("HAS_ANY_OF", _MANY, MANY, "HAS_NONE_OF", (), _any_of),
    Operator("HAS_ALL_OF", _MANY, MANY, None, (), _all_of),
    Operator("HAS_NONE_OF", _MANY, MANY, "HAS_ANY_OF", (), _not(_any_of), negative=True),
    Operator("IS_BETWEEN", _RANGE, ORDERED, "IS_NOT_BETWEEN", ("range",), _between),
    Operator("IS_NOT_BETWEEN", _RANGE, ORDERED, "IS_BETWEEN", (), _not(_between), negative=True),
    Operator("IS_WITHIN", _RANGE, _DATE, "IS_NOT_WITHIN", (), _between),
    Operator("IS_NOT_WITHIN", _RANGE, _DATE, "IS_WITHIN", (), _not(_between), negative=True),
    Operator("IS_EMPTY", _NONE, EMPTIABLE, "IS_NOT_EMPTY", ("isnull",), lambda _cell, _right: False),
    Operator("IS_NOT_EMPTY", _NONE, EMPTIABLE, "IS_EMPTY", (), lambda _cell, _right: True),
)
# fmt: on

_BY_NAME: Final = {operator.name: operator for operator in OPERATORS}
LOOKUPS: Final = {
    **{operator.lookup: operator for operator in OPERATORS},
    **{alias: operator for operator in OPERATORS for alias in operator.aliases},
}


def by_name(name: str) -> Operator:
    """The operator that the API calls ``name``."""
    return _BY_NAME[name]


@cache
def lookups_of(family: Family) -> tuple[str, ...]:
    """The look-ups that fields of a family take, Django's spellings last."""
    taken = [operator for operator in OPERATORS if operator.takes(family)]
    return (*(operator.lookup for operator in taken), *(alias for operator in taken for alias in operator.aliases))


def nearest(word: str, known: Iterable[str]) -> str:
    """`` Did you mean 'x'?`` for the name nearest to a word in any capitals, or an empty text where none is near."""
    import difflib  # only when something is wrong already

    names = list(known)
    folded = {name.casefold(): name for name in reversed(names)}
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.65)
    close = close or [folded[name] for name in difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.65)]
    return f" Did you mean {close[0]!r}?" if close else ""


def no_field(model: str, name: object, fields: Iterable[str]) -> str:
    """What is wrong with a name that is none of a model's attributes, as a sentence for an error."""
    known = tuple(fields)
    if not isinstance(name, str):
        named = getattr(name, "attribute", None) or next(iter(known))
        return f"Fields are named one by one, as text such as {named!r}, not {name!r}."
    return f"{model} has no field {name!r}.{nearest(name, known)} Its fields are {', '.join(known)}."
