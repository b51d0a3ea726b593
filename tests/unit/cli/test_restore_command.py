"""``softrorm restore``: what it says, and its exit codes."""

from __future__ import annotations

import pytest


def test_a_backup_becomes_a_new_database(run, tracker, folder):
    run("backup", "Tracker", "copy")
    answer = run("restore", "copy", "--name", "Again")
    assert [line.split() for line in answer.stdout.splitlines()] == [
        ["table", "records", "restored", "differing"],
        ["Projects", "1", "1", "0"],
        ["Tasks", "2", "2", "0"],
    ]
    assert "Again is the database " in answer.stderr
    assert {one.name for one in tracker.client.list_databases()} == {"Tracker", "Again"}
    assert run("query", "Again/Tasks", "project is not empty", "--csv", "--fields", "Title").stdout == "Title\nReview\n"


def test_an_interrupted_restore_says_how_to_go_on(run, tracker, folder, monkeypatch):
    run("backup", "Tracker", "copy")

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("softrorm.data.refill.compare", interrupted)
        answer = run("restore", "copy", "--name", "Again", code=130)
    assert "Give the same command again to go on where it stopped." in answer.stderr
    run("restore", "copy", "--name", "Again")
    assert len(tracker.client.list_databases()) == 2


def test_a_service_that_fails_can_be_asked_again(run, tracker, folder):
    run("backup", "Tracker", "copy")
    with tracker.client.sandbox.faults.added("server_error", method="POST", path="/tables", status=500, times=1):
        answer = run("restore", "copy", "--name", "Again", code=3)
    assert "Give the same command again" in answer.stderr
    run("restore", "copy", "--name", "Again")
    assert len(tracker.client.list_databases()) == 2


def test_what_is_not_restored_is_noted_with_exit_code_1(run, tracker, folder):
    meta = type(tracker.draft)._meta.binding(tracker.client)
    options = {"formula": "{Title}", "referencedFieldIds": ["gone0"]}
    tracker.client.create_field(meta.database, meta.table, "Odd", "FORMULA", options)
    tracker.client.update_field(
        meta.database, meta.table, meta.ids["hours"], ai_options={"aiFillable": True, "prompt": "guess"}
    )
    run("backup", "Tracker", "copy")
    answer = run("restore", "copy", "--name", "Again", code=1)
    assert "Tasks.Hours is no longer filled by AI" in answer.stderr


def test_a_damaged_backup_is_refused(run, tracker, folder):
    run("backup", "Tracker", "copy")
    (folder / "copy" / "schema.json").write_text("{}", "utf-8")
    assert "is not whole: schema.json is not what it was" in run("restore", "copy", "--name", "Again", code=2).stderr


def test_a_name_that_is_taken_is_refused_before_anything_is_made(run, tracker, folder):
    run("backup", "Tracker", "copy")
    before = len(tracker.requests())
    for given in ([], ["--name", "tracker"]):
        answer = run("restore", "copy", *given, code=2)
        assert "There is a database called 'Tracker' already (" in answer.stderr
        assert "nothing was made: give the new one another name, such as --name 'T" in answer.stderr.replace("'t", "'T")
    run("restore", "copy", "--name", "Again")
    assert "called 'Again' already" in run("restore", "copy", "--name", "Again", code=2).stderr
    assert sorted(one.name for one in tracker.client.list_databases()) == ["Again", "Tracker"]
    assert {path.name for path in (folder / "copy").iterdir() if path.name.startswith("restore")} == {
        f"restored-{one.id}" for one in tracker.client.list_databases() if one.name == "Again"
    }
    assert [method for method, _ in tracker.requests()[before:][:2]] == ["GET", "GET"]


def test_a_restore_that_made_nothing_yet_leaves_a_database_of_its_name_alone(run, tracker, folder, monkeypatch):
    run("backup", "Tracker", "copy")
    with monkeypatch.context() as patched:
        patched.setattr("softrorm.data.restore.workspace_of", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run("restore", "copy", "--name", "Again")
    tracker.client.create_database("Again", tracker.client.sandbox.workspace_id)
    assert "called 'Again' already" in run("restore", "copy", "--name", "Again", code=2).stderr
    run("restore", "copy", "--name", "Once more")
