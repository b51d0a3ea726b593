"""Databases, tables and views (wire-facts 2, 3, 8; the 2025 document)."""

import re

import pytest

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
KEY = re.compile(r"[0-9A-Za-z]{14}")


def test_a_database_has_the_documented_keys_and_a_uuid(api, sandbox):
    made = api("POST", "/databases", {"workspaceId": "any", "name": "Base", "description": "All of it"})
    assert list(made) == ["id", "name", "description", "workspaceId", "tablesCount", "createdAt", "updatedAt"]
    assert UUID.fullmatch(made["id"])
    assert (made["name"], made["description"], made["workspaceId"], made["tablesCount"]) == (
        "Base",
        "All of it",
        "any",
        0,
    )
    assert made["createdAt"] == made["updatedAt"] == "2026-11-22T10:00:00.250Z"
    assert api("GET", "/databases") == [made]
    assert api("GET", f"/databases/{made['id']}") == made
    assert UUID.fullmatch(sandbox.workspace_id)


def test_a_timestamp_on_the_full_second_has_no_fraction(api, clock):
    clock.now = 1_795_341_600.0
    assert api("GET", f"/databases/{api.database()}")["createdAt"] == "2026-11-22T10:00:00Z"


@pytest.mark.parametrize("body", [None, {}, {"name": "x"}, {"workspaceId": "w"}, {"workspaceId": "w", "name": 5}])
def test_a_database_needs_a_workspace_and_a_name(api, body):
    assert api.error("POST", "/databases", body)[:2] == (400, "VALIDATION_ERROR")


def test_a_database_is_updated_by_the_keys_that_are_sent(api, clock):
    database = api.database()
    clock.now += 1
    changed = api("PUT", f"/databases/{database}", {"description": "New"})
    assert (changed["name"], changed["description"]) == ("Base", "New")
    assert changed["updatedAt"] > changed["createdAt"]
    assert api("PUT", f"/databases/{database}", {"name": "Other", "description": None})["description"] is None


def test_a_database_with_tables_is_deleted_by_force_only(api):
    table = api.table()
    table.create(Name="One")
    path = f"/databases/{table.database}"
    assert api("GET", path)["tablesCount"] == 1
    assert api.error("DELETE", path)[:2] == (400, "BAD_REQUEST")
    assert api.error("DELETE", path, force="false")[0] == 400
    assert api.raw("DELETE", path, query={"force": "true"}) == (204, {}, None)
    assert api.error("GET", table.path)[0] == 404


def test_an_empty_database_is_deleted_as_it_is(api):
    database = api.database()
    assert api.raw("DELETE", f"/databases/{database}") == (204, {}, None)
    assert api.error("DELETE", f"/databases/{database}")[0] == 404


def test_a_table_made_without_a_body_has_one_text_field_and_one_view(api):
    database = api.database()
    table = api("POST", f"/databases/{database}/tables")
    assert list(table) == [
        "id",
        "name",
        "description",
        "defaultViewId",
        "primaryFieldId",
        "fields",
        "createdAt",
        "updatedAt",
    ]
    assert table["name"] == "Table 1"
    (field,) = table["fields"]
    assert (field["name"], field["type"], field["id"]) == ("Name", "SINGLE_LINE_TEXT", table["primaryFieldId"])
    assert field["options"] == {"minLength": 0, "maxLength": 2147483647}
    assert KEY.fullmatch(table["id"])
    assert re.fullmatch(r"[0-9A-Za-z]{5}", field["id"])


def test_the_fields_of_a_new_table_follow_its_primary_field(api):
    table = api.table({"name": "Qty", "type": "NUMBER"}, {"name": "Note", "type": "LONG_TEXT"}, primary="Title")
    assert [field["name"] for field in table.schema["fields"]] == ["Title", "Qty", "Note"]


def test_one_field_refused_refuses_the_whole_table(api):
    database = api.database()
    body = {"name": "T", "fields": [{"name": "a", "type": "NUMBER"}, {"name": "b", "type": "NOTHING"}]}
    assert api.error("POST", f"/databases/{database}/tables", body)[:2] == (400, "VALIDATION_ERROR")
    assert api("GET", f"/databases/{database}/tables") == []


def test_a_table_is_updated_by_name_and_description(api):
    table = api.table()
    assert api("PUT", table.path, {"name": "New"})["name"] == "New"
    assert api("PUT", table.path, {"description": "What it is"})["name"] == "New"
    assert api("GET", f"/databases/{table.database}/tables")[0]["description"] == "What it is"


def test_a_table_with_records_is_deleted_by_force_only(api):
    table = api.table()
    table.create(Name="One")
    assert api.error("DELETE", table.path)[:2] == (400, "BAD_REQUEST")
    assert api.raw("DELETE", table.path, query={"force": "true"}) == (204, {}, None)


def test_a_table_without_records_is_deleted_as_it_is(api):
    table = api.table({"name": "Qty", "type": "NUMBER"})
    assert api.raw("DELETE", table.path)[0] == 204


def test_the_default_view_is_listed_and_may_be_named_in_reads(api):
    table = api.table()
    table.create(Name="One")
    (view,) = api("GET", f"{table.path}/views")
    assert list(view) == ["id", "tableId", "name", "description", "createdAt", "updatedAt"]
    assert view["id"] == table.schema["defaultViewId"]
    assert view["tableId"] == table.id
    assert len(api("GET", f"{table.path}/records", viewId=view["id"])) == 1
    assert len(api("POST", f"{table.path}/records/search", {}, viewId=view["id"])) == 1
    assert api.error("GET", f"{table.path}/records", viewId="nobody00000000")[:2] == (404, "RESOURCE_NOT_FOUND")
