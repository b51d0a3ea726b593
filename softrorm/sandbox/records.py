"""Records: how they are shown, made, changed and deleted (wire-facts 4, 5 and 11).

A write is checked as a whole before anything of it is kept, so that a refused one leaves no trace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from softrorm.sandbox import dates
from softrorm.sandbox.celltypes import Refused, Scene, is_readonly, kind_of, record_label
from softrorm.sandbox.forms import in_form
from softrorm.sandbox.ids import new_key
from softrorm.sandbox.links import write_links
from softrorm.sandbox.model import Field, Row, Table
from softrorm.sandbox.problems import Problem, bad_request, brief, invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from softrorm.sandbox.habits import Habits


def renderer(scene: Scene, habits: Habits, *, names: bool) -> Callable[[Row], dict[str, Any]]:
    """A function from a record to the object the API shows.

    Args:
        scene: The record's table.
        habits: Whether ``tableId`` is shown.
        names: Whether fields go by name (``fieldNames=true``). Of two with one name the later is shown: nobody knows.
    """
    readers = [
        (field.name if names else field.id, kind_of(field).reader(field, scene))
        for field in scene.table.fields.values()
    ]
    table = {"tableId": scene.table.id} if habits.record_table_id else {}

    def render(row: Row) -> dict[str, Any]:
        return {
            "id": row.id,
            **table,
            "fields": {key: read(row) for key, read in readers},
            "createdAt": dates.stamp_text(row.created),
            "updatedAt": dates.stamp_text(row.updated),
        }

    return render


def create(body: Any, scene: Scene, habits: Habits) -> Row:
    """Make a record: what was written, and the defaults of what was not (wire-facts 5.1).

    Raises:
        Problem: 400; a field is unknown, or a value refused, or a required one missing.
    """
    table, store = scene.table, scene.store
    written = _written(body, table, habits)
    scene.row_id = new_key()
    cells: dict[str, Any] = {}
    for field in table.fields.values():
        if is_readonly(field):
            continue
        value = written.get(field.id)
        if field.id in written and not (value is None and habits.null_takes_default):
            cells[field.id] = _accepted(value, field, scene, habits)
        else:
            cells[field.id] = kind_of(field).default(field, scene)
        _check_required(field, cells[field.id])
    _keep_choices(scene)
    counted = False
    for field in table.fields.values():
        if is_readonly(field):
            # Only now that the record is sure to be: a number given is never given again.
            cells[field.id] = kind_of(field).default(field, scene)
            counted = counted or field.type == "AUTONUMBER"
    if counted:
        store.save_table(table)
    links = [(field, cells.pop(field.id)) for field in table.fields.values() if field.type == "LINKED_RECORD"]
    kept = {key: value for key, value in cells.items() if value is not None}
    row = Row(scene.row_id, table.sequence + 1, scene.now, scene.now, kept)
    table.add(row)
    for field, targets in links:
        write_links(row, field, targets, scene)
    store.save_row(table, row)
    return row


def update(row: Row, body: Any, scene: Scene, habits: Habits) -> None:
    """Change the fields that a body names, and no others.

    Raises:
        Problem: 400; a field is unknown, or a value refused, or a required one cleared.
    """
    table = scene.table
    scene.row, scene.row_id = row, row.id
    written = _written(body, table, habits)
    accepted = []
    for key, value in written.items():
        field = table.fields[key]
        stored = _accepted(value, field, scene, habits)
        _check_required(field, stored)
        accepted.append((field, stored))
    if not accepted:
        return
    _keep_choices(scene)
    changed = {field.id for field, _ in accepted}
    for field, stored in accepted:
        if field.type == "LINKED_RECORD":
            write_links(row, field, stored, scene)
        else:
            _put(row, field, stored)
    for field in table.fields.values():
        edited = kind_of(field).edited(field, changed, scene)
        if edited is not None:
            row.cells[field.id] = edited
    row.updated = scene.now
    scene.store.save_row(table, row)


def delete(row: Row, scene: Scene) -> None:
    """Delete a record. Links to it stay where they are, with its last label (wire-facts 6)."""
    scene.store.drop_row(scene.table, row, record_label(scene)(row))


def _written(body: Any, table: Table, habits: Habits) -> dict[str, Any]:
    """What a body writes, by field id, without what the habits ignore."""
    given = body.get("fields") if isinstance(body, dict) else None
    if not isinstance(given, dict):
        raise bad_request('The body of a record is {"fields": {"<field id>": <value>}}.')
    by_name = {field.name: field.id for field in table.fields.values()} if habits.names_as_keys else {}
    written = {}
    for key, value in given.items():
        field = table.fields.get(key) or table.fields.get(by_name.get(key, ""))
        if field is None:
            if habits.unknown_field == "error":
                raise Problem("UNKNOWN_FIELD", f"Table {table.id} has no field {brief(key)}; fields go by id.", key)
        elif not is_readonly(field):
            written[field.id] = value
        elif habits.read_only_field == "error":
            raise invalid(f"Field {brief(field.name)} ({field.type}) is read-only and cannot be written.", field.id)
    return written


def _accepted(value: Any, field: Field, scene: Scene, habits: Habits) -> Any:
    if value is None:
        return None
    try:
        return kind_of(field).accept(in_form(value, field, habits), field, scene)
    except Refused as refusal:
        raise invalid(f"Field {brief(field.name)} ({field.type}): {refusal}.", field.id) from refusal


def _check_required(field: Field, stored: Any) -> None:
    if field.required and stored is None and field.type != "CHECKBOX":
        raise invalid(f"Field {brief(field.name)} is required and may not be empty.", field.id)


def _put(row: Row, field: Field, stored: Any) -> None:
    if stored is None:
        row.cells.pop(field.id, None)
    else:
        row.cells[field.id] = stored


def _keep_choices(scene: Scene) -> None:
    for key, choices in scene.new_choices.items():
        options = scene.table.fields[key].options
        options["choices"] = [*options["choices"], *choices]
    if scene.new_choices:
        scene.store.save_table(scene.table)
