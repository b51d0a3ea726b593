"""The endpoints of the schema: databases, tables and views, and the cached schema.

Every write drops the cached schema of its database; the endpoints of fields, which do so too, stand apart.
"""

from __future__ import annotations

from collections.abc import Iterable

from softrorm.client.endpoints import Endpoints, given, read, something
from softrorm.client.field_endpoints import FieldSpec, field_body
from softrorm.client.resources import Database, Table, View
from softrorm.client.twins import twin


class SchemaEndpoints(Endpoints):
    """The schema methods of :class:`~softrorm.client.client.Client`."""

    # Databases ------------------------------------------------------------------------------------

    def list_databases(self) -> list[Database]:
        """Read all databases that the key's owner can see. 1 request (document: Get Databases).

        Returns:
            The databases.
        """
        return [read(Database.from_wire, wire) for wire in self._send("GET", ("databases",), expects=list)["data"]]

    alist_databases = twin(list_databases)

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

    aget_database = twin(get_database)

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
        made = read(Database.from_wire, self._send("POST", ("databases",), body=body)["data"])
        self.database_cache.drop()
        return made

    acreate_database = twin(create_database, writes=True)

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
        body = something(given(name=name, description=description), "a database")
        changed = read(Database.from_wire, self._send("PUT", ("databases", database_id), body=body)["data"])
        self.database_cache.drop()
        return changed

    aupdate_database = twin(update_database, writes=True)

    def delete_database(self, database_id: str, force: bool = False) -> None:
        """Delete a database. 1 request (document: Delete Database).

        Args:
            database_id: The database.
            force: Whether to delete it with the tables in it.

        Raises:
            BadRequest: It has tables, and ``force`` is not set.
            NotFound: There is no such database.
        """
        self._send("DELETE", ("databases", database_id), query=_force(force), expects=None)
        self.database_cache.drop()

    adelete_database = twin(delete_database, writes=True)

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

    alist_tables = twin(list_tables)

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

    aget_table = twin(get_table)

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
            fields=None if fields is None else [field_body(field) for field in fields],
        )
        # With nothing given the document's example has no body at all.
        wire = self._send("POST", ("databases", database_id, "tables"), body=body or None)["data"]
        return read(Table.from_wire, wire)

    acreate_table = twin(create_table, writes=True)

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
        body = something(given(name=name, description=description), "a table")
        if name is None:
            body = {"name": self.get_table(database_id, table_id).name, **body}
        wire = self._send("PUT", ("databases", database_id, "tables", table_id), body=body)["data"]
        return read(Table.from_wire, wire)

    aupdate_table = twin(update_table, writes=True)

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
        parts = ("databases", database_id, "tables", table_id)
        self._send("DELETE", parts, query=_force(force), expects=None)

    adelete_table = twin(delete_table, writes=True)

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

    alist_views = twin(list_views)

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

    aschema = twin(schema)

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

    atable_schema = twin(table_schema)

    def _load_schema(self, database_id: str) -> tuple[Table, ...]:
        return tuple(self.list_tables(database_id))


def _force(force: bool) -> dict[str, str]:
    return {"force": "true"} if force else {}
