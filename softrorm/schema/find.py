"""Finding: databases, tables and fields by what people type, an id or a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from softrorm.models.finding import DATABASES, FIELDS, TABLES, Kind, matching, only

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.client.resources import Database, Table, TableField

_PLACES = Kind("table", attrgetter("table.id"), attrgetter("table.name"), attrgetter("path"))
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Place(NamedTuple):
    """A table and the database that it is in."""

    database: Database
    table: Table

    @property
    def path(self) -> str:
        """Both names, as :func:`find_table` takes them."""
        return f"{self.database.name}/{self.table.name}"


def find_database(client: Client, text: str) -> Database:
    """The database that somebody means.

    Args:
        client: The client.
        text: Its id, or its name; small and capital letters count only where two names differ in nothing else.

    Raises:
        ConfigurationError: There is none, or there are several; the message names the nearest, or all of them.

    Makes 1 request.
    """
    return only(text, client.list_databases(), DATABASES, "this account")


def database_id(client: Client, text: str) -> str:
    """The id of the database that somebody means.

    Args:
        client: The client.
        text: As for :func:`find_database`.

    Raises:
        ConfigurationError: As for :func:`find_database`, of a name.

    Makes 1 request for a name, and none for an id.
    """
    return text if is_id(text) else find_database(client, text).id


def is_id(text: str) -> bool:
    """Whether a text has the form of a database's id (wire-facts 2). Makes no request."""
    return _UUID.fullmatch(text) is not None


def find_table(client: Client, text: str) -> Place:
    """The table that somebody means, in whichever database it is.

    Args:
        client: The client.
        text: Its id, its name, or ``database/table``, each an id or a name; small and capital letters count only where
            two names differ in nothing else.

    Raises:
        ConfigurationError: There is none, or there are several; the message names the nearest, or all of them.

    Makes 1 request, and 1 for each database whose schema is not cached; for ``database/table`` only those of that one.
    """
    databases = client.list_databases()
    for at in (at for at, letter in enumerate(text) if letter == "/"):
        if named := matching(text[:at].strip(), databases, DATABASES):
            database = only(text[:at].strip(), named, DATABASES, "this account")
            tables = client.schema(database.id)
            return Place(database, pick_table(tables, text[at + 1 :].strip(), f"the database {database.name!r}"))
    places = [Place(database, table) for database in databases for table in client.schema(database.id)]
    return only(text, places, _PLACES, "this account")


def pick_table(tables: Iterable[Table], text: str, where: str) -> Table:
    """The one of some tables that somebody means.

    Args:
        tables: The tables.
        text: Its id, or its name; small and capital letters count only where two names differ in nothing else.
        where: What the tables belong to, for the message.

    Raises:
        ConfigurationError: There is none, or there are several; the message names the nearest, or all of them.

    Makes no request.
    """
    return only(text, tables, TABLES, where)


def find_field(table: Table, text: str) -> TableField:
    """The field of a table that somebody means.

    Args:
        table: The table.
        text: Its id, or its name; small and capital letters count only where two names differ in nothing else.

    Raises:
        ConfigurationError: There is none, or there are several; the message names the nearest, or all of them.

    Makes no request.
    """
    return only(text, table.fields, FIELDS, f"the table {table.name!r}")
