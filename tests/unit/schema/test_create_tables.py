"""Tables made from models on the sandbox: what the service then holds, in how many requests, and what is refused."""

from __future__ import annotations

import json

import pytest

from softrorm import Dialect, Model, fields
from softrorm.client.errors import ConfigurationError, QuotaExceeded
from softrorm.sandbox import Sandbox
from softrorm.schema import create_tables


class Project(Model):
    title = fields.SingleLineText(required=True)
    tasks = fields.LinkedRecords(to="Task")
    hours = fields.Rollup(
        returns=fields.Number(),
        options={"linkedRecordFieldId": "tasks", "rollupFieldId": "hours", "function": "SUM"},
    )
    double = fields.Formula(returns=fields.Number(), options={"formula": 'IF("{x}" = "", {Hours} * 2, {Hours})'})


class Task(Model):
    done = fields.Checkbox(default=True)
    name = fields.SingleLineText(required=True, max_length=60, description="What to do")
    hours = fields.Number(name="Hours spent")
    status = fields.Select(choices=["Open", "Done"], default="Open", required=True)
    tags = fields.MultiSelect(allow_new=True)
    due = fields.Date()
    number = fields.Autonumber()
    project = fields.LinkedRecord(to=Project, inverse="tasks")
    parent = fields.LinkedRecord(to="self", inverse="children")
    children = fields.LinkedRecords(to="self")
    siblings = fields.Count(options={"linkedRecordFieldId": "children"})
    customer = fields.Lookup(options={"linkedRecordFieldId": "project", "lookupFieldId": "double"})


@pytest.fixture
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox):
    return sandbox.client()


def made(client, database):
    return {table.name: table for table in client.list_tables(database)}


def test_a_table_stands_for_each_model_with_every_field_by_name(client):
    database = create_tables(client, [Project, Task], database_name="Work")

    assert client.get_database(database).name == "Work"
    tables = made(client, database)
    assert {table: {field.name: field.type for field in tables[table].fields} for table in tables} == {
        "Project": {"Title": "SINGLE_LINE_TEXT", "Tasks": "LINKED_RECORD", "Hours": "ROLLUP", "Double": "FORMULA"},
        "Task": {
            "Name": "SINGLE_LINE_TEXT",
            "Done": "CHECKBOX",
            "Hours spent": "NUMBER",
            "Status": "SELECT",
            "Tags": "SELECT",
            "Due": "DATETIME",
            "Number": "AUTONUMBER",
            "Project": "LINKED_RECORD",
            "Parent": "LINKED_RECORD",
            "Children": "LINKED_RECORD",
            "Siblings": "COUNT",
            "Customer": "LOOKUP",
        },
    }


def test_the_first_text_field_is_primary_with_its_options(client):
    task = made(client, create_tables(client, [Project, Task]))["Task"]

    primary = task.field(task.primary_field_id)
    assert (primary.name, primary.options.get("maxLength"), primary.required) == ("Name", 60, True)
    assert primary.description == "What to do"


def test_a_primary_field_of_another_text_type_takes_that_type(client):
    class Contact(Model):
        email = fields.Email()

    [table] = made(client, create_tables(client, [Contact])).values()
    assert [(field.name, field.type) for field in table.fields] == [("Email", "EMAIL")]


def test_a_model_without_text_leaves_the_services_own_primary_field_beside_its_fields(client):
    class Tally(Model):
        name = fields.Number()

    [table] = made(client, create_tables(client, [Tally])).values()
    assert [field.name for field in table.fields] == ["Title", "Name"]


def test_options_defaults_and_cardinality_are_as_declared(client):
    task = made(client, create_tables(client, [Project, Task]))["Task"]

    assert task.field("Status").default_value["label"] == "Open"
    assert task.field("Status").required
    assert task.field("Done").default_value is True
    assert task.field("Tags").allow_multiple_entries
    assert task.field("Tags").options.get("allowToAddNewChoice")
    assert task.field("Due").options.get("precision") == "DATE"


def test_both_ends_of_a_link_are_one_pair_with_the_declared_names(client):
    tables = made(client, create_tables(client, [Project, Task]))
    task, project = tables["Task"], tables["Project"]

    for one, other in (
        (task.field("Project"), project.field("Tasks")),
        (task.field("Parent"), task.field("Children")),
    ):
        assert one.options.get("inverseLinkFieldId") == other.id
        assert other.options.get("inverseLinkFieldId") == one.id
        assert (one.allow_multiple_entries, other.allow_multiple_entries) == (False, True)


