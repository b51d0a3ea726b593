"""Cutting an expression into words, quoted texts and signs."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from softrorm.query.language.source import InvalidExpression


class Kind(Enum):
    """What a token is."""

    WORD = "a word"
    TEXT = "a quoted text"
    SIGN = "a sign"
    END = "the end"


class Token(NamedTuple):
    """A piece of an expression.

    Attributes:
        kind: What it is.
        text: The word, the sign, or what stands between the quotes.
        at: Where it begins in the expression.
        end: Where it ends.
    """

    kind: Kind
    text: str
    at: int
    end: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these words, in capital letters or not; a quoted text is none."""
        return self.kind is Kind.WORD and self.text.lower() in words

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of these signs."""
        return self.kind is Kind.SIGN and self.text in signs

    @property
    def shown(self) -> str:
        """The token in messages."""
        return "the end" if self.kind is Kind.END else repr(self.text)


_TOKEN = re.compile(
    r"""\s*(?:
        (?P<TEXT> "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' )
      | (?P<SIGN> <= | >= | != | <> | == | [=<>(),\[\]] )
      | (?P<WORD> [^\s"'=<>!(),\[\]] (?: [^\s"'=<>!(),\[\]] | (?<!\.)' )* )  # O'Brien, but project.'Due date'
    )""",
    re.VERBOSE | re.DOTALL,
)

_TYPOGRAPHIC = "“”„‟‘’‚‛«»‹›"  # what word processors make of quotes, and would silently be part of the value


def tokens(text: str) -> list[Token]:
    """The tokens of an expression, the last of which is its end.

    Args:
        text: The expression.

    Raises:
        InvalidExpression: A quote is not closed, or there is a sign that means nothing.
    """
    found: list[Token] = []
    at, length = 0, len(text.rstrip())
    while at < length:
        match = _TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            if text[at] in "\"'":
                raise InvalidExpression(f"the quote {text[at]} is not closed", text, at, at + 1)
            raise InvalidExpression(f"{text[at]!r} means nothing here; 'not' negates, != is unequal", text, at, at + 1)
        name = match.lastgroup or ""
        value, kind = match[name], Kind[name]
        begins = match.start(name)
        if kind is Kind.TEXT:
            value = re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)
        if kind is Kind.WORD and value[0] in _TYPOGRAPHIC:
            raise InvalidExpression(f"{value[0]} is no quote here; quotes are \" and '", text, begins, begins + 1)
        found.append(Token(kind, value, begins, at := match.end()))
    found.append(Token(Kind.END, "", length, length))
    return found
