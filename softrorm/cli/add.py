"""``softrorm add``: a new record."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from softrorm.cli.connection import with_client
from softrorm.cli.output import cell, examples, json_option, note
from softrorm.cli.values import values_argument
from softrorm.client.errors import InvalidValue

if TYPE_CHECKING:
    from softrorm.client.client import Client


@click.command(
    "add",
    epilog=examples(
        'softrorm add Tasks title="Write the report" status=Open',
        'softrorm add Tasks title=Review "due date=2026-12-24" project="New site"',
    ),
)
@click.argument("table")
@values_argument
@json_option
@with_client
def command(client: Client, table: str, values: tuple[str, ...], as_json: bool) -> None:
    """Make one record, and print its id.

    TABLE is an id, a name, or DATABASE/TABLE. Values are written as for "softrorm set", and all are checked before
    anything is sent. A field that is not named gets the default of its table.
    """
    from softrorm.cli.get import print_record, value_of
    from softrorm.cli.values import assignments
    from softrorm.schema.reflect import reflect

    model = reflect(client, table)
    given = assignments(model, values)
    _refuse_missing(model, given)
    record = model.objects.create(**given)
    for name in given:
        note(f"{model._meta.fields[name].name}: {cell(value_of(record, name)) or '(empty)'}")
    if as_json:
        print_record(record, as_json=True)
    else:
        click.echo(record.id)


def _refuse_missing(model: type[Any], given: Iterable[str]) -> None:
    """Name all required fields that were given no value, as people call them."""
    writable = model._meta.writable.items()
    missing = [field.name for name, field in writable if field.required and field.default is None and name not in given]
    if missing:
        raise InvalidValue(
            f"a record of {model._meta.table_name} needs a value for {', '.join(map(repr, missing))}: "
            f"give {shlex.quote(f'{missing[0]}=VALUE')}."
        )
