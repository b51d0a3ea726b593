"""``softrorm set``: new values for fields of one record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from softrorm.cli.connection import with_client
from softrorm.cli.output import cell, examples, json_option, note
from softrorm.cli.values import values_argument

if TYPE_CHECKING:
    from softrorm.client.client import Client


@click.command(
    "set",
    epilog=examples(
        "softrorm set Tasks vQ9BI8QUVQiFua status=Done hours=2.5",
        'softrorm set Tasks vQ9BI8QUVQiFua "due date=2026-12-24" tags=website,print',
        'softrorm set Tasks vQ9BI8QUVQiFua hours= project="New site"',
    ),
)
@click.argument("table")
@click.argument("record")
@values_argument
@json_option
@with_client
def command(client: Client, table: str, record: str, values: tuple[str, ...], as_json: bool) -> None:
    """Change fields of one record.

    TABLE is an id, a name, or DATABASE/TABLE, and RECORD an id. Nothing after the = empties a field. In a field of
    several values commas stand between them, and one that has a comma itself in double quotes; elsewhere text is taken
    as it is. A linked record goes by its id or its label, a person by the address of their mail, a file by its address,
    a period as 2026-01-01/2026-01-31; an instant without an offset is in UTC. All values are checked before anything is
    sent, and only what differs is sent.
    """
    from softrorm.cli.get import print_record, record_of, value_of
    from softrorm.cli.values import assignments
    from softrorm.schema.reflect import reflect

    model = reflect(client, table)
    given = assignments(model, values)
    changed = record_of(model, record)
    before = {name: cell(value_of(changed, name)) for name in given}
    for name, value in given.items():
        setattr(changed, name, value)
    dirty = changed.dirty_fields
    changed.save()
    for name in given:
        if name in dirty:
            after = cell(value_of(changed, name))
            note(f"{model._meta.fields[name].name}: {before[name] or '(empty)'} -> {after or '(empty)'}")
    if not dirty:
        note("Nothing differs, nothing was sent.")
    if as_json:
        print_record(changed, as_json=True)
