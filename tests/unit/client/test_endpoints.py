"""What each endpoint's method puts on the wire, and what it refuses to."""

import json

import pytest

from softrorm.client import Dialect, InvalidValue, PayloadTooLarge, TransportError
from softrorm.client.resources import TableField

DATABASE = {"id": "d1", "name": "Marketing DB", "workspaceId": "w1", "createdAt": "2025-06-01T10:42:10.000Z"}
FIELD = {"id": "f1", "name": "Field Name", "type": "SINGLE_LINE_TEXT", "options": {}, "required": False}
TABLE = {"id": "t1", "name": "My Table", "primaryFieldId": "f1", "fields": [FIELD]}
VIEW = {"id": "v1", "tableId": "t1", "name": "All"}
RECORD = {"id": "r1", "fields": {"E08c0": "Example"}, "createdAt": "2025-06-01T10:42:10.000Z", "updatedAt": None}
PAGING = {"offset": 20, "limit": 10, "total": 21}
SEARCH = {"filter": {"condition": {"operator": "IS_EMPTY", "leftSide": "x"}}, "paging": {"offset": 0, "limit": 10}}

T = "/databases/d1/tables"
R = f"{T}/t1/records"
CALLS = [
    # call, data of the answer, method, path, query, body
    (lambda c: c.list_databases(), [DATABASE], "GET", "/databases", {}, None),
    (lambda c: c.get_database("d1"), DATABASE, "GET", "/databases/d1", {}, None),
    (
        lambda c: c.create_database("Marketing DB", "w1", "Stores campaign data"),
        DATABASE,
        "POST",
        "/databases",
        {},
        {"workspaceId": "w1", "name": "Marketing DB", "description": "Stores campaign data"},
    ),
    (lambda c: c.update_database("d1", name="N"), DATABASE, "PUT", "/databases/d1", {}, {"name": "N"}),
    (lambda c: c.update_database("d1", description=""), DATABASE, "PUT", "/databases/d1", {}, {"description": ""}),
    (lambda c: c.delete_database("d1"), None, "DELETE", "/databases/d1", {}, None),
    (lambda c: c.delete_database("d1", force=True), None, "DELETE", "/databases/d1", {"force": "true"}, None),
    (lambda c: c.list_tables("d1"), [TABLE], "GET", T, {}, None),
    (lambda c: c.get_table("d1", "t1"), TABLE, "GET", f"{T}/t1", {}, None),
    (lambda c: c.create_table("d1"), TABLE, "POST", T, {}, None),
    (
        lambda c: c.create_table("d1", "My Table", "About", "Email", [{"name": "Age", "type": "NUMBER"}]),
        TABLE,
        "POST",
        T,
        {},
        {
            "name": "My Table",
            "description": "About",
            "primaryFieldName": "Email",
            "fields": [{"name": "Age", "type": "NUMBER"}],
        },
    ),
    (
        lambda c: c.create_table("d1", "Copy", fields=[TableField.from_wire({**FIELD, "locked": True})]),
        TABLE,
        "POST",
        T,
        {},
        {"name": "Copy", "fields": [{"name": "Field Name", "type": "SINGLE_LINE_TEXT", "options": {}}]},
    ),
    (lambda c: c.update_table("d1", "t1", "N", "D"), TABLE, "PUT", f"{T}/t1", {}, {"name": "N", "description": "D"}),
    (lambda c: c.delete_table("d1", "t1"), None, "DELETE", f"{T}/t1", {}, None),
    (lambda c: c.delete_table("d1", "t1", force=True), None, "DELETE", f"{T}/t1", {"force": "true"}, None),
    (lambda c: c.list_views("d1", "t1"), [VIEW], "GET", f"{T}/t1/views", {}, None),
    (lambda c: c.get_field("d1", "t1", "f1"), FIELD, "GET", f"{T}/t1/fields/f1", {}, None),
    (
        lambda c: c.create_field("d1", "t1", "Field Name", "SINGLE_LINE_TEXT", {}),
        FIELD,
        "POST",
        f"{T}/t1/fields",
        {},
        {"name": "Field Name", "type": "SINGLE_LINE_TEXT", "options": {}},
    ),
    (
        lambda c: c.create_field(
            "d1",
            "t1",
            "Tags",
            "SELECT",
            {"choices": [{"label": "a"}]},
            description="What it is about",
            allow_multiple_entries=True,
            required=False,
            default_value="a",
            ai_options={"prompt": "p"},
        ),
        FIELD,
        "POST",
        f"{T}/t1/fields",
        {},
        {
            "name": "Tags",
            "type": "SELECT",
            "options": {"choices": [{"label": "a"}]},
            "description": "What it is about",
            "allowMultipleEntries": True,
            "required": False,
            "defaultValue": "a",
            "aiOptions": {"prompt": "p"},
        },
    ),
    (lambda c: c.delete_field("d1", "t1", "f1"), None, "DELETE", f"{T}/t1/fields/f1", {}, None),
    (
        lambda c: c.list_records("d1", "t1", offset=20, limit=10),
        [RECORD],
        "GET",
        R,
        {"offset": "20", "limit": "10"},
        None,
    ),
    (
        lambda c: c.list_records("d1", "t1", view="v1", field_names=True),
        [RECORD],
        "GET",
        R,
        {"offset": "0", "limit": "200", "viewId": "v1", "fieldNames": "true"},
        None,
    ),
    (lambda c: c.search_records("d1", "t1", SEARCH), [RECORD], "POST", f"{R}/search", {}, SEARCH),
    (
        lambda c: c.search_records("d1", "t1", {}, field_names=True),
        [RECORD],
        "POST",
        f"{R}/search",
        {"fieldNames": "true"},
        {},
    ),
    (lambda c: c.get_record("d1", "t1", "r1"), RECORD, "GET", f"{R}/r1", {}, None),
    (
        lambda c: c.get_record("d1", "t1", "r1", field_names=True),
        RECORD,
        "GET",
        f"{R}/r1",
        {"fieldNames": "true"},
        None,
    ),
    (
        lambda c: c.create_record("d1", "t1", {"E08c0": "Example", "kl5nP": None}),
        RECORD,
        "POST",
        R,
        {},
        {"fields": {"E08c0": "Example", "kl5nP": None}},
    ),
    (lambda c: c.update_record("d1", "t1", "r1", {"o": 1}), RECORD, "PATCH", f"{R}/r1", {}, {"fields": {"o": 1}}),
    (
        lambda c: c.update_record("d1", "t1", "r1", {"o": 1}, method="PUT", field_names=True),
        RECORD,
        "PUT",
        f"{R}/r1",
        {"fieldNames": "true"},
        {"fields": {"o": 1}},
    ),
    (lambda c: c.delete_record("d1", "t1", "r1"), None, "DELETE", f"{R}/r1", {}, None),
]


