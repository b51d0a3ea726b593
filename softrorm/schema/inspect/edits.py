"""Edits: changes to the lines of a text, collected first and made at once, so that line numbers stay true meanwhile."""

from __future__ import annotations

import re
from collections import defaultdict

MARK = re.compile(r"\s*# (?:Gone from the \w+|Now fields\.\w+ in the table)\.")


class Edits:
    """Changes to a text.

    Args:
        lines: Its lines; the first one has the number 1.
    """

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self._before: defaultdict[int, list[str]] = defaultdict(list)
        self._dropped: set[int] = set()

    def insert(self, line: int, new: list[str]) -> None:
        """Put lines before the one with this number, after those that were put there earlier."""
        self._before[line] += new

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

    def made(self) -> list[str]:
        """The lines after all changes."""
        changed: list[str] = []
        for number, line in enumerate([*self.lines, None], 1):
            changed += self._before.get(number, ())
            if line is not None and number not in self._dropped:
                changed.append(line)
        return changed