def test_computed_fields_refer_to_the_new_ids(client):
    tables = made(client, create_tables(client, [Project, Task]))
    task, project = tables["Task"], tables["Project"]

    assert task.field("Customer").options.get("linkedRecordFieldId") == task.field("Project").id
    assert task.field("Customer").options.get("lookupFieldId") == project.field("Double").id
    assert project.field("Hours").options.get("rollupFieldId") == task.field("Hours spent").id
    assert list(project.field("Double").options.get("referencedFieldIds")) == [project.field("Hours").id]


def test_the_models_are_bound_and_records_flow(sandbox, client):
    create_tables(client, [Project, Task])
    before = len(sandbox.requests)

    project = Project(title="Garden")
    project.save(using=client)
    task = Task.objects.using(client).create(name="Dig", status="Done", project=project, tags=["new"])

    assert len(sandbox.requests) == before + 2
    assert [one.name for one in Project.objects.using(client).get(title="Garden").tasks] == ["Dig"]
    assert (task.status, task.done, task.number) == ("Done", True, 1)


def test_every_request_is_accounted_for(sandbox, client):
    create_tables(client, [Project, Task])

    # The database, two tables, two updates of primary fields, two link pairs, four computed fields, one to bind.
    assert len(sandbox.requests) == 1 + 2 + 2 * 2 + 2 * 3 + 4 + 1
    assert {request.status for request in sandbox.requests} == {200}


def test_a_link_without_an_inverse_does_not_hide_a_field_of_the_other_model(client):
    class Zone(Model):
        name = fields.SingleLineText()
        country = fields.LinkedRecord(to="Country")

    class Country(Model):
        name = fields.SingleLineText()
        zone = fields.Number()

    country = made(client, create_tables(client, [Zone, Country]))["Country"]
    assert [field.name for field in country.fields] == ["Name", "Zone", "Zone: Country"]


def test_tables_can_be_added_to_a_database_that_is_there(client, sandbox):
    class First(Model):
        name = fields.SingleLineText()

    class Second(Model):
        name = fields.SingleLineText()

    class Third(Model):
        name = fields.SingleLineText()

    database = create_tables(client, [First])
    assert create_tables(client, [Second], database=database) == database
    name = client.get_database(database).name
    assert create_tables(client, [Third], database=name) == database
    with pytest.raises(ConfigurationError, match=rf"no database 'Other'\..* Its databases are '{name}'"):
        create_tables(client, [Third], database="Other")
    assert set(made(client, database)) == {"First", "Second", "Third"}
    with pytest.raises(ConfigurationError, match=r"has a table called 'First' already; .* First\.bind\(client"):
        create_tables(client, [First], database=database)


def test_the_other_dialect_works_as_well():
    with Sandbox(dialect=Dialect.JUNE_2025) as sandbox:
        client = sandbox.client()
        create_tables(client, [Project, Task])
        project = Project(title="Garden")
        project.save(using=client)
        assert Task.objects.using(client).create(name="Dig", project=project).status == "Open"


def test_what_a_service_leaves_out_of_a_create_is_put_right():
    class Forgetful(Sandbox):
        """Takes what is documented for a create and nothing else: name, type, options."""

        def handle(self, method, path, query, headers, body):
            if method == "POST" and path.endswith(("/tables", "/fields")):
                sent = json.loads(body)
                for field in sent.get("fields", [sent]):
                    for name in set(field) - {"name", "type", "options", "primaryFieldName", "fields"}:
                        del field[name]
                body = json.dumps(sent).encode()
            return super().handle(method, path, query, headers, body)

    with Forgetful() as sandbox:
        client = sandbox.client()
        task = made(client, create_tables(client, [Project, Task]))["Task"]
        assert not task.field("Project").allow_multiple_entries
        assert task.field("Tags").allow_multiple_entries
        assert task.field("Status").default_value["label"] == "Open"
        assert task.field("Done").default_value is True


def test_a_refusal_midway_says_what_stands_already():
    class Full(Sandbox):
        """An account whose plan allows no further field."""

        def handle(self, method, path, query, headers, body):
            if method == "POST" and path.endswith("/fields"):
                refusal = {"errorCode": "QUOTA_EXCEEDED", "message": "No further field.", "details": {}}
                return 402, {"Content-Type": "application/json"}, json.dumps(refusal).encode()
            return super().handle(method, path, query, headers, body)

    with Full() as sandbox:
        client = sandbox.client()
        with pytest.raises(QuotaExceeded) as refused:
            create_tables(client, [Project, Task])
        [database] = client.list_databases()
        tables = [table.id for table in client.list_tables(database.id)]
    [note] = refused.value.__notes__
    assert all(id in note for id in [database.id, *tables])


