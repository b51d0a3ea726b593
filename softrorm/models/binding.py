"""Binding: where a model's records live for one client, and the ids of its fields there.

A model that declares database, table and fields by id is bound without asking. One that declares by name is bound
through the lock file of the client, where it has one, else through the table's schema, read once per client and
cached; the same model then serves databases with different ids.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Any

from softrorm.client.errors import APIError, ConfigurationError, UnknownField
from softrorm.models.finding import DATABASES, FIELDS, TABLES, by_id, by_name, matching, only

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.client.dialect import Dialect
    from softrorm.client.lock import LockedTable
    from softrorm.client.resources import Table
    from softrorm.models.options import Options

_SYSTEM = {"created_at": "created_at", "updated_at": "updated_at"}


class Binding:
    """A model's place at one client.

    Attributes:
        client: The client.
        database: The id of the database.
        table: The id of the table.
        ids: The ids of the fields by attribute.
        stale: Whether the service knows a field no more, so that the schema is to be read anew.
    """

    __slots__ = ("_choices", "_dialect", "client", "database", "ids", "stale", "table")

    def __init__(
        self,
        client: Client | None,
        database: str,
        table: str,
        ids: Mapping[str, str],
        choices: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.client: Any = client
        self.database = database
        self.table = table
        self.ids = ids
        self._choices = choices or {}
        self._dialect: Dialect | None = None
        self.stale = False

    @property
    def dialect(self) -> Dialect:
        """The dialect of the client; without a client, that of today's service."""
        if self._dialect is None:
            from softrorm.client.dialect import Dialect

            self._dialect = Dialect.CURRENT if self.client is None else self.client.dialect
        return self._dialect

    def choice_id(self, attribute: str, label: str) -> str | None:
        """The id of a choice, where the schema has been read."""
        known = self._choices.get(attribute)
        return known.get(label) if known else None

    @contextmanager
    def naming(self, model: type[Any]) -> Iterator[None]:
        """Let errors of the service name the model's attribute beside the field id.

        A field that the service does not know any more also makes the next query read the schema anew.
        """
        try:
            yield
        except APIError as error:
            names = [name for name, id in self.ids.items() if id == error.field_id]
            if names:
                error.attribute = f"{model.__name__}.{names[0]}"
            if isinstance(error, UnknownField):
                self.stale = True
                self.client.schema_cache.drop(self.database)
            raise

    def __repr__(self) -> str:
        return f"<Binding database={self.database} table={self.table}>"


def _known(client: Client) -> weakref.WeakKeyDictionary[type, Binding]:
    """The bindings at a client. They stand on the client itself, so that they live as long as it does and no longer."""
    return vars(client).setdefault("_bindings", weakref.WeakKeyDictionary())  # type: ignore[no-any-return]


def bind(meta: Options, client: Client, database: str | None = None, table: str | None = None) -> Binding:
    """Bind a model at a client through the table's schema, and remember it.

    Args:
        meta: The model's options.
        client: The client.
        database: The id of the database, instead of ``Meta.database``.
        table: The id of the table, instead of ``Meta.table``.

    Raises:
        ConfigurationError: The database, the table or a field cannot be found; the message names what is there.

    Makes one request where the schema is not cached, one more to find a database by name where none
    was looked for in the last seconds, and one of each before it raises.
    """
    locked = _locked(meta, client)
    # A Database or a Table of the client says as much as its id.
    database = getattr(database, "id", database) or meta.database
    if database is None:
        database = locked.database if locked else _database_named(meta, client)
    table = getattr(table, "id", table) or meta.table
    if locked and locked.database == database and table in {None, locked.id}:
        table = locked.id
    else:
        locked = None  # which tells of another table
    try:
        found = _table(meta, client.schema(database), database, table)
        ids = _ids(meta, found, locked)
    except ConfigurationError:
        # It may have been made since the schema was read.
        found = _table(meta, client.schema(database, refresh=True), database, table)
        ids = _ids(meta, found, locked)
    _refuse_other_types(meta, ids, found)
    by_id = {field.id: field for field in found.fields}
    choices = {
        name: {choice.label: choice.id for choice in listed}
        for name, id in ids.items()
        if id in by_id and (listed := getattr(by_id[id].options, "choices", None))
    }
    binding = Binding(client, database, found.id, ids, choices)
    _known(client)[meta.model] = binding
    return binding


def _refuse_other_types(meta: Options, ids: Mapping[str, str], table: Table) -> None:
    """A field of another type would read nonsense: say so before it does."""
    by_id = {field.id: field for field in table.fields}
    for name, field in meta.own_fields.items():
        found = by_id.get(ids[name])
        if found is None or field.api_type in {"", found.type}:
            continue
        if {field.api_type, found.type} == {"DATE", "DATETIME"}:
            continue  # a DATE is a DATETIME with precision DATE (wire-facts 8.3)
        raise ConfigurationError(
            f"{field.label} is declared as {type(field).__name__}, a {field.api_type} field, and the field "
            f"{found.name!r} of the table {table.name!r} is {found.type}."
        )


