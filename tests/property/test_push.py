"""Pushing random databases: inspected, imported, pushed to an empty account and inspected again they are the same, also
where the push stops at some write; and a second push, a check and the original find nothing to say."""

import itertools
import re
import sys
import types

from hypothesis import given
from hypothesis import strategies as st
from schemas import build, described, random_schema

from softrorm import SoftrError
from softrorm.client.lock import Lock
from softrorm.sandbox import FakeClock, Sandbox
from softrorm.schema import apply, check, inspect_database, plan, push
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


def names_of(module):
    """The attributes of each model."""
    models = [one for one in vars(module).values() if getattr(getattr(one, "_meta", None), "table", None)]
    return {model.__name__: set(model._meta.own_fields) for model in models}


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
