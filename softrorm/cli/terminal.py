"""The terminal: how wide it is, and how wide texts are on it."""

from __future__ import annotations

import os
import sys
import unicodedata
from itertools import accumulate, takewhile

USUAL = 80  # columns, where nothing says how many there are
LEAST = 20  # columns that are reckoned with at least: nothing can be laid out on fewer


def columns() -> int:
    """How many columns there are: ``COLUMNS``, or what the terminal says, or 80.

    As ``shutil.get_terminal_size`` has it, whose module costs ``--help`` five milliseconds.
    """
    try:
        asked = int(os.environ.get("COLUMNS", "0"))
    except ValueError:
        asked = 0
    if asked <= 0:
        try:
            asked = os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1).columns
        except (OSError, ValueError):  # it is none, or is closed
            asked = 0
    return max(LEAST, asked or USUAL)


def width(text: str) -> int:
    """How many columns a text takes: letters of East Asia take two, combining marks none."""
    return len(text) if text.isascii() else sum(map(_letter_width, text))


def start_of(text: str, size: int) -> str:
    """As much of a text as fits into so many columns, and a letter at least."""
    ends = accumulate(map(_letter_width, text))
    return text[: max(1, sum(1 for _ in takewhile(lambda end: end <= size, ends)))]


def wrapped(text: str, size: int) -> list[str]:
    """The lines of a text that is to be so many columns wide, parted between words where there are any."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if width(joined) <= size:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        rest = word
        while width(rest) > size:
            lines[-1] = start_of(rest, size)
            rest = rest[len(lines[-1]) :]
            lines.append("")
        lines[-1] = rest
    return lines


def _letter_width(letter: str) -> int:
    if letter.isascii():
        return 1
    if unicodedata.category(letter) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
