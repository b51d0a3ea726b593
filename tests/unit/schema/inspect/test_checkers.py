"""The modules that inspect writes, and those that it brings up to date, as ruff, mypy and basedpyright see them.

One of them, with ids that do not change from run to run, is a sample of tests/typing, which mypy and basedpyright check
together with the others. After a change of what inspect writes, make it anew:

    python tests/unit/schema/inspect/test_checkers.py
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from softrorm import Client
from softrorm.schema import inspect_database

ROOT = Path(__file__).parents[4]
SAMPLE = ROOT / "tests" / "typing" / "samples" / "inspected.py"
RULES = "A,B,C4,E,F,I,N,PIE,RUF,SIM,UP,W"
LONG = ["x" * 99, "日本"]


def fill(client, long):
    """A database with every type, required and not, behind names that need care; its id and its first table's.

    What this project's ruff, with its longer lines and its rules, would have otherwise is left out of the sample.
    """
    database = client.create_database('Odd "names" \\ 🙂', client.sandbox.workspace_id).id
    first = client.create_table(
        database, "🙂", description='It\'s """odd""" and ends in "quotes"\n\n' + "So much. " * 20
    )
    second = client.create_table(database, "class", primary_field_name="def")
    third = client.create_table(database, "Exception", primary_field_name="Meta")

    def add(name, type, options=None, **more):
        return client.create_field(database, first.id, name, type, options, **more).id

    plain = [
        *["SINGLE_LINE_TEXT", "LONG_TEXT", "EMAIL", "PHONE", "URL", "ADDRESS", "CHECKBOX", "NUMBER", "CURRENCY"],
        *["PERCENT", "PROGRESS", "RATING", "DURATION", "DATETIME", "TIME", "DATE_RANGE", "USER", "ATTACHMENT"],
        *["SELECT", "BUTTON", "AUTONUMBER", "RECORD_ID", "CREATED_AT", "UPDATED_AT", "CREATED_BY", "UPDATED_BY"],
    ]
    for type in plain:
        add(f"A {type}", type)
        add(f"Required {type}", type, required=True, description="What this is for, at some length. " * 4)
    for name in ["class", "save", "fields", "datetime", "date", "list", "self", "str", "Created at", "💥", *long]:
        add(name, "DATETIME", {"precision": "DATE"}, required=True)
    choices = [{"label": label, "color": "blue"} for label in ["", "🙂", "💥", "a b", "A-B", "mro", *long]]
    for many in (True, False):
        add(f"Choices {many}", "SELECT", {"choices": choices}, allow_multiple_entries=many, default_value="a b")
        add(f"Needed {many}", "SELECT", {"choices": choices}, allow_multiple_entries=many, required=True)
        add(f"Users {many}", "USER", allow_multiple_entries=many)
        add(f"Own {many}", "LINKED_RECORD", {"linkedTableId": first.id}, allow_multiple_entries=many)
        add(f"Must {many}", "LINKED_RECORD", {"linkedTableId": second.id}, allow_multiple_entries=many, required=True)
        link = add(f"Other {many}", "LINKED_RECORD", {"linkedTableId": second.id}, allow_multiple_entries=many)
        for type in [*plain[:18], "SELECT", "LINKED_RECORD", "UNHEARD_OF"]:
            options = {"LINKED_RECORD": {"linkedTableId": third.id}, "SELECT": {"choices": choices}}.get(type, {})
            path = {"linkedRecordFieldId": link, "lookupFieldId": second.primary_field_id}
            returned = {"returnedField": {"type": type, "options": options}}
            add(f"Look {type} {many}", "LOOKUP", {**path, **returned})
        add(f"Count {many}", "COUNT", {"linkedRecordFieldId": link})
        add(f"Bare {many}", "FORMULA", {"formula": "1 & '" + "long text " * 15 + "'"}, allow_multiple_entries=many)
    return database, first.id


def run(folder, *command):
    env = {**os.environ, "NO_COLOR": "1", "MYPY_FORCE_COLOR": "0", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False
    )


def written(long=()):
    """A module, the same one after a person edited it and much was added to the database, and all ids in it."""
    with Client("sandbox:") as client:
        database, table = fill(client, long)
        fresh = edited = inspect_database(client, database)
        for old in ("class Class(", "[Class", '"Class"', "to=Class,", "to=Class)"):
            edited = edited.replace(old, old.replace("Class", "Renamed"))
        again = client.create_table(database, "Again")
        client.create_field(database, again.id, "Up", "LINKED_RECORD", {"linkedTableId": table})
        client.create_field(database, table, "More", "SELECT", {"choices": [{"label": "So"}]}, required=True)
        client.create_field(database, table, "When", "DATETIME", required=True)
        schema = client.schema(database, refresh=True)
        fields = [one for table in schema for one in table.fields]
        choices = [choice["id"] for one in fields for choice in one.options.get("choices") or ()]
        ids = [database, *(table.id for table in schema), *(one.id for one in fields), *choices]
        return fresh, inspect_database(client, database, existing=edited), ids


def sample():
    """The edited module, with ids that are counted."""
    _, text, ids = written()
    for number, id in enumerate(ids):
        counted = f"{number:x}".zfill(len(id))
        text = text.replace(f'"{id}"', f'"{counted}"')
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with both modules."""
    folder = tmp_path_factory.mktemp("inspected")
    for name, text in zip(("fresh.py", "again.py"), written(LONG)[:2], strict=True):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["fresh", "again"])
def test_the_module_imports(folder, name):
    done = run(folder, name)
    assert done.returncode == 0, done.stderr


def test_ruff_has_nothing_to_format_and_nothing_to_say(folder):
    done = run(folder, "ruff", "format", "--isolated", "--no-cache", "--diff", ".")
    assert done.returncode == 0, done.stdout
    done = run(folder, "ruff", "check", "--isolated", "--no-cache", "--select", RULES, "--target-version=py311", ".")
    assert done.returncode == 0, done.stdout


def test_the_sample_that_the_type_checkers_see_is_what_inspect_writes():
    assert sample() == SAMPLE.read_text(encoding="utf-8"), __doc__


def test_basedpyright_as_it_comes_has_nothing_to_say(folder):
    config = {"include": ["."], "extraPaths": [str(ROOT)], "pythonVersion": "3.11"}
    (folder / "pyrightconfig.json").write_text(json.dumps(config))
    done = run(folder, "basedpyright", "--project", ".", "--pythonpath", sys.executable)
    assert done.returncode == 0, done.stdout


if __name__ == "__main__":
    SAMPLE.write_text(sample(), encoding="utf-8")
