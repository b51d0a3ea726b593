"""The endpoints of fields: get, create, update, delete.

An update is the delicate one: the service takes what it is sent for the whole field, so the field is read first and
sent back whole, with the changes merged in.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from softrorm.client.endpoints import Endpoints, given, read, something
from softrorm.client.resources import Options, TableField
from softrorm.client.twins import twin


class _Keep(Enum):
    KEEP = "left as it is"

    def __repr__(self) -> str:
        return "KEEP"


KEEP: Final = _Keep.KEEP
"""The default of arguments for which ``None`` has a meaning of its own."""

FieldSpec = TableField | Mapping[str, Any]
"""A field to create: its JSON (``name``, ``type``, ``options``, ...) or the field of another table."""

_WRITABLE = ("name", "type", "options", "description", "allowMultipleEntries", "required", "defaultValue", "aiOptions")


class FieldEndpoints(Endpoints):
    """The field methods of :class:`~softrorm.client.client.Client`."""

    def get_field(self, database_id: str, table_id: str, field_id: str) -> TableField:
        """Read one field. 1 request (document: Get Table Field).

        Args:
            database_id: The database.
            table_id: The table.
            field_id: The field.

        Returns:
            The field.

        Raises:
            NotFound: There is no such field.
        """
        return read(TableField.from_wire, self._send("GET", _field(database_id, table_id, field_id))["data"])

    aget_field = twin(get_field)

    def create_field(
        self,
        database_id: str,
        table_id: str,
        name: str,
        type: str,
        options: Options | Mapping[str, Any] | None = None,
        *,
        description: str | None = None,
        allow_multiple_entries: bool | None = None,
        required: bool | None = None,
        default_value: Any = None,
        ai_options: Mapping[str, Any] | None = None,
    ) -> TableField:
        """Add a field to a table. 1 request (document: Add Table Field; wire-facts 8.3).

        A LINKED_RECORD field makes a second one, which leads back, in the linked table.

        Args:
            database_id: The database.
            table_id: The table.
            name: Its name.
            type: Its type, such as ``SELECT``.
            options: Its options: the JSON, or an options resource.
            description: What it is for.
            allow_multiple_entries: Whether a cell holds a list.
            required: Whether a record must have a value.
            default_value: What a create fills in.
            ai_options: How it is filled by AI.

        Returns:
            The new field.

        Raises:
            AmbiguousWrite: The answer was lost; the field may be there.
        """
        body = given(
            name=name,
            type=type,
            options=_options(options),
            description=description,
            allowMultipleEntries=allow_multiple_entries,
            required=required,
            defaultValue=default_value,
            aiOptions=ai_options,
        )
        wire = self._send("POST", ("databases", database_id, "tables", table_id, "fields"), body=body)["data"]
        return read(TableField.from_wire, wire)

    acreate_field = twin(create_field, writes=True)

    def update_field(  # noqa: PLR0917 - as create_field
        self,
        database_id: str,
        table_id: str,
        field_id: str,
        name: str | None = None,
        type: str | None = None,
        options: Options | Mapping[str, Any] | None = None,
        *,
        description: str | None = None,
        allow_multiple_entries: bool | None = None,
        required: bool | None = None,
        default_value: Any = KEEP,
        ai_options: Mapping[str, Any] | _Keep | None = KEEP,
    ) -> TableField:
        """Change what is given of a field and keep the rest. 2 requests: it is read, merged and sent whole.

        A partial body would be refused, wipe options or cut a link from its inverse. Whoever gives
        ``choices`` gives all of them, those that stay with their ids. Document: Update Table Field; wire-facts 8.3.

        Args:
            database_id: The database.
            table_id: The table.
            field_id: The field.
            name: Its new name.
            type: Its new type; the options of the old one are then left out.
            options: The options to change, by JSON key; the others keep their values.
            description: Its new description; ``""`` clears it.
            allow_multiple_entries: Whether a cell holds a list.
            required: Whether a record must have a value.
            default_value: What a create fills in; ``None`` for nothing.
            ai_options: How it is filled by AI; ``None`` for not at all.

        Returns:
            The field after the change.

        Raises:
            InvalidValue: Nothing was given.
            NotFound: There is no such field.
        """
        changes = given(
            name=name,
            type=type,
            options=_options(options),
            description=description,
            allowMultipleEntries=allow_multiple_entries,
            required=required,
        )
        for key, value in (("defaultValue", default_value), ("aiOptions", ai_options)):
            if value is not KEEP:
                changes[key] = value
        something(changes, "a field")
        current = self.get_field(database_id, table_id, field_id)
        body = _merged(current, changes)
        wire = self._send("PUT", _field(database_id, table_id, field_id), body=body)["data"]
        return read(TableField.from_wire, wire)

    aupdate_field = twin(update_field, writes=True)

    def delete_field(self, database_id: str, table_id: str, field_id: str) -> None:
        """Delete a field. 1 request (document: Delete Table Field).

        Args:
            database_id: The database.
            table_id: The table.
            field_id: The field.

        Raises:
            NotFound: There is no such field.
        """
        self._send("DELETE", _field(database_id, table_id, field_id), expects=None)

    adelete_field = twin(delete_field, writes=True)


def _field(database_id: str, table_id: str, field_id: str) -> tuple[str, ...]:
    return ("databases", database_id, "tables", table_id, "fields", field_id)


def _options(options: Options | Mapping[str, Any] | None) -> dict[str, Any] | None:
    if options is None:
        return None
    return options.to_wire() if isinstance(options, Options) else dict(options)


def field_body(field: FieldSpec) -> dict[str, Any]:
    """The JSON of a field to create."""
    return _writable(field) if isinstance(field, TableField) else dict(field)


def _writable(field: TableField) -> dict[str, Any]:
    """What a write says of a field as it is: name, type, options, and what differs from a new field's."""
    wire = field.to_wire()
    body = {key: wire[key] for key in _WRITABLE if wire.get(key) not in (None, False, "")}
    body.setdefault("options", {})
    return body


def _merged(current: TableField, changes: Mapping[str, Any]) -> dict[str, Any]:
    if changes.get("type", current.type) != current.type:
        # What was said of the old type (options, default, AI) means nothing to the new one.
        return {"name": current.name, **given(description=current.description or None), "options": {}, **changes}
    body = {**_writable(current), **changes}
    if "options" in changes:
        body["options"] = {**current.options.to_wire(), **changes["options"]}
    return body
