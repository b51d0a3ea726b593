"""``softrorm fields``: the fields of a table, with what one needs to know of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from softrorm.cli.connection import with_client
from softrorm.cli.output import examples, format_options, print_json, print_rows

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.client.resources import TableField


@click.command("fields", epilog=examples("softrorm fields Tasks", "softrorm fields Tracker/Tasks --json"))
@click.argument("table")
@format_options
@with_client
def command(client: Client, table: str, form: str) -> None:
    """List the fields of a table.

    TABLE is an id, a name, or DATABASE/TABLE. --json has each field as the API describes it.
    """
    from softrorm.schema.find import find_table

    place = find_table(client, table)
    if form == "json":
        print_json([field.to_wire() for field in place.table.fields])
        return
    names = {linked.id: linked.name for linked in client.schema(place.database.id)}
    rows = [(field.id, field.name, field.type, "; ".join(_details(field, names))) for field in place.table.fields]
    print_rows(("id", "name", "type", "details"), rows, form)


def _details(field: TableField, tables: dict[Any, str]) -> list[str]:
    """What is worth knowing of a field, beyond its type."""
    options = field.options.to_wire()
    labels = [choice.get("label") or "" for choice in options.get("choices") or ()]
    choices = [f'"{label}"' if "," in label else label for label in labels]
    linked = options.get("linkedTableId")
    returned = options.get("returnedField") or {}
    told = (
        (field.required, "required"),
        (field.allow_multiple_entries, "several"),
        (field.readonly, "read-only"),
        (choices, ", ".join(choices)),
        (linked, f"to {tables.get(linked, linked)}"),
        (returned.get("type"), f"of {returned.get('type')}"),
        (options.get("precision") == "DATE", "days"),
        (options.get("formula"), str(options.get("formula"))),
        (field.description, field.description or ""),
    )
    return [text for is_so, text in told if is_so]
