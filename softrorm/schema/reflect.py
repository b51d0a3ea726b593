"""Reflecting: models without code, made from a live schema while a program runs.

For commands, scripts and notebooks that meet a table which nobody declared. Links lead to models that are reflected
when they are first followed. The classes belong to their client, are not importable, and so neither they nor their
records can be pickled.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from softrorm.client.twins import twin
from softrorm.fields.derived import Lookup
from softrorm.fields.factory import from_schema
from softrorm.fields.link import LinkField, TableId
from softrorm.models.model import Model
from softrorm.models.registry import unregister
from softrorm.schema.find import find_table
from softrorm.schema.names import attribute_name, class_name

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.client.resources import Table, TableField
    from softrorm.fields.base import Field

_lock = threading.RLock()


def reflect(client: Client, table: str) -> type[Model]:
    """A model of a live table: every field by id, with its choices, limits and result type.

    Attributes are the fields' names as Python can call them: ``Due date`` is ``due_date``. What the model asks goes
    through the client, with no default client needed. As long as the table does not change, a client has one such
    model of it; after a change, ``client.schema(database, refresh=True)`` shows the table as it is.

    Args:
        client: The client.
        table: The table's id, its name, or ``database/table``, each an id or a name.

    Returns:
        The model.

    Raises:
        ConfigurationError: There is no such table, or there are several; the message names the nearest.

    Makes 1 request, and 1 for each database whose schema is not cached; following a link makes none.
    Source: wire-facts 8.1 and 8.2.
    """
    place = find_table(client, table)
    return model_of(client, place.database.id, place.table)


areflect = twin(reflect)


def model_of(client: Client, database: str, table: Table) -> type[Model]:
    """A model of a table whose schema is at hand; see :func:`reflect`.

    Args:
        client: The client.
        database: The id of the database.
        table: The table.

    Makes no request.
    """
    with _lock:
        known: dict[str, tuple[Table, type[Model]]] = vars(client).setdefault("_reflected", {})
        former, model = known.get(table.id, (None, None))
        if model is None or former != table:
            model = _made(client, database, table)
            known[table.id] = table, model
        return model


class ReflectedTable(TableId):
    """The id of a linked table that becomes a model when the link is followed."""

    __slots__ = ("_client", "_database")
    _client: Client
    _database: str

    def __new__(cls, id: str, client: Client, database: str) -> ReflectedTable:
        """The id, with what it takes to read the table."""
        self = super().__new__(cls, id)
        self._client, self._database = client, database
        return self

    def model(self) -> type[Model] | None:
        """The model; ``None`` where the table is gone."""
        for refresh in (False, True):  # it may have been made since the schema was read
            for table in self._client.schema(self._database, refresh=refresh):
                if table.id == self:
                    return model_of(self._client, self._database, table)
        return None


def _attributes(table: Table) -> dict[str, str]:
    """The attributes of a table's fields, by their ids."""
    taken: dict[str, str] = {}
    for live in table.fields:
        taken[attribute_name(live.name, taken)] = str(live.id)
    return {id: name for name, id in taken.items()}


def _path(client: Client, database: str, table: Table, lookup: TableField) -> tuple[str | None, str | None]:
    """The attributes of the link and of the linked record's field that a LOOKUP shows, where both are known."""
    link = table.field(lookup.options.get("linkedRecordFieldId") or "")
    target = link.options.get("linkedTableId") if link else None
    linked = next((other for other in client.schema(database) if other.id == target), None)
    shown = _attributes(linked).get(lookup.options.get("lookupFieldId") or "") if linked else None
    return (_attributes(table)[str(link.id)], shown) if link and shown else (None, None)


def _made(client: Client, database: str, table: Table) -> type[Model]:
    members: dict[str, Any] = {}
    for live, name in zip(table.fields, _attributes(table).values(), strict=True):
        field: Field[Any] = from_schema(live)
        for link in (field, getattr(field, "returns", None)):
            if isinstance(link, LinkField):
                link.to = ReflectedTable(link.to, client, database)
        if isinstance(field, Lookup):
            field.through, field.of = _path(client, database, table, live)
        members[name] = field
    places = {"database": database, "table": table.id, "table_name": table.name, "client": client}
    meta = type("Meta", (), {"__doc__": "Where the records are.", **places})
    described = table.description or f"A record of the table {table.name}."
    model: type[Any] = type(
        class_name(table.name), (Model,), {"__doc__": described, "__module__": __name__, "Meta": meta} | members
    )
    model._meta.primary = _attributes(table).get(table.primary_field_id or "")
    unregister(model)  # it is found through its client, and must not be what links of declared models mean by a name
    return model