@pytest.mark.parametrize(
    ("call", "data", "method", "path", "query", "body"), CALLS, ids=[f"{row[2]} {row[3]}" for row in CALLS]
)
def test_an_endpoint_sends_what_is_documented_and_reads_what_comes(connect, call, data, method, path, query, body):
    answer = (204, b"") if data is None else (200, {"data": data, "metadata": PAGING if data == [RECORD] else None})
    client, service = connect(answer)
    result = call(client)
    (request,) = service.requests
    assert (request["method"], request["path"], request["query"], request["body"]) == (method, path, query, body)
    items = result if isinstance(result, list) else [] if result is None else [result]
    assert [item if isinstance(item, dict) else item.to_wire() for item in items] == (
        data if isinstance(data, list) else [] if data is None else [data]
    )


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_2xx_is_a_created_record(connect, status):
    client, _ = connect((status, {"data": RECORD}))
    assert client.create_record("d1", "t1", {}) == RECORD


def test_a_page_knows_where_it_stands(connect):
    client, _ = connect((200, {"data": [RECORD], "metadata": PAGING}))
    page = client.list_records("d1", "t1")
    assert (page, page.offset, page.limit, page.total) == ([RECORD], 20, 10, 21)
    assert repr(page) == "<Page of 1 records from 20, of 21>"


@pytest.mark.parametrize("metadata", [None, {}, {"offset": 0, "limit": 10}, {"offset": 0, "limit": 10, "total": None}])
def test_a_page_without_its_total_is_refused_because_a_part_could_pass_for_the_whole(connect, metadata):
    client, _ = connect((200, {"data": [RECORD], "metadata": metadata}))
    with pytest.raises(TransportError, match="total"):
        client.list_records("d1", "t1")


def test_the_2025_dialect_updates_records_by_put(connect):
    client, service = connect((200, {"data": RECORD}), dialect=Dialect.JUNE_2025)
    client.update_record("d1", "t1", "r1", {"oLv8D": "Archived"})
    client.update_record("d1", "t1", "r1", {"oLv8D": []}, method="PATCH")
    assert [request["method"] for request in service.requests] == ["PUT", "PATCH"]


def test_a_table_keeps_its_name_when_only_the_description_changes(connect):
    """Wire facts 14: PUT table needs the name."""
    client, service = connect((200, {"data": TABLE}))
    client.update_table("d1", "t1", description="D")
    assert [request["method"] for request in service.requests] == ["GET", "PUT"]
    assert service.requests[1]["body"] == {"name": "My Table", "description": "D"}


LINK = {
    "id": "7qn0n",
    "name": "Project",
    "description": "",
    "type": "LINKED_RECORD",
    "options": {"linkedTableId": "t2", "inverseLinkFieldId": "bJ6jE", "viewId": None, "novel": {"a": 1}},
    "aiOptions": {"prompt": "p", "novel": True},
    "allowMultipleEntries": True,
    "readonly": False,
    "required": False,
    "locked": False,
    "defaultValue": None,
    "createdAt": "2025-06-24T12:22:07.444Z",
    "updatedAt": "2025-06-24T12:22:07.444Z",
}
WHOLE = {
    "name": "Project",
    "type": "LINKED_RECORD",
    "options": LINK["options"],
    "allowMultipleEntries": True,
    "aiOptions": LINK["aiOptions"],
}


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({"name": "Projects"}, {**WHOLE, "name": "Projects"}),
        ({"options": {"viewId": "v1"}}, {**WHOLE, "options": {**LINK["options"], "viewId": "v1"}}),
        ({"allow_multiple_entries": False}, {**WHOLE, "allowMultipleEntries": False}),
        ({"required": True, "description": "d"}, {**WHOLE, "required": True, "description": "d"}),
        ({"default_value": None, "ai_options": None}, {**WHOLE, "defaultValue": None, "aiOptions": None}),
        (
            {"type": "LONG_TEXT", "options": {"type": "HTML"}},
            {"name": "Project", "type": "LONG_TEXT", "options": {"type": "HTML"}},
        ),
    ],
)
def test_a_field_update_reads_merges_and_sends_the_whole_field(connect, changes, body):
    """Wire facts 8.3: a partial body wipes options and cuts a link from its inverse."""
    client, service = connect((200, {"data": LINK}))
    client.update_field("d1", "t1", "7qn0n", **changes)
    assert [(request["method"], request["path"]) for request in service.requests] == [
        ("GET", f"{T}/t1/fields/7qn0n"),
        ("PUT", f"{T}/t1/fields/7qn0n"),
    ]
    assert service.requests[1]["body"] == body


