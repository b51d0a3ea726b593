"""Two tables, tasks and projects, at a sandbox; the models are bound to it by name."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from softrorm import Model, fields
from softrorm.schema import create_tables

START = datetime(2026, 1, 1, tzinfo=UTC)


class Project(Model):
    name = fields.SingleLineText()
    tasks = fields.LinkedRecords(to="Task")


class Task(Model):
    title = fields.SingleLineText()
    qty = fields.Number()
    due = fields.DateTime()
    status = fields.Select(choices=["Open", "Done"])
    tags = fields.MultiSelect(choices=["a", "b"])
    project = fields.LinkedRecord(to=Project, inverse="tasks")


@pytest.fixture
def world(sandbox, client):
    """``world.Task``, ``world.Project`` and ``world.fill(12)``, which makes tasks t0 to t11."""
    create_tables(client, [Project, Task])
    sandbox.requests.clear()

    def fill(count, **values):
        made = [
            Task.objects.create(title=f"t{number}", qty=number, due=START + timedelta(days=number), **values)
            for number in range(count)
        ]
        sandbox.requests.clear()
        return made

    return SimpleNamespace(Task=Task, Project=Project, fill=fill, start=START)
