"""``softrorm get``: one record, a line for each field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from softrorm.cli.connection import with_client
from softrorm.cli.exits import Stop
from softrorm.cli.output import examples, json_option, print_json, print_rows
from softrorm.client.errors import DoesNotExist

if TYPE_CHECKING:
    from softrorm.client.client import Client


@click.command("get", epilog=examples("softrorm get Tasks vQ9BI8QUVQiFua", "softrorm get Tasks vQ9BI8QUVQiFua --json"))
@click.argument("table")
@click.argument("record")
@json_option
@with_client
def command(client: Client, table: str, record: str, as_json: bool) -> None:
    """Print one record.

    TABLE is an id, a name, or DATABASE/TABLE, and RECORD an id. Linked records are shown by their labels, and with
    --json by their ids.
    """
    from softrorm.schema.reflect import reflect

    print_record(record_of(reflect(client, table), record), as_json)


def record_of(model: type[Any], id: str) -> Any:
    """The record of an id, with an error for people where there is none: a model stands here for its table."""
    try:
        return model.objects.get(id=id)
    except DoesNotExist:
        raise Stop(f"{model._meta.table_name} has no record {id}.") from None


def print_record(record: Any, as_json: bool) -> None:
    """Print all values of a record, as a table of two columns or as a JSON object."""
    from softrorm.data.export import headings

    meta = record._meta
    names = list(meta.fields)
    values = [value_of(record, name, as_json=as_json) for name in names]
    titles = headings(type(record).objects.all(), names, ids=False).values()
    pairs = dict(zip(titles, values, strict=True))
    if as_json:
        print_json(pairs)
    else:
        print_rows(("field", "value"), list(pairs.items()))


def value_of(record: Any, name: str, *, as_json: bool = False) -> Any:
    """A value of a record as it came: for people, or for programs."""
    field = record._meta.fields[name]
    raw = record._record[field.key] if field.key else record._record["fields"].get(record._context.ids[name])
    if raw is None:
        return field.empty()
    return field.plain(raw) if as_json else field.worded(raw)
