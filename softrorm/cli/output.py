"""What commands print: rows as a table, JSON or CSV on stdout; notes and progress on stderr.

A table for a person fits the terminal, drawn by rich where that is installed. Where the output is no terminal nothing
is cut, so that ``grep`` finds it. JSON and CSV are written row by row, in constant memory.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from enum import Enum
from itertools import accumulate
from typing import Any

import click

from softrorm.cli import terminal
from softrorm.cli.terminal import start_of, width, wrapped

CUT = "..."
GAP = 2  # blanks between two columns
NARROWEST = 6  # columns of a table that does not fit are not made narrower than this
LEAST = 16  # what a column keeps before columns to the right are left out
drawn_over: list[Callable[[], None]] = []
"""What ends a line on stderr that is being drawn over, such as a progress, so that a note begins a line of its own."""
_SHOWN = {"\xad": "", "\u200c": "\u200c", "\u200d": "\u200d"}  # soft hyphens, and what joins and parts letters


def format_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options ``--json`` and ``--csv``, which a command gets as ``form``: ``table``, ``json`` or ``csv``."""
    for form, what in (("csv", "Comma-separated values, names first."), ("json", "JSON, for programs.")):
        function = click.option(f"--{form}", "form", flag_value=form, help=what)(function)
    return click.option("--table", "form", flag_value="table", default="table", hidden=True)(function)


def json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """The option ``--json`` alone, which a command gets as ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="JSON, for programs.")(function)


def examples(*lines: str) -> str:
    """The ``epilog`` of a command: examples that the help shows as they are, one a line."""
    # To click, a backspace on a line of its own means that the paragraph is laid out already.
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def print_rows(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    form: str = "table",
    *,
    most: int = 0,
    least: int = LEAST,
) -> None:
    """Print rows on stdout.

    Args:
        columns: The names of the columns.
        rows: The rows, each with a value for every column.
        form: ``table``, ``json`` (a list of objects) or ``csv``.
        most: The width that a column of a table takes at most on a terminal. With it each row takes one line, and
            columns that do not fit are left out, with a note; without it nothing is lost, and long cells are wrapped.
        least: With ``most``, the width that a column keeps before columns to its right are left out.
    """
    if form == "table":
        _table(columns, list(rows), most, least)
    else:
        _FORMS[form](columns, rows)


def print_json(value: Any) -> None:
    """Print a value as indented JSON on stdout; days, instants, money and choices as the text they have on the wire."""
    import json

    from softrorm.data.cells import as_json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=as_json))


def note(text: str) -> None:
    """Lines on stderr for the person who waits; on a terminal long ones are wrapped between words."""
    for end in drawn_over:
        end()
    if sys.stderr.isatty():
        import textwrap

        room = terminal.columns()
        lines = (textwrap.fill(line, room, break_long_words=False, break_on_hyphens=False) for line in text.split("\n"))
        text = "\n".join(lines)
    click.echo(text, err=True)


def counted(count: int, thing: str) -> str:
    """A number of things: ``1 record``, ``1,667 records``."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def cell(value: Any) -> str:
    """A value as the text of one cell.

    Control characters are shown by their escapes: a record's text is not to steer the terminal of whoever looks.
    """
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case list() | tuple():
            parts = map(cell, value)
            text = ", ".join(f'"{part}"' if "," in part else part for part in parts)  # as softrorm set takes them
        case datetime():
            # Without an offset, as in a file that is to be imported, nobody knows which moment it is.
            text = (
                f"{value:%Y-%m-%d %H:%M:%S}" if value.tzinfo is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
            )
        case float():
            text = str(int(value) if value.is_integer() else value)
        case {"from": first, "to": last}:
            text = f"{first or ''}/{last or ''}"  # a period, as ISO 8601 has it
        case dict():
            text = str(value.get("filename") or _json_text(value))
        case Enum():
            text = str(value.value)
        case _:
            text = str(value)
    return text if text.isprintable() else "".join(map(_visible, text))


def _json_text(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, default=str)


def _visible(letter: str) -> str:
    if letter.isprintable() or letter in _SHOWN:
        return _SHOWN.get(letter, letter)
    if unicodedata.category(letter) == "Zs":
        return " "
    return letter.encode("unicode_escape").decode()


