"""Schema resources: typed where the type is known, and nothing lost where it is not."""

import datetime
import pickle

import pytest
from pydantic import ValidationError

from softrorm.client.options import OPTIONS_OF_TYPE, Options, options_class
from softrorm.client.resources import Choice, Database, Table, TableField, View

DATES = {
    "precision": "DATETIME",
    "useRelativeDatetimeFormat": False,
    "timezoneType": "FIXED",
    "timezone": "DEFAULT",
}
NUMBER = {
    "precision": 2,
    "min": -100200300,
    "max": 100200300,
    "showThousandSeparator": True,
    "thousandSeparatorLocale": "en-US",
    "largeNumberAbbreviation": "NONE",
    "prefix": "of",
    "suffix": "kg",
}
TEXT = {"type": "SINGLE_LINE_TEXT", "options": {"minLength": 0, "maxLength": 1024}}

DOCUMENTED = {
    # The examples of the 2025 document, section "Field Types".
    "SINGLE_LINE_TEXT": {"minLength": 0, "maxLength": 50},
    "CHECKBOX": {},
    "CURRENCY": {
        "precision": 2,
        "min": -100000,
        "max": 100000,
        "isoCode": "USD",
        "customSymbol": "$",
        "showAs": "SYMBOL",
        "showThousandSeparator": True,
        "thousandSeparatorLocale": "en-US",
        "largeNumberAbbreviation": "NONE",
        "symbolOrCodePosition": "BEFORE",
    },
    "DATETIME": DATES,
    "DURATION": {"format": "yyyy-MM-dd'T'HH:mm:ss"},
    "EMAIL": {},
    "SELECT": {
        "choices": [
            {"id": "dewqc", "label": "In Progress", "color": "yellow"},
            {"id": "pq213m", "label": "Done", "color": "green"},
        ],
        "allowToAddNewChoice": True,
    },
    "NUMBER": NUMBER,
    "ATTACHMENT": {
        "showAs": "PREVIEW",
        "enableFileLinkExpiration": False,
        "fileLinkExpirationValue": 100,
        "fileLinkExpirationUnit": "HOURS",
    },
    "RATING": {"max": 5, "shape": "STAR"},
    "LINKED_RECORD": {"linkedTableId": "1ngdhgT38Kv3Cl", "inverseLinkFieldId": "pdsaKdsa"},
    "LONG_TEXT": {"type": "TEXT"},
    "URL": {},
    "PERCENT": {
        "precision": 2,
        "min": -100,
        "max": 100,
        "showThousandSeparator": True,
        "thousandSeparatorLocale": "en-US",
        "progressBarColor": "#4CAF50",
        "showNumber": True,
        "showAs": "NUMBER",
    },
    "BUTTON": {
        "label": "Submit",
        "conditionFormula": "",
        "conditionReferencedFieldIds": [],
        "urlFormula": "",
        "urlReferencedFieldIds": [],
        "action": "OPEN_URL",
    },
    "PROGRESS": {"min": 0, "max": 100.0},
    "PHONE": {},
    "DATE_RANGE": {},
    "ADDRESS": {},
    "TIME": {},
    "LOOKUP": {
        "linkedRecordFieldId": "7qn0n",
        "lookupFieldId": "Wk7Im",
        "returnedField": {"type": "LONG_TEXT", "options": {"type": "TEXT"}},
        "valid": True,
    },
    "ROLLUP": {
        "linkedRecordFieldId": "7qn0n",
        "rollupFieldId": "xiRvA",
        "function": "ARRAYJOIN",
        "returnedField": {"type": "SINGLE_LINE_TEXT", "options": {"minLength": 0, "maxLength": 2000000}},
    },
    "FORMULA": {
        "formula": "SUM({Price}, ({Price}*{Tax Rate}))",
        "referencedFieldIds": ["fJ4Fl", "dsazP"],
        "returnedField": TEXT,
        "valid": True,
    },
    "COUNT": {"linkedRecordFieldId": "fJ4Fl"},
    "CREATED_AT": DATES,
    "UPDATED_AT": DATES,
    "CREATED_BY": {},
    "UPDATED_BY": {},
    "AUTONUMBER": {"counter": 0},
    "RECORD_ID": {},
    "USER": {},
}
SEEN_LIVE = {
    # Wire facts 8.2: what the service has added since.
    "PHONE": {"format": "INTERNATIONAL", "countryCode": None},
    "UPDATED_AT": {**DATES, "changePolicy": "ANY_EDITABLE_FIELD", "specificFieldIds": None},
    "SELECT": {
        "choices": [{"id": "c1", "label": "A", "color": None}],
        "allowToAddNewChoice": False,
        "multiColorMode": True,
        "sorting": "CUSTOM",
        "enforceOrder": False,
    },
    "LINKED_RECORD": {
        "linkedTableId": "t2",
        "inverseLinkFieldId": None,
        "viewId": None,
        "sorting": None,
        "filter": {"condition": {"operator": "AND", "conditions": []}},
        "enforceOrder": False,
    },
    "ROLLUP": {
        "linkedRecordFieldId": "a",
        "rollupFieldId": "b",
        "function": "COUNTA",
        "filter": {"condition": None, "fieldIds": []},
        "returnedField": {"type": "NUMBER", "options": NUMBER, "aiOptions": None},
    },
    "NUMBER": {**NUMBER, "min": -2147483648, "max": -2147483648, "prefix": None},
    "DATE": {**DATES, "precision": "DATE"},
}
EXAMPLES = [*DOCUMENTED.items(), *SEEN_LIVE.items()]


