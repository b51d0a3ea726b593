"""``softrorm databases``: the databases that the key reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from softrorm.cli.connection import with_client
from softrorm.cli.output import examples, format_options, note, print_rows

if TYPE_CHECKING:
    from softrorm.client.client import Client


@click.command("databases", epilog=examples("softrorm databases", "softrorm databases --json"))
@format_options
@with_client
def command(client: Client, form: str) -> None:
    """List the databases."""
    rows = [
        (database.id, database.name, database.tables_count, database.description or None)
        for database in client.list_databases()
    ]
    if not rows:
        note("This account has no databases.")
    print_rows(("id", "name", "tables", "description"), rows, form)
