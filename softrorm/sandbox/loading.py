"""Loading: a schema from elsewhere, such as an export of a live account, with all of its ids.

It is read in the API's own JSON, checked as a whole, and only then kept, so that a refused one leaves no trace. What a
request could never make is taken as it is: links whose other end is gone, and fields of types that nobody knows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from softrorm.sandbox import dates
from softrorm.sandbox.celltypes import Refused, Scene, kind_of
from softrorm.sandbox.ids import new_key
from softrorm.sandbox.model import Database, Field, Table
from softrorm.sandbox.problems import brief

if TYPE_CHECKING:
    from collections.abc import Callable

    from softrorm.sandbox.store import Store

ID = re.compile(r"[\w.-]{1,64}")
KINDS: dict[type, str] = {str: "text", bool: "true or false", dict: "an object", list: "a list"}


class SchemaRefused(ValueError):
    """A schema that cannot be loaded.

    Attributes:
        table_id: The table concerned, where there is one.
        field_id: The field of it, where there is one.
    """

    def __init__(self, message: str, table_id: str | None = None, field_id: str | None = None) -> None:
        super().__init__(message)
        self.table_id = table_id
        self.field_id = field_id


class Shape:
    """A JSON object that is being read: what it has under a key, or a complaint that says where.

    Args:
        given: The object, or something with a ``to_wire()`` that returns it.
        where: What it is, in messages.
        ids: The ids of the table and the field that it describes, as far as they are known.
    """

    def __init__(self, given: Any, where: str, *ids: str) -> None:
        to_wire = getattr(given, "to_wire", None)
        if callable(to_wire):
            given = to_wire()
        self.where = where
        self.ids = ids
        if not isinstance(given, Mapping):
            raise self.refusal(f"is {brief(given)}; right would be an object as the API answers it")
        try:
            self.given: dict[str, Any] = json.loads(json.dumps(dict(given)))
        except (TypeError, ValueError, RecursionError) as error:
            raise self.refusal(f"is no JSON: {error}") from error

    def refusal(self, problem: str) -> SchemaRefused:
        """What to raise for it."""
        return SchemaRefused(f"{self.where} {problem}.", *self.ids)

    def get(self, key: str, kind: type, otherwise: Any = None) -> Any:
        """What stands under a key; left out or null, something else."""
        value = self.given.get(key)
        if value is None:
            return otherwise
        if not isinstance(value, kind):
            raise self.refusal(f"has {key} {brief(value)}; right would be {KINDS[kind]}")
        return value

    def text(self, key: str) -> str:
        """Text that may not be missing."""
        value: str = self.get(key, str, "")
        if not value.strip():
            raise self.refusal(f"needs {key}, as text; it has {brief(self.given.get(key))}")
        return value

    def id(self, key: str, otherwise: str | None = None) -> str:
        """An id, which a path can hold."""
        value = otherwise if self.given.get(key) is None and otherwise else self.text(key)
        if not ID.fullmatch(value):
            raise self.refusal(f"has {key} {brief(value)}; right would be an id such as 'kl5nP'")
        return value

    def moment(self, key: str, otherwise: int) -> int:
        """A timestamp."""
        text = self.get(key, str)
        try:
            return otherwise if text is None else dates.parse(text)[0]
        except (ValueError, OverflowError):
            raise self.refusal(f"has {key} {brief(text)}; right would be '2026-01-19T09:30:00.000Z'") from None


def load(database: Any, tables: Iterable[Any], store: Store, scene_of: Callable[[Table], Scene], now: int) -> None:
    """Keep a database and its tables, empty.

    Args:
        database: The object of a database.
        tables: The objects of its tables.
        store: Where to.
        scene_of: Makes the scene of a table.
        now: The moment for timestamps that are left out, in epoch milliseconds.

    Raises:
        SchemaRefused: Something is missing, of the wrong kind, or there twice. Nothing was kept.
    """
    shape = Shape(database, "The database")
    identifier = shape.id("id")
    if identifier in store.databases:
        raise shape.refusal(f"{brief(identifier)} is in the sandbox already; its tables have to come with it, at once")
    created = shape.moment("createdAt", now)
    base = Database(
        id=identifier,
        name=shape.text("name"),
        description=shape.get("description", str),
        workspace_id=shape.get("workspaceId", str, store.workspace_id),
        created=created,
        updated=shape.moment("updatedAt", created),
    )
    if isinstance(tables, (str, Mapping)) or not isinstance(tables, Iterable):
        raise SchemaRefused(f"The tables are {brief(tables)}; right would be a list of objects.")
    taken = {"id": set(store.tables), "defaultViewId": {table.view_id for table in store.tables.values()}}
    loaded = [_table(one, f"tables[{at}]", base, taken, now) for at, one in enumerate(tables)]
    for table, fields in loaded:
        for one in fields:
            field = _field(one, table, scene_of(table))
            if field.id in table.fields:
                raise SchemaRefused(
                    f"Table {brief(table.name)} has two fields with the id {brief(field.id)}: "
                    f"{brief(table.fields[field.id].name)} and {brief(field.name)}.",
                    table.id,
                    field.id,
                )
            table.fields[field.id] = field
        if table.primary_id not in table.fields:
            raise SchemaRefused(
                f"Table {brief(table.name)} has primaryFieldId {brief(table.primary_id)}, and no field with this id.",
                table.id,
            )
    store.save_database(base)
    for table, _ in loaded:
        store.save_table(table)


def _table(given: Any, where: str, base: Database, taken: dict[str, set[str]], now: int) -> tuple[Table, list[Any]]:
    """A table without its fields, and what is given of them."""
    shape = Shape(given, where)
    identifier, name = shape.id("id"), shape.text("name")
    shape.where, shape.ids = f"Table {brief(name)} ({identifier})", (identifier,)
    created = shape.moment("createdAt", now)
    table = Table(
        id=identifier,
        database_id=base.id,
        name=name,
        description=shape.get("description", str),
        view_id=shape.id("defaultViewId", new_key()),
        primary_id=shape.id("primaryFieldId"),
        fields={},
        created=created,
        updated=shape.moment("updatedAt", created),
    )
    for key, value in (("id", table.id), ("defaultViewId", table.view_id)):
        if value in taken[key]:
            raise shape.refusal(f"has {key} {brief(value)}, which another table has already")
        taken[key].add(value)
    fields: list[Any] = shape.get("fields", list, [])
    return table, fields


def _field(given: Any, table: Table, scene: Scene) -> Field:
    shape = Shape(given, f"fields[{len(table.fields)}] of table {brief(table.name)}", table.id)
    identifier, name = shape.id("id"), shape.text("name")
    shape.where, shape.ids = f"Field {brief(name)} ({identifier}) of table {brief(table.name)}", (table.id, identifier)
    created = shape.moment("createdAt", scene.now)
    field = Field(
        id=identifier,
        name=name,
        type=shape.text("type"),
        description=shape.get("description", str),
        options={},
        ai_options=shape.get("aiOptions", dict),
        multiple=False,
        required=shape.get("required", bool, False),
        default=None,
        created=created,
        updated=shape.moment("updatedAt", created),
        readonly=shape.get("readonly", bool, False),
        locked=shape.get("locked", bool, False),
    )
    kind = kind_of(field)
    several, default = shape.get("allowMultipleEntries", bool), shape.given.get("defaultValue")
    try:
        field.options = kind.restored(shape.get("options", dict, {}), scene)
        field.multiple = kind.several(several, field.options, scene)
        if default is not None and not kind.readonly:
            field.default = kind.shown_default(default, field, scene)
    except Refused as refusal:
        raise shape.refusal(f"is of type {field.type}, and {refusal}") from refusal
    if several and not field.multiple:
        raise shape.refusal(f"has allowMultipleEntries, which fields of type {field.type} cannot have")
    _check_choices(field, shape)
    return field


def _check_choices(field: Field, shape: Shape) -> None:
    seen: set[str] = set()
    for choice in field.options.get("choices") or () if field.type == "SELECT" else ():
        if choice["id"] in seen:
            raise shape.refusal(f"has two choices with the id {brief(choice['id'])}")
        seen.add(choice["id"])