def field_wire(kind, options, **more):
    return {
        "id": "kl5nP",
        "name": "My Field",
        "description": None,
        "type": kind,
        "options": options,
        "aiOptions": None,
        "allowMultipleEntries": False,
        "readonly": False,
        "required": False,
        "locked": False,
        "defaultValue": None,
        "createdAt": "2025-06-24T12:22:07.444Z",
        "updatedAt": "2026-01-09T16:17:19Z",
        **more,
    }


def test_there_is_an_example_and_a_class_for_every_type():
    assert set(DOCUMENTED) | {"DATE"} == set(OPTIONS_OF_TYPE)


@pytest.mark.parametrize(("kind", "options"), EXAMPLES, ids=[kind for kind, _ in EXAMPLES])
def test_a_field_of_every_type_comes_back_as_it_came(kind, options):
    wire = field_wire(kind, options)
    field = TableField.from_wire(wire)
    assert type(field.options) is options_class(kind) is not Options
    assert field.to_wire() == wire
    assert list(field.to_wire()) == list(wire)


@pytest.mark.parametrize(("kind", "options"), EXAMPLES, ids=[kind for kind, _ in EXAMPLES])
def test_every_documented_option_is_an_attribute_in_snake_case(kind, options):
    typed = TableField.from_wire(field_wire(kind, options)).options
    assert not typed.model_extra
    assert typed.model_fields_set == {typed._names()[key] for key in options}


@pytest.mark.parametrize(("kind", "options"), EXAMPLES, ids=[kind for kind, _ in EXAMPLES])
def test_keys_that_nobody_knows_are_kept_at_every_level(kind, options):
    wire = field_wire(kind, {**options, "novel": {"deep": [1]}}, alsoNovel=None)
    field = TableField.from_wire(wire)
    assert field.to_wire() == wire
    assert field.options["novel"] == {"deep": [1]}


def test_a_type_that_nobody_knows_keeps_its_options():
    wire = field_wire("HOLOGRAM", {"depth": 3, "nested": {"a": [{"b": None}]}})
    field = TableField.from_wire(wire)
    assert (field.type, type(field.options)) == ("HOLOGRAM", Options)
    assert field.options["depth"] == 3
    assert field.options.get("width", 9) == 9
    assert "nested" in field.options
    assert dict(field.options) == wire["options"]
    assert field.to_wire() == wire


@pytest.mark.parametrize(
    "options", [{"minLength": "many"}, {"choices": "none"}, {"returnedField": 5, "valid": "maybe"}]
)
@pytest.mark.parametrize("kind", ["SINGLE_LINE_TEXT", "SELECT", "FORMULA"])
def test_options_of_an_unexpected_shape_leave_the_schema_readable(kind, options):
    wire = field_wire(kind, options)
    assert TableField.from_wire(wire).to_wire() == wire


@pytest.mark.parametrize("absent", ["options", "aiOptions", "createdAt", "defaultValue", "allowMultipleEntries"])
def test_keys_that_were_absent_stay_absent(absent):
    wire = field_wire("NUMBER", {})
    del wire[absent]
    assert TableField.from_wire(wire).to_wire() == wire


def test_options_of_null_stay_null():
    wire = field_wire("EMAIL", None)
    assert TableField.from_wire(wire).to_wire() == wire


