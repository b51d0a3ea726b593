"""Pushing one version of some models after the other, as somebody edits them for months: in the end the tables are as
those of the last version pushed from nothing, also where pushes stop half-way and are started again."""

import re
import sys
import types

from hypothesis import given, settings
from hypothesis import strategies as st
from schemas import described

from softrorm import Model, SoftrError, fields
from softrorm.client.lock import Lock
from softrorm.sandbox import FakeClock, Sandbox
from softrorm.schema import check, plan, push

TABLES = ["Ab", "Cd", "Ef"]
TITLE = ("SingleLineText", {})
LINKS = {"LinkedRecord", "LinkedRecords"}
THROUGH = {"Lookup", "Rollup", "Count"}
WRITES = ("POST", "PUT", "DELETE")
SCHEMA = re.compile(r"^/databases(/[^/]+(/tables(/[^/]+(/fields(/[^/]+)?)?)?)?)?$")

plain = st.one_of(
    st.tuples(
        st.just("SingleLineText"),
        st.fixed_dictionaries({}, optional={"max_length": st.integers(9, 50), "name": st.sampled_from(["N1", "N2"])}),
    ),
    st.tuples(st.just("Number"), st.fixed_dictionaries({}, optional={"precision": st.integers(0, 2)})),
    st.tuples(
        st.sampled_from(["Select", "MultiSelect"]),
        st.fixed_dictionaries({"choices": st.lists(st.sampled_from("abcd"), min_size=1, unique=True)}),
    ),
    st.tuples(st.sampled_from(["Date", "DateTime"]), st.just({})),
)

# --- versions: by table and attribute, the class of a field and its arguments ---------------------------------


def declare(draw, version):
    table = draw(st.sampled_from(TABLES))
    version.setdefault(table, {"title": TITLE})[f"f{draw(st.integers(0, 5))}"] = draw(plain)


def declare_over(draw, version):
    declared = version[draw(st.sampled_from(sorted(version)))]
    if attributes := sorted(declared.keys() - {"title"}):
        declared[draw(st.sampled_from(attributes))] = draw(plain)


def link(draw, version):
    table, to = draw(st.sampled_from(sorted(version))), draw(st.sampled_from(sorted(version)))
    one, back = f"l{draw(st.integers(0, 3))}", draw(st.sampled_from([None, "b0", "b1"]))
    if back is not None:
        inverse = draw(st.sampled_from([None, one]))
        version[to][back] = (draw(st.sampled_from(sorted(LINKS))), {"to": table, "inverse": inverse})
    version[table][one] = (draw(st.sampled_from(sorted(LINKS))), {"to": to, "inverse": back})


def read_through(draw, version):
    declared = version[draw(st.sampled_from(sorted(version)))]
    links = sorted(attribute for attribute, (kind, _) in declared.items() if kind in LINKS)
    if not links:
        return
    through, kind = draw(st.sampled_from(links)), draw(st.sampled_from(sorted(THROUGH)))
    target = version.get(declared[through][1]["to"], {})
    arguments = {"through": through}
    if kind != "Count":
        of = [attribute for attribute, (of_kind, _) in target.items() if of_kind not in LINKS | THROUGH]
        arguments["of"] = draw(st.sampled_from(sorted(of) or ["title"]))
    if kind == "Rollup":
        arguments["function"] = "COUNTA"
    declared[f"c{draw(st.integers(0, 3))}"] = (kind, arguments)


def drop(draw, version):
    declared = version[draw(st.sampled_from(sorted(version)))]
    if attributes := sorted(declared.keys() - {"title"}):
        del declared[draw(st.sampled_from(attributes))]


def drop_table(draw, version):
    if len(version) > 1:
        del version[draw(st.sampled_from(sorted(version)))]


def sound(version):
    """A version without what refers to what is not there, and without inverses that contradict each other."""
    version = {table: dict(declared) for table, declared in version.items()}
    for table, attribute in [(table, attribute) for table, declared in version.items() for attribute in declared]:
        kind, arguments = version[table][attribute]
        if kind in LINKS and arguments["to"] not in version:
            del version[table][attribute]
        elif kind in LINKS and not _has_back(version, table, attribute, **arguments):
            version[table][attribute] = (kind, {**arguments, "inverse": None})
    for declared in version.values():
        names = set()
        for attribute, (kind, arguments) in list(declared.items()):
            if "name" in arguments and arguments["name"] in names:
                del declared[attribute]
            names.add(arguments.get("name"))
            if kind in THROUGH:
                through, linked = declared.get(arguments["through"], TITLE)
                of_kind, _ = version.get(linked.get("to"), {}).get(arguments.get("of", "title"), ("", {}))
                if through not in LINKS or of_kind in {*LINKS, *THROUGH, ""}:
                    del declared[attribute]
    return version


def _has_back(version, table, attribute, to, inverse):
    kind, back = version[to].get(inverse, TITLE)
    named = [
        (other, name)
        for other, declared in version.items()
        for name, (_, arguments) in declared.items()
        if (arguments.get("to"), arguments.get("inverse")) == (to, inverse)
    ]
    return (
        kind in LINKS
        and back["to"] == table
        and back["inverse"] in {None, attribute}
        and (table, attribute) != (to, inverse)
        and named == [(table, attribute)]
    )


EDITS = [declare, declare, declare_over, link, link, read_through, drop, drop_table]


@st.composite
def histories(draw):
    """The versions of some models, each an edit or three after the one before."""
    version, versions = {table: {"title": TITLE} for table in TABLES}, []
    for _ in range(draw(st.integers(2, 5))):
        version = {table: dict(declared) for table, declared in version.items()}
        for edit in draw(st.lists(st.sampled_from(EDITS), min_size=1, max_size=3)):
            edit(draw, version)
        version = sound(version)
        versions.append(version)
    return versions


def loaded(version):
    """The models of a version, in a module that takes the place of the one before."""
    module = sys.modules["history"] = types.ModuleType("history")
    for table, declared in version.items():
        body = {attribute: _field(kind, dict(arguments)) for attribute, (kind, arguments) in declared.items()}
        meta = type("Meta", (), {"database_name": "Work"})
        setattr(module, table, type(table, (Model,), {"__module__": "history", "Meta": meta, **body}))
    return list(vars(module).values())[-len(version) :]


def _field(kind, arguments):
    if kind == "Rollup":
        arguments["returns"] = fields.Number()
    return getattr(fields, kind)(**arguments)


# --- the law --------------------------------------------------------------------------------------------------


def as_declared(client, models):
    """What the models have a say in: not what the other ends of links are called that no model declares."""
    [database] = client.list_databases()
    shown = {}
    for model in models:
        names = {field.name for field in model._meta.own_fields.values()}
        for name, field in described(client, database.id, unique=False)[model._meta.table_name]["fields"].items():
            if name in names:
                field["options"].pop("inverse", None)  # which the check has looked at
                field["options"] = {key: value for key, value in field["options"].items() if value is not None}
                if field["type"] == "LOOKUP":
                    del field["allowMultipleEntries"]  # which the service works out when a lookup is made
                shown[model._meta.table_name, name] = field
    return shown


@settings(max_examples=max(5, settings().max_examples // 3))
@given(versions=histories(), stops=st.lists(st.tuples(st.integers(1, 8), st.booleans()), max_size=4))
def test_whatever_was_pushed_before_the_tables_are_as_the_last_version_says(versions, stops):
    clock = FakeClock()
    with Sandbox(clock=clock, sleep=clock.advance) as here, Sandbox() as fresh:
        client, new = here.client(clock=clock, sleep=clock.advance, deadline=30.0), fresh.client()
        lock, stops = Lock(), list(stops)
        for version in versions:
            models = loaded(version)
            if stops:
                number, allow = stops.pop()
                fault = here.faults.add("lost_answer", method=WRITES, path=SCHEMA, nth=range(number, 10**6))
                try:
                    push(models, client, lock=lock, allow_destructive=allow)
                except SoftrError:
                    lock = Lock.from_json(lock.to_json())
                here.faults.remove(fault)
            push(models, client, lock=lock, allow_destructive=True)
            left = plan(models, client, lock=lock, allow_destructive=True)
            assert (left.steps, left.held, left.notes) == ([], [], [])
            assert [one for one in check(models, client, lock=lock).findings if one.severity != "info"] == []
        push(models, new)
        assert as_declared(client, models) == as_declared(new, models)
