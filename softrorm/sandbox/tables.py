"""Databases, tables and views: how they are shown, made, changed and deleted (wire-facts 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from softrorm.sandbox import dates, fieldschema
from softrorm.sandbox.celltypes import Scene, record_label
from softrorm.sandbox.ids import new_key, new_uuid
from softrorm.sandbox.model import Database, Table
from softrorm.sandbox.problems import bad_request, brief, invalid

if TYPE_CHECKING:
    from softrorm.sandbox.store import Store


def render_database(database: Database, store: Store) -> dict[str, Any]:
    """The object the API shows of a database."""
    return {
        "id": database.id,
        "name": database.name,
        "description": database.description,
        "workspaceId": database.workspace_id,
        "tablesCount": len(store.tables_of(database.id)),
        "createdAt": dates.stamp_text(database.created),
        "updatedAt": dates.stamp_text(database.updated),
    }


def render_table(table: Table) -> dict[str, Any]:
    """The object the API shows of a table, its keys in the order of the wire."""
    return {
        "id": table.id,
        "name": table.name,
        "description": table.description,
        "defaultViewId": table.view_id,
        "primaryFieldId": table.primary_id,
        "fields": [fieldschema.render(field) for field in table.fields.values()],
        "createdAt": dates.stamp_text(table.created),
        "updatedAt": dates.stamp_text(table.updated),
    }


def render_view(table: Table) -> dict[str, Any]:
    """The object the API shows of a table's one view, which hides and orders nothing."""
    return {
        "id": table.view_id,
        "tableId": table.id,
        "name": "All records",
        "description": None,
        "createdAt": dates.stamp_text(table.created),
        "updatedAt": dates.stamp_text(table.created),
    }


def create_database(body: Any, store: Store, now: int) -> Database:
    """Make a database, in whatever workspace the body names.

    Raises:
        Problem: 400; ``workspaceId`` or ``name`` is missing.
    """
    given = _object(body)
    name, workspace = _text(given, "name"), _text(given, "workspaceId")
    if name is None or workspace is None:
        raise invalid('A database needs "workspaceId" and "name".')
    database = Database(new_uuid(), name, _text(given, "description"), workspace, now, now)
    store.save_database(database)
    return database


def update_database(database: Database, body: Any, store: Store, now: int) -> None:
    """Change the name, the description, or both."""
    _rename(database, body, now)
    store.save_database(database)


def delete_database(database: Database, scene_of: Any, store: Store, *, force: bool) -> None:
    """Delete a database with its tables.

    Raises:
        Problem: 400; it has tables, and ``force`` was not asked for.
    """
    tables = store.tables_of(database.id)
    if tables and not force:
        raise bad_request(f"Database {brief(database.name)} has {len(tables)} tables; force=true deletes it with them.")
    for table in tables:
        delete_table(scene_of(table), force=True)
    store.drop_database(database)


def create_table(database: Database, body: Any, scene_of: Any, store: Store, now: int) -> Table:
    """Make a table: its primary field, the fields of the body, its default view.

    The body may be absent (the 2025 document), and so may every key of it.
    """
    given = _object(body)
    name = _text(given, "name") or f"Table {len(store.tables_of(database.id)) + 1}"
    fields = given.get("fields") or []
    if not isinstance(fields, list):
        raise invalid('"fields" is a list of objects with name, type and options.')
    table = Table(new_key(), database.id, name, _text(given, "description"), new_key(), "", {}, now, now)
    first = fieldschema.primary(_text(given, "primaryFieldName") or "Name", table, now)
    table.primary_id = first.id
    table.fields[first.id] = first
    scene: Scene = scene_of(table)
    # A link may lead to the table itself, so that it has to be there before its fields are looked at; one refused
    # field refuses the table, so that all are looked at before any is added.
    store.tables[table.id] = table
    try:
        for field in fields:
            fieldschema.define(field, scene)
    finally:
        del store.tables[table.id]
    store.save_table(table)
    for field in fields:
        fieldschema.add(field, scene)
    return table


def update_table(table: Table, body: Any, store: Store, now: int) -> None:
    """Change the name, the description, or both."""
    _rename(table, body, now)
    store.save_table(table)


def delete_table(scene: Scene, *, force: bool) -> None:
    """Delete a table with its records. Links to them stay where they are.

    Raises:
        Problem: 400; it has records, and ``force`` was not asked for.
    """
    table = scene.table
    if table.rows and not force:
        raise bad_request(f"Table {brief(table.name)} has {len(table.rows)} records; force=true deletes it with them.")
    label = record_label(scene)
    scene.store.drop_table(table, {row.id: label(row) for row in table.rows})
    fieldschema.renew_definitions(scene)


def _rename(thing: Database | Table, body: Any, now: int) -> None:
    given = _object(body)
    name, description = _text(given, "name"), _text(given, "description")
    if name is not None:
        thing.name = name
    if "description" in given:
        thing.description = description
    thing.updated = now


def _object(body: Any) -> dict[str, Any]:
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise bad_request("The body is no JSON object.")
    return body


def _text(body: dict[str, Any], key: str) -> str | None:
    value = body.get(key)
    if value is not None and not isinstance(value, str):
        raise invalid(f"{key} is {brief(value)}; right would be text.")
    if key in {"name", "workspaceId"} and value is not None and not value.strip():
        raise invalid(f"{key} is blank.")
    return value
