"""``softrorm inspect``: a module of models from a live database, and the same again without what a person changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from softrorm.cli.connection import with_client
from softrorm.cli.exits import Exit, Stop
from softrorm.cli.output import counted, examples, note

if TYPE_CHECKING:
    from softrorm.client.client import Client


@click.command(
    "inspect",
    short_help="Write models for live tables.",
    epilog=examples(
        "softrorm inspect Tracker -o models.py",
        "softrorm inspect Tracker --table Tasks --table Projects",
        "softrorm inspect Tracker -o models.py --check",
    ),
)
@click.argument("database")
@click.option("-t", "--table", "tables", multiple=True, metavar="TABLE", help="Only this one; may be given again.")
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="The module; else stdout.")
@click.option("--check", is_flag=True, help="Write nothing: show what would change, and end with 1 if anything would.")
@with_client
def command(client: Client, database: str, tables: tuple[str, ...], output: Path | None, check: bool) -> None:
    """Write a module with a model for each table of DATABASE, a name or an id.

    If FILE is there, it is brought up to date: what stands in it stays, names and code included; new tables, fields and
    choices are added, and a comment marks those that are gone.
    """
    from softrorm.schema.inspect import inspect_database

    if check and output is None:
        raise click.UsageError("--check compares with a file: name it with -o.")
    existing = _read(output) if output and output.exists() else None
    text = inspect_database(client, database, tables or None, existing, path=str(output or "the module"))
    if output is None:
        click.echo(text, nl=False)
        return
    changes = _diff(existing or "", text, output)
    if check:
        if changes:
            click.echo("\n".join(changes))
            raise click.exceptions.Exit(Exit.NO)
    elif changes:
        output.write_bytes(text.encode())
    added, gone = (sum(line[0] == sign for line in changes[2:]) for sign in "+-")
    done = [f"{counted(number, 'line')} {what}" for number, what in ((added, "added"), (gone, "taken out")) if number]
    note(f"{output}: {', '.join(done) or 'up to date'}")


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")  # with its own line ends
    except UnicodeDecodeError:
        raise Stop(f"{file} is no text in UTF-8.", Exit.USAGE) from None


def _diff(existing: str, text: str, file: Path) -> list[str]:
    """What would change, as programs that show differences do."""
    from difflib import unified_diff

    return list(unified_diff(existing.splitlines(), text.splitlines(), str(file), f"{file} (inspected)", lineterm=""))