def test_a_workspace_is_found_where_all_databases_share_one(sandbox):
    class Place(Model):
        name = fields.SingleLineText()

    client = sandbox.client()
    first = client.create_database("Old", "7f1d7c9e-6d0f-4f6e-9a43-0a6f3a2c1b5d")
    with sandbox.serve() as server:
        from softrorm import Client

        with Client(server.url, "key", rates=(1000, 1000)) as remote:
            database = create_tables(remote, [Place])
    assert client.get_database(database).workspace_id == first.workspace_id


def test_a_workspace_is_asked_for_where_none_can_be_found(sandbox):
    class Place(Model):
        name = fields.SingleLineText()

    with sandbox.serve() as server:
        from softrorm import Client

        with Client(server.url, "key", rates=(1000, 1000)) as remote:
            remote.url = "https://tables-api.softr.io/api/v1"  # as far as the question of the workspace goes
            with pytest.raises(
                ConfigurationError, match="needs the id of a workspace, as workspace= or in SOFTR_WORKSPACE"
            ):
                create_tables(remote, [Place])


def test_a_sandbox_on_a_port_needs_no_workspace_and_an_account_may_name_one(sandbox, monkeypatch):
    class Place(Model):
        name = fields.SingleLineText()

    with sandbox.serve() as server:
        from softrorm import Client

        with Client(server.url, "key", rates=(1000, 1000)) as remote:
            assert create_tables(remote, [Place])
            monkeypatch.setenv("SOFTR_WORKSPACE", "7f1d7c9e-6d0f-4f6e-9a43-0a6f3a2c1b5d")
            database = create_tables(remote, [Place])
    assert sandbox.client().get_database(database).workspace_id == "7f1d7c9e-6d0f-4f6e-9a43-0a6f3a2c1b5d"


def lost():
    class Lost(Model):
        name = fields.SingleLineText()
        other = fields.LinkedRecord(to=Project)

    return [Lost]


def by_id():
    class ById(Model):
        name = fields.SingleLineText("kl5nP")

    return [ById]


def one_way():
    class Left(Model):
        name = fields.SingleLineText()
        right = fields.LinkedRecord(to="Right", inverse="lefs")

    class Right(Model):
        name = fields.SingleLineText()
        lefts = fields.LinkedRecords(to=Left)

    return [Left, Right]


def twice_inverse():
    class Hub(Model):
        name = fields.SingleLineText()
        spokes = fields.LinkedRecords(to="Spoke")

    class Spoke(Model):
        name = fields.SingleLineText()
        a = fields.LinkedRecord(to=Hub, inverse="spokes")
        b = fields.LinkedRecord(to=Hub, inverse="spokes")

    return [Hub, Spoke]


def circle():
    class Loop(Model):
        a = fields.Formula(options={"formula": "{B}"})
        b = fields.Formula(options={"formula": "{A}"})

    return [Loop]


def no_options():
    class Bare(Model):
        total = fields.Rollup()

    return [Bare]


def misspelt():
    class Price(Model):
        amount = fields.Number()
        gross = fields.Formula(options={"formula": "{amuont} * 2"})

    return [Price]


def twins():
    class One(Model):
        name = fields.SingleLineText()
        label = fields.SingleLineText(name="Name")

    return [One]


def same_table():
    class Here(Model):
        name = fields.SingleLineText()

    class There(Model):
        name = fields.SingleLineText()

        class Meta:
            table_name = "Here"

    return [Here, There]


def bad_default():
    class Choosy(Model):
        name = fields.SingleLineText()
        kind = fields.Select(choices=["a", "b"], default="c")

    return [Choosy]


def no_models():
    return []


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (lost, r"Lost\.other links to Project, which is not among the models"),
        (by_id, r"ById\.name is declared by the id 'kl5nP'.*SingleLineText\(name='Name'\)"),
        (one_way, r"Left\.right: inverse='lefs' is no link of Right\..*lefts"),
        (twice_inverse, r"Hub\.spokes cannot be the inverse of Spoke\.b"),
        (circle, r"Loop\.. -> Loop\.. -> Loop\..: these computed fields refer to each other in a circle"),
        (no_options, r"Bare\.total is a ROLLUP field and needs through=\."),
        (misspelt, r"Price\.gross refers to 'amuont', which is no field of Price\..*amount"),
        (twins, r"One\.name and One\.label are both called 'Name'"),
        (same_table, r"Two tables would be called 'Here'"),
        (bad_default, r"Choosy\.kind takes one of 'a', 'b'"),
        (no_models, r"got none"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_cannot_be_created_is_refused_before_any_request(sandbox, client, models, message):
    with pytest.raises(ConfigurationError, match=message):
        create_tables(client, models())
    assert sandbox.requests == []
