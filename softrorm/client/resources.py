"""What schema calls return: databases, tables, views and fields.

Frozen pydantic models with the service's keys in snake case. Keys and field types that the library does not
know are kept, and ``to_wire()`` gives back the JSON that came.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from softrorm.client.options import (
    OPTIONS_OF_TYPE,
    Choice,
    Described,
    Options,
    ReturnedField,
    options_class,
)
from softrorm.client.resource import Resource

__all__ = [
    "OPTIONS_OF_TYPE",
    "Choice",
    "Database",
    "Options",
    "Resource",
    "ReturnedField",
    "Table",
    "TableField",
    "View",
    "options_class",
]


class Database(Resource):
    """A database. ``tables_count`` is absent in the 2025 document."""

    id: str
    name: str
    description: str | None = None
    workspace_id: str | None = None
    tables_count: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class View(Resource):
    """A view of a table."""

    id: str
    table_id: str | None = None
    name: str
    description: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class TableField(Described):
    """A field of a table.

    Attributes:
        allow_multiple_entries: Whether a cell holds a list; the cardinality switch of links and selects.
        readonly: Whether the service computes it.
        default_value: What a create fills in where nothing is given; typed, not a text (wire-facts 8.1).
    """

    id: str | None = None
    name: str
    description: str | None = None
    allow_multiple_entries: bool = False
    readonly: bool = False
    required: bool = False
    locked: bool = False
    default_value: Any = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Table(Resource):
    """A table with its fields, in the order of the schema."""

    id: str
    name: str
    description: str | None = None
    primary_field_id: str | None = None
    default_view_id: str | None = None
    fields: tuple[TableField, ...] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None

    def field(self, id_or_name: str) -> TableField | None:
        """The field with this id, or else the first one with this name; ``None`` if there is none."""
        by_id = (field for field in self.fields if field.id == id_or_name)
        by_name = (field for field in self.fields if field.name == id_or_name)
        return next(by_id, None) or next(by_name, None)