@pytest.mark.parametrize("spelling", ["valid", "isValid"])
@pytest.mark.parametrize("kind", ["FORMULA", "LOOKUP", "ROLLUP"])
def test_both_spellings_of_valid_are_read_and_kept(kind, spelling):
    """Wire facts 8.2 and 14."""
    field = TableField.from_wire(field_wire(kind, {spelling: False}))
    assert field.options.valid is False
    assert field.to_wire()["options"] == {spelling: False}


@pytest.mark.parametrize("default", [True, "text", {"id": "c1", "label": "A"}, None, 5])
def test_default_values_are_typed(default):
    field = TableField.from_wire(field_wire("SELECT", {}, defaultValue=default))
    assert field.default_value == default
    assert field.to_wire()["defaultValue"] == default


def test_a_select_finds_its_choices_by_id_and_by_label():
    options = TableField.from_wire(field_wire("SELECT", DOCUMENTED["SELECT"])).options
    assert options.choice("dewqc").label == "In Progress"
    assert options.choice("Done").id == "pq213m"
    assert options.choice("Nothing") is None


def test_a_changed_copy_sends_the_change_and_keeps_the_rest():
    wire = field_wire("SELECT", {**DOCUMENTED["SELECT"], "novel": 1}, alsoNovel=2)
    field = TableField.from_wire(wire)
    late = Choice(label="Late")
    options = field.options.model_copy(update={"choices": (*field.options.choices, late)})
    changed = field.model_copy(update={"name": "Stage", "options": options})
    assert changed.to_wire() == {
        **wire,
        "name": "Stage",
        "options": {**wire["options"], "choices": [*wire["options"]["choices"], {"label": "Late"}]},
    }
    assert field.to_wire() == wire


def test_a_field_made_here_has_the_keys_that_were_given():
    field = TableField(name="Price", type="CURRENCY", options={"precision": 2, "isoCode": "EUR"}, required=True)
    assert field.options.iso_code == "EUR"
    assert field.to_wire() == {
        "name": "Price",
        "type": "CURRENCY",
        "options": {"precision": 2, "isoCode": "EUR"},
        "required": True,
    }
    assert TableField(name="n", type="NUMBER", allow_multiple_entries=True).to_wire()["allowMultipleEntries"] is True


TABLE = {
    "id": "kNjsEhYYcNjAsj",
    "name": "Project",
    "description": "",
    "defaultViewId": "V1",
    "primaryFieldId": "aB3dE",
    "fields": [
        field_wire("NUMBER", {}, id="aB3dE", name="First"),
        field_wire("EMAIL", {}, id="zzzzz", name="aB3dE"),
    ],
    "createdAt": "2025-06-01T10:42:10.000Z",
    "updatedAt": "2025-06-01T10:42:10Z",
    "novel": True,
}


def test_a_table_comes_back_as_it_came_and_finds_its_fields():
    table = Table.from_wire(TABLE)
    assert table.to_wire() == TABLE
    assert (table.primary_field_id, table.default_view_id) == ("aB3dE", "V1")
    assert table.field("aB3dE").name == "First"  # an id goes before a name
    assert table.field("First").id == "aB3dE"
    assert table.field("missing") is None


def test_timestamps_are_instants_with_or_without_a_fraction():
    table = Table.from_wire(TABLE)
    assert table.created_at == table.updated_at == datetime.datetime(2025, 6, 1, 10, 42, 10, tzinfo=datetime.UTC)


def test_databases_and_views_come_back_as_they_came():
    database = {"id": "d", "name": "n", "description": None, "workspaceId": "w", "tablesCount": 3, "novel": [1]}
    assert Database.from_wire(database).to_wire() == database
    assert Database.from_wire(database).tables_count == 3
    view = {"id": "v", "tableId": "t", "name": "All", "description": None, "createdAt": "2025-05-09T12:14:44Z"}
    assert View.from_wire(view).to_wire() == view
    assert View.from_wire(view).table_id == "t"


def test_resources_are_frozen_compare_by_value_and_pickle():
    table = Table.from_wire(TABLE)
    with pytest.raises(ValidationError):
        table.name = "other"
    again = pickle.loads(pickle.dumps(table))
    assert again == table
    assert again.to_wire() == TABLE


def test_what_to_wire_returns_is_the_callers_own():
    table = Table.from_wire(TABLE)
    table.to_wire()["fields"][0]["options"]["min"] = 5
    assert table.to_wire() == TABLE
