"""Tasks, projects and people who link to each other, at a sandbox on which no wait takes any time."""

from types import SimpleNamespace

import pytest

from softrorm import Model, Session, fields
from softrorm.client import default
from softrorm.sandbox import FakeClock, Sandbox
from softrorm.schema import create_tables


class Project(Model):
    name = fields.SingleLineText()
    budget = fields.Number()
    tasks = fields.LinkedRecords(to="Task", inverse="project")
    members = fields.LinkedRecords(to="Person")

    class Meta:
        natural_key = "name"


class Task(Model):
    title = fields.SingleLineText(required=True)
    qty = fields.Number()
    tags = fields.MultiSelect(choices=["a", "b", "c"])
    project = fields.LinkedRecord(to=Project)
    parent = fields.LinkedRecord(to="self")

    class Meta:
        natural_key = "title"


class Person(Model):
    """Has no natural key."""

    name = fields.SingleLineText()
    projects = fields.LinkedRecords(to=Project, inverse="members")
    files = fields.Attachment()


class Raising(Task):
    class Meta:
        table_name = "Task"
        on_conflict = "raise"


class Merging(Task):
    class Meta:
        table_name = "Task"
        on_conflict = "merge"


class Deciding(Task):
    decide = None

    class Meta:
        table_name = "Task"

        def on_conflict(conflict):
            return Deciding.decide(conflict)


class World(SimpleNamespace):
    """The models, the sandbox, its client and its clock."""

    def session(self, **options):
        return Session(self.client, **{"sleep": self.clock.advance, "workers": 1, **options})

    def saved(self, model, **values):
        """A record that nobody has loaded: its id."""
        return model.objects.create(**values).id

    def writes(self):
        """The writes since the last look: method, model or id, and the values by attribute."""
        seen = []
        for request in self.sandbox.requests:
            parts = request.path.split("/")
            if request.method == "GET" or parts[-1] == "search":
                continue
            table = parts[4]
            [model] = [one for one in (Project, Task, Person) if self.place(one).table == table]
            names = {id: name for name, id in self.place(model).ids.items()}
            body = (
                None if request.body is None else {names[key]: value for key, value in request.body["fields"].items()}
            )
            seen.append((request.method, model.__name__ if request.method == "POST" else parts[-1], body))
        self.sandbox.requests.clear()
        return seen

    def reads(self):
        """The reads since the last look, as method and the path's end."""
        seen = [(one.method, one.path.split("/")[-1]) for one in self.sandbox.requests]
        self.sandbox.requests.clear()
        return [one for one in seen if one[0] == "GET" or one[1] == "search"]

    def place(self, model):
        return model.bind(self.client, database=self.database)

    def stored(self, model):
        """The records that the sandbox holds, as dicts of attributes; links as ids."""
        place = self.place(model)
        names = {id: name for name, id in place.ids.items()}
        found = {}
        for record in self.quiet.list_records(place.database, place.table):
            values = {names[key]: _plain(value) for key, value in record["fields"].items() if key in names}
            found[record["id"]] = values
        return found

    def elsewhere(self, model, id, **values):
        """Somebody else changes a record."""
        place = self.place(model)
        self.quiet.update_record(
            place.database, place.table, id, {place.ids[name]: value for name, value in values.items()}
        )
        self.sandbox.requests.clear()


def _plain(value):
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return value.get("filename") or (value["id"] if len(value["id"]) == 14 else value["label"])
    return value


@pytest.fixture
def world():
    clock = FakeClock()
    with Sandbox(clock=clock, sleep=clock.advance) as sandbox:
        client = default.configure(sandbox.client(clock=clock, sleep=clock.advance, deadline=20))
        database = create_tables(client, [Project, Task, Person], workspace=sandbox.workspace_id)
        for model in (Raising, Merging, Deciding):
            model.bind(client, database=database)
        sandbox.requests.clear()
        yield World(
            sandbox=sandbox,
            client=client,
            quiet=sandbox.client(),
            clock=clock,
            database=database,
            Project=Project,
            Task=Task,
            Person=Person,
            Raising=Raising,
            Merging=Merging,
            Deciding=Deciding,
        )
