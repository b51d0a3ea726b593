"""A check: each way in which models and tables can disagree is found, said in words, and comes with what to do."""

from __future__ import annotations

import json
from enum import Enum

import pytest

from softrorm import Model, fields
from softrorm.client.errors import ConfigurationError
from softrorm.client.lock import Lock
from softrorm.fields import Choice
from softrorm.schema import check, push
from softrorm.testing import assert_schema


class Status(Enum):
    OPEN = "Open"
    DONE = "Done"


class Project(Model):
    title = fields.SingleLineText(required=True)
    tasks = fields.LinkedRecords(to="Task")

    class Meta:
        database_name = "Work"


class Task(Model):
    name = fields.SingleLineText(required=True, max_length=60)
    status = fields.Select(choices=Status)
    due = fields.DateTime()
    hours = fields.Number()
    number = fields.Autonumber()
    project = fields.LinkedRecord(to=Project, inverse="tasks")
    title = fields.Lookup(through="project", of="title")

    class Meta:
        database_name = "Work"


@pytest.fixture
def lock(client):
    lock = Lock()
    push([Project, Task], client, lock=lock)
    return lock


def edited(**attributes):
    """The model of a task as somebody else declares it."""
    meta = type("Meta", (), {"database_name": "Work", "table_name": "Task"})
    return type("Edited", (Model,), {"__module__": __name__, "__qualname__": "Edited", "Meta": meta, **attributes})


def found(client, model, **more):
    """The findings on a model beside fields that it does not declare."""
    return [one for one in check(model, client, **more).findings if not one.kind.startswith("unknown")]


def test_models_that_agree_have_no_findings_and_cost_one_request(client, lock, assert_requests):
    with assert_requests(1):
        report = check([Project, Task], client, lock=lock)
    assert (report.findings, report.passes(strict=True)) == ((), True)
    assert str(report) == "2 models checked: all as in the tables."


