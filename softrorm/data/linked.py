"""Linked records by id or label: which there are, so that a row that links to none is refused before any write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from softrorm.client.errors import InvalidValue
from softrorm.data.cells import cell_text
from softrorm.data.conversion import no_such
from softrorm.query.frames import column_pages
from softrorm.query.queryset import QuerySet
from softrorm.schema.reflect import model_of

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.fields.link import LinkField

LinkBy: TypeAlias = Literal["id", "label"]
_ID = re.compile(r"[0-9A-Za-z]{14}")  # as the ids of records look
_MOST_NAMED = 1000  # labels that a misspelt one is compared with


class Linked:
    """The records that links may lead to; a table is read when a link to it is first met.

    Args:
        client: The client.
        by: What stands for a linked record in a file: its ``id``, or its ``label``, which is what its primary field
            shows.

    Attributes:
        by: The same.
    """

    def __init__(self, client: Client, by: LinkBy) -> None:
        self._client = client
        self.by = by
        self._tables: dict[str, dict[str, list[str]]] = {}

    def __call__(self, link: LinkField[Any], value: str) -> str:
        """The id of the record that a value stands for.

        Raises:
            InvalidValue: There is none, or there are several.

        Makes one request per page of 198 records when a table is first met. Keeps the ids of its records.
        """
        place = link.target._meta.binding(self._client)
        ids_of = self._tables.get(place.table)
        if ids_of is None:
            ids_of = self._tables[place.table] = self._read(place.database, place.table)
        ids = ids_of.get(value, ())
        if len(ids) == 1:
            return ids[0]
        name = link.target._meta.table_name
        if ids:
            raise InvalidValue(f"takes one record of {name}, and {len(ids)} are called {value!r}: {', '.join(ids[:3])}")
        if self.by == "label":
            raise no_such(value, list(ids_of)[:_MOST_NAMED], f"the label of a record of {name}")
        error = no_such(value, (), f"the id of a record of {name}")
        raise error if _ID.fullmatch(value) else InvalidValue(f"{error} If it is a label, say --link-by label.")

    def _read(self, database: str, table: str) -> dict[str, list[str]]:
        schema = self._client.table_schema(database, table)
        # Not the model that the link names, which may lack the field that the table's records are titled by.
        model = model_of(self._client, database, schema)
        titled = [name for name, field in model._meta.own_fields.items() if field.id == schema.primary_field_id]
        names = ("id", "id" if self.by == "id" else titled[0])
        records: QuerySet[Any] = QuerySet(model).using(self._client)
        ids_of: dict[str, list[str]] = {}
        for page in column_pages(records, names, "label"):
            for id, label in zip(page["id"], page[names[1]], strict=True):
                ids_of.setdefault(cell_text(label), []).append(id)
        return ids_of
