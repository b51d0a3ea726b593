"""The text of an expression, and errors that point at the place in it."""

from __future__ import annotations

import unicodedata
from typing import Any

from softrorm.client.errors import InvalidQuery

SHOWN = 70  # columns of an expression in a message, so that the caret stands below the right letter on a terminal


class InvalidExpression(InvalidQuery):
    """An expression that cannot be read, or that asks for what cannot be; raised before any request.

    Attributes:
        problem: What is wrong, without the expression.
        expression: The expression.
        at: Where the wrong part begins in it, from 0.
        end: Where it ends.
    """

    def __init__(self, problem: str, expression: str, at: int, end: int) -> None:
        self.problem = problem
        self.expression = expression
        self.at = at
        self.end = end
        super().__init__(problem)

    def __str__(self) -> str:
        return self.pointed()

    def pointed(self, room: int = SHOWN) -> str:
        """What is wrong, and below it the expression and carets under the place.

        Args:
            room: How many columns of a terminal the expression takes at most.
        """
        # One character for another, so that the positions stay.
        text = "".join(one if one.isprintable() else " " for one in self.expression)
        start, end = self._shown([_width(one) for one in text], min(room, SHOWN))
        before = "..." if start else ""
        after = "..." if end < len(text) else ""
        carets = "^" * max(1, _width(text[self.at : min(self.end, end)]))
        indent = " " * _width(before + text[start : self.at])
        return f"{self.problem}\n  {before}{text[start:end]}{after}\n  {indent}{carets}"

    def _shown(self, widths: list[int], room: int) -> tuple[int, int]:
        """From where to where the expression is shown, with as much before the place as behind it where that fits."""
        start = end = min(self.at, len(widths))
        left = room
        while start and left - widths[start - 1] >= room // 2:
            start -= 1
            left -= widths[start]
        while end < len(widths) and left >= widths[end]:
            left -= widths[end]
            end += 1
        while start and left >= widths[start - 1]:
            start -= 1
            left -= widths[start]
        return start, end

    def __reduce__(self) -> tuple[Any, ...]:
        return InvalidExpression, (self.problem, self.expression, self.at, self.end)


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )
