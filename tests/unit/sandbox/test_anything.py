"""Whatever is sent, the sandbox answers: with what was asked for, or with a documented error."""

import json
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from softrorm.sandbox import Sandbox
from softrorm.sandbox.celltypes import TYPES
from softrorm.sandbox.habits import OPERATORS
from softrorm.sandbox.problems import STATUSES

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
tellings = st.sampled_from(
    "2026-01-19 PREDEFINED:TODAY RELATIVE_DATE:PAST:MONTH RELATIVE_DATE:NEXT:99999 Open 12.5 1e400 true a@b.c 14:30"
    " https://a.org/x.png 9999-12-31T23:59:59.999Z 0001-01-01 99999999999999999".split()
)
keys = st.sampled_from(["id", "label", "url", "from", "to", "email", "name"]) | st.text(
    string.ascii_letters, max_size=3
)
values = st.recursive(
    scalars | tellings,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=5,
)
settled = settings(deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))


class World:
    """A sandbox with a table that has a field of every type."""

    def __init__(self):
        self.sandbox = Sandbox()
        database = self.send("POST", "/databases", {"workspaceId": "w", "name": "x"})["id"]
        self.tables = f"/databases/{database}/tables"
        body = {"fields": [{"name": name, "type": name} for name in TYPES if name != "LINKED_RECORD"]}
        self.table = f"{self.tables}/{self.send('POST', self.tables, body)['id']}"
        link = {"name": "LINKED_RECORD", "type": "LINKED_RECORD", "options": {"linkedTableId": self.table[-14:]}}
        self.send("POST", f"{self.table}/fields", link)
        self.ids = {one["name"]: one["id"] for one in self.send("GET", self.table)["fields"]}
        self.record = self.send("POST", f"{self.table}/records", {"fields": {}})["id"]

    def send(self, method, path, body=None):
        content = json.dumps(body).encode()
        status, _, answer = self.sandbox.handle(method, f"/api/v1{path}", {}, {"Softr-Api-Key": "k"}, content)
        payload = json.loads(answer) if answer else {}
        if status >= 300:
            assert STATUSES[payload["errorCode"]] == status
            return None
        return payload.get("data")


@pytest.fixture(scope="module")
def world():
    return World()


@settings(settled, max_examples=20)
@given(method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]), body=values)
def test_to_any_body_anywhere(method, body):
    world = World()
    for path in ("/databases", world.tables, world.table, f"{world.table}/fields", f"{world.table}/records"):
        world.send(method, path, body)
    world.send(method, f"{world.table}/records/{world.record}", body)
    world.send("POST", f"{world.table}/records/search", body)


@settled
@given(field=st.sampled_from(sorted(TYPES)), value=values)
def test_to_any_value_of_any_field(world, field, value):
    made = world.send("POST", f"{world.table}/records", {"fields": {world.ids[field]: value}})
    if made:
        shown = made["fields"][world.ids[field]]
        path = f"{world.table}/records/{made['id']}"
        assert world.send("GET", path)["id"] == made["id"]
        world.send("PATCH", path, {"fields": {world.ids[field]: shown}})
        world.send("POST", f"{world.table}/records/search", {"sorting": [{"sortingField": world.ids[field]}]})
        world.send("DELETE", path)


@settled
@given(
    field=st.sampled_from([*sorted(TYPES), "created_at"]),
    operator=st.sampled_from(sorted(OPERATORS)),
    rest=st.fixed_dictionaries(
        {}, optional=dict.fromkeys(["rightSide", "lowerBound", "upperBound"], values | st.lists(tellings, max_size=2))
    ),
)
def test_to_any_condition_on_any_field(world, field, operator, rest):
    condition = {"leftSide": world.ids.get(field, field), "operator": operator, **rest}
    world.send("POST", f"{world.table}/records/search", {"filter": {"condition": condition}})


@settings(settled, max_examples=20)
@given(
    type=st.sampled_from(sorted(TYPES)),
    options=st.dictionaries(
        st.sampled_from(sorted({key for kind in TYPES.values() for key in kind.own_defaults})), values, max_size=3
    ),
    rest=st.fixed_dictionaries(
        {}, optional={"defaultValue": values, "allowMultipleEntries": st.booleans(), "required": st.booleans()}
    ),
    value=values,
)
def test_to_any_definition_of_a_field_and_what_is_written_to_it(type, options, rest, value):
    world = World()
    if type == "LINKED_RECORD":
        options = {"linkedTableId": world.table[-14:], **options}
    made = world.send("POST", f"{world.table}/fields", {"name": "x", "type": type, "options": options, **rest})
    if made:
        world.send("POST", f"{world.table}/records", {"fields": {made["id"]: value}})
        world.send("POST", f"{world.table}/records", {"fields": {}})
        world.send("GET", f"{world.table}/records")
        world.send("POST", f"{world.table}/records/search", {"sorting": [{"sortingField": made["id"]}]})
    for name in ("LONG_TEXT", "SELECT", "NUMBER"):
        path = f"{world.table}/fields/{world.ids[name]}"
        world.send("PUT", path, {"name": "y", "type": type, "options": options, **rest})
        world.send("GET", f"{world.table}/records")


@pytest.mark.parametrize("depth", [900, 1500])
@pytest.mark.parametrize(
    "field",
    "LONG_TEXT NUMBER CHECKBOX DATE_RANGE SELECT LINKED_RECORD USER ATTACHMENT ADDRESS"
    " aiOptions options defaultValue".split(),
)
def test_to_values_deeper_than_the_interpreter_recurses(world, field, depth):
    deep = "[" * depth + "]" * depth
    for value in (deep, f'{{"id":{deep},"url":{deep},"from":{deep},"city":{deep}}}'):
        if field in TYPES:
            path, body = f"{world.table}/records", f'{{"fields":{{"{world.ids[field]}":{value}}}}}'
        else:
            path, body = f"{world.table}/fields", f'{{"name":"x","type":"SELECT","{field}":{value}}}'
        headers = {"Softr-Api-Key": "k"}
        status, _, answer = world.sandbox.handle("POST", f"/api/v1{path}", {}, headers, body.encode())
        assert status in {200, 400}
        assert len(answer) < 20_000
        assert world.sandbox.handle("GET", f"/api/v1{world.table}/records", {}, headers, None)[0] == 200
        assert world.sandbox.handle("GET", f"/api/v1{world.table}", {}, headers, None)[0] == 200
