"""Inspecting: from a live database to the text of a module of models, and from there to the one that is up to date."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from softrorm.client.twins import twin
from softrorm.schema.find import find_database, pick_table
from softrorm.schema.inspect.module import Module

if TYPE_CHECKING:
    from softrorm.client.client import Client


def inspect_database(
    client: Client,
    database: str,
    tables: Iterable[str] | None = None,
    existing: str | None = None,
    *,
    path: str = "the module",
) -> str:
    """The text of a module with a model for each table of a database.

    Fields are declared by id, with annotations that type checkers understand; choices are Enums. A module that is there
    already is brought up to date: what stands in it stays as it is, new tables, fields and choices are added, and a
    comment marks those that are gone. What is commented out, with its id, is left out; so is a table whose class is
    imported from another module.

    Args:
        client: The client.
        database: The database's id or name.
        tables: Ids or names of the tables to look at; all of them unless given. A table that one of them links to
            gets a class without fields.
        existing: The text of the module as it is.
        path: What to call that module in messages.

    Returns:
        The text; that of ``existing`` itself where nothing changed.

    Raises:
        ConfigurationError: There is no such database or table, or ``existing`` is no Python.

    Makes 2 requests. Source: wire-facts 8.1 and 8.2.
    """
    found = find_database(client, database)
    schema = client.schema(found.id, refresh=True)
    where = f"the database {found.name!r}"
    wanted = None if tables is None else [pick_table(schema, name, where).id for name in tables]
    return Module(found, schema, wanted, existing, path).text()


ainspect_database = twin(inspect_database)
