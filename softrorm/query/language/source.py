"""The text of an expression, and errors that point at the place in it."""

from __future__ import annotations

import unicodedata
from typing import Any

from softrorm.client.errors import InvalidQuery

SHOWN = 70  # characters of an expression in a message, so that the caret stands below the right one on a terminal


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
        # One character for another, so that the positions stay.
        text = "".join(one if one.isprintable() else " " for one in self.expression)
        start = max(0, min(self.at - SHOWN // 2, len(text) - SHOWN))
        before = "..." if start else ""
        after = "..." if len(text) > start + SHOWN else ""
        shown = text[start : start + SHOWN]
        marked = shown[self.at - start : max(self.end, self.at + 1) - start]
        carets = "^" * max(1, _width(marked))
        indent = " " * _width(before + shown[: self.at - start])
        return f"{self.problem}\n  {before}{shown}{after}\n  {indent}{carets}"

    def __reduce__(self) -> tuple[Any, ...]:
        return InvalidExpression, (self.problem, self.expression, self.at, self.end)


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )
