"""The operators of a search: one table from the API's name to a test of one decoded cell (wire-facts 10).

A family knows how to read a right side and how its cells compare. Text compares without case. A right side is a span
from a low to a high value, which differ for dates only (see ``dates``). Cells that list things match IS and IS_ONE_OF
when one of their things does, or when the whole list is given; each thing goes by its id or, without case, by its
text. No test ever sees an empty cell: the search decides about those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from softrorm.sandbox import dates
from softrorm.sandbox.problems import bad_request, brief

if TYPE_CHECKING:
    from collections.abc import Callable


WITHIN_TEXT: dict[str, Any] = {
    "CONTAINS": lambda part: lambda text: part in text,
    "STARTS_WITH": lambda part: lambda text: text.startswith(part),
    "ENDS_WITH": lambda part: lambda text: text.endswith(part),
}
COMPARISONS: dict[str, Any] = {
    # Each compares a cell with that end of the right side which makes every cell less, inside or greater.
    "GREATER_THAN": lambda low, high: lambda cell: cell > high,
    "GREATER_THAN_OR_EQUALS": lambda low, high: lambda cell: cell >= low,
    "LESS_THAN": lambda low, high: lambda cell: cell < low,
    "LESS_THAN_OR_EQUALS": lambda low, high: lambda cell: cell <= high,
}


class Family:
    """Cells that hold one comparable value.

    Args:
        operand: Reads a right side into its low and high end; raises ``ValueError`` if it cannot.
        wanted: What a right side should be, for messages.
        text: The text of a cell, for CONTAINS and its like; ``None`` if the cell is text itself.
    """

    def __init__(
        self, operand: Callable[[Any], tuple[Any, Any]], wanted: str, text: Callable[[Any], str] | None = None
    ) -> None:
        self._operand = operand
        self._wanted = wanted
        self._text = text

    def operand(self, value: Any) -> tuple[Any, Any]:
        """Read one right side.

        Raises:
            Problem: 400 BAD_REQUEST; the field cannot be compared with it.
        """
        try:
            return self._operand(value)
        except ValueError:
            raise bad_request(
                f"The right side {brief(value)} cannot be compared; right would be {self._wanted}."
            ) from None

    def same(self, right: Any) -> Callable[[Any], bool]:
        """IS."""
        low, high = self.operand(right)
        return (lambda cell: cell == low) if low == high else (lambda cell: low <= cell <= high)

    def compare(self, operator: str, right: Any) -> Callable[[Any], bool]:
        """GREATER_THAN and its like."""
        test: Callable[[Any], bool] = COMPARISONS[operator](*self.operand(right))
        return test

    def between(self, lower: Any, upper: Any) -> Callable[[Any], bool]:
        """IS_BETWEEN, both bounds included."""
        low, high = self.operand(lower)[0], self.operand(upper)[1]
        return lambda cell: low <= cell <= high

    def within(self, operator: str, right: Any) -> Callable[[Any], bool]:
        """CONTAINS, STARTS_WITH, ENDS_WITH: on the text of the cell, whatever it holds."""
        test: Callable[[Any], bool] = WITHIN_TEXT[operator](_word(right).casefold())
        text = self._text
        return test if text is None else lambda cell: test(text(cell))

    def any_of(self, rights: list[Any]) -> Callable[[Any], bool]:
        """IS_ONE_OF, HAS_ANY_OF."""
        spans = [self.operand(right) for right in rights]
        single = {low for low, high in spans if low == high}
        wide = [(low, high) for low, high in spans if low != high]
        if not wide:
            return single.__contains__
        return lambda cell: cell in single or any(low <= cell <= high for low, high in wide)

    def all_of(self, rights: list[Any]) -> Callable[[Any], bool]:
        """HAS_ALL_OF: a cell of one value has all of many only if they are one."""
        tests = [self.same(right) for right in rights]
        return lambda cell: all(test(cell) for test in tests)


class ListFamily(Family):
    """Cells that hold several comparable values, as the look-ups of a field do: any of them may match.

    Args:
        one: The family of the values; each cell is a tuple of them.
    """

    def __init__(self, one: Family) -> None:
        super().__init__(one.operand, one._wanted)
        self._one = one

    def same(self, right: Any) -> Callable[[Any], bool]:
        """IS: one of the values, or, for a list, exactly these values."""
        if isinstance(right, list):
            every = self.all_of(right)
            return lambda cell: len(cell) == len(right) and every(cell)
        return _any(self._one.same(right))

    def compare(self, operator: str, right: Any) -> Callable[[Any], bool]:
        """GREATER_THAN and its like."""
        return _any(self._one.compare(operator, right))

    def between(self, lower: Any, upper: Any) -> Callable[[Any], bool]:
        """IS_BETWEEN, both bounds included."""
        return _any(self._one.between(lower, upper))

    def within(self, operator: str, right: Any) -> Callable[[Any], bool]:
        """CONTAINS and its like."""
        return _any(self._one.within(operator, right))

    def any_of(self, rights: list[Any]) -> Callable[[Any], bool]:
        """IS_ONE_OF, HAS_ANY_OF."""
        return _any(self._one.any_of(rights))

    def all_of(self, rights: list[Any]) -> Callable[[Any], bool]:
        """HAS_ALL_OF: each of them is one of the values."""
        tests = [_any(self._one.same(right)) for right in rights]
        return lambda cell: all(test(cell) for test in tests)


class CodedFamily(Family):
    """Cells that list things with an id and texts; each cell is a tuple of codes.

    Args:
        words: From a code to its id and the texts it goes by, display text last.
        by: Whether things go by their ``id`` or ``label`` alone; by default by both.
    """

    def __init__(self, words: Callable[[Any], tuple[str, ...]], by: str | None = None) -> None:
        self._names = _Memo(lambda code: _Names(words(code), by))
        super().__init__(lambda value: (_word(value),) * 2, "an id or a label", self._labels)

    def same(self, right: Any) -> Callable[[Any], bool]:
        """IS: one of the things, or, for a list, exactly these things."""
        if isinstance(right, list):
            every = self.all_of(right)
            return lambda cell: len(cell) == len(right) and every(cell)
        return self.any_of([right])

    def any_of(self, rights: list[Any]) -> Callable[[Any], bool]:
        """IS_ONE_OF, HAS_ANY_OF."""
        wanted = [self._wanted_one(right) for right in rights]
        names = self._names
        thing = _Memo(lambda code: any(names[code].go_by(*one) for one in wanted))
        return _Memo(lambda cell: any(thing[code] for code in cell)).__getitem__

    def all_of(self, rights: list[Any]) -> Callable[[Any], bool]:
        """HAS_ALL_OF."""
        tests = [self.any_of([right]) for right in rights]
        return lambda cell: all(test(cell) for test in tests)

    def compare(self, operator: str, right: Any) -> Callable[[Any], bool]:
        """GREATER_THAN and its like: by the text that is shown."""
        folded = _word(right).casefold()
        test, text = COMPARISONS[operator](folded, folded), self._labels
        return lambda cell: test(text(cell))

    def between(self, lower: Any, upper: Any) -> Callable[[Any], bool]:
        """IS_BETWEEN, by the text that is shown."""
        low, high, text = _word(lower).casefold(), _word(upper).casefold(), self._labels
        return lambda cell: low <= text(cell) <= high

    def within(self, operator: str, right: Any) -> Callable[[Any], bool]:
        """CONTAINS and its like: on the text of any of the things."""
        test, names = WITHIN_TEXT[operator](_word(right).casefold()), self._names
        thing = _Memo(lambda code: test(names[code].label))
        return lambda cell: any(thing[code] for code in cell)

    def order_key(self, cell: Any) -> str:
        """What an order compares: the texts that are shown, joined."""
        return self._labels(cell)

    def _labels(self, cell: Any) -> str:
        return ", ".join(self._names[code].label for code in cell)

    def _wanted_one(self, right: Any) -> tuple[str, str]:
        word = _word(right.get("id", right.get("label")) if isinstance(right, dict) else right)
        return word, word.casefold()


def _any(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda cell: any(test(one) for one in cell)


class _Names:
    """The id of a thing, and its texts without case."""

    __slots__ = ("id", "label", "texts")

    def __init__(self, words: tuple[str, ...], by: str | None) -> None:
        self.id = None if by == "label" else words[0]
        self.texts = frozenset(word.casefold() for word in words[1:] if by != "id")
        self.label = words[-1].casefold()

    def go_by(self, word: str, folded: str) -> bool:
        return self.id == word or folded in self.texts


class _Memo(dict[Any, Any]):
    """A function that is asked once for each argument: few things fill many cells."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, argument: Any) -> Any:
        answer = self[argument] = self._function(argument)
        return answer


class Operator(NamedTuple):
    """What an operator asks of a condition, and how its test is made.

    Attributes:
        shape: ``one`` right side, a list of ``many``, ``bounds``, or ``none``.
        test: Makes the test, from the family and the operands; ``None`` for IS_EMPTY and its opposite.
        negative: Whether it is the opposite of the test, empty cells aside.
    """

    shape: str
    test: Callable[..., Callable[[Any], bool]] | None
    negative: bool = False


def _comparing(operator: str) -> Operator:
    return Operator("one", lambda family, right: family.compare(operator, right))


def _within(operator: str) -> Operator:
    return Operator("one", lambda family, right: family.within(operator, right))


_IS = Operator("one", lambda family, right: family.same(right))
_ONE_OF = Operator("many", lambda family, rights: family.any_of(rights))
_BETWEEN = Operator("bounds", lambda family, lower, upper: family.between(lower, upper))

OPERATORS: dict[str, Operator] = {
    "IS": _IS,
    "IS_NOT": _IS._replace(negative=True),
    **{name: _comparing(name) for name in COMPARISONS},
    **{name: _within(name) for name in WITHIN_TEXT},
    "DOES_NOT_CONTAIN": _within("CONTAINS")._replace(negative=True),
    "DOES_NOT_START_WITH": _within("STARTS_WITH")._replace(negative=True),
    "DOES_NOT_END_WITH": _within("ENDS_WITH")._replace(negative=True),
    "IS_ONE_OF": _ONE_OF,
    "IS_NOT_ONE_OF": _ONE_OF._replace(negative=True),
    "HAS_ANY_OF": _ONE_OF,
    "HAS_NONE_OF": _ONE_OF._replace(negative=True),
    "HAS_ALL_OF": Operator("many", lambda family, rights: family.all_of(rights)),
    "IS_BETWEEN": _BETWEEN,
    "IS_NOT_BETWEEN": _BETWEEN._replace(negative=True),
    "IS_WITHIN": _BETWEEN,
    "IS_NOT_WITHIN": _BETWEEN._replace(negative=True),
    "IS_EMPTY": Operator("none", None),
    "IS_NOT_EMPTY": Operator("none", None, negative=True),
}


