"""Edits: changes to the lines of a text, collected first and made at once, so that line numbers stay true meanwhile."""

from __future__ import annotations

import re
from collections import defaultdict

MARK = re.compile(r"\s*# (?:Gone from the \w+|Now fields\.\w+ in the table)\.")

_LINES = re.compile(r"([^\r\n]*)(\r\n|\r|\n|$)")


class Edits:
    """Changes to a text. What is not changed stays as it is, to the byte.

    Args:
        text: The text.

    Attributes:
        lines: Its lines without their ends; the first one has the number 1, as the parser counts.
    """

    def __init__(self, text: str) -> None:
        found = [match.groups() for match in _LINES.finditer(text) if match[0]]
        self.lines = [line for line, _ in found]
        self._ends = [end for _, end in found]
        self._end = next((end for end in self._ends if end), "\n")
        self._before: defaultdict[int, list[str]] = defaultdict(list)
        self._dropped: set[int] = set()

    def insert(self, line: int, new: list[str]) -> None:
        """Put lines before the one with this number, after those that were put there earlier."""
        self._before[line] += new

    def append(self, new: list[str]) -> None:
        """Put lines behind the last one that is not blank."""
        while self.lines and not self.lines[-1].strip():
            self.lines.pop()
            self._ends.pop()
        self.insert(len(self.lines) + 1, new)

    def replace(self, first: int, last: int, new: list[str]) -> None:
        """Put lines in the place of others."""
        self._dropped.update(range(first, last + 1))
        self.insert(first, new)

    def mark(self, line: int, said: str | None) -> None:
        """Say something of the statement on a line in a comment above it; or, with ``None``, nothing any more."""
        above = self.lines[line - 2] if line > 1 else ""
        at = self.lines[line - 1]
        wanted = f"{at[: len(at) - len(at.lstrip())]}# {said}" if said else None
        if above == wanted:
            return
        if MARK.fullmatch(above):
            self._dropped.add(line - 1)
        if wanted:
            self._before[line].append(wanted)

    def above(self, line: int) -> int:
        """The number of the first line of the comments that stand directly above a line; the line's own if none do."""
        while line > 1 and self.lines[line - 2].lstrip().startswith("#"):
            line -= 1
        return line

    def text(self) -> str:
        """The text after all changes."""
        changed: list[str] = []
        for number in range(1, len(self.lines) + 2):
            for line in self._before.get(number, ()):
                if changed and changed[-1][-1:] not in {"\r", "\n"}:
                    changed.append(self._end)
                changed.append(line + self._end)
            if number <= len(self.lines) and number not in self._dropped:
                changed.append(self.lines[number - 1] + self._ends[number - 1])
        return "".join(changed)
