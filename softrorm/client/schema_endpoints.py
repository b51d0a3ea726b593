"""The endpoints of the schema: databases, tables, views and fields.

Every write drops the cached schema of its database, whatever became of it: a write whose answer was lost may
have been carried out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Any, Final

from softrorm.client.cache import SchemaCache
from softrorm.client.endpoints import Endpoints, given, read
from softrorm.client.errors import InvalidValue
from softrorm.client.resources import Database, Options, Table, TableField, View


class _Keep(Enum):
    KEEP = "left as it is"

    def __repr__(self) -> str:
        return "KEEP"


KEEP: Final = _Keep.KEEP
"""The default of arguments for which ``None`` has a meaning of its own."""

FieldSpec = TableField | Mapping[str, Any]
"""A field to create: its JSON (``name``, ``type``, ``options``, ...) or the field of another table."""

_WRITABLE = ("name", "type", "options", "description", "allowMultipleEntries", "required", "defaultValue", "aiOptions")


class SchemaEndpoints(Endpoints):
    """The schema methods of :class:`~softrorm.client.client.Client`."""

    schema_cache: SchemaCache[tuple[Table, ...]]

    # Databases ------------------------------------------------------------------------------------

    def list_databases(self) -> list[Database]:
        """Read all databases that the key's owner can see. 1 request (document: Get Databases).

        Returns:
            The databases.
        """
        return [read(Database.from_wire, wire) for wire in self._send("GET", ("databases",), expects=list)["data"]]

    def get_database(self, database_id: str) -> Database:
        """Read one database. 1 request (document: Get Single Database).

        Args:
            database_id: The database.

        Returns:
            The database.

        Raises:
            NotFound: There is no such database.
        """
        return read(Database.from_wire, self._send("GET", ("databases", database_id))["data"])

    def create_database(self, name: str, workspace_id: str, description: str | None = None) -> Database:
        """Create a database. 1 request (document: Create a Database).

        Args:
            name: Its name.
            workspace_id: The workspace that it belongs to.
            description: What it is for.

        Returns:
            The new database.

        Raises:
            AmbiguousWrite: The answer was lost; the database may be there.
        """
        body = {"workspaceId": workspace_id, "name": name, **given(description=description)}
        return read(Database.from_wire, self._send("POST", ("databases",), body=body)["data"])

    def update_database(self, database_id: str, name: str | None = None, description: str | None = None) -> Database:
        """Change what is given of a database. 1 request (document: Update Database).

        Args:
            database_id: The database.
            name: Its new name.
            description: Its new description; ``""`` clears it.

        Returns:
            The database after the change.

        Raises:
            InvalidValue: Nothing was given.
        """
        body = _something(given(name=name, description=description), "a database")
        with self._changing(database_id):
            return read(Database.from_wire, self._send("PUT", ("databases", database_id), body=body)["data"])

    def delete_database(self, database_id: str, force: bool = False) -> None:
        """Delete a database. 1 request (document: Delete Database).

        Args:
            database_id: The database.
            force: Whether to delete it with the tables in it.

        Raises:
            BadRequest: It has tables, and ``force`` is not set.
            NotFound: There is no such database.
        """
        with self._changing(database_id):
            self._send("DELETE", ("databases", database_id), query=_force(force), expects=None)

    # Tables and views -----------------------------------------------------------------------------

    def list_tables(self, database_id: str) -> list[Table]:
        """Read all tables of a database with their fields. 1 request (document: Get Tables).

        Args:
            database_id: The database.

        Returns:
            The tables.
        """
        wires = self._send("GET", ("databases", database_id, "tables"), expects=list)["data"]
        return [read(Table.from_wire, wire) for wire in wires]

    def get_table(self, database_id: str, table_id: str) -> Table:
        """Read one table with its fields. 1 request (document: Get Single Table).

        Args:
            database_id: The database.
            table_id: The table.

        Returns:
            The table.

        Raises:
            NotFound: There is no such table.
        """
        return read(Table.from_wire, self._send("GET", ("databases", database_id, "tables", table_id))["data"])

    def create_table(
        self,
        database_id: str,
        name: str | None = None,
        description: str | None = None,
        primary_field_name: str | None = None,
        fields: Iterable[FieldSpec] | None = None,
    ) -> Table:
        """Create a table. 1 request (document: Create Table; wire-facts 8.3).

        Args:
            database_id: The database.
            name: Its name; the service picks one by default.
            description: What it is for.
            primary_field_name: The name of its first field, which titles its records.
            fields: More fields. A link made here may get no inverse; ``create_field`` makes both ends.

        Returns:
            The new table.

        Raises:
            AmbiguousWrite: The answer was lost; the table may be there.
        """
        body = given(
            name=name,
            description=description,
            primaryFieldName=primary_field_name,
            fields=None if fields is None else [_field_body(field) for field in fields],
        )
        with self._changing(database_id):
            # With nothing given the document's example has no body at all.
            wire = self._send("POST", ("databases", database_id, "tables"), body=body or None)["data"]
            return read(Table.from_wire, wire)

    def update_table(
        self, database_id: str, table_id: str, name: str | None = None, description: str | None = None
    ) -> Table:
        """Change the name or description of a table. 1 request, or 2 without ``name``, which the service requires.

        Document: Update Table; wire-facts 8.3 and 14.

        Args:
            database_id: The database.
            table_id: The table.
            name: Its new name; the present one is read and sent if it is not given.
            description: Its new description; ``""`` clears it.

        Returns:
            The table after the change.

        Raises:
            InvalidValue: Nothing was given.
            NotFound: There is no such table.
        """
        body = _something(given(name=name, description=description), "a table")
        if name is None:
            body = {"name": self.get_table(database_id, table_id).name, **body}
        with self._changing(database_id):
            wire = self._send("PUT", ("databases", database_id, "tables", table_id), body=body)["data"]
            return read(Table.from_wire, wire)

    def delete_table(self, database_id: str, table_id: str, force: bool = False) -> None:
        """Delete a table. 1 request (document: Delete Table).

        Args:
            database_id: The database.
            table_id: The table.
            force: Whether to delete it with the records in it.

        Raises:
            BadRequest: It has records, and ``force`` is not set.
            NotFound: There is no such table.
        """
        with self._changing(database_id):
            parts = ("databases", database_id, "tables", table_id)
            self._send("DELETE", parts, query=_force(force), expects=None)

    def list_views(self, database_id: str, table_id: str) -> list[View]:
        """Read the views of a table. 1 request (document: Get Table Views).

        Args:
            database_id: The database.
            table_id: The table.

        Returns:
            The views.
        """
        parts = ("databases", database_id, "tables", table_id, "views")
        return [read(View.from_wire, wire) for wire in self._send("GET", parts, expects=list)["data"]]

    # Fields ---------------------------------------------------------------------------------------

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
        with self._changing(database_id):
            wire = self._send("POST", ("databases", database_id, "tables", table_id, "fields"), body=body)["data"]
            return read(TableField.from_wire, wire)

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
        _something(changes, "a field")
        current = self.get_field(database_id, table_id, field_id)
        body = _merged(current, changes)
        with self._changing(database_id):
            wire = self._send("PUT", _field(database_id, table_id, field_id), body=body)["data"]
            return read(TableField.from_wire, wire)

    def delete_field(self, database_id: str, table_id: str, field_id: str) -> None:
        """Delete a field. 1 request (document: Delete Table Field).

        Args:
            database_id: The database.
            table_id: The table.
            field_id: The field.

        Raises:
            NotFound: There is no such field.
        """
        with self._changing(database_id):
            self._send("DELETE", _field(database_id, table_id, field_id), expects=None)

    # The cached schema ----------------------------------------------------------------------------

    def schema(self, database_id: str, *, refresh: bool = False) -> tuple[Table, ...]:
        """The tables of a database, kept for ``schema_ttl`` seconds. 0 requests, or 1.

        Args:
            database_id: The database.
            refresh: Whether to read it again now.

        Returns:
            The tables.
        """
        return self.schema_cache.get(database_id, refresh=refresh)

    def table_schema(self, database_id: str, table_id: str, *, refresh: bool = False) -> Table:
        """One table of the cached schema. 0 requests, or 1; up to 3 for a table that is not there.

        Args:
            database_id: The database.
            table_id: The table.
            refresh: Whether to read the schema again now.

        Returns:
            The table.

        Raises:
            NotFound: There is no such table, also after reading the schema again.
        """
        for again in (refresh, True):
            for table in self.schema(database_id, refresh=again):
                if table.id == table_id:
                    return table
            if refresh:
                break
        # The service says best what is not there.
        return self.get_table(database_id, table_id)

    def _load_schema(self, database_id: str) -> tuple[Table, ...]:
        return tuple(self.list_tables(database_id))

    @contextmanager
    def _changing(self, database_id: str) -> Iterator[None]:
        try:
            yield
        finally:
            self.schema_cache.drop(database_id)


def _field(database_id: str, table_id: str, field_id: str) -> tuple[str, ...]:
    return ("databases", database_id, "tables", table_id, "fields", field_id)


def _force(force: bool) -> dict[str, str]:
    return {"force": "true"} if force else {}


def _something(body: dict[str, Any], what: str) -> dict[str, Any]:
    if not body:
        raise InvalidValue(f"an update of {what} needs something to change, such as name= or description=")
    return body


def _options(options: Options | Mapping[str, Any] | None) -> dict[str, Any] | None:
    if options is None:
        return None
    return options.to_wire() if isinstance(options, Options) else dict(options)


def _field_body(field: FieldSpec) -> dict[str, Any]:
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
