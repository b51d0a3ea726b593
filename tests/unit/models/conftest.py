"""Tasks that link to projects and to each other, at a sandbox; the models are bound to it by name."""

from types import SimpleNamespace

import pytest

from softrorm import Client, Model, fields
from softrorm.client import default
from softrorm.schema import create_tables


class Project(Model):
    name = fields.SingleLineText()
    budget = fields.Currency()
    tasks = fields.LinkedRecords(to="Task")


class Task(Model):
    title = fields.SingleLineText(required=True)
    qty = fields.Number()
    due = fields.DateTime()
    status = fields.Select(choices=["Open", "Done"], default="Open")
    tags = fields.MultiSelect(choices=["a", "b", "c"])
    project = fields.LinkedRecord(to=Project, inverse="tasks")
    number = fields.Autonumber()

    class Meta:
        natural_key = "title"


class Interrupted:
    """The sandbox, with something that happens while a write is under way."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.meanwhile = None

    def handle(self, method, path, query, headers, body):
        if self.meanwhile and method in {"PATCH", "PUT", "POST"} and not path.endswith("/search"):
            happen, self.meanwhile = self.meanwhile, None
            happen()
        return self.sandbox.handle(method, path, query, headers, body)


@pytest.fixture
def world(sandbox, client):
    """``world.Task``, ``world.Project``, and ``world.service``, whose ``meanwhile`` runs during the next write."""
    service = Interrupted(sandbox)
    default.configure(Client(service))
    database = create_tables(default.default_client(), [Project, Task], workspace=sandbox.workspace_id)
    sandbox.requests.clear()
    return SimpleNamespace(
        Task=Task, Project=Project, service=service, database=database, ids=Task.objects._binding().ids
    )
