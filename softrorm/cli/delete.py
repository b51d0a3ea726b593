"""``softrorm delete``: records by their ids, after a look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from softrorm.cli.asking import confirm, need_person, yes_option
from softrorm.cli.connection import with_client
from softrorm.cli.exits import Stop
from softrorm.cli.output import counted, examples, note, print_rows

if TYPE_CHECKING:
    from softrorm.client.client import Client

SHOWN = 4  # fields of a record that is about to go


@click.command(
    "delete",
    epilog=examples(
        "softrorm delete Tasks vQ9BI8QUVQiFua",
        "softrorm delete Tasks vQ9BI8QUVQiFua TFBjdWnwiJQfuc --yes",
    ),
)
@click.argument("table")
@click.argument("records", nargs=-1, required=True)
@yes_option
@with_client
def command(client: Client, table: str, records: tuple[str, ...], yes: bool) -> None:
    """Delete records, after a question.

    TABLE is an id, a name, or DATABASE/TABLE, and RECORDS are ids. All of them are looked up first: if one is not
    there, none is deleted. The API cannot bring a record back, and links of other records keep pointing at it.
    """
    from softrorm.schema.reflect import reflect

    model = reflect(client, table)
    records_by_id = model.objects.in_bulk(records)
    missing = [id for id in records if id not in records_by_id]
    if missing:
        raise Stop(f"{model._meta.table_name} has no record {', '.join(missing)}; nothing was deleted.")
    if not yes:
        need_person("delete")
        _show(list(records_by_id.values()))
        confirm(f"Delete {counted(len(records_by_id), 'record')}?", refused="Nothing was deleted.")
    done = 0
    try:
        for record in records_by_id.values():
            record.delete()
            done += 1
    finally:
        note(f"Deleted {counted(done, 'record')} of {model._meta.table_name}.")


def _show(records: list[object]) -> None:
    """Show the records to the person who is about to be asked."""
    from softrorm.cli.get import value_of
    from softrorm.data.export import headings

    model: type = type(records[0])
    names = ["id", *model._meta.own_fields][: SHOWN + 1]  # type: ignore[attr-defined]
    titles = headings(model.objects.all(), names, ids=False).values()  # type: ignore[attr-defined]
    print_rows(list(titles), [[value_of(record, name) for name in names] for record in records], most=24)
