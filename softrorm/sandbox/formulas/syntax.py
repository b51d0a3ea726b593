"""From the text of a formula to a tree: the tokens of the language, and the order in which operators bind.

There is no published grammar. Operators bind from tight to loose: unary minus, ``^``, ``* /``, ``+ -``, ``&``,
comparisons; all from the left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

MOST_DEPTH = 60
MOST_CHARACTERS = 30_000
WORD = re.compile(r"[^\W\d]\w*")
NUMBER = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
SYMBOLS = ("!=", "<=", ">=", "=", "<", ">", "&", "+", "-", "*", "/", "^", "(", ")", ",")
LEVELS = (("=", "!=", "<", ">", "<=", ">="), ("&",), ("+", "-"), ("*", "/"), ("^",))


class FormulaRefused(ValueError):
    """A formula that cannot be read; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A text or a number."""

    value: Any


@dataclass(frozen=True, slots=True)
class Reference:
    """A field, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function or an operator with its operands."""

    name: str
    arguments: tuple[Node, ...]


Node = Literal | Reference | Call


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text: its kind, its value, and where it begins."""

    kind: str
    value: Any
    at: int


def tokens(formula: str, names: Collection[str]) -> list[Token]:
    """Cut a formula into tokens.

    Args:
        formula: The text.
        names: The names of the fields that there are, which may hold any character.

    Raises:
        FormulaRefused: A character means nothing, a text or a name is not closed.
    """
    by_length = sorted(names, key=len, reverse=True)
    found: list[Token] = []
    at = 0
    while at < len(formula):
        character = formula[at]
        if character.isspace():
            at += 1
            continue
        token, end = _token(formula, at, by_length)
        found.append(token)
        at = end
    return found


def _token(formula: str, at: int, names: list[str]) -> tuple[Token, int]:
    character = formula[at]
    if character == "{":
        known = next((name for name in names if formula.startswith("{" + name + "}", at)), None)
        end = formula.find("}", at) if known is None else at + len(known) + 1
        if end < 0:
            raise FormulaRefused(f"the brace at character {at + 1} is not closed")
        return Token("field", formula[at + 1 : end] if known is None else known, at), end + 1
    if character in "\"'":
        end = formula.find(character, at + 1)
        if end < 0:
            raise FormulaRefused(f"the text that begins at character {at + 1} is not closed")
        return Token("text", formula[at + 1 : end].replace("\\n", "\n"), at), end + 1
    if match := NUMBER.match(formula, at):
        digits = match.group()
        return Token("number", float(digits) if "." in digits else int(digits), at), match.end()
    if match := WORD.match(formula, at):
        return Token("word", match.group(), at), match.end()
    symbol = next((one for one in SYMBOLS if formula.startswith(one, at)), None)
    if symbol is None:
        raise FormulaRefused(f"{character!r} at character {at + 1} means nothing")
    return Token("symbol", symbol, at), at + len(symbol)


def parse(formula: str, names: Collection[str]) -> Node:
    """Read a formula.

    Args:
        formula: The text.
        names: The names of the fields that there are.

    Raises:
        FormulaRefused: It is malformed, too long, or nested too deeply.
    """
    if len(formula) > MOST_CHARACTERS:
        raise FormulaRefused(f"it has {len(formula)} characters; {MOST_CHARACTERS} are the most")
    parser = _Parser(tokens(formula, names), frozenset(names))
    node = parser.level(0, 0)
    if parser.token.kind != "end":
        raise FormulaRefused(f"{parser.token.value!r} at character {parser.token.at + 1} is one too many")
    return node


class _Parser:
    def __init__(self, found: list[Token], names: frozenset[str]) -> None:
        self._tokens = [*found, Token("end", "the end", found[-1].at + 1 if found else 0)]
        self._names = names
        self._index = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._index]

    def take(self, symbol: str) -> bool:
        if self.token.kind == "symbol" and self.token.value == symbol:
            self._index += 1
            return True
        return False

    def level(self, level: int, depth: int) -> Node:
        if depth > MOST_DEPTH:
            raise FormulaRefused(f"it is nested more than {MOST_DEPTH} deep")
        if level == len(LEVELS):
            return self._unary(depth)
        left = self.level(level + 1, depth)
        chained = 0
        while self.token.kind == "symbol" and self.token.value in LEVELS[level]:
            operator = self.token.value
            self._index += 1
            chained += 1
            right = self.level(level + 1, depth)
            if operator == "&" and isinstance(left, Call) and left.name == "&" and chained > 1:
                left = Call("&", (*left.arguments, right))
            else:
                left = Call(operator, (left, right))
            if chained > MOST_DEPTH and operator != "&":
                raise FormulaRefused(f"it has more than {MOST_DEPTH} operators in a row; parentheses part them")
        return left

    def _unary(self, depth: int) -> Node:
        if self.take("-"):
            return Call("negative", (self._unary(depth + 1) if depth < MOST_DEPTH else self.level(0, depth + 1),))
        token = self.token
        self._index += token.kind != "end"
        if token.kind in {"text", "number"}:
            return Literal(token.value)
        if token.kind == "field":
            return Reference(token.value)
        if token.kind == "word":
            if self.take("("):
                return Call(token.value.upper(), self._arguments(depth))
            if token.value in self._names:
                return Reference(token.value)
            raise FormulaRefused(f"{token.value!r} at character {token.at + 1} is neither a field nor a function")
        if token.kind == "symbol" and token.value == "(":
            inner = self.level(0, depth + 1)
            self._close()
            return inner
        raise FormulaRefused(f"{token.value!r} at character {token.at + 1} stands where a value should")

    def _arguments(self, depth: int) -> tuple[Node, ...]:
        if self.take(")"):
            return ()
        found = [self.level(0, depth + 1)]
        while self.take(","):
            found.append(self.level(0, depth + 1))
        self._close()
        return tuple(found)

    def _close(self) -> None:
        if not self.take(")"):
            raise FormulaRefused(f"{self.token.value!r} at character {self.token.at + 1} stands where ')' should")
