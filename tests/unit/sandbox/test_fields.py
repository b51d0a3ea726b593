"""Fields: their objects, their options, and the traps in changing them (wire-facts 8)."""

import pytest

from softrorm.sandbox.celltypes import TYPES

KEYS = (
    "id name description type options aiOptions allowMultipleEntries readonly required locked defaultValue"
    " createdAt updatedAt"
).split()
OPEN = {"id": "o", "label": "Open"}
READ_ONLY = (
    "AUTONUMBER BUTTON COUNT CREATED_AT CREATED_BY FORMULA LOOKUP RECORD_ID ROLLUP UPDATED_AT UPDATED_BY"
).split()


def test_a_field_has_the_keys_of_the_wire_in_their_order(api):
    table = api.table()
    field = table.add("Qty", "NUMBER", description="How many")
    assert list(field) == KEYS
    assert len(field["id"]) == 5
    assert (field["description"], field["required"], field["locked"], field["defaultValue"]) == (
        "How many",
        False,
        False,
        None,
    )
    assert api("GET", f"{table.path}/fields/{field['id']}") == field
    assert table.field("Qty") == field


@pytest.mark.parametrize("type", [name for name in TYPES if name != "LINKED_RECORD"])
def test_every_type_can_be_made_without_options(api, type):
    table = api.table()
    field = table.add("Field", type)
    assert field["type"] == type
    assert field["readonly"] is (type in READ_ONLY)
    assert field["allowMultipleEntries"] is (type == "ATTACHMENT")
    assert table.create(Name="One")["fields"].keys() == {"Name", "Field"}


def test_the_types_are_those_of_the_2025_document_and_date():
    assert set(TYPES) == set(
        "SINGLE_LINE_TEXT LONG_TEXT EMAIL PHONE URL CHECKBOX NUMBER CURRENCY PERCENT RATING PROGRESS DURATION DATETIME"
        " DATE TIME DATE_RANGE SELECT LINKED_RECORD USER ATTACHMENT ADDRESS BUTTON LOOKUP ROLLUP FORMULA COUNT"
        " CREATED_AT UPDATED_AT CREATED_BY UPDATED_BY AUTONUMBER RECORD_ID".split()
    )


@pytest.mark.parametrize(
    ("type", "options"),
    [
        ("LONG_TEXT", {"type": "TEXT"}),
        ("CHECKBOX", {}),
        ("URL", {}),
        ("EMAIL", {}),
        ("PHONE", {"format": "INTERNATIONAL", "countryCode": None}),
        ("RATING", {"max": 5, "shape": "STAR"}),
        (
            "DATETIME",
            {
                "precision": "DATETIME",
                "useRelativeDatetimeFormat": False,
                "timezoneType": "FIXED",
                "timezone": "DEFAULT",
            },
        ),
    ],
)
def test_options_that_are_left_out_are_those_of_the_wire(api, type, options):
    assert api.table().add("Field", type)["options"] == options


def test_options_given_are_laid_over_the_defaults_and_unknown_ones_kept(api):
    options = api.table().add("Qty", "NUMBER", options={"precision": 2, "later": {"a": [1]}})["options"]
    assert options["precision"] == 2
    assert options["min"] == -2147483648
    assert options["later"] == {"a": [1]}


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"name": "x"},
        {"type": "NUMBER"},
        {"name": "", "type": "NUMBER"},
        {"name": "x", "type": "NOTHING"},
        {"name": "x", "type": ["NUMBER"]},
        {"name": "x", "type": "NUMBER", "options": []},
        {"name": "x", "type": "NUMBER", "options": {"min": "low"}},
        {"name": "x", "type": "NUMBER", "options": {"precision": True}},
        {"name": "x", "type": "SELECT", "options": {"choices": [{"color": "red"}]}},
        {"name": "x", "type": "SELECT", "options": {"choices": "Open"}},
        {"name": "x", "type": "LINKED_RECORD"},
        {"name": "x", "type": "LINKED_RECORD", "options": {"linkedTableId": "nobody00000000"}},
        {"name": "x", "type": "NUMBER", "required": "yes"},
        {"name": "x", "type": "NUMBER", "defaultValue": "many"},
        {"name": "x", "type": "SELECT", "defaultValue": "Open"},
    ],
)
def test_a_definition_that_makes_no_sense_is_refused_and_leaves_nothing(api, body):
    table = api.table()
    assert api.error("POST", f"{table.path}/fields", body)[0] == 400
    assert len(table.schema["fields"]) == 1