CASES = {
    "field": (fields.Email(), "error", "the table 'Task' has no field called 'One'", "'softrorm push' makes it"),
    "type": (
        fields.Number(name="Name"),
        "error",
        "type: 'SINGLE_LINE_TEXT' in the table, 'NUMBER' in the model",
        "fields.SingleLineText",
    ),
    "several": (
        fields.MultiSelect(name="Status"),
        "error",
        "several values: no in the table, yes in the model",
        "fields.Select",
    ),
    "precision": (
        fields.Date(name="Due"),
        "error",
        "options.precision: 'DATETIME' in the table, 'DATE' in the model",
        "fields.DateTime",
    ),
    "option": (
        fields.SingleLineText(name="Name", max_length=9, required=True),
        "warning",
        "options.maxLength: 60 in the table, 9 in the model",
        "",
    ),
    "required": (
        fields.SingleLineText(name="Name"),
        "warning",
        "required: yes in the table, no in the model",
        "'softrorm push' changes",
    ),
    "description": (
        fields.Number(name="Hours", description="Effort"),
        "info",
        "description: none in the table, 'Effort' in the model",
        "",
    ),
    "default": (fields.Number(name="Hours", default=3), "info", "default: none in the table, 3 in the model", ""),
    "choice missing": (
        fields.Select(name="Status", choices=["Open", "Done", "New"]),
        "error",
        "choice: none in the table, 'New' in the model",
        "adds it",
    ),
    "choice unknown": (
        fields.Select(name="Status", choices=["Open"]),
        "warning",
        "choice: 'Done' in the table, none in the model",
        "declare it",
    ),
    "choice order": (fields.Select(name="Status", choices=["Done", "Open"]), "info", "order of the choices", ""),
    "choice colour": (
        fields.Select(name="Status", choices=[Choice("Open", color="red"), "Done"]),
        "info",
        "colour of choice 'Open': none in the table, 'red' in the model",
        "",
    ),
    "target": (
        fields.LinkedRecord(name="Project", to="self"),
        "error",
        "linked table: 'Project' in the table, 'Task' in the model",
        "that table",
    ),
    "contradiction": (
        fields.Count(name="Title", options={"linkedRecordFieldId": "nothing"}),
        "error",
        "type: 'LOOKUP' in the table, 'COUNT' in the model",
        "",
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_each_way_to_disagree_is_a_finding(client, lock, kind):
    declared, severity, what, advice = CASES[kind]
    findings = found(client, edited(one=declared))
    kinds = {"contradiction": "type"}
    [finding] = [one for one in findings if one.kind == kinds.get(kind, kind)]
    assert (finding.severity, finding.label) == (severity, "Edited.one")
    assert what in finding.what
    assert advice in finding.advice
    assert (finding.field_id is None) == (kind == "field")


def test_a_choice_that_was_renamed_is_known_by_its_id(client, lock):
    id = lock.tables["Task"].fields["status"].choices["DONE"]
    [finding] = found(client, edited(status=fields.Select(choices=["Open", Choice("Finished", id)])))
    assert (finding.kind, finding.severity, finding.what) == (
        "choice renamed",
        "warning",
        "choice: 'Done' in the table, 'Finished' in the model",
    )


def test_a_choice_with_the_id_of_another_environment_is_an_error(client, lock):
    [finding] = found(client, edited(status=fields.Select(choices=[Choice("Open", "elsewhere"), "Done"])))
    assert (finding.kind, finding.severity) == ("choice id", "error")
    assert "bare text" in finding.advice


def test_a_field_that_is_not_declared_is_told_and_a_required_one_is_a_warning(client, lock):
    kinds = {
        one.what.split("'")[1]: (one.severity, one.kind)
        for one in check(edited(due=fields.DateTime()), client).findings
    }
    assert kinds["Hours"] == ("info", "unknown")
    assert kinds["Name"] == ("warning", "unknown required")


def test_the_other_end_of_a_link_need_not_be_declared(client):
    class Zone(Model):
        name = fields.SingleLineText()

        class Meta:
            database_name = "Work"

    class City(Model):
        name = fields.SingleLineText()
        zone = fields.LinkedRecord(to=Zone)

        class Meta:
            database_name = "Work"

    push([Zone, City], client)
    assert check([Zone, City], client).findings == ()
    assert check(City, client).errors == ()


def test_a_link_whose_pair_is_another_is_an_error(client, lock):
    held = {table.name: table for table in client.list_tables(lock.databases["Work"])}
    client.create_field(
        lock.databases["Work"], held["Task"].id, "Second", "LINKED_RECORD", {"linkedTableId": held["Project"].id}
    )

    class Lead(Model):
        tasks = fields.LinkedRecords(to="Held", name="Tasks", inverse="second")

        class Meta:
            database_name = "Work"
            table_name = "Project"

    class Held(Model):
        second = fields.LinkedRecords(to=Lead, name="Second")
        name = fields.SingleLineText(required=True)

        class Meta:
            database_name = "Work"
            table_name = "Task"

    assert "inverse" in {one.kind for one in check([Lead, Held], client).errors}


def test_what_the_service_computes_cannot_be_declared_writable(client, lock):
    [finding] = found(client, edited(number=fields.Raw(name="Number")))
    assert (finding.kind, finding.severity) == ("read-only", "error")
    assert "fields.Autonumber" in finding.advice


def test_a_field_declared_by_id_is_found_under_any_name(client, lock):
    id = lock.tables["Task"].fields["hours"].id
    assert found(client, edited(effort=fields.Number(id))) == []
    [finding] = found(client, edited(effort=fields.Number(id, name="Effort")))
    assert (finding.kind, finding.what) == ("name", "name: 'Hours' in the table, 'Effort' in the model")
    [finding] = found(client, edited(effort=fields.Number("zzzzz")))
    assert finding.what == "the table 'Task' has no field with the id 'zzzzz'"


def test_a_table_and_a_database_that_are_not_there_are_errors(client, lock):
    def declared(**meta):
        return type("Other", (Model,), {"__module__": __name__, "name": fields.Email(), "Meta": type("Meta", (), meta)})

    [finding] = check(declared(database_name="Work", table_name="Taks"), client).findings
    assert (finding.kind, finding.what) == ("table", "the database has no table called 'Taks'. Did you mean 'Task'?")
    [finding] = check(declared(database_name="Wrk"), client).findings
    assert (finding.kind, finding.what) == ("database", "there is no database 'Wrk'. Did you mean 'Work'?")
    [finding] = check(declared(database="e74de047-f727-4f98-aa2a-7bda298672d3"), client).findings
    assert finding.kind == "gone by id"
    with pytest.raises(ConfigurationError, match="does not say which database"):
        check(declared(), client)


def test_a_database_that_is_not_there_is_one_finding_that_names_its_models(client, sandbox):
    client.create_database("WORK", sandbox.workspace_id)
    report = check([Project, Task], client)
    [finding] = report.findings
    assert (finding.label, finding.what) == ("Project, Task", "there is no database 'Work'. Did you mean 'WORK'?")
    assert str(report).endswith("2 models checked: 1 error.")


def test_the_advice_for_a_table_of_another_name_is_about_the_table(client, lock):
    meta = type("Meta", (), {"database_name": "Work", "table_name": "Jobs"})
    renamed = type("Task", (Model,), {"__module__": __name__, "Meta": meta})
    [finding] = found(client, renamed, lock=lock)
    assert (finding.kind, finding.what) == ("table name", "name of the table: 'Task' in the table, 'Jobs' in the model")
    assert finding.advice.startswith("'softrorm push' renames the table; or set Meta.table_name")


def test_a_lock_tells_a_rename_from_a_missing_field(client, lock):
    class Renamed(Model):
        when = fields.DateTime()

    renamed = type(
        "Task", (Model,), {"__module__": __name__, "due": fields.DateTime(name="Deadline"), "Meta": Task.Meta}
    )
    assert [one.kind for one in found(client, renamed)] == ["field"]
    assert [one.kind for one in found(client, renamed, lock=lock)] == ["name"]
    with client.sandbox.client(lock=lock) as knowing:
        assert [one.kind for one in found(knowing, renamed)] == ["name"]


def test_a_report_is_read_by_people_and_programs(client, lock):
    report = check(edited(hours=fields.Number(description="Effort"), one=fields.Email()), client)
    text = str(report)
    assert "error: Edited.one: the table 'Task' has no field called 'One'" in text
    assert text.splitlines()[-1].startswith("1 model checked: 1 error, 1 warning, ")
    assert json.loads(json.dumps(report.to_json()))["findings"][1]["attribute"] == "one"
    assert not report.passes()


def test_tests_of_an_app_can_assert_its_schema(client, lock):
    assert_schema([Project, Task], client)
    assert_schema(edited(hours=fields.Number(description="Effort")), client)
    with pytest.raises(AssertionError, match=r"required: yes in the table, no in the model"):
        assert_schema(edited(name=fields.SingleLineText(max_length=60)), client, strict=True)
    with pytest.raises(AssertionError, match=r"error: Edited\.one"):
        assert_schema(edited(one=fields.Email()), client)


def test_two_fields_of_one_name_are_a_warning_where_a_field_goes_by_it(client, lock):
    known = lock.tables["Task"]
    twin = client.create_field(known.database, known.id, "Hours", "NUMBER", {})
    [finding] = found(client, edited(hours=fields.Number()))
    assert (finding.severity, finding.attribute) == ("warning", "hours")
    assert finding.what == f"the table has 2 fields called 'Hours': {known.fields['hours'].id}, {twin.id}"
    assert found(client, edited(hours=fields.Number(twin.id))) == []
    assert found(client, edited(due=fields.DateTime())) == []