def test_choices_that_stay_keep_their_ids_in_an_update(connect):
    select = {
        "id": "kl5nP",
        "name": "Status",
        "type": "SELECT",
        "options": {"choices": [{"id": "c1", "label": "Done", "color": None}], "allowToAddNewChoice": True},
    }
    client, service = connect((200, {"data": select}))
    field = client.get_field("d1", "t1", "kl5nP")
    client.update_field("d1", "t1", "kl5nP", options={"choices": [*field.options["choices"], {"label": "Late"}]})
    assert service.requests[2]["body"]["options"] == {
        "choices": [{"id": "c1", "label": "Done", "color": None}, {"label": "Late"}],
        "allowToAddNewChoice": True,
    }


@pytest.mark.parametrize("name", ["", " ", ".", "..", "...", None, 7, b"r1"])
@pytest.mark.parametrize(
    "call",
    [
        lambda c, name: c.delete_database(name, force=True),
        lambda c, name: c.delete_table("d1", name, force=True),
        lambda c, name: c.delete_field("d1", "t1", name),
        lambda c, name: c.delete_record("d1", "t1", name),
        lambda c, name: c.get_record("d1", name, "r1"),
        lambda c, name: c.list_records(name, "t1"),
    ],
)
def test_an_id_that_would_address_something_else_is_refused_before_any_request(connect, call, name):
    client, service = connect((204, b""))
    with pytest.raises(InvalidValue, match="id"):
        call(client, name)
    assert service.requests == []


def test_path_parts_are_quoted(connect):
    client, service = connect((204, b""))
    client.delete_record("d 1", "t/1", "r?force=true#")
    assert service.requests[0]["path"] == "/databases/d%201/tables/t%2F1/records/r%3Fforce%3Dtrue%23"
    assert service.requests[0]["query"] == {}


@pytest.mark.parametrize(
    "call",
    [
        lambda c: c.update_database("d1"),
        lambda c: c.update_table("d1", "t1"),
        lambda c: c.update_field("d1", "t1", "f1"),
        lambda c: c.list_records("d1", "t1", offset=-1),
        lambda c: c.list_records("d1", "t1", limit=-1),
        lambda c: c.update_record("d1", "t1", "r1", {}, method="POST"),
        lambda c: c.create_record("d1", "t1", {"x": float("nan")}),
        lambda c: c.create_record("d1", "t1", {"x": object()}),
    ],
)
def test_what_cannot_work_is_refused_before_any_request(connect, call):
    client, service = connect((200, {"data": RECORD}))
    with pytest.raises(InvalidValue):
        call(client)
    assert service.requests == []


def test_a_body_over_64_mb_is_refused_before_it_is_sent(connect, monkeypatch):
    monkeypatch.setattr("softrorm.client.endpoints.MAX_BODY", 1000)
    client, service = connect((200, {"data": RECORD}))
    client.create_record("d1", "t1", {"x": "a" * 900})
    with pytest.raises(PayloadTooLarge, match="not sent") as raised:
        client.create_record("d1", "t1", {"x": "a" * 1000})
    assert (raised.value.status, raised.value.attempts, len(service.requests)) == (413, 0, 1)


def test_a_lone_surrogate_goes_back_as_it_came(connect):
    client, service = connect((200, {"data": RECORD}))
    client.create_record("d1", "t1", {"x": "\ud800"})
    assert service.requests[0]["raw"] == b'{"fields":{"x":"\\ud800"}}'


def test_an_undocumented_shape_of_a_schema_is_an_error_of_ours(connect):
    client, _ = connect((200, {"data": [{"id": 5}]}))
    with pytest.raises(TransportError, match="name"):
        client.list_tables("d1")


def test_records_keep_every_key_and_the_exact_numbers(connect):
    wire = {**RECORD, "tableId": "t1", "novel": [1, 1.5, None], "fields": {"n": 12345678901234567890}}
    client, _ = connect((200, json.dumps({"data": wire}).encode()))
    assert client.get_record("d1", "t1", "r1") == wire
