"""A database with two tables that link to each other, and what inspect writes of it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from softrorm import Model, fields
from softrorm.schema import create_tables, inspect_database


class Project(Model):
    name = fields.SingleLineText(required=True)
    tasks = fields.LinkedRecords(to="Task")

    class Meta:
        table_name = "Projects"


class Task(Model):
    """What has to be done."""

    title = fields.SingleLineText(required=True)
    status = fields.Select(choices=["Open", "Done"], default="Open")
    due = fields.DateTime()
    project = fields.LinkedRecord(to=Project, inverse="tasks")

    class Meta:
        table_name = "Tasks"


@pytest.fixture
def tracker(client):
    """``tracker.inspect(text)`` inspects its database; ``tracker.field("Due")`` is a field of the table Tasks."""
    database = create_tables(client, [Project, Task], database_name="Tracker")
    tables = {table.name: table.id for table in client.schema(database)}

    def inspect(existing=None, tables=None):
        return inspect_database(client, database, tables, existing)

    def field(name):
        return client.table_schema(database, tables["Tasks"], refresh=True).field(name)

    def add(name, type, options=None, **more):
        return client.create_field(database, tables["Tasks"], name, type, options, **more)

    return SimpleNamespace(
        client=client, database=database, tables=tables, inspect=inspect, field=field, add=add, task=tables["Tasks"]
    )
