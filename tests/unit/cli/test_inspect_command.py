"""softrorm inspect: into a file, onto stdout, and as a check."""

import json
from pathlib import Path


def add_cost(tracker):
    [database] = tracker.client.list_databases()
    table = next(table for table in tracker.client.list_tables(database.id) if table.name == "Tasks")
    return tracker.client.create_field(database.id, table.id, "Cost", "CURRENCY").id


def test_the_module_goes_to_stdout_unless_a_file_is_named(tracker, run):
    answer = run("inspect", "Tracker")
    assert answer.stdout.startswith('"""Models of the Softr database "Tracker".')
    assert "class Tasks(TypedModel):" in answer.stdout
    assert answer.stderr == ""


def test_a_file_is_written_and_brought_up_to_date(tracker, run):
    assert run("inspect", "tracker", "-o", "models.py").stderr.startswith("models.py: 5")
    file = Path("models.py")
    file.write_text(file.read_text("utf-8").replace("class Tasks(", "class Job(").replace('"Tasks"', '"Job"'))
    kept = file.read_text("utf-8")
    answer = run("inspect", "Tracker", "-o", "models.py")
    assert (answer.stdout, answer.stderr, file.read_text("utf-8")) == ("", "models.py: up to date\n", kept)
    add_cost(tracker)
    assert run("inspect", "Tracker", "-o", "models.py").stderr == "models.py: 5 lines added\n"
    assert "    cost: fields.Currency" in file.read_text("utf-8")


def test_line_ends_stay_as_they_are(tracker, run):
    run("inspect", "Tracker", "-o", "models.py")
    file = Path("models.py")
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    add_cost(tracker)
    run("inspect", "Tracker", "-o", "models.py")
    assert file.read_bytes().count(b"\n") == file.read_bytes().count(b"\r\n") > 50


def test_a_check_writes_nothing_and_shows_the_difference(tracker, run):
    run("inspect", "Tracker", "-o", "models.py")
    before = Path("models.py").read_bytes()
    assert run("inspect", "Tracker", "-o", "models.py", "--check").stderr == "models.py: up to date\n"
    id = add_cost(tracker)
    answer = run("inspect", "Tracker", "-o", "models.py", "--check", code=1)
    assert answer.stdout.startswith("--- models.py\n+++ models.py (inspected)\n@@ ")
    assert f'+        "{id}",\n' in answer.stdout
    assert Path("models.py").read_bytes() == before


def test_a_check_needs_a_file(tracker, run):
    assert "name it with -o" in run("inspect", "Tracker", "--check", code=2).stderr


def test_only_the_tables_that_are_named(tracker, run):
    assert run("inspect", "Tracker", "-t", "Projects").stdout.count("fields.") < run("inspect", "Tracker").stdout.count(
        "fields."
    )


def test_what_cannot_be_is_said_with_code_2(tracker, run):
    assert "no database 'Traker'. Did you mean 'Tracker'?" in run("inspect", "Traker", code=2).stderr
    assert "no table 'Task'. Did you mean 'Tasks'?" in run("inspect", "Tracker", "-t", "Task", code=2).stderr
    Path("models.py").write_text("class (")
    assert "models.py, line 1 is no Python" in run("inspect", "Tracker", "-o", "models.py", code=2).stderr
    Path("models.py").write_bytes(json.dumps("ä", ensure_ascii=False).encode("latin-1"))
    assert "models.py is no text in UTF-8" in run("inspect", "Tracker", "-o", "models.py", code=2).stderr
