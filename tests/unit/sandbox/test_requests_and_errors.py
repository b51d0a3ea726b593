"""What every endpoint shares: the key, the envelope, the documented errors, the log (wire-facts 1, 12)."""

import json
import re

import pytest

from softrorm.client.errors import Unauthorized
from softrorm.sandbox import Sandbox

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@pytest.mark.parametrize("headers", [{}, {"Softr-Api-Key": ""}, {"Softr-Api-Key": "  "}, {"Authorization": "x"}])
def test_a_request_without_a_key_is_unauthorized(api, headers):
    status, _, payload = api.raw("GET", "/databases", headers=headers)
    assert (status, payload["errorCode"]) == (401, "UNAUTHORIZED")


def test_any_key_is_taken_unless_the_sandbox_has_keys_of_its_own(make):
    api = make(keys=["secret-key", "another"])
    assert api("GET", "/databases") == []
    for key in ("secret-ke", "", "sandbox"):
        status, _, payload = api.raw("GET", "/databases", headers={"Softr-Api-Key": key})
        assert (status, payload["errorCode"]) == (401, "UNAUTHORIZED")
    assert not any(key in repr(payload) for key in ("secret", "another"))
    assert make(keys=[]).raw("GET", "/databases")[0] == 401


def test_its_own_client_has_the_first_of_its_keys(make):
    sandbox = make(keys=["first-key", "second-key"]).sandbox
    assert sandbox.client().list_databases() == []
    assert sandbox.client(api_key="second-key").list_databases() == []
    with pytest.raises(Unauthorized):
        sandbox.client(api_key="third-key").list_databases()
    assert "first-key" not in repr(sandbox)


@pytest.mark.parametrize("keys", ["secret-key", b"secret-key", ["secret-key", None]])
def test_keys_that_are_none_are_refused_without_being_shown(make, keys):
    with pytest.raises(TypeError, match="keys is a list of API keys") as raised:
        make(keys=keys)
    assert "secret" not in str(raised.value)


def test_the_name_of_the_key_header_has_no_case(api):
    assert api.raw("GET", "/databases", headers={"softr-api-KEY": "k"})[0] == 200


def test_one_thing_comes_with_null_metadata_and_a_list_of_records_with_paging(api):
    table = api.table()
    assert list(api.raw("GET", table.path)[2]) == ["data", "metadata"]
    assert api.raw("GET", table.path)[2]["metadata"] is None
    metadata = api.raw("GET", f"{table.path}/records")[2]["metadata"]
    assert list(metadata.items()) == [("offset", 0), ("limit", 20), ("total", 0)]


def test_lists_of_databases_tables_and_views_have_no_paging(api):
    table = api.table()
    for path in ("/databases", f"/databases/{table.database}/tables", f"{table.path}/views"):
        assert list(api.raw("GET", path)[2]) == ["data"]


def test_answers_are_json(api):
    assert api.raw("GET", "/databases")[1]["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("GET", "/"),
        ("PATCH", "/databases"),
        ("POST", "/databases/{database}"),
        ("GET", "/databases/nobody"),
        ("GET", "/databases/{database}/tables/nobody"),
        ("GET", "/databases/{database}/tables/{table}/fields"),
        ("GET", "/databases/{database}/tables/{table}/fields/nobd1"),
        ("DELETE", "/databases/{database}/tables/{table}/records/nobody00000000"),
        ("PATCH", "/databases/{database}/tables/{table}/records/nobody00000000"),
        ("GET", "/databases/{database}/tables/{table}/records/search"),
        ("POST", "/databases/{database}/tables/{table}/records/elsewhere"),
    ],
)
def test_what_is_not_there_is_not_found_and_so_is_a_method_that_does_not_fit(api, method, path):
    table = api.table()
    path = path.format(database=table.database, table=table.id)
    assert api.error(method, path, {"fields": {}})[:2] == (404, "RESOURCE_NOT_FOUND")


def test_a_table_is_found_in_its_own_database_only(api):
    table = api.table()
    assert api.error("GET", f"/databases/{api.database()}/tables/{table.id}")[0] == 404


def test_a_path_outside_of_the_api_is_not_found(sandbox):
    assert sandbox.handle("GET", "/api/v2/databases", {}, {"Softr-Api-Key": "k"}, None)[0] == 404
    assert sandbox.handle("GET", "/api/v10/databases", {}, {"Softr-Api-Key": "k"}, None)[0] == 404