def text_family() -> Family:
    """Text, without case."""
    return Family(lambda value: (_word(value).casefold(),) * 2, "text")


def number_family(form: str | None = None) -> Family:
    """Numbers, as JSON numbers or as text, or in one ``form`` alone: ``number`` or ``string`` (wire-facts 10)."""
    forms: dict[str | None, tuple[type, ...]] = {"number": (int, float), "string": (str,)}
    taken = forms.get(form, (int, float, str))

    def operand(value: Any) -> tuple[float, float]:
        if isinstance(value, bool) or not isinstance(value, taken):
            raise ValueError(value)
        if isinstance(value, str):
            value = float(value) if any(mark in value for mark in ".eEnN") else int(value)
        return value, value

    return Family(operand, "a number", str)


def flag_family() -> Family:
    """Checkboxes."""
    words = {"true": True, "false": False}

    def operand(value: Any) -> tuple[bool, bool]:
        flag = words.get(value.lower()) if isinstance(value, str) else value
        if not isinstance(flag, bool):
            raise ValueError(value)
        return flag, flag

    return Family(operand, "true or false", lambda cell: str(cell).lower())


def time_family(now: int, *, only_dates: bool, form: str | None = None) -> Family:
    """Dates, and instants. A field of dates compares days, whatever the time in the right side.

    Args:
        now: The present moment, in epoch milliseconds.
        only_dates: Whether it is a field of dates.
        form: ``millis`` or ``iso`` if moments are taken in that form alone; relative dates are in any case.
    """

    def operand(value: Any) -> dates.Span:
        if form and not str(value).startswith(("PREDEFINED:", "RELATIVE_DATE:")):
            text = isinstance(value, str) and not value.isdigit()
            if text is not (form == "iso"):
                raise ValueError(value)
        found = dates.span(value, now)
        return dates.whole_days(found) if only_dates else found

    write = dates.date_text if only_dates else dates.instant_text
    wanted = "an ISO date or instant, epoch milliseconds, PREDEFINED:TODAY, RELATIVE_DATE:PAST:MONTH, ..."
    return Family(operand, wanted, lambda cell: write(cell).casefold())


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return str(value)
    raise bad_request(f"The right side {brief(value)} cannot be compared; right would be text.")
