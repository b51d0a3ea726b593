"""Inspecting random databases: the module imports, runs again without a change, and, pushed to an empty account,
makes the same database."""

import itertools
import subprocess
import sys
import types

from hypothesis import given
from schemas import build, described, few, random_schema

from softrorm import Client
from softrorm.schema import check, inspect_database, plan, push

numbers = itertools.count()


def imported(text):
    """The module of a text, and how to let it go."""
    module = types.ModuleType(f"inspected_{next(numbers)}")
    sys.modules[module.__name__] = module
    try:
        exec(compile(text, module.__name__, "exec"), vars(module))
    finally:
        del sys.modules[module.__name__]
    return module


@few
@given(schema=random_schema())
def test_inspected_again_nothing_changes(schema):
    with Client("sandbox:") as client:
        database = build(client, schema)
        text = inspect_database(client, database)
        assert inspect_database(client, database, existing=text) == text
        models = [one for one in vars(imported(text)).values() if getattr(getattr(one, "_meta", None), "table", None)]
        ids = {model._meta.table: {one.id for one in model._meta.own_fields.values()} for model in models}
        assert ids == {table.id: {one.id for one in table.fields} for table in client.schema(database)}


@few
@given(schema=random_schema())
def test_the_models_agree_with_their_tables(schema):
    with Client("sandbox:") as client:
        module = imported(inspect_database(client, build(client, schema)))
        assert str(plan(module, client)) == "Nothing to do: the tables are as the models say."
        assert check(module, client).findings == ()


@few
@given(schema=random_schema())
def test_pushed_to_an_empty_account_the_models_make_the_same_database(schema):
    with Client("sandbox:") as client, Client("sandbox:") as empty:
        database = build(client, schema)
        module = imported(inspect_database(client, database))
        push(module, empty, database="Copy")
        copy = next(one.id for one in empty.list_databases() if one.name == "Copy")
        assert described(empty, copy) == described(client, database)


@few
@given(schema=random_schema())
def test_the_module_is_formatted_as_ruff_would_and_breaks_none_of_its_rules(schema):
    with Client("sandbox:") as client:
        text = inspect_database(client, build(client, schema))
    # N801 wants capitals, which many alphabets do not have.
    for command in (["format", "--diff"], ["check", "--select=E,F,I,UP,B,N,W", "--ignore=N801,N815"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", "-"],
            input=text,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout
