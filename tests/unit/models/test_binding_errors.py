"""Errors of the service name the model's attribute, and a field that is gone makes the schema be read anew."""

import pytest

from softrorm import Model, UnknownField, ValidationFailed, fields
from softrorm.sandbox import Sandbox


@pytest.fixture
def place():
    with Sandbox() as sandbox:
        client = sandbox.client()
        database = client.create_database("Work", sandbox.workspace_id).id
        table = client.create_table(
            database,
            "Task",
            primary_field_name="Title",
            fields=[{"name": "Hours", "type": "NUMBER", "options": {"max": 8}}],
        )

        class Task(Model):
            title = fields.SingleLineText()
            hours = fields.Number()

        Task.bind(client, database=database, table=table.id)
        yield sandbox, client, database, table, Task


def test_a_refused_value_is_told_with_the_models_attribute(place):
    _, client, _, table, Task = place
    with pytest.raises(ValidationFailed, match=f"field {table.fields[1].id}, which is Task.hours"):
        Task(title="long day", hours=25).save(using=client)


def test_a_field_that_was_made_anew_is_found_after_one_failure(place):
    _, client, database, table, Task = place
    other = place[0].client()  # changes the table behind the first one's back
    other.delete_field(database, table.id, table.fields[1].id)
    other.create_field(database, table.id, "Hours", "NUMBER")
    with pytest.raises(UnknownField, match=r"Task\.hours"):
        Task(title="a", hours=2).save(using=client)
    task = Task(title="a", hours=2)
    task.save(using=client)
    assert task.hours == 2
