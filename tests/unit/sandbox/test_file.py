"""A sandbox in an SQLite file holds what it held when it is opened again."""

import sqlite3

import pytest

from softrorm.sandbox import Sandbox


@pytest.fixture
def path(tmp_path):
    return tmp_path / "dev.sqlite"


def everything(api):
    found = {}
    for database in api("GET", "/databases"):
        tables = f"/databases/{database['id']}/tables"
        found[database["id"]] = database
        for table in api("GET", tables):
            found[table["id"]] = table, api("GET", f"{tables}/{table['id']}/records", limit="200")
    return found


@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_a_file_that_is_opened_again_holds_the_same(make, path, kind):
    api = make(file=kind(path))
    projects = api.table(name="Projects")
    tasks = api.table({"name": "No", "type": "AUTONUMBER"}, database=projects.database)
    tasks.add("Project", "LINKED_RECORD", options={"linkedTableId": projects.id})
    tasks.add("Who", "USER")
    tasks.add("Due", "DATETIME")
    gone = projects.create(Name="Gone")["id"]
    tasks.create(Name="\ud800 Ä", Project=[projects.create(Name="House")["id"], gone], Who="a@b.c", Due="2026-01-19")
    tasks.delete(tasks.create(Name="x")["id"])
    projects.delete(gone)
    api("DELETE", f"/databases/{api.database('empty')}")
    api("DELETE", api.table(name="dropped", database=projects.database).path)
    before, workspace = everything(api), api.sandbox.workspace_id
    api.sandbox.close()

    again = make(file=kind(path))
    assert everything(again) == before
    assert again.sandbox.workspace_id == workspace
    number = next(one["id"] for one in before[tasks.id][0]["fields"] if one["name"] == "No")
    assert again("POST", f"{tasks.path}/records", {"fields": {}})["fields"][number] == 3
    again.sandbox.close()


def test_what_was_answered_is_in_the_file_already(make, path):
    api = make(file=path)
    api.table().create(Name="One")
    with sqlite3.connect(path) as file:
        assert file.execute("SELECT count(*) FROM records").fetchone() == (1,)
    file.close()
    api.sandbox.close()


def test_reset_empties_the_file(make, path):
    api = make(file=path)
    api.table().create(Name="One")
    api.sandbox.reset()
    api.sandbox.close()
    with Sandbox(path) as again:
        assert repr(again) == "<Sandbox: 0 databases, 0 tables>"


def test_a_closed_sandbox_leaves_one_file(make, path, tmp_path):
    api = make(file=path)
    api.table()
    api.sandbox.close()
    api.sandbox.close()
    assert [one.name for one in tmp_path.iterdir()] == ["dev.sqlite"]


def test_a_file_that_is_something_else_is_refused(path):
    path.write_text("notes " * 1000)
    with pytest.raises(sqlite3.DatabaseError):
        Sandbox(path)