def binding_of(meta: Options, client: Client) -> Binding:
    """The binding of a model at a client, made on first use.

    Raises:
        ConfigurationError: As for :func:`bind`.

    Makes no request for a model declared by ids, nor for one that is bound already; else as :func:`bind`.
    """
    known = _known(client)
    binding = known.get(meta.model)
    if binding is None:
        if meta.static_ids is None:
            locked = _locked_whole(meta, client)
            return bind_locked(meta, client, locked) if locked else bind(meta, client)
        assert meta.database is not None  # noqa: S101 - static ids imply both
        assert meta.table is not None  # noqa: S101
        binding = known[meta.model] = Binding(client, meta.database, meta.table, meta.static_ids)
    elif binding.stale and meta.static_ids is None:
        return bind(meta, client, binding.database, binding.table)
    return binding


def bind_locked(meta: Options, client: Client, locked: LockedTable) -> Binding:
    """Bind a model to what a lock says of it, and remember it. Makes no request."""
    named = {name: field.id or locked.fields[name].id for name, field in meta.own_fields.items()}
    choices = {
        name: {choice.label: known[key] for value, choice in catalog.pairs if (key := choice_key(value)) in known}
        for name, field in meta.own_fields.items()
        if (catalog := getattr(field, "catalog", None))
        and name in locked.fields
        and (known := locked.fields[name].choices)
    }
    binding = Binding(client, locked.database, locked.id, {**_SYSTEM, **named}, choices)
    _known(client)[meta.model] = binding
    return binding


def choice_key(value: Any) -> str:
    """What a choice is known by in a lock: the name of its Enum's member, which stays when the label changes."""
    return value.name if isinstance(value, Enum) else str(value)


def is_bound(meta: Options, client: Client) -> bool:
    """Whether :func:`binding_of` makes no request."""
    if meta.static_ids is not None:
        return True
    known = _known(client).get(meta.model)
    return not known.stale if known is not None else _locked_whole(meta, client) is not None


def _locked(meta: Options, client: Client) -> LockedTable | None:
    """What the lock of a client says of a model, unless the model says that its table is another one."""
    found = client.lock.tables.get(meta.name) if client.lock else None
    if found is None or meta.database not in {None, found.database} or meta.table not in {None, found.id}:
        return None
    return found


def _locked_whole(meta: Options, client: Client) -> LockedTable | None:
    """The same, where the lock knows every field: one that was declared since is to be looked up in the schema."""
    found = _locked(meta, client)
    whole = found and all(field.id or name in found.fields for name, field in meta.own_fields.items())
    return found if whole else None


def _database_named(meta: Options, client: Client) -> str:
    if not meta.database_name:
        raise ConfigurationError(
            f"{meta.name} does not say where its records are: set Meta.database to the database's id, or "
            f"Meta.database_name to its name, make the table with create_tables(), or call "
            f"{meta.name}.bind(client, database=...) for this client."
        )
    if client.lock and meta.database_name in client.lock.databases:
        return client.lock.databases[meta.database_name]  # which may have another name in this environment
    # One request for all models and threads that look for a database; one more where it may have been made since.
    databases = client.database_cache.get("")
    if len(matching(meta.database_name, databases, DATABASES, [by_name])) != 1:
        databases = client.database_cache.get("", refresh=True)
    return str(
        only(
            meta.database_name,
            databases,
            DATABASES,
            f"{meta.name}: this account",
            [by_name],
            missing="Set Meta.database_name to the database's name, or Meta.database to its id.",
            several="Set Meta.database to the id of one.",
        ).id
    )


def _table(meta: Options, tables: Sequence[Table], database: str, table: str | None) -> Table:
    return only(
        table or meta.table_name,
        tables,
        TABLES,
        f"{meta.name}: the database {database}",
        [by_id if table else by_name],
        missing="Set Meta.table to the table's id, or Meta.table_name to its name.",
        several="Set Meta.table to the id of one.",
    )


def _ids(meta: Options, table: Table, locked: LockedTable | None) -> dict[str, str]:
    known = {one.id for one in table.fields}
    kept = {name: one.id for name, one in locked.fields.items() if one.id in known} if locked else {}
    return {
        **_SYSTEM,
        **{name: field.id or kept.get(name) or _field_id(field, table) for name, field in meta.own_fields.items()},
    }


def _field_id(field: Any, table: Table) -> str:
    found = only(
        field.name,
        table.fields,
        FIELDS,
        f"{field.label}: the table {table.name!r}",
        [by_name],
        missing="Declare the field by id, or by name=...",
        several="Declare the field by the id of one.",
    )
    return str(found.id)
