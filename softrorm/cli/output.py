"""What commands print: rows as a table, JSON or CSV on stdout; notes and progress on stderr.

A table for a person fits the terminal, drawn by rich where that is installed. Where the output is no terminal nothing
is cut, so that ``grep`` finds it. JSON and CSV are written row by row, in constant memory.
"""

from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import click

CUT = "..."
GAP = 2  # blanks between two columns
NARROWEST = 6  # columns of a table that does not fit are not made narrower than this


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


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]], form: str = "table", *, most: int = 0) -> None:
    """Print rows on stdout.

    Args:
        columns: The names of the columns.
        rows: The rows, each with a value for every column.
        form: ``table``, ``json`` (a list of objects) or ``csv``.
        most: The width that a column of a table takes at most on a terminal. With it each row takes one line, and
            columns that do not fit are left out, with a note; without it nothing is lost, and long cells are wrapped.
    """
    if form == "table":
        _table(columns, list(rows), most)
    else:
        _FORMS[form](columns, rows)


def print_json(value: Any) -> None:
    """Print a value as indented JSON on stdout; days, instants, money and choices as the text they have on the wire."""
    from softrorm.data.cells import as_json

    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=as_json))


def note(text: str) -> None:
    """Lines on stderr for the person who waits; on a terminal long ones are wrapped between words."""
    if sys.stderr.isatty():
        import textwrap

        room = shutil.get_terminal_size().columns
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
            text = ", ".join(map(cell, value))
        case datetime():
            text = f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
        case float():
            text = str(int(value) if value.is_integer() else value)
        case dict():
            text = str(value.get("filename") or json.dumps(value, ensure_ascii=False, default=str))
        case Enum():
            text = str(value.value)
        case _:
            text = str(value)
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(letter: str) -> str:
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode()


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


def _table(columns: Sequence[str], rows: list[Sequence[Any]], most: int) -> None:
    if not rows:
        return
    numeric = [_is_numeric([row[at] for row in rows]) for at in range(len(columns))]
    cells = [[cell(value) for value in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(columns, *cells, strict=True)]
    if not sys.stdout.isatty():
        _print_plain(widths, numeric, [[line] for line in (columns, *cells)])
        return
    room = shutil.get_terminal_size().columns
    if most:
        widths = _leading([min(one, most) for one in widths], room)
    count = len(widths)
    head, cells = columns[:count], [row[:count] for row in cells]
    if not _drawn_by_rich(head, cells, numeric, widths if most else []):
        if not most:
            widths = fitted(widths, room - GAP * (count - 1))
        lines = [[line] if most else _wrapped(line, widths) for line in (head, *cells)]
        _print_plain(widths, numeric, lines)
    if count < len(columns):
        hidden = counted(len(columns) - count, "column")
        note(f"{hidden} to the right left out: --fields chooses, --csv and --json have all.")


def _print_plain(widths: list[int], numeric: list[bool], lines: list[list[Sequence[str]]]) -> None:
    """Print lines of cells, those of each row together, the first row being the head."""
    for at, parts in enumerate(lines):
        for part in parts:
            padded = [_padded(text, size, right) for text, size, right in zip(part, widths, numeric, strict=False)]
            click.secho((" " * GAP).join(padded).rstrip(), bold=at == 0)


def _is_numeric(values: list[Any]) -> bool:
    given = [value for value in values if value is not None]
    return bool(given) and all(isinstance(value, int | float | Decimal) and value is not True for value in given)


def _leading(widths: list[int], room: int) -> list[int]:
    """The widths of as many columns from the left as fit, the last one maybe narrower; two at least."""
    kept: list[int] = []
    for one in widths:
        left = room - sum(kept) - (GAP + 1) * len(kept)  # rich takes one blank more
        if len(kept) >= 2 and left < min(one, NARROWEST):
            break
        kept.append(min(one, max(left, NARROWEST)))
    return kept


def _wrapped(line: Sequence[str], widths: list[int]) -> list[Sequence[str]]:
    """The lines that a row takes: more than one where a text is longer than its column is wide."""
    import textwrap

    parts = [textwrap.wrap(text, size) or [""] for text, size in zip(line, widths, strict=True)]
    return [tuple(part[at] if at < len(part) else "" for part in parts) for at in range(max(map(len, parts)))]


def _drawn_by_rich(columns: Sequence[str], cells: list[list[str]], numeric: list[bool], widths: list[int]) -> bool:
    """Draw a table with rich, in lines of these widths or, without any, as wide as the terminal lets it be."""
    try:
        from rich.box import SIMPLE_HEAD
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:
        return False
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for at, (name, is_number) in enumerate(zip(columns, numeric, strict=False)):
        table.add_column(
            Text(name),
            justify="right" if is_number else "left",
            overflow="ellipsis" if widths else "fold",
            no_wrap=bool(widths),
            width=widths[at] if widths else None,  # or else it narrows all of them, ids as well
        )
    for row in cells:
        # Text, since square brackets in a plain str would be read as rich's markup.
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)
    return True


def fitted(widths: list[int], room: int) -> list[int]:
    """Widths of columns that fit into a room, made so by narrowing the widest ones.

    Args:
        widths: What each would need.
        room: What there is for all.
    """
    fitting = list(widths)
    while sum(fitting) > room and max(fitting) > NARROWEST:
        fitting[fitting.index(max(fitting))] -= 1
    return fitting


def width(text: str) -> int:
    """How many columns of a terminal a text takes: letters of East Asia take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def _padded(text: str, size: int, right: bool) -> str:
    if width(text) > size:
        while width(text) > size - len(CUT):
            text = text[:-1]
        text += CUT
    blanks = " " * (size - width(text))
    return blanks + text if right else text + blanks


_FORMS: dict[str, Callable[[Sequence[str], Iterable[Sequence[Any]]], None]] = {"json": _json, "csv": _csv}
