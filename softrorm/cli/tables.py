"""``softrorm tables``: the tables of a database, or of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from softrorm.cli.connection import with_client
from softrorm.cli.output import examples, format_options, note, print_rows

if TYPE_CHECKING:
    from softrorm.client.client import Client


@click.command("tables", epilog=examples("softrorm tables", "softrorm tables Tracker --json"))
@click.argument("database", required=False)
@format_options
@with_client
def command(client: Client, database: str | None, form: str) -> None:
    """List the tables.

    Those of DATABASE, an id or a name; without it those of all databases.
    """
    from softrorm.schema.find import find_database

    databases = [find_database(client, database)] if database else client.list_databases()
    rows = [
        (table.id, table.name, len(table.fields), base.name, table.description or None)
        for base in databases
        for table in client.schema(base.id)
    ]
    if not rows:
        note(f"The database {databases[0].name!r} has no tables." if database else "This account has no tables.")
    print_rows(("id", "name", "fields", "database", "description"), rows, form)
