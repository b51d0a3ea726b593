"""Layout: Python text in the form that ruff and black give it, in lines of at most 88 columns.

Generated code has few forms: a class, a call with one argument a line where it does not fit, literals. A comma after
the last of several lines keeps them apart in projects whose lines are longer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

WIDTH = 88
STEP = 4


class Code(str):
    """Python that stands as it is, such as the name of a class."""

    __slots__ = ()


@dataclass(slots=True)
class Call:
    """A call.

    Attributes:
        name: What is called; nothing for a tuple.
        args: The positional arguments.
        keywords: The others.
    """

    name: str
    args: list[Any] = field(default_factory=list)
    keywords: dict[str, Any] = field(default_factory=dict)


def columns(text: str) -> int:
    """The columns that a text takes: letters of East Asia and most emoji take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def literal(text: str) -> str:
    """A text as a literal, in the quotes that need the fewest escapes."""
    quote = '"' if text.count('"') <= text.count("'") else "'"
    return quote + "".join(_escaped(letter, quote) for letter in text) + quote


def _escaped(letter: str, quote: str) -> str:
    if letter in {quote, "\\"}:
        return f"\\{letter}"
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode()


def flat(value: Any) -> str:
    """A value on one line: literals, lists, dicts, :class:`Code` and :class:`Call`."""
    match value:
        case Code():
            return str(value)
        case str():
            return literal(value)
        case Call() | Mapping() | list():
            opening, items, closing = _parts(value)
            return opening + ", ".join(before + flat(item) for before, item in items) + closing
        case _:
            return repr(value)


def laid(value: Any, indent: int, used: int, after: int = 0) -> str:
    """A value on as many lines as it takes.

    Args:
        value: As for :func:`flat`.
        indent: Where lines begin, in columns.
        used: The columns taken before it on its first line.
        after: The columns needed after it on its last line.
    """
    line = flat(value)
    if used + columns(line) + after <= WIDTH:
        return line
    start, inner = "\n" + " " * indent, "\n" + " " * (indent + STEP)
    if isinstance(value, str) and not isinstance(value, Code):
        pieces = map(literal, _pieces(value, WIDTH - indent - STEP))
        return f"({inner}{inner.join(pieces)}{start})"
    if not isinstance(value, Call | Mapping | list):
        return line
    opening, items, closing = _parts(value)
    if not items:
        return line
    lines = [
        inner + before + laid(item, indent + STEP, indent + STEP + columns(before), 1) + "," for before, item in items
    ]
    return opening + "".join(lines) + start + closing


def _parts(value: Any) -> tuple[str, list[tuple[str, Any]], str]:
    """What opens a collection, its items with what stands before each, and what closes it."""
    match value:
        case Call():
            named = [(f"{key}=", item) for key, item in value.keywords.items()]
            return f"{value.name}(", [*(("", item) for item in value.args), *named], ")"
        case Mapping():
            return "{", [(f"{flat(key)}: ", item) for key, item in value.items()], "}"
        case _:
            return "[", [("", item) for item in value], "]"


def _pieces(text: str, room: int) -> Iterator[str]:
    """A text in pieces whose literals fit, parted after blanks where there are some."""
    piece = ""
    for word in re.findall(r"\s*\S+\s?|\s+", text):
        if piece and columns(literal(piece + word)) > room:
            yield piece
            piece = ""
        piece += word
        while columns(literal(piece)) > room:
            at = next(at for at in range(len(piece) - 1, 0, -1) if columns(literal(piece[:at])) <= room)
            yield piece[:at]
            piece = piece[at:]
    yield piece


def assignment(name: str, annotation: str, value: Any, indent: int = STEP) -> list[str]:
    """The lines of ``name: annotation = value``; no annotation where it is empty."""
    blanks = " " * indent
    target = blanks + name
    head = f"{target}: {annotation} = " if annotation else f"{target} = "
    text = head + laid(value, indent, columns(head))
    if columns(text.split("\n", 1)[0]) <= WIDTH:
        return text.split("\n")
    if columns(head) < WIDTH:
        text = f"{head}(\n{blanks}    {laid(value, indent + STEP, indent + STEP)}\n{blanks})"
    elif annotation.endswith("]"):
        outer, _, inner = annotation[:-1].partition("[")
        head, last = f"{target}: {outer}[\n{blanks}    {inner}\n", f"{blanks}] = "
        text = head + last + laid(value, indent, columns(last))
    return text.split("\n")


def docstring(text: str, indent: int = 0) -> list[str]:
    """The lines of a docstring: one where it fits, else wrapped, with the closing quotes below; none for blank text."""
    blanks = " " * indent
    paragraphs = [" ".join(line.split()) for line in text.strip().splitlines()]
    lines = ["".join(map(_in_docstring, line)).replace('"""', r"\"\"\"") for line in paragraphs]
    if not lines:
        return []
    if lines[0].startswith('"'):
        lines[0] = "\\" + lines[0]
    if re.search(r'(?<!\\)(?:\\\\)*"$', lines[-1]):
        lines[-1] += " "  # a quote must not meet those that close
    short = len(lines) == 1 and columns(blanks + lines[0]) + 6 <= WIDTH
    wrapped = lines if short else [part for line in lines for part in _wrapped(line, WIDTH - indent - 3)]
    if len(wrapped) == 1:
        return [f'{blanks}"""{wrapped[0]}"""']
    return [f'{blanks}"""{wrapped[0]}', *((blanks + line).rstrip() for line in wrapped[1:]), f'{blanks}"""']


def _wrapped(text: str, room: int) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        if line and columns(line) + 1 + columns(word) > room:
            yield line
            line = ""
        line += f" {word}" if line else word
    yield line


def _in_docstring(letter: str) -> str:
    if letter == "\\":
        return "\\\\"
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode()
