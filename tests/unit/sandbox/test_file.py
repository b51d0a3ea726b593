"""A sandbox in an SQLite file holds what it held when it is opened again."""

import subprocess
import sys

import pytest

from softrorm.sandbox import FileRefused, Sandbox


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


KEEPER = """
import sys
from softrorm.sandbox import Sandbox
sandbox = Sandbox(sys.argv[1])
sandbox.client().create_database("Kept", sandbox.workspace_id)
print("ready", flush=True)
sys.stdin.read()
"""


def test_a_file_belongs_to_one_process_which_may_be_killed_and_leaves_what_it_answered(path):
    with subprocess.Popen(
        [sys.executable, "-c", KEEPER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            with pytest.raises(FileRefused, match="in use"):
                Sandbox(path)
        finally:
            process.kill()
    with Sandbox(path) as again:
        assert [one.name for one in again.client().list_databases()] == ["Kept"]


def test_a_file_belongs_to_one_sandbox_until_that_is_closed(path):
    with Sandbox(path) as first:
        with pytest.raises(FileRefused) as raised:
            Sandbox(path)
        first.client().create_database("Kept", first.workspace_id)
    assert str(raised.value) == (
        f"The file {str(path)!r} is in use, most likely by another sandbox, in this process or another one. Close that "
        "one first; or let it listen (softrorm sandbox --file, or serve()) and give its address to all others."
    )
    with Sandbox(path) as again:
        assert repr(again) == "<Sandbox: 1 databases, 0 tables>"


def test_a_sandbox_that_was_dropped_and_not_closed_leaves_its_file(path):
    Sandbox(path)
    with Sandbox(path) as again:  # which FileRefused would answer while the first one had it
        assert repr(again) == "<Sandbox: 0 databases, 0 tables>"


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
    with pytest.raises(FileRefused) as raised:
        Sandbox(path)
    assert str(raised.value) == (
        f"The file {str(path)!r} cannot keep a sandbox's data: file is not a database. Right would be a new one, or a "
        "sandbox's."
    )


def test_a_file_in_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(FileRefused, match=r"nowhere/dev\.sqlite'.*unable to open"):
        Sandbox(tmp_path / "nowhere/dev.sqlite")