def _json(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    from softrorm.data.cells import json_text

    first = True
    for row in rows:
        click.echo("[" if first else ",")
        click.echo(f"  {json_text(dict(zip(columns, row, strict=True)))}", nl=False)
        first = False
    click.echo("[]" if first else "\n]")


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    import csv
    import io

    from softrorm.data.cells import cell_text

    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([cell_text(value) for value in row])
        click.echo(held.getvalue(), nl=False)
        held.seek(0)
        held.truncate()
    click.echo(held.getvalue(), nl=False)


def _table(columns: Sequence[str], rows: list[Sequence[Any]], most: int, least: int) -> None:
    if not rows:
        return
    numeric = [_is_numeric([row[at] for row in rows]) for at in range(len(columns))]
    encoding = sys.stdout.encoding or "utf-8"  # letters that it lacks become escapes, before they are measured
    cells = [[cell(value).encode(encoding, "backslashreplace").decode(encoding) for value in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(columns, *cells, strict=True)]
    if not sys.stdout.isatty():
        _print_plain(widths, numeric, [[line] for line in (columns, *cells)])
        return
    # Half an id or a number is none.
    whole = [is_number or name == "id" for name, is_number in zip(columns, numeric, strict=True)]
    room = terminal.columns()
    if most:
        widths = [needed if kept else min(needed, most) for needed, kept in zip(widths, whole, strict=True)]
        widths = widths[: _fitting(widths, whole, room, least)]
    count = len(widths)
    widths = fitted(widths, room - GAP * (count - 1), whole)
    lines: list[Sequence[str]] = [columns, *cells]
    if most:
        lines = [[_cut(text, size) for text, size in zip(line, widths, strict=False)] for line in lines]
    if not _drawn_by_rich(lines, widths, numeric):
        _print_plain(widths, numeric, [_wrapped(line, widths) for line in lines])
    if count < len(columns):
        hidden = counted(len(columns) - count, "column")
        note(f"{hidden} to the right left out: --fields chooses, --csv and --json have all.")


def _print_plain(widths: list[int], numeric: list[bool], lines: list[list[Sequence[str]]]) -> None:
    """Print lines of cells, those of each row together, the first row being the head."""
    for at, parts in enumerate(lines):
        for part in parts:
            padded = [_padded(text, size, right) for text, size, right in zip(part, widths, numeric, strict=False)]
            line = (" " * GAP).join(padded).rstrip()
            click.echo(line if at else click.style(line, bold=True))


def _is_numeric(values: list[Any]) -> bool:
    from decimal import Decimal

    given = [value for value in values if value is not None]
    return bool(given) and all(isinstance(value, int | float | Decimal) and value is not True for value in given)


def _fitting(widths: list[int], whole: list[bool], room: int, least: int) -> int:
    """How many columns from the left fit, the wide ones made narrower."""
    needed = [size if kept else min(size, least) for size, kept in zip(widths, whole, strict=True)]
    ends = list(accumulate(needed, lambda end, size: end + GAP + size))
    return max(1, sum(end <= room for end in ends))


def _wrapped(line: Sequence[str], widths: list[int]) -> list[Sequence[str]]:
    """The lines that a row takes: more than one where a text is longer than its column is wide."""
    parts = [wrapped(text, size) for text, size in zip(line, widths, strict=True)]
    return [tuple(part[at] if at < len(part) else "" for part in parts) for at in range(max(map(len, parts)))]


def _drawn_by_rich(lines: list[Sequence[str]], widths: list[int], numeric: list[bool]) -> bool:
    """Draw a table with rich, its head first; what is longer than its column is wide is wrapped."""
    try:
        from rich.box import SIMPLE_HEAD
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:
        return False
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, GAP - 1, 0, 0))
    for name, is_number, size in zip(lines[0], numeric, widths, strict=False):
        # The widths are given, or else it narrows all columns, ids as well.
        table.add_column(Text(name), justify="right" if is_number else "left", width=size, overflow="fold")
    for row in lines[1:]:
        # Text, since square brackets in a plain str would be read as rich's markup.
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)
    return True


def fitted(widths: list[int], room: int, whole: Sequence[bool] = ()) -> list[int]:
    """Widths of columns that fit into a room, made so by narrowing the widest ones.

    Args:
        widths: What each would need.
        room: What there is for all.
        whole: Which of them are narrowed last.
    """
    fitting = list(widths)
    kept = {at for at, is_whole in enumerate(whole) if is_whole}
    for narrowed in ([at for at in range(len(fitting)) if at not in kept], range(len(fitting))):
        while sum(fitting) > room and max((fitting[at] for at in narrowed), default=0) > NARROWEST:
            fitting[max(narrowed, key=fitting.__getitem__)] -= 1
    return fitting


def _cut(text: str, size: int) -> str:
    return text if width(text) <= size else start_of(text, size - len(CUT)) + CUT


def _padded(text: str, size: int, right: bool) -> str:
    blanks = " " * (size - width(text))
    return blanks + text if right else text + blanks


_FORMS: dict[str, Callable[[Sequence[str], Iterable[Sequence[Any]]], None]] = {"json": _json, "csv": _csv}
