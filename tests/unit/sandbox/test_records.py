"""Records: their objects, creates, partial updates, deletes (wire-facts 3, 4, 5, 9, 11)."""

import re

import pytest


def test_a_record_has_the_keys_of_the_wire_and_no_table_id(api):
    table = api.table()
    record = table.create(Name="One")
    assert list(record) == ["id", "fields", "createdAt", "updatedAt"]
    assert re.fullmatch(r"[0-9A-Za-z]{14}", record["id"])
    assert record["createdAt"] == record["updatedAt"] == "2026-11-22T10:00:00.250Z"


def test_a_create_answers_200_with_the_whole_record(api):
    table = api.table({"name": "Qty", "type": "NUMBER"})
    name = table.schema["primaryFieldId"]
    status, _, payload = api.raw("POST", f"{table.path}/records", {"fields": {name: "One"}})
    assert status == 200
    assert payload["data"]["fields"] == {name: "One", table.field("Qty")["id"]: None}
    assert payload["metadata"] is None


def test_field_names_take_the_place_of_ids_in_every_answer_with_records(api):
    table = api.table()
    name = table.schema["primaryFieldId"]
    path, body, query = f"{table.path}/records", {"fields": {name: "One"}}, {"fieldNames": "true"}
    record = api("POST", path, body, **query)
    answers = [
        record,
        api("PATCH", f"{path}/{record['id']}", body, **query),
        api("GET", f"{path}/{record['id']}", **query),
        api("GET", path, **query)[0],
        api("POST", f"{path}/search", {}, **query)[0],
    ]
    assert [answer["fields"] for answer in answers] == [{"Name": "One"}] * 5
    assert api("GET", path, fieldNames="false")[0]["fields"] == {name: "One"}


@pytest.mark.parametrize("body", [None, {}, [], {"fields": None}, {"fields": []}, {"Name": "x"}, "text"])
def test_a_write_without_an_object_of_fields_is_a_bad_request(api, body):
    table = api.table()
    assert api.error("POST", f"{table.path}/records", body)[:2] == (400, "BAD_REQUEST")


def test_names_are_no_keys_of_a_write(api):
    table = api.table()
    assert api.error("POST", f"{table.path}/records", {"fields": {"Name": "x"}}) == (400, "UNKNOWN_FIELD", "Name")


@pytest.mark.parametrize("verb", ["PATCH", "PUT"])
def test_an_update_changes_the_fields_it_names_and_no_others(api, clock, verb):
    table = api.table({"name": "Qty", "type": "NUMBER"})
    record = table.create(Name="One", Qty=1)
    clock.now += 2
    body = {"fields": {table.field("Qty")["id"]: 2}}
    changed = api(verb, f"{table.path}/records/{record['id']}", body, fieldNames="true")
    assert changed["fields"] == {"Name": "One", "Qty": 2}
    assert changed["createdAt"] == record["createdAt"]
    assert changed["updatedAt"] == "2026-11-22T10:00:02.250Z"
    assert table.get(record["id"]) == changed


def test_a_refused_write_leaves_no_trace(api):
    table = api.table({"name": "Qty", "type": "NUMBER"}, {"name": "No", "type": "AUTONUMBER"})
    table.add("Tag", "SELECT", options={"allowToAddNewChoice": True})
    record = table.create(Name="One", Qty=1)["id"]
    assert table.refusal(Tag="new", Qty="many") == ("VALIDATION_ERROR", "Qty")
    body = {"fields": table.ids({"Name": "Two", "Qty": []})}
    assert api.error("PATCH", f"{table.path}/records/{record}", body)[1] == "VALIDATION_ERROR"
    assert table.get(record)["fields"]["Name"] == "One"
    assert table.field("Tag")["options"]["choices"] == []
    assert table.create(Name="Two")["fields"]["No"] == 2


def test_deleting_answers_204_and_then_404(api):
    table = api.table()
    path = f"{table.path}/records/{table.create(Name='One')['id']}"
    assert api.raw("DELETE", path) == (204, {}, None)
    assert api.error("DELETE", path)[:2] == (404, "RESOURCE_NOT_FOUND")
    assert api.error("GET", path)[0] == 404


def test_a_required_field_may_be_neither_left_out_nor_cleared(api):
    table = api.table()
    table.add("Title", "SINGLE_LINE_TEXT", required=True)
    assert table.refusal(Name="x") == ("VALIDATION_ERROR", "Title")
    assert table.refusal(Title="") == ("VALIDATION_ERROR", "Title")
    assert table.refusal(Title=None) == ("VALIDATION_ERROR", "Title")
    record = table.create(Title="x")["id"]
    body = {"fields": table.ids({"Title": None})}
    assert api.error("PATCH", f"{table.path}/records/{record}", body)[1] == "VALIDATION_ERROR"
    assert table.update(record, Name="y")["fields"]["Title"] == "x"


