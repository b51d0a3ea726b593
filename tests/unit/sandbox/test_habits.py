"""What is versioned or unknown is decided by a dialect, of which the sandbox reads its own copy (design 3, Client)."""

from dataclasses import fields, replace

import pytest

from softrorm.client.dialect import Dialect
from softrorm.sandbox import Sandbox
from softrorm.sandbox.habits import Habits


def table(make, **switches):
    table = make(dialect=replace(Dialect.CURRENT, **switches)).table({"name": "Qty", "type": "NUMBER"})
    for name, quantity in (("a", 2), ("b", None), ("c", 1)):
        table.create(Name=name, Qty=quantity)
    return table


def test_the_defaults_are_those_of_the_current_dialect():
    for field in fields(Habits):
        if field.name == "strict":  # which says how the others are taken
            continue
        expected = getattr(Dialect.CURRENT, field.name)
        assert expected is None or getattr(Habits(), field.name) == expected, field.name
    assert Habits.of(Dialect.CURRENT) == Habits.of(None) == Habits()
    assert Habits().negatives_match_empty is True
    assert Habits().nulls == "last"


def test_any_object_will_do_for_a_dialect():
    class Strict:
        over_page_size = "error"
        nulls = None

    assert Habits.of(Strict) == Habits(over_page_size="error")


def test_the_name_of_a_dialect_is_no_dialect():
    with pytest.raises(TypeError, match=r"such as softrorm\.Dialect\.JUNE_2025, not text; got 'june-2025'"):
        Sandbox(dialect="june-2025")


def test_the_sandbox_tells_which_dialect_it_was_given(make):
    assert make(dialect=Dialect.JUNE_2025).sandbox.dialect is Dialect.JUNE_2025


def test_the_key_of_the_order_is_honoured_and_the_other_ignored(make):
    for key, other in (("sorting", "sort"), ("sort", "sorting")):
        rows = table(make, sort_key=key)
        order = [{"sortingField": rows.field("Qty")["id"], "sortType": "ASC"}]
        assert rows.search(**{key: order})["data"][0]["fields"]["Name"] == "c"
        assert rows.search(**{other: order})["data"][0]["fields"]["Name"] == "a"


def test_more_than_a_page_can_be_refused_or_the_clamp_echoed(make):
    assert table(make, over_page_size="error").search_error(paging={"limit": 201}) == (400, "BAD_REQUEST")
    assert table(make, limit_echo="clamped").search(paging={"limit": 500})["metadata"]["limit"] == 200
    assert table(make, page_size=2).search(paging={"limit": 500})["metadata"] == {"offset": 0, "limit": 500, "total": 3}
    assert len(table(make, page_size=2).search(paging={"limit": 500})["data"]) == 2


def test_the_default_limit_follows_the_dialect(make):
    assert table(make, default_limit=10).search()["metadata"]["limit"] == 10


def test_empty_cells_can_stand_first(make):
    rows = table(make, nulls="first")
    assert rows.names(order=["Qty"]) == ["b", "c", "a"]
    assert rows.names(order=["-Qty"]) == ["a", "c", "b"]


@pytest.mark.parametrize(("matches", "found"), [(True, ["b", "c"]), (False, ["c"]), (None, ["b", "c"])])
def test_negative_operators_match_empty_cells_or_not(make, matches, found):
    rows = table(make, negatives_match_empty=matches)
    assert rows.names("Qty", "IS_NOT", 2) == found
    assert rows.names("Qty", "IS_NOT_ONE_OF", [2]) == found
    assert rows.names(rows.condition("Qty", "IS_NOT_BETWEEN", lowerBound=2, upperBound=3)) == found
    assert rows.names("Qty", "IS_EMPTY") == ["b"]


def test_an_operator_that_the_dialect_has_not_is_a_bad_request(make):
    condition = table(make).condition("Qty", "HAS_ANY_OF", [1])
    rows = table(make, operators=Dialect.JUNE_2025.operators)
    assert rows.search_error(filter={"condition": condition}) == (400, "BAD_REQUEST")
    no_groups = table(make, operators=frozenset({"IS"}))
    assert no_groups.search_error(filter={"condition": {"operator": "AND", "conditions": []}})[0] == 400


def test_unknown_and_read_only_fields_can_be_ignored(make):
    rows = table(make, unknown_field="ignore", read_only_field="ignore")
    rows.add("No", "AUTONUMBER")
    body = {"fields": {"zzzzz": 1, **rows.ids({"No": 99, "Name": "d"})}}
    assert rows.api("POST", f"{rows.path}/records", body, fieldNames="true")["fields"]["No"] == 4


def test_names_can_be_keys_of_a_write(make):
    rows = table(make, names_as_keys=True)
    made = rows.api("POST", f"{rows.path}/records", {"fields": {"Name": "d"}}, fieldNames="true")
    assert made["fields"]["Name"] == "d"


def test_june_2025_answers_as_its_document_says(make):
    api = make(dialect=Dialect.JUNE_2025)
    rows = api.table()
    record = rows.create(Name="a")
    assert list(record) == ["id", "tableId", "fields", "createdAt", "updatedAt"]
    assert record["tableId"] == rows.id
    assert rows.search(filter={}, sort={}, paging={"offset": 0, "limit": 10})["metadata"]["limit"] == 10


