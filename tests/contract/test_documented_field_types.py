"""Field types: the client creates each one with the documented JSON, and reads type and options back to the letter."""

import pytest

from softrorm import fields
from softrorm.client.resources import OPTIONS_OF_TYPE, Options

DATABASE = "e74de047-f727-4f98-aa2a-7bda298672d3"
TABLE = "1ngdhgT38Kv3Cl"

SHOWN_AS_DATETIME = {
    "precision": "DATETIME",
    "useRelativeDatetimeFormat": False,
    "timezoneType": "FIXED",
    "timezone": "DEFAULT",
}
SHOWN_AS_NUMBER = {
    "showThousandSeparator": True,
    "thousandSeparatorLocale": "en-US",
}
# The documented options of each type, None where the example has none, and the field that from_schema() makes of it.
TYPES = {
    "SINGLE_LINE_TEXT": ({"minLength": 0, "maxLength": 50}, fields.SingleLineText),
    "CHECKBOX": (None, fields.Checkbox),
    "CURRENCY": (
        {
            **SHOWN_AS_NUMBER,
            "precision": 2,
            "min": -100000,
            "max": 100000,
            "isoCode": "USD",
            "customSymbol": "$",
            "showAs": "SYMBOL",
            "largeNumberAbbreviation": "NONE",
            "symbolOrCodePosition": "BEFORE",
        },
        fields.Currency,
    ),
    "DATETIME": (SHOWN_AS_DATETIME, fields.DateTime),
    "DURATION": ({"format": "yyyy-MM-dd'T'HH:mm:ss"}, fields.Duration),
    "EMAIL": (None, fields.Email),
    "SELECT": (
        {
            "choices": [
                {"id": "dewqc", "label": "In Progress", "color": "yellow"},
                {"id": "pq213m", "label": "Done", "color": "green"},
            ],
            "allowToAddNewChoice": True,
        },
        fields.Select,
    ),
    "NUMBER": (
        {
            **SHOWN_AS_NUMBER,
            "precision": 2,
            "min": -100200300,
            "max": 100200300,
            "largeNumberAbbreviation": "NONE",
            "prefix": "of",
            "suffix": "kg",
        },
        fields.Number,
    ),
    "ATTACHMENT": (
        {
            "showAs": "PREVIEW",
            "enableFileLinkExpiration": False,
            "fileLinkExpirationValue": 100,
            "fileLinkExpirationUnit": "HOURS",
        },
        fields.Attachment,
    ),
    "RATING": ({"max": 5, "shape": "STAR"}, fields.Rating),
    "LINKED_RECORD": ({"linkedTableId": "1ngdhgT38Kv3Cl", "inverseLinkFieldId": "pdsaKdsa"}, fields.LinkedRecord),
    "LONG_TEXT": ({"type": "TEXT"}, fields.LongText),
    "URL": (None, fields.Url),
    "PERCENT": (
        {
            **SHOWN_AS_NUMBER,
            "precision": 2,
            "min": -100,
            "max": 100,
            "progressBarColor": "#4CAF50",
            "showNumber": True,
            "showAs": "NUMBER",
        },
        fields.Percent,
    ),
    "BUTTON": (
        {
            "label": "Submit",
            "conditionFormula": "",
            "conditionReferencedFieldIds": [],
            "urlFormula": "",
            "urlReferencedFieldIds": [],
            "action": "OPEN_URL",
        },
        fields.Button,
    ),
    "PROGRESS": ({"min": 0, "max": 100}, fields.Progress),
    "PHONE": (None, fields.Phone),
    "DATE_RANGE": (None, fields.DateRange),
    "ADDRESS": (None, fields.Address),
    "TIME": (None, fields.Time),
    "LOOKUP": (
        {
            "linkedRecordFieldId": "7qn0n",
            "lookupFieldId": "Wk7Im",
            "returnedField": {"type": "LONG_TEXT", "options": {"type": "TEXT"}},
            "valid": True,
        },
        fields.Lookup,
    ),
    "ROLLUP": (
        {
            "linkedRecordFieldId": "7qn0n",
            "rollupFieldId": "xiRvA",
            "function": "ARRAYJOIN",
            "returnedField": {"type": "SINGLE_LINE_TEXT", "options": {"minLength": 0, "maxLength": 2000000}},
        },
        fields.Rollup,
    ),
    "FORMULA": (
        {
            "formula": "SUM({Price}, ({Price}*{Tax Rate}))",
            "referencedFieldIds": ["fJ4Fl", "dsazP"],
            "returnedField": {"type": "SINGLE_LINE_TEXT", "options": {"minLength": 0, "maxLength": 1024}},
            "valid": True,
        },
        fields.Formula,
    ),
    "COUNT": ({"linkedRecordFieldId": "fJ4Fl"}, fields.Count),
    "CREATED_AT": (SHOWN_AS_DATETIME, fields.CreatedAt),
    "UPDATED_AT": (SHOWN_AS_DATETIME, fields.UpdatedAt),
    "CREATED_BY": (None, fields.CreatedBy),
    "UPDATED_BY": (None, fields.UpdatedBy),
    "AUTONUMBER": ({"counter": 0}, fields.Autonumber),
    "RECORD_ID": (None, fields.RecordId),
    "USER": (None, fields.User),
}
of_each_type = pytest.mark.parametrize("kind", TYPES)


@pytest.fixture
def created(documented, kind):
    """The field that the documented exchange creates."""
    client = documented(f"field_types/{kind.lower()}")
    return client.create_field(DATABASE, TABLE, "My Field", kind, TYPES[kind][0])


@of_each_type
def test_a_field_is_created_and_read_with_its_documented_options(created, kind):
    assert (created.name, created.type) == ("My Field", kind)
    assert created.options.to_wire() == (TYPES[kind][0] or {})


@of_each_type
def test_the_options_are_a_typed_resource_that_knows_each_documented_key(created, kind):
    assert type(created.options) is OPTIONS_OF_TYPE[kind]
    assert type(created.options) is not Options
    assert created.options.model_extra == {}


@of_each_type
def test_typed_options_create_the_field_as_well_as_json_does(documented, kind):
    client = documented(f"field_types/{kind.lower()}")
    options = TYPES[kind][0]
    typed = None if options is None else OPTIONS_OF_TYPE[kind].from_wire(options)
    assert client.create_field(DATABASE, TABLE, "My Field", kind, typed).type == kind


@of_each_type
def test_from_schema_makes_the_field_that_the_schema_describes(created, kind):
    options, made = TYPES[kind]
    field = fields.from_schema(created)
    assert type(field) is made
    assert (field.id, field.name) == ("string", "My Field")
    # What a model would create the table's field with says all that the schema said.
    assert {key: field.schema_options()[key] for key in options or {}} == (options or {})


@of_each_type
def test_the_type_is_read_only_exactly_where_the_service_computes_it(created, kind):
    computed = {"LOOKUP", "ROLLUP", "FORMULA", "COUNT", "AUTONUMBER", "RECORD_ID", "BUTTON"}
    computed |= {"CREATED_AT", "UPDATED_AT", "CREATED_BY", "UPDATED_BY"}
    assert fields.from_schema(created).writable is (kind not in computed)
