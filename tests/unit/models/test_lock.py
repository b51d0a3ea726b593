"""Binding through a lock file: no request, the right choices, and a way on where the lock does not know a field."""

from __future__ import annotations

import json
from enum import Enum

import pytest

from softrorm import Model, configure, fields
from softrorm.client.errors import ConfigurationError, UnknownField
from softrorm.client.lock import Lock, lock_path
from softrorm.schema import push


class Status(Enum):
    OPEN = "Open"
    DONE = "Done"


class Task(Model):
    name = fields.SingleLineText()
    status = fields.Select(choices=Status)

    class Meta:
        database_name = "Work"


@pytest.fixture
def file(client, tmp_path):
    """The lock file of a push."""
    file = tmp_path / "softr.lock.json"
    push([Task], client, lock=file)
    return file


def test_a_model_finds_its_table_without_a_request(sandbox, file, assert_requests):
    client = configure(url=sandbox, lock=file)
    choice = Lock.read(file).tables["Task"].fields["status"].choices["DONE"]
    with assert_requests(1) as seen:
        task = Task.objects.create(name="Dig", status=Status.DONE)
    assert task.status is Status.DONE
    assert choice in seen[0].body["fields"].values()
    assert client.lock.tables["Task"].fields["name"].name == "Name"


def test_a_field_that_was_renamed_in_softr_is_still_found(sandbox, client, file):
    lock = Lock.read(file)
    table = lock.tables["Task"]
    client.update_field(table.database, table.id, table.fields["name"].id, "Renamed")
    assert Task.objects.using(sandbox.client(lock=lock)).create(name="x").name == "x"


def test_an_attribute_that_the_lock_does_not_know_is_looked_up_by_name(sandbox, client, file, assert_requests):
    lock = Lock.read(file)
    table = lock.tables["Task"]
    client.create_field(table.database, table.id, "Due", "DATETIME")
    client.update_field(table.database, table.id, table.fields["name"].id, "Renamed")
    wider = type("Task", (Task,), {"__module__": __name__, "due": fields.DateTime()})
    with assert_requests(2):  # the schema, and the records
        assert wider.objects.using(sandbox.client(lock=lock)).count() == 0


def test_a_field_that_was_made_anew_since_is_found_by_name(sandbox, client, file):
    lock = Lock.read(file)
    table = lock.tables["Task"]
    records = Task.objects.using(sandbox.client(lock=lock))
    assert records.count() == 0
    client.delete_field(table.database, table.id, table.fields["status"].id)
    client.create_field(table.database, table.id, "Status", "SELECT", {"choices": [{"label": "Open"}]})
    with pytest.raises(UnknownField):
        records.create(status=Status.OPEN)
    assert records.create(status=Status.OPEN).status is Status.OPEN


def test_what_a_model_says_of_its_place_goes_before_the_lock(sandbox, client, file):
    elsewhere = client.create_database("Other", sandbox.workspace_id).id
    body = {"__module__": __name__, "name": fields.SingleLineText(), "Meta": type("Meta", (), {"database": elsewhere})}
    pinned = type("Task", (Model,), body)
    with pytest.raises(ConfigurationError, match="has no table 'Task'"):
        pinned.objects.using(sandbox.client(lock=file)).count()


def test_one_model_serves_several_environments(sandbox, client, file, tmp_path):
    other = tmp_path / lock_path("staging")
    push([Task], client, lock=other, database="Staging")
    here, there = sandbox.client(lock=file), sandbox.client(lock=other)
    Task.objects.using(there).create(name="only there")
    assert (Task.objects.using(here).count(), Task.objects.using(there).count()) == (0, 1)


def test_a_lock_file_is_written_whole_sorted_and_read_again(file):
    text = file.read_text("utf-8")
    lock = Lock.read(file)
    lock.write(file)
    assert file.read_text("utf-8") == text
    assert text.endswith("}\n")
    assert list(json.loads(text)) == ["databases", "tables", "version"]
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def locked(**known):
    table = {"database": "d", "id": "t", "name": "Task", "module": "", "fields": known}
    return json.dumps({"version": 1, "databases": {}, "tables": {"Task": table}})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no lock file of softrorm .* a push finds tables and fields by name"),
        ("[]", "is no lock file"),
        ('{"version": 2}', "version 2; this softrorm reads 1"),
        ('{"version": 1, "databases": {}, "tables": {"Task": {}}}', "is no lock file"),
        (locked(a={"id": "aB3dE", "name": "A"}, b={"id": "aB3dE", "name": "B"}), r"Task\.a and b have the same id"),
        (locked(a={"id": "aB3dE", "name": "A", "choices": {"x": "1", "y": "1"}}), r"choices of Task\.a: x and y have"),
    ],
)
def test_a_broken_lock_file_is_told(sandbox, tmp_path, text, message):
    file = tmp_path / "softr.lock.json"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        sandbox.client(lock=file)


def test_a_missing_lock_file_is_told_with_the_command_that_writes_it(sandbox):
    with pytest.raises(ConfigurationError, match=r"no lock file 'nowhere\.json'; 'softrorm push MODULE --lock nowhere"):
        sandbox.client(lock="nowhere.json")


def test_an_environment_has_a_lock_file_of_its_own():
    assert (lock_path(), lock_path("staging")) == ("softr.lock.json", "softr.staging.lock.json")
