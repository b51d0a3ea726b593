"""Lines of a report: coloured by their first word, and on a terminal wrapped between words, further to the right."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

import click

from softrorm.cli import terminal

if TYPE_CHECKING:
    from collections.abc import Mapping


def print_lines(text: str, colours: Mapping[str, str]) -> None:
    """Print a text on stdout.

    Args:
        text: The lines.
        colours: The colour of a line's first word.
    """
    width = terminal.columns() if sys.stdout.isatty() else None
    for line in text.splitlines():
        first = line.lstrip().partition(" ")[0]
        shown = line if width is None else _wrapped(line, width)
        if first in colours:
            shown = shown.replace(first, click.style(first, fg=colours[first], bold=True), 1)
        click.echo(shown)


def _wrapped(line: str, width: int) -> str:
    indent = " " * (len(line) - len(line.lstrip()))
    further = f"{indent}    "
    return textwrap.fill(line.lstrip(), width, initial_indent=indent, subsequent_indent=further, break_on_hyphens=False)
