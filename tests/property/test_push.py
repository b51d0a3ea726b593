"""Pushing random databases: inspected, imported, pushed to an empty account and inspected again they are the same, also
where the push stops at some write; and a second push, a check and the original find nothing to say."""

import copy
import itertools
import re
import sys
import types

from hypothesis import given
from hypothesis import strategies as st
from schemas import build, described, few, random_schema

from softrorm import Model, SoftrError, fields
from softrorm.client.lock import Lock
from softrorm.fields.link import LinkField
from softrorm.sandbox import FakeClock, Sandbox
from softrorm.schema import apply, check, inspect_database, plan, push
from softrorm.schema.design import key, primary_of, references
from softrorm.schema.pushing import Plan

WRITES = ("POST", "PUT", "DELETE")
SCHEMA = re.compile(r"^/databases(/[^/]+(/tables(/[^/]+(/fields(/[^/]+)?)?)?)?)?$")
numbers = itertools.count()


def imported(text):
    """The module of a text."""
    module = types.ModuleType(f"pushed_{next(numbers)}")
    sys.modules[module.__name__] = module
    try:
        exec(compile(text, module.__name__, "exec"), vars(module))
    finally:
        del sys.modules[module.__name__]
    return module


def copied(client):
    """The only database of an account."""
    [database] = client.list_databases()
    return database.id


@few
@given(schema=random_schema())
def test_inspected_imported_pushed_and_inspected_a_database_is_the_same(schema):
    with Sandbox() as here, Sandbox() as there:
        client, empty = here.client(), there.client()
        database = build(client, schema)
        module = imported(inspect_database(client, database))
        assert check(module, client).findings == ()
        assert not plan(module, client, allow_destructive=True)

        saved = plan(module, empty, database="Copy")
        lock = apply(Plan.from_json(saved.to_json()), empty)

        assert described(empty, copied(empty)) == described(client, database)
        made = plan(module, empty, database="Copy", lock=lock, allow_destructive=True)
        assert (made.steps, made.notes) == ([], [])
        assert check(module, empty, database="Copy", lock=lock).findings == ()
        again = imported(inspect_database(empty, copied(empty)))
        assert check(again, empty).findings == ()
        assert names_of(again) == names_of(module)


def models_of(module):
    """The models of a module that have fields."""
    return [one for one in vars(module).values() if getattr(getattr(one, "_meta", None), "table", None)]


def edited(draw, models):
    """The models after an edit: some fields renamed, described, required, with other labels, dropped or new."""
    named = {one for model in models for field in model._meta.own_fields.values() for one in flat(references(field))}
    space = f"edited_{next(numbers)}"
    made = []
    for model in models:
        body = {}
        for name, field in model._meta.own_fields.items():
            one = body[name] = copy.copy(field)
            if isinstance(one, LinkField) and isinstance(one.to, type):
                one.to = one.to.__name__
            change = draw(st.sampled_from(["", "", "name", "description", "required", "drop"]))
            is_plain = one.writable and not isinstance(one, LinkField) and key(field) not in named
            if change == "name" and is_plain:
                one.name, one.is_named = f"renamed {name}", True
            elif change == "description":
                one.description = "Another one"
            elif change == "required" and is_plain:
                one.required = not one.required
            elif change == "drop" and is_plain and field is not primary_of(model._meta.own_fields.values()):
                del body[name]
        if draw(st.booleans()):
            body["brand_new"] = fields.Select(name="brand new", choices=["a", "b"], default="b")
        meta = type(
            "Meta", (), {**model._declared, "table_name": model._meta.table_name + draw(st.sampled_from(["", "!"]))}
        )
        made.append(
            type(model.__name__, (Model,), {**body, "__module__": space, "Meta": meta, "__doc__": model.__doc__})
        )
    return made


def flat(named):
    """The fields that options name."""
    return [each for one in named.values() for each in (one if isinstance(one, list) else [one])]


@few
@given(schema=random_schema(), data=st.data())
def test_an_edit_that_is_pushed_makes_what_a_push_from_nothing_would(schema, data):
    with Sandbox() as here, Sandbox() as there, Sandbox() as fresh:
        client, changed, new = here.client(), there.client(), fresh.client()
        build(client, schema)
        module = imported(inspect_database(client, copied(client)))
        lock = apply(plan(module, changed, database="Copy"), changed)
        before = {table.id: {one.id for one in table.fields} for table in changed.list_tables(copied(changed))}
        models = edited(data.draw, models_of(module))

        push(models, changed, database="Copy", lock=lock, allow_destructive=True)
        push(models, new, database="Copy")

        assert described(changed, copied(changed)) == described(new, copied(new))
        assert not plan(models, changed, database="Copy", lock=lock, allow_destructive=True)
        kept = {table.id: {one.id for one in table.fields} for table in changed.list_tables(copied(changed))}
        for model in models:  # nothing was made anew that could be changed
            known = lock.tables[model.__name__]
            old = {name for name in known.fields if name != "brand_new"}
            assert {known.fields[name].id for name in old} <= before[known.id] & kept[known.id]


def names_of(module):
    """The attributes of each model."""
    return {model.__name__: set(model._meta.own_fields) for model in models_of(module)}


@few
@given(
    schema=random_schema(),
    kind=st.sampled_from(["reset_before", "lost_answer", "truncated", "not_json", "server_error"]),
    stops=st.lists(st.integers(1, 12), max_size=4),
)
def test_a_push_that_stops_at_any_writes_makes_the_same_in_the_end(schema, kind, stops):
    clock = FakeClock()
    with Sandbox() as here, Sandbox(clock=clock, sleep=clock.advance) as there:
        client = here.client()
        empty = there.client(clock=clock, sleep=clock.advance, deadline=30.0)
        database = build(client, schema)
        module = imported(inspect_database(client, database))
        lock = Lock()
        for number in stops:
            fault = there.faults.add(kind, method=WRITES, path=SCHEMA, nth=range(number, 10**6))
            try:
                push(module, empty, database="Copy", lock=lock)
            except SoftrError:
                lock = Lock.from_json(lock.to_json())
            there.faults.remove(fault)
        push(module, empty, database="Copy", lock=lock)
        assert described(empty, copied(empty)) == described(client, database)
        assert not plan(module, empty, database="Copy", lock=lock)
