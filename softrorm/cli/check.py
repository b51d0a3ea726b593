"""``softrorm check``: whether models and tables still agree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from softrorm.cli.connection import with_client
from softrorm.cli.exits import Exit
from softrorm.cli.lines import print_lines
from softrorm.cli.locks import lock_at, lock_options
from softrorm.cli.modules import load_module
from softrorm.cli.output import examples, json_option, print_json

if TYPE_CHECKING:
    from softrorm.client.client import Client


@click.command(
    "check",
    short_help="Compare models with the live tables.",
    epilog=examples(
        "softrorm check myapp.models",
        "softrorm check myapp.models --env production --strict",
        "softrorm check myapp.models --json",
    ),
)
@click.argument("modules", metavar="MODULE...", nargs=-1, required=True)
@click.option("--database", metavar="DATABASE", help="Id or name of the database, instead of what the models say.")
@click.option("--strict", is_flag=True, help="Let warnings count as errors.")
@json_option
@lock_options
@with_client
def command(
    *, client: Client, modules: tuple[str, ...], database: str | None, strict: bool, as_json: bool, lock: Path
) -> None:
    """Compare the models in MODULE with the tables, and say what to do about each difference.

    The exit code is 1 where there are errors, so that it can stand in CI. It reads the schema and nothing else: 1
    request for each database.
    """
    from softrorm.schema import check

    found = check([load_module(name) for name in modules], client, lock=lock_at(lock), database=database)
    if as_json:
        print_json(found.to_json())
    else:
        print_lines(str(found), {"error:": "red", "warning:": "yellow", "info:": "blue"})
    if not found.passes(strict=strict):
        raise click.exceptions.Exit(Exit.NO)
