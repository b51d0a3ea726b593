"""Finding: databases, tables and fields by what people type, an id or a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from softrorm.client.errors import ConfigurationError
from softrorm.query.operators import nearest

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.client.resources import Database, Table, TableField

T = TypeVar("T")
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
    known = client.list_databases()
    return _only(text, known, _DATABASES, "this account")


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
        if named := _matching(text[:at].strip(), databases, _DATABASES):
            database = _only(text[:at].strip(), named, _DATABASES, "this account")
            tables = client.schema(database.id)
            return Place(database, pick_table(tables, text[at + 1 :].strip(), f"the database {database.name!r}"))
    places = [Place(database, table) for database in databases for table in client.schema(database.id)]
    return _only(text, places, _PLACES, "this account")


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
    return _only(text, tables, _TABLES, where)


def find_field(table: Table, text: str) -> TableField:
    """The field of a table that somebody means.

    Args:
        table: The table.
        text: Its id, or its name; small and capital letters count only where two names differ in nothing else.

    Raises:
        ConfigurationError: There is none, or there are several; the message names the nearest, or all of them.

    Makes no request.
    """
    return _only(text, table.fields, _FIELDS, f"the table {table.name!r}")


class _Kind(NamedTuple):
    """A kind of thing that is looked for: its id, its name, and what it is called in a message."""

    thing: str
    id: Callable[[Any], str | None]
    name: Callable[[Any], str]
    shown: Callable[[Any], str]


_ID, _NAME = attrgetter("id"), attrgetter("name")
_DATABASES = _Kind("database", _ID, _NAME, _NAME)
_TABLES = _Kind("table", _ID, _NAME, _NAME)
_FIELDS = _Kind("field", _ID, _NAME, _NAME)
_PLACES = _Kind("table", attrgetter("table.id"), attrgetter("table.name"), attrgetter("path"))


def _matching(text: str, known: Iterable[T], kind: _Kind) -> list[T]:
    """Those with this id, else with this name, else with this name in other letters."""
    known = list(known)
    return (
        [one for one in known if kind.id(one) == text]
        or [one for one in known if kind.name(one) == text]
        or [one for one in known if kind.name(one).casefold() == text.casefold()]
    )


def _only(text: str, known: Iterable[T], kind: _Kind, where: str) -> T:
    known = list(known)
    found = _matching(text, known, kind)
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(f"{kind.shown(one)!r} ({kind.id(one)})" for one in found)
        give = "one of these names, or the id" if len({*map(kind.shown, found)}) == len(found) else "the id"
        raise ConfigurationError(f"{where} has {len(found)} {kind.thing}s called {text!r}: {several}. Give {give}.")
    if not known:
        raise ConfigurationError(f"{where} has no {kind.thing}s.")
    names = [kind.shown(one) for one in known]
    near = nearest(text, dict.fromkeys([*map(kind.name, known), *names]))
    listed = ", ".join(map(repr, names[:20])) + (", ..." if len(names) > 20 else "")
    raise ConfigurationError(f"{where} has no {kind.thing} {text!r}.{near} Its {kind.thing}s are {listed}.")