def test_parts_of_a_path_may_be_quoted(api):
    database = api.database()
    assert api("GET", f"/databases/{database.replace('-', '%2D')}")["id"] == database


@pytest.mark.parametrize("body", [b"{", b"nonsense", b'{"a":NaN}', b'{"a":1e999}', b"\xff", b'{"a":1}x', b"[1,]"])
def test_a_body_that_is_no_json_is_a_bad_request(api, body):
    assert api.error("POST", "/databases", body)[:2] == (400, "BAD_REQUEST")


def test_a_body_over_64_mb_is_too_large(api):
    assert api.error("POST", "/databases", b" " * (64 * 1024 * 1024) + b"{}")[:2] == (413, "PAYLOAD_TOO_LARGE")


def test_errors_name_the_field_and_carry_a_trace_id(api):
    table = api.table()
    payload = api("POST", f"{table.path}/records", {"fields": {"zzzzz": 1}}, status=400)
    assert payload["errorCode"] == "UNKNOWN_FIELD"
    assert payload["details"]["fieldId"] == "zzzzz"
    assert UUID.fullmatch(payload["details"]["traceId"])
    assert "zzzzz" in payload["message"]


def test_the_log_holds_every_request_and_never_the_key(api, sandbox):
    database = api.database()
    api.error("POST", "/databases", b"{")
    api("GET", f"/databases/{database}/tables", x="1")
    assert [(one.method, one.path, one.status) for one in sandbox.requests] == [
        ("POST", "/databases", 200),
        ("POST", "/databases", 400),
        ("GET", f"/databases/{database}/tables", 200),
    ]
    assert sandbox.requests[0].body == {"workspaceId": sandbox.workspace_id, "name": "Base"}
    assert sandbox.requests[1].body is None
    assert sandbox.requests[2].query == {"x": "1"}
    assert "secret-key" not in repr(sandbox.requests) + repr(sandbox) + repr(vars(sandbox))
    sandbox.requests.clear()
    assert sandbox.requests == []


def test_reset_forgets_data_and_log_and_keeps_the_workspace(api, sandbox):
    workspace = sandbox.workspace_id
    api.table().create(Name="One")
    sandbox.reset()
    assert sandbox.requests == []
    assert api("GET", "/databases") == []
    assert sandbox.workspace_id == workspace


def test_half_a_surrogate_pair_comes_back_as_it_went_in(api):
    table = api.table()
    assert table.create(Name="\ud800")["fields"]["Name"] == "\ud800"


def test_json_nested_deeper_than_the_interpreter_recurses_is_read():
    depth = 20_000
    with Sandbox() as sandbox:
        body = ("[" * depth + '{"a":[1,"x",{"b":null}]}' + "]" * depth).encode()
        assert sandbox.handle("POST", "/api/v1/databases", {}, {"Softr-Api-Key": "k"}, body)[0] == 400
        value = sandbox.requests[-1].body
    for _ in range(depth):
        (value,) = value
    assert value == {"a": [1, "x", {"b": None}]}


@pytest.mark.parametrize(
    "tail", ["", "]", "]" * 3000 + "]", "]" * 2999 + "}", "," + "]" * 3000, "]" * 3000 + " x", ' "a":1']
)
def test_deep_json_that_is_broken_is_refused_like_any_other(api, tail):
    assert api.error("POST", "/databases", ("[" * 3000 + tail).encode())[:2] == (400, "BAD_REQUEST")


def test_every_code_has_its_documented_status():
    from softrorm.sandbox.problems import STATUSES, Problem

    assert {code: Problem(code, "x").status for code in STATUSES} == {
        "BAD_REQUEST": 400,
        "VALIDATION_ERROR": 400,
        "UNKNOWN_FIELD": 400,
        "UNAUTHORIZED": 401,
        "QUOTA_EXCEEDED": 402,
        "FORBIDDEN": 403,
        "RESOURCE_NOT_FOUND": 404,
        "CONSTRAINT_VIOLATION": 409,
        "PAYLOAD_TOO_LARGE": 413,
        "TOO_MANY_REQUESTS": 429,
        "SERVICE_UNAVAILABLE": 503,
    }
    assert json.dumps(Problem("BAD_REQUEST", "x").body())
