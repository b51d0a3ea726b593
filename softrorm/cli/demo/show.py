"""Showing: what the demo prints, within 80 columns, on a terminal or in a pipe.

Plain characters and a few colours, which click leaves out where nobody would see them. Progress is drawn by rich where
it is installed, else by click, and is two plain lines where the output is no terminal.
"""

from __future__ import annotations

import inspect
import json
import sys
import textwrap
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from softrorm.sandbox import LoggedRequest

T = TypeVar("T")
WIDTH = 80


def heading(text: str) -> None:
    """A line that begins a step."""
    click.echo()
    for line in textwrap.wrap(text, WIDTH):
        click.secho(line, bold=True)


def lines(text: str, indent: str = "  ", **style: Any) -> None:
    """A paragraph, wrapped."""
    for line in textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False):
        click.secho(line, **style)


def code(of: Callable[[], Any]) -> None:
    """The body of a function as it stands in its file."""
    source = textwrap.dedent(inspect.getsource(of)).splitlines()
    # The first line is the def, the second the docstring, which is the step's title.
    for line in textwrap.dedent("\n".join(source[2:])).splitlines():
        click.secho(f"  {line}", fg="cyan")


def exchange(requests: list[LoggedRequest], names: dict[str, str]) -> None:
    """What went over the wire: each request with its body, and how many there were.

    Args:
        requests: From the sandbox's log.
        names: Names for the ids of tables.
    """
    for request in requests:
        _, _, _, table, *rest = request.path.strip("/").split("/")
        path = "/".join(["/databases/.../tables/...", *rest])
        click.secho(f"  {request.method} {path}", fg="green", nl=False)
        click.secho(f" -> {request.status} ({names.get(table, table)})", dim=True)
        if request.body is not None:
            for line in pretty(request.body, WIDTH - 4):
                click.echo(f"    {line}")
    click.secho(f"  {number(len(requests), 'request')}", fg="yellow", bold=True)


def pretty(value: Any, width: int, used: int = 0) -> list[str]:
    """JSON in as few lines as stay readable: each object on one line where it fits.

    Args:
        value: The value.
        width: The most characters in a line.
        used: How many of the first line's are taken.
    """
    text = json.dumps(value, ensure_ascii=False)
    if used + len(text) <= width or not value or not isinstance(value, dict | list):
        return [text]
    if isinstance(value, list) and not isinstance(value[0], dict | list):
        return ["[", *(f"  {line}" for line in textwrap.wrap(text[1:-1], width - 2)), "]"]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    items = [(f"{json.dumps(key)}: ", item) for key, item in value.items()] if isinstance(value, dict) else None
    if items and len(items) == 1:
        [(key, item)] = items
        block = pretty(item, width - 1, used + len(key) + 1)
        return _around(block, opening + key, closing)
    printed = []
    for key, item in items or [("", item) for item in value]:
        # Two characters of indentation before it, a comma after it.
        block = _around(pretty(item, width - 3, len(key)), key, ",")
        printed += [f"  {line}" for line in block]
    printed[-1] = printed[-1].removesuffix(",")
    return [opening, *printed, closing]


def _around(block: list[str], before: str, after: str) -> list[str]:
    block[0] = before + block[0]
    block[-1] += after
    return block


def number(count: int, thing: str) -> str:
    """A number of things: ``1 request``, ``1,667 requests``."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def progress(label: str, items: list[T]) -> Iterator[T]:
    """The items one by one, with a display of how far it is.

    Args:
        label: What is being done.
        items: What to do it with.

    Yields:
        The items.
    """
    if not sys.stdout.isatty():
        click.echo(f"  {label.rstrip()} ...")
        yield from items
        return
    try:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    except ImportError:
        with click.progressbar(items, label=f"  {label}", width=30, show_pos=True) as bar:
            yield from bar
        return
    columns = (TextColumn("  {task.description}"), BarColumn(30), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns) as display:
        yield from display.track(items, description=label)
