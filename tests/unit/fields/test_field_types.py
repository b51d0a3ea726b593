"""Every field type in one table: what travels, what Python sees, what a write and a filter carry, what is refused.

Each row runs with the field as a user declares it and as ``from_schema`` makes it from the table's schema.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from softrorm import (
    Choice,
    DateSpan,
    Dialect,
    File,
    InvalidQuery,
    InvalidValue,
    Model,
    Person,
    ReadOnlyField,
    fields,
    today,
)
from softrorm.query.operators import OPERATORS, Arity, Family
from softrorm.sandbox import Sandbox

DONE, OPEN = "6f3c2a10-1111-4222-8333-444455556666", "7f3c2a10-1111-4222-8333-444455556666"
ANN = {"id": "u1", "name": "Ann", "email": "ann@x.org", "avatarUrl": None}
NOON = datetime(2026, 1, 9, 12, 0, tzinfo=UTC)
PICTURE = {
    "id": "attachments/d/t/u/v",
    "url": "https://s3.example/a.png?X-Amz-Expires=3600",
    "filename": "a.png",
    "type": "image/png",
    "size": 12,
}
WRITTEN = {"url": PICTURE["url"], "filename": "a.png", "type": "image/png"}
READ_ONLY = object()
ABSENT = object()


class Target(Model):
    name = fields.SingleLineText("tname")

    class Meta:
        database = "6f3c2a10-0000-4222-8333-444455556666"
        table = "TargetTable001"


A, B = "aaaaaaaaaaaaaa", "bbbbbbbbbbbbbb"


@dataclass
class Row:
    """One field type."""

    name: str
    declared: Any  # makes the field as a user writes it; None where only a schema makes it
    schema: dict[str, Any] | None  # the schema's field without id and name; None where no schema says it
    wire: Any
    value: Any
    family: Family
    writes: Any = ABSENT  # in Dialect.CURRENT; as the wire unless given
    writes_2025: Any = ABSENT  # in Dialect.JUNE_2025; as in CURRENT unless given
    operand: Any = ABSENT  # a right side of filters; the value unless given
    filters: Any = ABSENT  # how it stands in a filter; as the wire unless given
    filters_2025: Any = ABSENT
    empty_wire: Any = None
    empty: Any = None
    blank: Any = None  # what a write sends to empty the cell
    wrong: list[tuple[Any, str]] = field(default_factory=list)  # refused at assignment, and what would be right

    def written(self, dialect):
        first = self.wire if self.writes is ABSENT else self.writes
        return first if dialect is Dialect.CURRENT or self.writes_2025 is ABSENT else self.writes_2025

    def asked(self):
        return self.value if self.operand is ABSENT else self.operand

    def filtered(self, dialect):
        first = self.wire if self.filters is ABSENT else self.filters
        return first if dialect is Dialect.CURRENT or self.filters_2025 is ABSENT else self.filters_2025


def text(name, cls):
    return Row(
        name,
        cls,
        {"type": name, "options": {}},
        "Ärger ",
        "Ärger ",
        Family.TEXT,
        wrong=[(5, "takes text"), (b"x", "takes text"), (["x"], "takes text")],
    )


def number(name, cls, **more):
    return Row(
        name,
        cls,
        {"type": name, "options": {"min": -2147483648, "max": -2147483648}},
        500,
        500,
        Family.NUMBER,
        filters_2025="500",
        wrong=[("5", "takes a number"), (True, "takes a number"), (float("nan"), "takes a number")],
        **more,
    )


def computed(name, cls, wire, value, family, **more):
    options = more.pop("options", {})
    schema = {"type": name, "options": options, "readonly": True, **more.pop("schema", {})}
    return Row(name, cls, schema, wire, value, family, writes=READ_ONLY, **more)


NAMED = {"choices": [{"id": DONE, "label": "Done", "color": "#fff"}, {"id": OPEN, "label": "Open", "color": None}]}
LABELS = {"Done": DONE, "Open": OPEN}
INSTANT = "2026-01-09T12:00:00.000Z"

ROWS = [
    text("SINGLE_LINE_TEXT", fields.SingleLineText),
    text("LONG_TEXT", fields.LongText),
    text("EMAIL", fields.Email),
    text("PHONE", fields.Phone),
    text("URL", fields.Url),
    Row(
        "ADDRESS",
        fields.Address,
        {"type": "ADDRESS"},
        {"city": "Brno"},
        {"city": "Brno"},
        Family.TEXT,
        operand="Brno",
        filters="Brno",
        wrong=[(5, "takes text or a dict")],
    ),
    Row(
        "CHECKBOX",
        fields.Checkbox,
        {"type": "CHECKBOX"},
        True,
        True,
        Family.BOOLEAN,
        empty=False,
        empty_wire=False,
        blank=False,
        wrong=[(None, "takes True or False"), (1, "takes True or False"), ("true", "takes True or False")],
    ),
    number("NUMBER", fields.Number),
    number("PERCENT", fields.Percent),
    number("PROGRESS", fields.Progress),
    number("DURATION", fields.Duration),
    Row(
        "CURRENCY",
        fields.Currency,
        {"type": "CURRENCY", "options": {"precision": 2}},
        12.1,
        Decimal("12.1"),
        Family.NUMBER,
        filters_2025="12.1",
        wrong=[
            ("5", "takes a Decimal, an int or a float"),
            (Decimal("0.12345678901234567"), "takes amounts of at most 15 digits"),
        ],
    ),
    Row(
        "DURATION in seconds",
        lambda id: fields.Duration(id, unit="seconds"),
        None,
        90,
        timedelta(minutes=1, seconds=30),
        Family.NUMBER,
        filters_2025="90",
        wrong=[(90, "takes a timedelta")],
    ),
    Row(
        "RATING",
        fields.Rating,
        {"type": "RATING", "options": {"max": 5, "shape": "STAR"}},
        4,
        4,
        Family.NUMBER,
        filters_2025="4",
        wrong=[(2.5, "takes a whole number"), (6, "takes numbers up to 5"), (-1, "takes numbers from 0")],
    ),
    Row(
        "DATETIME",
        fields.DateTime,
        {"type": "DATETIME", "options": {"precision": "DATETIME"}},
        INSTANT,
        NOON,
        Family.DATE,
        wrong=[
            (datetime(2026, 1, 9), "takes a datetime with a time zone"),
            (date(2026, 1, 9), "takes a datetime with a time zone"),
            (INSTANT, "takes a datetime with a time zone"),
        ],
    ),
    Row(
        "DATETIME of a day",
        fields.Date,
        {"type": "DATETIME", "options": {"precision": "DATE"}},
        "2026-01-09",
        date(2026, 1, 9),
        Family.DATE,
        wrong=[(NOON, "takes a date"), ("2026-01-09", "takes a date")],
    ),
    Row("DATE", None, {"type": "DATE"}, "2026-01-09", date(2026, 1, 9), Family.DATE, wrong=[(5, "takes a date")]),
    Row("TIME", fields.Time, {"type": "TIME"}, "09:30:00", time(9, 30), Family.TEXT, wrong=[(9, "takes a time")]),
    Row(
        "DATE_RANGE",
        fields.DateRange,
        {"type": "DATE_RANGE"},
        {"from": "2026-01-09", "to": None},
        DateSpan(date(2026, 1, 9), None),
        Family.PRESENCE,
        wrong=[(5, "takes a DateSpan or a pair of dates"), (("a", "b"), "takes a DateSpan or a pair of dates")],
    ),
    Row(
        "SELECT",
        lambda id: fields.Select(id, choices=LABELS),
        {"type": "SELECT", "options": NAMED},
        {"id": DONE, "label": "Done"},
        "Done",
        Family.ONE_NAMED,
        writes=DONE,
        writes_2025="Done",
        filters=DONE,
        filters_2025="Done",
        wrong=[("Dune", "takes one of 'Done', 'Open'"), (5, "takes one of 'Done', 'Open'")],
    ),
    Row(
        "SELECT of several",
        lambda id: fields.MultiSelect(id, choices=LABELS),
        {"type": "SELECT", "options": NAMED, "allowMultipleEntries": True},
        [{"id": DONE, "label": "Done"}, {"id": OPEN, "label": "Open"}],
        ["Done", "Open"],
        Family.MANY_NAMED,
        writes=[DONE, OPEN],
        writes_2025=["Done", "Open"],
        operand="Open",
        filters=OPEN,
        filters_2025="Open",
        empty_wire=[],
        empty=[],
        blank=[],
        wrong=[("Done", "takes a list of choices, each one of 'Done', 'Open'"), ([5], "takes one of 'Done', 'Open'")],
    ),
    Row(
        "LINKED_RECORD",
        lambda id: fields.LinkedRecord(id, to=Target),
        {"type": "LINKED_RECORD", "options": {"linkedTableId": Target._meta.table}},
        {"id": A, "label": "P"},
        Target.from_record({"id": A, "fields": {}}),
        Family.ONE_NAMED,
        writes=[A],
        writes_2025=[{"id": A, "label": "P"}],
        filters=A,
        blank=[],
        wrong=[(5, "takes an instance of Target, or the id of one")],
    ),
    Row(
        "LINKED_RECORD of several",
        lambda id: fields.LinkedRecords(id, to="Target"),
        {
            "type": "LINKED_RECORD",
            "options": {"linkedTableId": Target._meta.table},
            "allowMultipleEntries": True,
        },
        [{"id": A, "label": "P"}, {"id": B, "label": "Q"}],
        [Target.from_record({"id": A, "fields": {}}), Target.from_record({"id": B, "fields": {}})],
        Family.MANY_NAMED,
        writes=[A, B],
        writes_2025=[{"id": A, "label": "P"}, {"id": B, "label": "Q"}],
        operand=B,
        filters=B,
        empty_wire=[],
        empty=[],
        blank=[],
        wrong=[
            (A, "takes a list of instances of Target, or of their ids"),
            ([5], "takes an instance of Target, or the id of one"),
        ],
    ),
    Row(
        "USER",
        fields.User,
        {"type": "USER"},
        ANN,
        Person("u1", "Ann", "ann@x.org"),
        Family.ONE_NAMED,
        writes="u1",
        filters="u1",
        wrong=[(5, "takes a Person, a user id or an email address")],
    ),
    Row(
        "USER of several",
        lambda id: fields.User(id, many=True),
        {"type": "USER", "allowMultipleEntries": True},
        [ANN],
        [Person("u1")],
        Family.MANY_NAMED,
        writes=["u1"],
        operand="u1",
        filters="u1",
        empty_wire=[],
        empty=[],
        blank=[],
        wrong=[("u1", "takes a list, each item a Person, a user id or an email address")],
    ),
    Row(
        "ATTACHMENT",
        fields.Attachment,
        {"type": "ATTACHMENT", "allowMultipleEntries": True},
        [PICTURE],
        [File("https://elsewhere.example", id=PICTURE["id"])],  # known by its id alone
        Family.PRESENCE,
        writes=[WRITTEN],
        writes_2025=WRITTEN,
        empty_wire=[],
        empty=[],
        blank=[],
        wrong=[
            (5, "takes addresses or File objects"),
            ("a.png", "takes addresses such as 'https://example.com/a.png'"),
        ],
    ),
    computed("BUTTON", fields.Button, None, None, Family.PRESENCE, operand="x"),
    computed(
        "LOOKUP",
        lambda id: fields.Lookup(id, returns=fields.Number()),
        5,
        5,
        Family.NUMBER,
        options={"returnedField": {"type": "NUMBER", "options": {}}},
        filters_2025="5",
    ),
    computed(
        "LOOKUP",
        lambda id: fields.Lookup(id, returns=fields.SingleLineText(), many=True),
        ["a", "b"],
        ["a", "b"],
        Family.MANY_TEXT,
        options={"returnedField": {"type": "SINGLE_LINE_TEXT", "options": {}}},
        schema={"allowMultipleEntries": True},
        operand="a",
        filters="a",
        empty_wire=[],
        empty=[],
    ),
    computed(
        "LOOKUP",
        lambda id: fields.Lookup(id, returns=fields.Select(choices=LABELS), many=True),
        [{"id": DONE, "label": "Done"}],
        ["Done"],
        Family.MANY_NAMED,
        options={"returnedField": {"type": "SELECT", "options": NAMED}},
        schema={"allowMultipleEntries": True},
        operand="Done",
        filters=DONE,
        filters_2025="Done",
        empty_wire=[],
        empty=[],
    ),
    computed(
        "LOOKUP",
        lambda id: fields.Lookup(id, returns=fields.Attachment(), many=True),
        [PICTURE],
        [File("", id=PICTURE["id"])],
        Family.PRESENCE,
        options={"returnedField": {"type": "ATTACHMENT", "options": {}}},
        schema={"allowMultipleEntries": True},
        empty_wire=[],
        empty=[],
    ),
    computed(
        "ROLLUP",
        lambda id: fields.Rollup(id, returns=fields.Number()),
        0,
        0,
        Family.NUMBER,
        options={"returnedField": {"type": "NUMBER", "options": {}}},
        filters_2025="0",
    ),
    computed(
        "FORMULA",
        lambda id: fields.Formula(id, returns=fields.DateTime()),
        INSTANT,
        NOON,
        Family.DATE,
        options={"returnedField": {"type": "DATETIME", "options": {"precision": "DATETIME"}}},
    ),
    computed(
        "FORMULA",
        lambda id: fields.Formula(id, returns=fields.Checkbox()),
        True,
        True,
        Family.BOOLEAN,
        options={"returnedField": {"type": "CHECKBOX", "options": {}}},
        empty=False,
    ),
    computed("COUNT", fields.Count, 3, 3, Family.NUMBER, filters_2025="3"),
    computed("AUTONUMBER", fields.Autonumber, 7, 7, Family.NUMBER, filters_2025="7"),
    computed("RECORD_ID", fields.RecordId, A, A, Family.TEXT),
    computed("CREATED_AT", fields.CreatedAt, INSTANT, NOON, Family.DATE),
    computed("UPDATED_AT", fields.UpdatedAt, INSTANT, NOON, Family.DATE),
    computed("CREATED_BY", fields.CreatedBy, ANN, Person("u1"), Family.ONE_NAMED, filters="u1"),
    computed("UPDATED_BY", fields.UpdatedBy, ANN, Person("u1"), Family.ONE_NAMED, filters="u1"),
    Row("HOLOGRAM", None, {"type": "HOLOGRAM", "readonly": False}, {"x": [1]}, {"x": [1]}, Family.RAW),
    computed("SEAL", None, "wax", "wax", Family.RAW),
]

CASES = [
    pytest.param(row, make, id=f"{row.name}-{way}")
    for row in ROWS
    for way, make in (
        ("declared", row.declared and (lambda row=row: row.declared("fffff"))),
        (
            "from schema",
            row.schema and (lambda row=row: fields.from_schema({"id": "fffff", "name": "Cell", **row.schema})),
        ),
    )
    if make
]
DIALECTS = [Dialect.CURRENT, Dialect.JUNE_2025]
BRANCHES = {Arity.ONE: lambda one: one, Arity.MANY: lambda one: [one], Arity.RANGE: lambda one: (one, one)}
every_type = pytest.mark.parametrize(("row", "make"), CASES)
every_writable_type = pytest.mark.parametrize(
    ("row", "make"), [case for case in CASES if case.values[0].writes is not READ_ONLY]
)
every_computed_type = pytest.mark.parametrize(
    ("row", "make"), [case for case in CASES if case.values[0].writes is READ_ONLY]
)
in_both_dialects = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)


@pytest.fixture(scope="module")
def clients():
    with Sandbox() as sandbox:
        yield {dialect: sandbox.client(dialect=dialect) for dialect in DIALECTS}


def model_with(field):
    class Thing(Model):
        cell = field

        class Meta:
            database = "6f3c2a10-0000-4222-8333-444455556666"
            table = "ThingsTable001"

    return Thing


def record(wire):
    return {"id": "rrrrrrrrrrrrrr", "fields": {"fffff": wire}, "createdAt": INSTANT, "updatedAt": INSTANT}


@every_type
def test_a_cell_reads_as_its_python_value(row, make):
    thing = model_with(make()).from_record(record(row.wire))
    assert thing.cell == row.value
    assert type(thing.cell) is type(row.value) or isinstance(thing.cell, Choice)
    assert not thing.is_dirty


@every_type
def test_an_empty_cell_reads_as_the_empty_value_of_its_type(row, make):
    model = model_with(make())
    for wire in (row.empty_wire, None):
        thing = model.from_record(record(wire))
        assert (thing.cell, type(thing.cell)) == (row.empty, type(row.empty))
        assert not thing.is_dirty
    assert model().cell == row.empty


@every_computed_type
def test_nobody_may_set_what_the_service_computes(row, make):
    model = model_with(make())
    with pytest.raises(ReadOnlyField, match=rf"^Thing\.cell is a {row.name} field: the service computes it"):
        model(cell=row.value)
    with pytest.raises(InvalidValue, match="'cell' is computed by the service"):
        model.from_record(record(row.wire)).save(fields=["cell"])


@every_writable_type
@in_both_dialects
def test_what_was_read_is_written_as_the_service_takes_it(row, make, dialect, clients):
    model = model_with(make())
    value = model.from_record(record(row.wire), clients[dialect]).cell
    new = model.from_record(record(row.empty_wire), clients[dialect])
    new.cell = value
    assert new.dirty_fields == {"cell": value}
    assert new.to_wire() == {"fffff": row.written(dialect)}
    new.cell = row.empty
    assert not new.is_dirty


@every_writable_type
@in_both_dialects
def test_emptying_a_cell_is_written_as_the_empty_of_its_type(row, make, dialect, clients):
    thing = model_with(make()).from_record(record(row.wire), clients[dialect])
    thing.cell = row.empty
    assert thing.to_wire() == {"fffff": row.blank}


@every_type
@in_both_dialects
def test_each_operator_is_taken_or_refused_by_what_the_type_holds(row, make, dialect, clients):
    model = model_with(make())
    assert model.cell.family is row.family
    for operator in OPERATORS:
        lookup = f"cell__{operator.lookup}"
        if operator.arity is Arity.NONE:
            if operator.takes(row.family):
                asked = model.objects.using(clients[dialect]).filter(**{lookup: True}).to_dict()
                assert asked["filter"]["condition"] == {"leftSide": "fffff", "operator": operator.name}
                continue
            value = True
        else:
            value = BRANCHES[operator.arity](row.asked())
        if not operator.takes(row.family):
            with pytest.raises(
                InvalidQuery, match=rf"^Thing\.cell holds .* cannot take '{operator.lookup}'; it takes "
            ):
                model.objects.filter(**{lookup: value})
            continue
        condition = model.objects.using(clients[dialect]).filter(**{lookup: value}).to_dict()["filter"]["condition"]
        right = row.filtered(dialect)
        known = {operator.name} & dialect.operators
        assert condition["leftSide"] == "fffff"
        assert not known or condition["operator"] == operator.name
        if operator.arity is Arity.RANGE:
            assert (condition["lowerBound"], condition["upperBound"]) == (right, right)
        else:
            assert condition["rightSide"] == ([right] if operator.arity is Arity.MANY else right)


@every_type
def test_the_expression_methods_are_those_of_the_look_ups(row, make):
    cell = model_with(make()).cell
    for operator in OPERATORS:
        method = {"is": "is_"}.get(operator.lookup, operator.lookup)
        if hasattr(cell, method) and not operator.takes(row.family):
            # A family that only shows at run time has them all, and refuses at the call.
            with pytest.raises(InvalidQuery):
                getattr(cell, method)(
                    *((1, 2) if operator.arity is Arity.RANGE else () if operator.arity is Arity.NONE else (1,))
                )


@every_type
def test_wrong_values_are_refused_with_what_would_be_right(row, make):
    model = model_with(make())
    for value, right in row.wrong:
        with pytest.raises(InvalidValue) as caught:
            model(cell=value)
        message = str(caught.value)
        assert message.startswith(f"Thing.cell {right}")
        item = value[0] if isinstance(value, list) and repr(value) not in message else value
        assert f", not {item!r} ({type(item).__name__})." in message


@every_type
def test_a_schema_describes_what_the_field_says_of_itself(row, make):
    cell = make()
    if row.schema is None:
        return
    assert cell.api_type == ("DATETIME" if row.schema["type"] == "DATE" else row.schema["type"])
    assert cell.many is (row.schema.get("allowMultipleEntries", False) or row.schema["type"] == "ATTACHMENT")
    assert cell.writable is not (row.writes is READ_ONLY)


def test_the_table_covers_every_type_of_the_document():
    document = """SINGLE_LINE_TEXT LONG_TEXT EMAIL PHONE URL CHECKBOX NUMBER CURRENCY PERCENT RATING PROGRESS DURATION
        DATETIME DATE TIME DATE_RANGE SELECT LINKED_RECORD USER ATTACHMENT ADDRESS BUTTON LOOKUP ROLLUP FORMULA COUNT
        CREATED_AT UPDATED_AT CREATED_BY UPDATED_BY AUTONUMBER RECORD_ID""".split()
    assert {row.schema["type"] for row in ROWS if row.schema} >= set(document)


def test_relative_dates_and_iso_text_are_right_sides_of_dates():
    model = model_with(fields.DateTime("fffff"))

    def sent(value):
        return model.objects.filter(cell=value).to_dict()["filter"]["condition"]["rightSide"]

    assert sent(today()) == "PREDEFINED:TODAY"
    assert sent("RELATIVE_DATE:PAST:MONTH") == "RELATIVE_DATE:PAST:MONTH"
    assert sent("2026-01-09") == sent(date(2026, 1, 9)) == "2026-01-09"
    assert sent("2026-01-09T13:00:00+01:00") == INSTANT


def test_a_file_to_upload_shows_its_address_and_one_that_was_read_keeps_its_link_to_itself():
    assert repr(File("https://example.com/a.png")) == "File(url='https://example.com/a.png')"
    assert repr(File("https://example.com/a.png", "b.png")) == "File(url='https://example.com/a.png', filename='b.png')"
    read = File("https://files.example/a.png?signature=s3cret", "a.png", "image/png", 5, "f1")
    assert repr(read) == "File(filename='a.png', type='image/png', size=5, id='f1')"


def test_a_list_that_is_edited_in_place_is_a_plain_one_and_takes_what_its_field_takes():
    class Edited(Model):
        tags = fields.MultiSelect("Tags0")
        files = fields.Attachment("Files")
        others = fields.LinkedRecords("Other", to="self")
        team = fields.User("Team0", many=True)

        class Meta:
            database = "6f3c2a10-0000-4222-8333-444455556666"
            table = "EditedTable001"

    record = {"id": "r" * 14, "fields": dict.fromkeys(("Tags0", "Files", "Other", "Team0"))}
    edited = Edited.from_record(record)
    lists = edited.tags, edited.files, edited.others, edited.team
    assert {type(one) for one in lists} == {list}
    for one, item in zip(lists, ("new", "https://example.com/a.png", "x" * 14, "ann@example.com"), strict=True):
        one.append(item)
    assert edited.to_wire() == {
        "Tags0": ["new"],
        "Files": [{"url": "https://example.com/a.png"}],
        "Other": ["x" * 14],
        "Team0": ["ann@example.com"],
    }


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("URL", " Did you mean 'Url'?"),
        ("EmailField", " Did you mean 'Email'?"),
        ("Selct", " Did you mean 'Select'?"),
        ("CharField", ""),
    ],
)
def test_a_type_that_is_not_there_is_answered_with_the_nearest(name, near):
    with pytest.raises(AttributeError) as error:
        getattr(fields, name)
    assert str(error.value) == f"module 'softrorm.fields' has no attribute {name!r}.{near}"