def test_choices_need_a_label_and_are_given_ids_in_their_order(api):
    choices = [{"label": "Open", "color": "green"}, {"label": "Done"}]
    made = api.table().add("Status", "SELECT", options={"choices": choices})["options"]["choices"]
    assert [(one["label"], one["color"]) for one in made] == [("Open", "green"), ("Done", None)]
    assert all(len(one["id"]) == 36 for one in made)


def test_a_select_that_is_put_keeps_the_ids_that_are_sent_and_gives_the_others(api):
    table = api.table()
    field = table.add("Status", "SELECT", options={"choices": [{"label": "Open"}, {"label": "Done"}]})
    (first, _) = field["options"]["choices"]
    body = {
        "name": "Status",
        "type": "SELECT",
        "options": {"choices": [{**first, "label": "Opened"}, {"label": "New"}]},
    }
    kept, new = api("PUT", f"{table.path}/fields/{field['id']}", body)["options"]["choices"]
    assert kept["id"] == first["id"]
    assert len(new["id"]) == 36


def test_a_put_without_options_resets_them_so_that_choices_are_lost(api):
    table = api.table()
    field = table.add("Status", "SELECT", options={"choices": [{"label": "Open"}]})
    choice = field["options"]["choices"][0]["id"]
    record = table.create(Name="One", Status="Open")["id"]
    changed = api("PUT", f"{table.path}/fields/{field['id']}", {"name": "State", "type": "SELECT"})
    assert changed["options"]["choices"] == []
    assert changed["id"] == field["id"]
    assert table.get(record)["fields"]["State"] == {"id": choice, "label": choice}


@pytest.mark.parametrize("body", [{"name": "x"}, {"type": "NUMBER"}, {}, None])
def test_a_put_needs_name_and_type(api, body):
    table = api.table()
    field = table.add("Qty", "NUMBER")["id"]
    assert api.error("PUT", f"{table.path}/fields/{field}", body)[0] == 400


def test_a_put_keeps_the_switches_it_does_not_mention(api):
    table = api.table()
    field = table.add("Tags", "SELECT", allowMultipleEntries=True, required=True, description="Some")["id"]
    changed = api("PUT", f"{table.path}/fields/{field}", {"name": "Tags", "type": "SELECT"})
    assert (changed["allowMultipleEntries"], changed["required"], changed["description"]) == (True, True, "Some")


def test_a_change_from_several_to_one_keeps_the_lists_until_the_next_write(api):
    table = api.table()
    choices = {"choices": [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]}
    field = table.add("Tags", "SELECT", options=choices, allowMultipleEntries=True)["id"]
    record = table.create(Tags=["A", "B"])["id"]
    body = {"name": "Tags", "type": "SELECT", "options": choices, "allowMultipleEntries": False}
    api("PUT", f"{table.path}/fields/{field}", body)
    assert len(table.get(record)["fields"]["Tags"]) == 2
    assert table.update(record, Tags="B")["fields"]["Tags"] == {"id": "b", "label": "B"}


def test_a_change_of_type_keeps_what_the_new_type_can_read(api):
    table = api.table({"name": "Qty", "type": "SINGLE_LINE_TEXT"})
    table.create(Name="One", Qty="12")
    table.create(Name="Two", Qty="many")
    field = table.field("Qty")["id"]
    table.search("Qty", "IS_NOT_EMPTY")
    api("PUT", f"{table.path}/fields/{field}", {"name": "Qty", "type": "NUMBER"})
    assert [row["fields"]["Qty"] for row in table.all()] == [12, None]
    assert table.names("Qty", "GREATER_THAN", 5) == ["One"]