@pytest.mark.parametrize(
    "type", ["CREATED_AT", "UPDATED_AT", "AUTONUMBER", "RECORD_ID", "FORMULA", "CREATED_BY", "BUTTON"]
)
def test_a_computed_field_cannot_be_written(api, type):
    table = api.table({"name": "Computed", "type": type})
    assert table.refusal(Computed="x") == ("VALIDATION_ERROR", "Computed")


def test_system_fields_fill_themselves(api, clock):
    types = ["CREATED_AT", "UPDATED_AT", "CREATED_BY", "UPDATED_BY", "AUTONUMBER", "RECORD_ID"]
    table = api.table(*({"name": type, "type": type} for type in types))
    record = table.create(Name="One")
    fields = record["fields"]
    assert fields["CREATED_AT"] == record["createdAt"]
    assert fields["RECORD_ID"] == record["id"]
    assert fields["AUTONUMBER"] == 1
    assert list(fields["CREATED_BY"]) == ["id", "name", "email", "avatarUrl"]
    assert fields["UPDATED_AT"] is fields["UPDATED_BY"] is None
    clock.now += 1
    edited = table.update(record["id"], Name="Two")["fields"]
    assert edited["UPDATED_AT"] == "2026-11-22T10:00:01.250Z"
    assert edited["UPDATED_BY"] == fields["CREATED_BY"]
    assert edited["CREATED_AT"] == fields["CREATED_AT"]


def test_updated_at_can_watch_some_fields_only(api):
    table = api.table({"name": "Qty", "type": "NUMBER"})
    options = {"changePolicy": "SPECIFIC_FIELDS", "specificFieldIds": [table.field("Qty")["id"]]}
    table.add("Edited", "UPDATED_AT", options=options)
    record = table.create(Name="One")["id"]
    assert table.update(record, Name="Two")["fields"]["Edited"] is None
    assert table.update(record, Qty=1)["fields"]["Edited"] is not None


def test_an_autonumber_is_never_given_again(api):
    table = api.table({"name": "No", "type": "AUTONUMBER"})
    table.delete(table.create(Name="One")["id"])
    assert table.create(Name="Two")["fields"]["No"] == 2


def test_records_come_in_the_order_of_their_creation_even_when_the_clock_goes_back(api, clock):
    table = api.table()
    table.search("Name", "IS_EMPTY")  # a column that has to follow
    for name, moment in (("b", 10), ("c", 10), ("a", 5), ("d", 20)):
        clock.now = 1_795_341_600 + moment
        table.create(Name=name)
    assert [row["fields"]["Name"] for row in table.all()] == ["a", "b", "c", "d"]
    assert table.names("Name", "IS_ONE_OF", ["a", "c"]) == ["a", "c"]


def test_the_fields_of_all_records_stand_in_one_order_and_none_is_missing(api):
    table = api.table({"name": "Qty", "type": "NUMBER"}, {"name": "Done", "type": "CHECKBOX"})
    table.create(Done=True)
    table.create(Name="x", Qty=1)
    assert {tuple(row["fields"]) for row in table.all()} == {("Name", "Qty", "Done")}


def test_pages_are_cut_by_offset_and_limit_and_total_stays(api):
    table = api.table()
    for number in range(25):
        table.create(Name=str(number))
    path = f"{table.path}/records"

    def page(**query):
        payload = api.raw("GET", path, query=query)[2]
        return len(payload["data"]), payload["metadata"]

    assert page() == (20, {"offset": 0, "limit": 20, "total": 25})
    assert page(offset="20", limit="10") == (5, {"offset": 20, "limit": 10, "total": 25})
    assert page(offset="99") == (0, {"offset": 99, "limit": 20, "total": 25})
    assert page(limit="0") == (0, {"offset": 0, "limit": 0, "total": 25})


@pytest.mark.parametrize("query", [{"limit": "-1"}, {"offset": "x"}, {"limit": "1.5"}, {"offset": "9" * 40}])
def test_paging_by_anything_but_whole_numbers_is_a_bad_request(api, query):
    assert api.error("GET", f"{api.table().path}/records", **query)[:2] == (400, "BAD_REQUEST")


def test_more_than_a_page_is_clamped_in_silence_and_the_limit_asked_for_is_echoed(api):
    table = api.table()
    for number in range(201):
        table.create(Name=str(number))
    payload = api.raw("GET", f"{table.path}/records", query={"limit": "1000"})[2]
    assert len(payload["data"]) == 200
    assert payload["metadata"] == {"offset": 0, "limit": 1000, "total": 201}
