"""``softrorm set``: new values for fields of one record."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from softrorm.cli.connection import with_client
from softrorm.cli.output import cell, examples, json_option, note
from softrorm.client.errors import InvalidValue

if TYPE_CHECKING:
    from softrorm.client.client import Client

_RECORD = re.compile(r"[0-9A-Za-z]{14}")


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
@click.argument("values", metavar="FIELD=VALUE...", nargs=-1, required=True)
@json_option
@with_client
def command(client: Client, table: str, record: str, values: tuple[str, ...], as_json: bool) -> None:
    """Change fields of one record.

    TABLE is an id, a name, or DATABASE/TABLE, and RECORD an id. Nothing after the = empties a field. Several values
    have commas between them; a value with a comma stands in double quotes. A linked record goes by its id or its
    label, a person by the address of their mail, a file by its address, a period as 2026-01-01/2026-01-31; an instant
    without an offset is in UTC. All values are checked before anything is sent, and only what differs is sent.
    """
    from softrorm.cli.get import print_record, record_of, value_of
    from softrorm.schema.reflect import reflect

    model = reflect(client, table)
    given = [_value(model, text, client) for text in values]
    _no_field_twice([field.name for field, _ in given])
    found = record_of(model, record)
    changes = []
    for field, value in given:
        before = cell(value_of(found, field.attribute))
        setattr(found, field.attribute, value)
        changes.append((field, before))
    dirty = found.dirty_fields
    found.save()
    for field, before in changes:
        if field.attribute in dirty:
            after = cell(value_of(found, field.attribute))
            note(f"{field.name}: {before or '(empty)'} -> {after or '(empty)'}")
    if not dirty:
        note("Nothing differs, nothing was sent.")
    if as_json:
        print_record(found, as_json=True)


def _no_field_twice(names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise click.UsageError(f"{name!r} is given {names.count(name)} times; give it one value")


def _value(model: type[Any], text: str, client: Client) -> tuple[Any, Any]:
    """The field that one argument names, and the value that it gives."""
    from datetime import UTC

    from softrorm.data.conversion import Terms, converted
    from softrorm.query.language.names import field_of

    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise click.UsageError(
            f"{text!r} {'names no field' if sign else 'gives no value'}: write FIELD=VALUE, or FIELD= to empty it"
        )
    field: Any = field_of(model, name.strip())
    if not field.writable:
        raise InvalidValue(f"{field.name} cannot be set: the service works it out.")
    try:
        return field, converted(field, value, Terms(timezone=UTC, separator=",", linked=_linked(client)))
    except InvalidValue as error:
        # That what was typed is a text goes without saying.
        raise InvalidValue(f"{field.name} {error}".replace(" (str)", "")) from None


def _linked(client: Client) -> Callable[[Any, str], str]:
    """What finds the id of a linked record by what somebody typed."""

    def find(link: Any, text: str) -> str:
        if _RECORD.fullmatch(text):
            return text
        # The label of a link is what the primary field shows (wire-facts 6).
        meta = link.target._meta
        primary = client.table_schema(meta.database, meta.table).primary_field_id
        name = next(name for name, field in meta.own_fields.items() if field.id == primary)
        found = [one.id for one in link.target.objects.filter(**{name: text})[:3]]
        if len(found) == 1:
            return str(found[0])
        problem = f"{len(found)} are called" if found else "none is called"
        raise InvalidValue(f"takes a record of {meta.table_name} by its id or its label, and {problem} {text!r}.")

    return find
