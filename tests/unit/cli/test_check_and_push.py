"""softrorm check and softrorm push: what they print, how they end, what they ask and what they leave behind."""

from __future__ import annotations

import json
import re
import sys
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from softrorm.cli import main
from softrorm.client.client import Client

MODELS = """
from softrorm import Model, fields


class Task(Model):
    name = fields.SingleLineText(required=True)
    {field}

    class Meta:
        database_name = "Work"
"""


@pytest.fixture
def app(tmp_path, monkeypatch):
    """A folder with a module of models; ``write(field)`` writes it, ``run(...)`` runs a command in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOFTR_URL", "sandbox:work.db")
    monkeypatch.setattr(sys, "path", [*sys.path])

    def write(field="", module="pushed"):
        (tmp_path / f"{module}.py").write_text(MODELS.format(field=field))

    def run(*arguments, **more):
        sys.modules.pop("pushed", None)
        return CliRunner().invoke(main, arguments, **more)

    write()
    yield SimpleNamespace(write=write, run=run, path=tmp_path)
    sys.modules.pop("pushed", None)


def schema():
    with Client("sandbox:work.db") as client:
        return {
            table.name: [field.name for field in table.fields]
            for database in client.list_databases()
            for table in client.list_tables(database.id)
        }


def test_a_plan_is_shown_and_nothing_written(app):
    answer = app.run("push", "pushed", "--plan")
    assert (answer.exit_code, schema()) == (0, {})
    name = "      + Name (name): SINGLE_LINE_TEXT, primary, required\n"
    assert f"+ database 'Work'\n  + table 'Task' (Task)\n{name}" in answer.stdout
    assert not (app.path / "softr.lock.json").exists()


def test_a_push_prints_the_plan_first_and_leaves_a_lock(app):
    answer = app.run("push", "pushed", "--yes")
    assert (answer.exit_code, schema()) == (0, {"Task": ["Name"]})
    assert "1 database, 1 table, 1 field to add." in answer.stdout
    assert "+ table 'Task' (Task) ..." in answer.stderr
    assert "Task" in json.loads((app.path / "softr.lock.json").read_text())["tables"]
    again = app.run("push", "pushed")
    assert (again.exit_code, again.stdout) == (0, "Nothing to do: the tables are as the models say.\n")


def test_where_nobody_can_be_asked_nothing_is_done(app):
    answer = app.run("push", "pushed")
    assert (answer.exit_code, schema()) == (2, {})
    assert "give --yes" in answer.stderr


@pytest.mark.parametrize(("typed", "code", "held"), [("y\n", 0, {"Task": ["Name"]}), ("n\n", 1, {})])
def test_a_person_is_asked(app, monkeypatch, typed, code, held):
    monkeypatch.setattr("softrorm.cli.asking.can_ask", lambda: True)
    answer = app.run("push", "pushed", input=typed)
    assert (answer.exit_code, schema()) == (code, held)
    assert "Do it? [y/N]" in answer.stderr


def test_a_person_is_told_how_much_would_be_lost(app, monkeypatch):
    app.write("size = fields.Number()")
    app.run("push", "pushed", "--yes")
    with Client("sandbox:work.db") as client:
        table = client.list_tables(client.list_databases()[0].id)[0]
        client.create_record(
            client.list_databases()[0].id, table.id, {table.field("Name").id: "x", table.field("Size").id: 3}
        )
    app.write()
    monkeypatch.setattr("softrorm.cli.asking.can_ask", lambda: True)
    held = app.run("push", "pushed")
    assert "Not done without --allow-destructive" in held.stdout
    answer = app.run("push", "pushed", "--allow-destructive", input="y\n")
    assert "- Size (size)  (lost: the values of 1 record)" in answer.stdout
    assert "lose what 1 of these steps remove" in answer.stderr
    assert schema() == {"Task": ["Name"]}


def test_a_plan_is_saved_and_applied_later(app):
    answer = app.run("push", "pushed", "--save-plan", "plan.json")
    assert (answer.exit_code, schema()) == (0, {})
    answer = app.run("push", "--apply", "plan.json", "--yes")
    assert (answer.exit_code, schema()) == (0, {"Task": ["Name"]})
    answer = app.run("push", "--apply", "plan.json", "--yes")
    assert answer.exit_code == 2
    assert "not as it was when the plan was made" in answer.stderr


def test_each_environment_has_a_lock_of_its_own(app):
    app.run("push", "pushed", "--yes", "--env", "staging", "--database", "Staging")
    assert (app.path / "softr.staging.lock.json").exists()
    assert app.run("check", "pushed", "--env", "staging", "--database", "Staging").exit_code == 0
    assert app.run("push", "pushed", "--env", "a", "--lock", "b").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("push",), "Give modules to make a plan for, or a saved plan"),
        (("push", "pushed", "--apply", "plan.json"), "Give modules"),
        (("push", "nothing.there"), "There is no module 'nothing.there'"),
        (("push", "package.models.Task"), "Task is a class in package.models: give the module, package.models."),
        (("push", "--apply", "pushed.py", "--yes"), "pushed.py: This is no plan that a push saved: it holds no JSON."),
        (
            ("push", "--apply", "other.json", "--yes"),
            "other.json: This is no plan that a push saved: something is missing",
        ),
        (("push", "--apply", "nowhere.json", "--yes"), "No such file"),
        (("check",), "Missing argument"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(app, arguments, message):
    (app.path / "package").mkdir()
    (app.path / "package" / "models.py").write_text(MODELS.format(field=""))
    (app.path / "other.json").write_text('{"version": 1}')
    answer = app.run(*arguments)
    assert (answer.exit_code, schema()) == (2, {})
    assert message in answer.stderr
    assert "Error: '" not in answer.stderr  # such as KeyError: 'targets'


def test_a_lock_of_another_sandbox_is_named_with_the_address(app, monkeypatch):
    app.run("push", "pushed", "--yes", "--env", "staging")
    monkeypatch.setenv("SOFTR_URL", "sandbox:fresh.db")
    checked = app.run("check", "pushed", "--env", "staging")
    pushed = app.run("push", "pushed", "--env", "staging", "--plan")
    assert (checked.exit_code, pushed.exit_code) == (1, 2)
    for text in (checked.stdout, pushed.stderr):
        assert re.search(
            r"ere is no database 'Work' \(\S+\) at sandbox:fresh\.db; the id is from the lock file "
            r"softr\.staging\.lock\.json",
            text,
        )
        assert "--url, SOFTR_URL" in text
        assert "remove the lock file" in text


def test_a_database_given_at_the_prompt_is_found_in_any_capitals(app):
    app.run("push", "pushed", "--yes")
    (app.path / "softr.lock.json").unlink()
    answer = app.run("push", "pushed", "--database", "work")
    assert (answer.exit_code, answer.stdout) == (0, "Nothing to do: the tables are as the models say.\n")
    assert app.run("check", "pushed", "--database", "WORK", "--lock", "softr.lock.json").exit_code == 0


def test_a_check_ends_with_1_where_there_are_errors(app):
    assert app.run("check", "pushed").exit_code == 1
    app.run("push", "pushed", "--yes")
    answer = app.run("check", "pushed")
    assert (answer.exit_code, answer.stdout) == (0, "1 model checked: all as in the tables.\n")
    app.write("size = fields.Number()")
    answer = app.run("check", "pushed")
    assert answer.exit_code == 1
    assert "error: Task.size: the table 'Task' has no field called 'Size'" in answer.stdout


def test_warnings_count_where_a_check_is_strict(app):
    app.run("push", "pushed", "--yes")
    app.write('name = fields.SingleLineText(name="What", required=True)')
    assert app.run("check", "pushed").exit_code == 0
    answer = app.run("check", "pushed", "--strict", "--json")
    assert answer.exit_code == 1
    [finding] = json.loads(answer.stdout)["findings"]
    assert (finding["severity"], finding["attribute"]) == ("warning", "name")


def test_the_advice_for_fewer_values_is_a_push_that_does_it(app):
    app.write('color = fields.MultiSelect(choices=["red"])')
    app.run("push", "pushed", "--yes")
    app.write('color = fields.Select(choices=["red"])')
    told = app.run("check", "pushed").stdout
    assert "declare it as fields.MultiSelect; or let 'softrorm push --allow-destructive' change the field" in told
    app.run("push", "pushed", "--yes", "--allow-destructive")
    assert "1 model checked: all as in the tables." in app.run("check", "pushed").stdout
    app.write('color = fields.MultiSelect(choices=["red"])')
    assert "declare it as fields.Select; or let 'softrorm push' change the field" in app.run("check", "pushed").stdout


def test_a_saved_plan_is_done_with_the_lock_file_that_it_was_made_with(app):
    told = app.run("push", "pushed", "--env", "staging", "--database", "Staging", "--save-plan", "plan.json").stderr
    assert told.endswith("softrorm push --apply plan.json does it.\n")
    for other in (("--env", "production"), ("--lock", "softr.lock.json")):
        refused = app.run("push", *other, "--apply", "plan.json", "--yes")
        assert (refused.exit_code, refused.stdout, schema()) == (2, "", {})
        assert "This plan was made for softr.staging.lock.json, and its ids are none of softr." in refused.stderr
    assert app.run("push", "--apply", "plan.json", "--yes").exit_code == 0
    assert [file.name for file in app.path.glob("*.lock.json")] == ["softr.staging.lock.json"]


def test_a_plan_that_is_stale_is_refused_before_it_is_shown(app):
    app.run("push", "pushed", "--save-plan", "plan.json")
    app.run("push", "pushed", "--yes")
    refused = app.run("push", "--apply", "plan.json", "--yes")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "not as it was when the plan was made" in refused.stderr


def test_modules_and_a_saved_plan_do_not_go_together(app):
    both = app.run("push", "pushed", "--apply", "plan.json")
    assert (both.exit_code, "not both" in both.stderr) == (2, True)


def test_an_interrupted_push_says_how_it_goes_on(app, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    app.run("push", "pushed", "--save-plan", "plan.json")
    monkeypatch.setattr("softrorm.schema.apply", interrupted)
    answer = app.run("push", "pushed", "--yes")
    assert answer.exit_code == 130
    assert answer.stderr.endswith("Interrupted. Give the same command again for what is left.\n")
    answer = app.run("push", "--apply", "plan.json", "--yes")
    assert answer.stderr.endswith("Interrupted. Make a new plan of what is left.\n")


def test_a_plan_that_holds_everything_back_does_not_say_that_all_is_well(app):
    app.write("size = fields.Number()")
    app.run("push", "pushed", "--yes")
    with Client("sandbox:work.db") as client:
        [database] = client.list_databases()
        [table] = client.list_tables(database.id)
        client.create_record(database.id, table.id, {table.field("Name").id: "x", table.field("Size").id: 3})
    app.write()
    told = app.run("push", "pushed", "--plan").stdout
    assert "Not done without --allow-destructive" in told
    assert told.endswith("Nothing else to do.\n")


BESIDE = "There is no lock file softr.lock.json, while softr.production.lock.json is beside it."


@pytest.fixture
def forgotten(app):
    """An app that was pushed for production, whose model has another name for its field since."""
    app.run("push", "pushed", "--yes", "--env", "production")
    app.write('name = fields.SingleLineText(name="What", required=True)')
    return app


@pytest.mark.parametrize("arguments", [("--yes",), (), ("--yes", "--env", "prodution")])
def test_a_push_without_the_environment_begins_no_other_lock_by_itself(forgotten, arguments):
    refused = forgotten.run("push", "pushed", *arguments)
    assert (refused.exit_code, refused.stdout, schema()) == (2, "", {"Task": ["Name"]})
    assert "while softr.production.lock.json is beside it" in refused.stderr
    assert "for the first push of an environment give --new-lock" in refused.stderr
    assert [file.name for file in forgotten.path.glob("*.lock.json")] == ["softr.production.lock.json"]
    assert forgotten.run("push", "pushed", "--yes", "--env", "production").exit_code == 0
    assert schema() == {"Task": ["What"]}


def test_a_second_environment_is_begun_where_that_is_said(forgotten, monkeypatch):
    staging = ("push", "pushed", "--env", "staging", "--database", "Staging")
    told = forgotten.run(*staging, "--save-plan", "plan.json").stderr
    assert told.endswith("softrorm push --apply plan.json --new-lock does it.\n")
    assert forgotten.run(*staging, "--yes", "--new-lock").exit_code == 0
    assert (forgotten.path / "softr.staging.lock.json").exists()
    assert forgotten.run(*staging, "--yes").exit_code == 0
    monkeypatch.setattr("softrorm.cli.asking.can_ask", lambda: True)
    monkeypatch.setattr("softrorm.cli.push.can_ask", lambda: True)
    answer = forgotten.run("push", "pushed", "--env", "dev", "--database", "Dev", input="n\n")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "Begin softr.dev.lock.json, for another environment? [y/N]" in answer.stderr
    answer = forgotten.run("push", "pushed", "--env", "dev", "--database", "Dev", input="y\ny\n")
    assert (answer.exit_code, (forgotten.path / "softr.dev.lock.json").exists()) == (0, True)


def test_what_writes_nothing_says_that_other_locks_are_there(forgotten):
    planned = forgotten.run("push", "pushed", "--plan")
    assert (planned.exit_code, "+ What (name)" in planned.stdout) == (0, True)
    assert planned.stderr == f"{BESIDE} A field that was renamed is a new one to this plan.\n"
    checked = forgotten.run("check", "pushed")
    assert checked.stderr.startswith(f"{BESIDE} Tables and fields are found by name; --env NAME or --lock FILE")
    mistyped = forgotten.run("check", "pushed", "--env", "prodution")
    assert (mistyped.exit_code, "softr.production.lock.json is beside it" in mistyped.stderr) == (2, True)


@pytest.mark.parametrize("command", ["push", "check"])
def test_the_name_of_an_environment_is_no_path(app, command):
    refused = app.run(command, "pushed", "--env", "../../x")
    assert refused.exit_code == 2
    assert "'../../x' is no name of an environment: letters, digits, -, _ and . are allowed" in refused.stderr