def test_an_autonumber_that_is_added_numbers_the_records_that_are_there(api):
    table = api.table()
    table.create(Name="One"), table.create(Name="Two")
    table.add("No", "AUTONUMBER")
    assert [row["fields"]["No"] for row in table.all()] == [1, 2]
    assert table.create(Name="Three")["fields"]["No"] == 3
    assert table.field("No")["options"] == {"counter": 3}


def test_deleting_a_field_drops_its_values(api):
    table = api.table({"name": "Qty", "type": "NUMBER"})
    record = table.create(Name="One", Qty=5)["id"]
    field = table.field("Qty")["id"]
    assert api.raw("DELETE", f"{table.path}/fields/{field}") == (204, {}, None)
    assert table.get(record)["fields"] == {"Name": "One"}
    assert api.error("PATCH", f"{table.path}/records/{record}", {"fields": {field: 1}})[1] == "UNKNOWN_FIELD"


def test_the_primary_field_cannot_be_deleted(api):
    table = api.table()
    assert api.error("DELETE", f"{table.path}/fields/{table.schema['primaryFieldId']}")[:2] == (400, "BAD_REQUEST")


def test_editable_fields_have_ai_options_and_computed_ones_have_none(api):
    table = api.table()
    assert table.add("Note", "LONG_TEXT")["aiOptions"]["aiModel"] == "openai-gpt-4-1"
    assert table.add("Filled", "LONG_TEXT", aiOptions={"aiFillable": True})["aiOptions"] == {"aiFillable": True}
    assert table.add("Sum", "FORMULA", options={"formula": "1+1"})["aiOptions"] is None
    assert table.add("Call", "PHONE")["aiOptions"] is None


@pytest.mark.parametrize(
    ("type", "options", "default", "shown", "stored"),
    [
        ("CHECKBOX", {}, True, True, True),
        ("SINGLE_LINE_TEXT", {}, "new", "new", "new"),
        ("URL", {}, "https://a.org", "https://a.org", "https://a.org"),
        ("NUMBER", {}, 3, 3, 3),
        ("SELECT", {"choices": [OPEN]}, "Open", OPEN, OPEN),
        ("DATETIME", {}, "now", "now", "2026-11-22T10:00:00.250Z"),
        ("DATETIME", {"precision": "DATE"}, "now", "now", "2026-11-22"),
    ],
)  # fmt: skip
def test_a_default_is_shown_typed_and_taken_by_a_create_that_says_nothing(api, type, options, default, shown, stored):
    table = api.table()
    assert table.add("Field", type, options=options, defaultValue=default)["defaultValue"] == shown
    assert table.create(Name="One")["fields"]["Field"] == stored


def test_the_default_of_a_multi_select_is_one_object_and_stored_as_a_list_of_one(api):
    table = api.table()
    choice = {"id": "o", "label": "Open"}
    field = table.add("Tags", "SELECT", options={"choices": [choice]}, allowMultipleEntries=True, defaultValue=choice)
    assert field["defaultValue"] == choice
    assert table.create(Name="One")["fields"]["Tags"] == [choice]


def test_null_for_a_field_with_a_default_leaves_it_empty_unless_the_habit_is_another(make):
    class Habit:
        null_takes_default = True

    for habit, expected in ((None, None), (Habit, "new")):
        table = make(dialect=habit).table()
        table.add("State", "SINGLE_LINE_TEXT", defaultValue="new")
        assert table.create(State=None)["fields"]["State"] == expected


def test_a_look_up_has_several_values_when_its_link_has(api):
    table = api.table()
    for several in (True, False):
        link = table.add("Self", "LINKED_RECORD", options={"linkedTableId": table.id}, allowMultipleEntries=several)
        options = {"linkedRecordFieldId": link["id"], "lookupFieldId": table.schema["primaryFieldId"]}
        look_up = table.add(f"Up {several}", "LOOKUP", options=options)
        assert look_up["allowMultipleEntries"] is several
        assert look_up["options"]["valid"] is True
    fields = table.create(Name="One")["fields"]
    assert (fields["Up True"], fields["Up False"]) == ([], None)
