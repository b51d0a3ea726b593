"""What the tests of commands share: a folder of their own, a sandbox in a file, and commands typed in."""

from __future__ import annotations

from datetime import date

import pytest
from click.testing import CliRunner

from softrorm import Client, Model, create_tables, fields
from softrorm.cli import main


class Project(Model):
    name = fields.SingleLineText(required=True)
    tasks = fields.LinkedRecords(to="Task", inverse="project")

    class Meta:
        database_name = "Tracker"
        table_name = "Projects"


class Task(Model):
    title = fields.SingleLineText(required=True)
    status = fields.Select(choices=["Open", "Urgent", "Done"])
    due = fields.Date(name="Due date")
    hours = fields.Number(description="Estimated effort")
    billable = fields.Checkbox()
    tags = fields.MultiSelect(choices=["web", "print"])
    project = fields.LinkedRecord(to=Project)

    class Meta:
        database_name = "Tracker"
        table_name = "Tasks"


class Tracker:
    """The sandbox in the folder, and the records in it."""

    def __init__(self, client):
        self.client = client
        self.Task, self.Project = Task.objects.using(client), Project.objects.using(client)
        create_tables(client, [Project, Task])
        self.site = self.Project.create(name="New site")
        self.draft = self.Task.create(title="Draft", status="Done", due=date(2026, 1, 5), hours=6, billable=True)
        self.review = self.Task.create(title="Review", status="Urgent", tags=["web", "print"], project=self.site)

    def requests(self):
        return [(one.method, one.path) for one in self.client.sandbox.requests]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working directory, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def tracker(folder, monkeypatch):
    """A sandbox in the folder, which commands find by SOFTR_URL."""
    monkeypatch.setenv("SOFTR_URL", "sandbox:tracker.db")
    with Client("sandbox:tracker.db") as client:
        yield Tracker(client)


@pytest.fixture
def run():
    """``run("query", "Tasks")`` types a command in; ``run(..., code=1)`` says how it should end."""

    def typed(*arguments, code=0, **options):
        answer = CliRunner().invoke(main, arguments, prog_name="softrorm", **options)
        if answer.exception is not None and not isinstance(answer.exception, SystemExit):
            raise answer.exception
        assert answer.exit_code == code, answer.output
        return answer

    return typed