def test_the_status_of_a_create_follows_the_dialect(make):
    rows = table(make, create_status=201)
    assert rows.api.raw("POST", f"{rows.path}/records", {"fields": {}})[0] == 201
    assert rows.api.raw("POST", f"{rows.path}/fields", {"name": "x", "type": "URL"})[0] == 200


@pytest.fixture
def forms(make):
    """Makes a strict table of every type that has forms, with a record and one to link to."""

    def maker(strict=True, **switches):
        rows = table_of_forms(make(dialect=replace(Dialect.CURRENT, **switches), strict=strict))
        rows.record = rows.create(Name="a")["id"]
        return rows

    return maker


def table_of_forms(api):
    rows = api.table(
        {"name": "Kind", "type": "SELECT", "options": {"choices": [{"label": "Urgent"}]}},
        {"name": "Qty", "type": "NUMBER"},
        {"name": "Who", "type": "USER"},
        {"name": "Files", "type": "ATTACHMENT"},
    )
    rows.add("Links", "LINKED_RECORD", options={"linkedTableId": rows.id})
    rows.choice = rows.field("Kind")["options"]["choices"][0]["id"]
    return rows


URL = "https://example.com/a.png"
WRITES = [
    ("select_write", "id", "Kind", lambda rows: rows.choice),
    ("select_write", "label", "Kind", lambda rows: "Urgent"),
    ("link_write", "ids", "Links", lambda rows: [rows.record]),
    ("link_write", "objects", "Links", lambda rows: [{"id": rows.record, "label": "a"}]),
    ("attachment_write", "list", "Files", lambda rows: [{"url": URL}]),
    ("attachment_write", "single", "Files", lambda rows: {"url": URL}),
    ("user_write", "id", "Who", lambda rows: "42"),
    ("user_write", "email", "Who", lambda rows: "ann@example.com"),
    ("user_write", "object", "Who", lambda rows: {"id": "42"}),
]


@pytest.mark.parametrize(("switch", "form", "field", "value"), WRITES)
def test_a_strict_sandbox_takes_one_form_of_writing(forms, switch, form, field, value):
    for name in {one for other, one, *_ in WRITES if other == switch}:
        rows = forms(**{switch: name})
        if name == form:
            assert rows.update(rows.record, **{field: value(rows)})["fields"][field]
        else:
            assert rows.refusal(**{field: value(rows)}) == ("VALIDATION_ERROR", field)


@pytest.mark.parametrize(("switch", "form", "field", "value"), WRITES)
def test_a_sandbox_takes_all_forms_of_writing_unless_it_is_strict(forms, switch, form, field, value):
    rows = forms(strict=False)
    assert rows.update(rows.record, **{field: value(rows)})["fields"][field]


FILTERS = [
    ("select_filter", "id", "Kind", lambda rows: rows.choice),
    ("select_filter", "label", "Kind", lambda rows: "urgent"),
    ("number_filter", "number", "Qty", lambda rows: 3),
    ("number_filter", "string", "Qty", lambda rows: "3"),
    ("system_date_filter", "millis", "created_at", lambda rows: 1_795_341_600_250),
    ("system_date_filter", "iso", "created_at", lambda rows: "2026-11-22T10:00:00.250Z"),
]


@pytest.mark.parametrize(("switch", "form", "field", "value"), FILTERS)
def test_a_strict_sandbox_takes_one_form_of_filtering(forms, switch, form, field, value):
    for name in {one for other, one, *_ in FILTERS if other == switch}:
        rows = forms(**{switch: name}, select_write="label")
        rows.create(Name="b", Kind="Urgent", Qty=3)
        asked = rows.condition(field, "IS", value(rows))
        if name == form:
            assert "b" in rows.names(asked)
        elif switch == "select_filter":
            assert rows.names(asked) == []
        else:
            assert rows.search_error(filter={"condition": asked}) == (400, "BAD_REQUEST")


def test_relative_dates_have_one_form(forms):
    for form in ("millis", "iso"):
        assert forms(system_date_filter=form).names("created_at", "IS", "PREDEFINED:TODAY") == ["a"]


def test_a_strict_sandbox_updates_by_one_verb(forms):
    for verb, other in (("PATCH", "PUT"), ("PUT", "PATCH")):
        rows = forms(update_method=verb)
        body, path = {"fields": {}}, f"{rows.path}/records/{rows.record}"
        rows.api(verb, path, body)
        assert rows.api.error(other, path, body)[:2] == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize(("form", "kept"), [("id", True), ("url", False)])
def test_a_strict_sandbox_knows_a_stored_file_by_its_id_or_downloads_it_anew(forms, form, kept):
    rows = forms(stored_file_write=form)
    [file] = rows.update(rows.record, Files=[{"url": URL}])["fields"]["Files"]
    [again] = rows.update(rows.record, Files=[{"id": file["id"], "url": file["url"]}])["fields"]["Files"]
    assert (again["id"] == file["id"]) is kept
