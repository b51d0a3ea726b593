"""Fields: how they are shown, made, changed and deleted (wire-facts 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from softrorm.sandbox import dates
from softrorm.sandbox.celltypes import TYPES, Refused, Scene, computed, formula, is_readonly, kind_of
from softrorm.sandbox.ids import new_field_key
from softrorm.sandbox.jsontext import plain_copy
from softrorm.sandbox.model import Field, Table
from softrorm.sandbox.problems import bad_request, brief, invalid

if TYPE_CHECKING:
    from softrorm.sandbox.model import Row

AI_OPTIONS = {
    "aiFillable": False,
    "aiOnly": True,
    "allowWebSearch": False,
    "aiModel": "openai-gpt-4-1",
    "prompt": "",
    "canBeTriggeredManually": True,
    "runWhenRecordIsCreated": True,
    "runWhenRecordIsUpdated": True,
    "runOnUpdateMode": "ANY_FIELD",
    "dependentFieldIds": [],
    "referencedFieldIds": None,
    "skipIfValueExists": True,
    "runFilter": None,
}


def render(field: Field) -> dict[str, Any]:
    """The object the API shows, its keys in the order of the wire."""
    return {
        "id": field.id,
        "name": field.name,
        "description": field.description,
        "type": field.type,
        "options": field.options,
        "aiOptions": field.ai_options,
        "allowMultipleEntries": field.multiple,
        "readonly": is_readonly(field),
        "required": field.required,
        "locked": field.locked,
        "defaultValue": field.default,
        "createdAt": dates.stamp_text(field.created),
        "updatedAt": dates.stamp_text(field.updated),
    }


def define(body: Any, scene: Scene, old: Field | None = None) -> Field:
    """The field that a body describes.

    Without ``options`` they are those of a new field of the type, for a change too: that a partial body wipes them is
    the API's own trap (wire-facts 8.3). The other keys keep their old values when they are left out.

    Args:
        body: The request's body; ``name`` and ``type`` are needed.
        scene: The table it stands in.
        old: The field as it was, if this is a change.

    Raises:
        Problem: 400; a key is missing or of the wrong kind.
    """
    identifier = old.id if old else None
    if not isinstance(body, dict):
        raise bad_request('The body of a field is {"name": ..., "type": ..., "options": {...}}.')
    name, type_name = body.get("name"), body.get("type")
    if not isinstance(name, str) or not name.strip():
        raise invalid(f"A field needs a name that is text; the body has {brief(name)}.", identifier)
    same = old if old is not None and old.type == type_name else None
    kind = kind_of(same) if same else TYPES.get(type_name) if isinstance(type_name, str) else None
    if kind is None:
        raise invalid(f"A field needs a type; {brief(type_name)} is none. There are: {', '.join(TYPES)}.", identifier)
    field = Field(
        id=identifier or new_field_key(scene.table.fields),
        name=name,
        type=kind.name,
        description=_take(body, "description", str, old.description if old else None),
        options={},
        ai_options=plain_copy(
            _take(body, "aiOptions", dict, same.ai_options if same else (AI_OPTIONS if kind.ai else None))
        ),
        multiple=False,
        required=bool(_take(body, "required", bool, old.required if old else False)),
        default=None,
        created=old.created if old else scene.now,
        updated=scene.now,
        readonly=same.readonly if same else False,
        locked=old.locked if old else False,
    )
    try:
        field.options = kind.options(plain_copy(_take(body, "options", dict, None) or {}), same, scene)
        several = _take(body, "allowMultipleEntries", bool, same.multiple if same else None)
        field.multiple = kind.several(several, field.options, scene)
        kind.settle(field, scene)
        default = body.get("defaultValue", same.default if same and "choices" not in field.options else None)
        if default is not None and not kind.readonly:
            field.default = kind.shown_default(plain_copy(default), field, scene)
    except Refused as refusal:
        raise invalid(f"Field {brief(name)} ({type_name}): {refusal}.", identifier) from refusal
    return field


def add(body: Any, scene: Scene) -> Field:
    """Add a field to a table, and to a link its inverse in the other one.

    The inverse is named after the table and holds several (wire-facts 8.3, REST). Whether links that are defined
    within the creation of a table get one is unknown; here they do.
    """
    field = define(body, scene)
    table = scene.table
    table.fields[field.id] = field
    if field.type == "LINKED_RECORD":
        _add_inverse(field, scene)
    changed = kind_of(field).fill(field, scene)
    scene.store.save_table(table)
    for row in changed:
        scene.store.save_row(table, row)
    return field


def change(field: Field, body: Any, scene: Scene) -> Field:
    """Put a new definition in a field's place.

    A change of type keeps the values that the new type can read, and empties the others.
    """
    table = scene.table
    new = define(body, scene, field)
    read = kind_of(field).label(field, scene)
    table.fields[field.id] = new
    table.forget_column(field.id)
    changed: list[Row] = []
    if new.type != field.type:
        # Links of a new type would need their other side; computed values have no cells to keep.
        convertible = not kind_of(new).readonly and "LINKED_RECORD" not in {new.type, field.type}
        for row in table.rows:
            text = read(row) if convertible else ""
            row.cells.pop(field.id, None)
            stored = _converted(text, new, scene) if text else None
            if stored is not None:
                row.cells[field.id] = stored
        if new.type == "LINKED_RECORD":
            _add_inverse(new, scene)
        kind_of(new).fill(new, scene)
        changed = table.rows
        if scene.new_choices:
            new.options["choices"] = [*new.options["choices"], *scene.new_choices[new.id]]
    scene.store.save_table(table)
    for row in changed:
        scene.store.save_row(table, row)
    if new.name != field.name:
        formula.rename(field.name, new.name, scene)
    renew_definitions(scene, new if new.type != field.type else None)
    return new


def remove(field: Field, scene: Scene) -> None:
    """Delete a field with its values. The inverse of a link keeps pointing at it (wire-facts 8.1).

    Raises:
        Problem: 400; it is the primary field, which a table cannot be without.
    """
    table = scene.table
    if field.id == table.primary_id:
        raise bad_request(f"Field {brief(field.name)} is the primary field of its table and cannot be deleted.")
    del table.fields[field.id]
    table.forget_column(field.id)
    for row in table.rows:
        if row.cells.pop(field.id, None) is not None:
            scene.store.save_row(table, row)
    scene.store.save_table(table)
    renew_definitions(scene)


def renew_definitions(scene: Scene, retyped: Field | None = None) -> None:
    """Bring what computed fields say of the fields they read in step, after one of these was changed or deleted.

    Args:
        scene: The table of that field.
        retyped: The field, if it has a new type.
    """
    for table in scene.store.tables_of(scene.table.database_id):
        renewed = [computed.renew(field, scene.of(table), retyped) for field in table.fields.values()]
        if any(renewed):
            scene.store.save_table(table)


def _add_inverse(field: Field, scene: Scene) -> None:
    target = scene.store.tables[field.options["linkedTableId"]]
    body = {"name": scene.table.name, "type": "LINKED_RECORD", "options": {"linkedTableId": scene.table.id}}
    inverse = define(body, scene.of(target))
    inverse.options["inverseLinkFieldId"], field.options["inverseLinkFieldId"] = field.id, inverse.id
    target.fields[inverse.id] = inverse
    scene.store.save_table(target)


def _converted(text: str, field: Field, scene: Scene) -> Any:
    try:
        return kind_of(field).accept(text, field, scene)
    except Refused:
        return None


def _take(body: dict[str, Any], key: str, kind: type, otherwise: Any) -> Any:
    """A key of a body; left out or null, what stands there otherwise."""
    value = body.get(key)
    if value is None:
        return otherwise
    if not isinstance(value, kind):
        raise invalid(f"{key} is {brief(value)}; right would be a {kind.__name__}.")
    return value


def primary(name: str, table: Table, now: int) -> Field:
    """The field that every table begins with: one line of text."""
    kind = TYPES["SINGLE_LINE_TEXT"]
    return Field(
        id=new_field_key(table.fields),
        name=name,
        type=kind.name,
        description=None,
        options=dict(kind.own_defaults),
        ai_options=dict(AI_OPTIONS),
        multiple=False,
        required=False,
        default=None,
        created=now,
        updated=now,
    )
