"""FORMULA fields: what the language says, and what cells read."""

import pytest

from softrorm.sandbox import Sandbox

CHOICES = {"choices": [{"id": "c1", "label": "Open"}, {"id": "c2", "label": "7"}]}
TYPES = {"number": "NUMBER", "flag": "CHECKBOX", "time": "DATETIME", "text": "SINGLE_LINE_TEXT"}


@pytest.fixture
def table(api):
    return api.table(
        {"name": "Unit price", "type": "NUMBER"},
        {"name": "Qty", "type": "NUMBER"},
        {"name": "Text", "type": "LONG_TEXT"},
        {"name": "Done", "type": "CHECKBOX"},
        {"name": "State", "type": "SELECT", "options": CHOICES},
        {"name": "Tags", "type": "SELECT", "options": CHOICES, "allowMultipleEntries": True},
        {"name": "Due", "type": "DATETIME"},
        {"name": "Files", "type": "ATTACHMENT"},
        name="Rows",
    )


@pytest.fixture
def result(table):
    """What a formula reads in a record with some values."""

    def reads(formula, returns="text", several=False, **values):
        options = {"formula": formula, "returnedField": {"type": TYPES[returns], "options": {}}}
        table.add("F", "FORMULA", options=options, allowMultipleEntries=several)
        return table.create(**values)["fields"]["F"]

    return reads


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("8 / 4 / 2", 1),
        ("2 ^ 3", 8),
        ("-2 + 5", 3),
        ("1 - -1", 2),
        ("7 / 2", 3.5),
        ("1 / 0", None),
        ("'a' * 2", None),
        ("'12' * 2", 24),
        ("{Qty} * {Unit price}", 0),
        ("Qty + 1", 1),
        ("LEN('abc') + FIND('c', 'abc')", 6),
        ("FIND('x', 'abc')", 0),
        ("SEARCH('B', 'abc')", 2),
        ("ROUND(2.345, 2)", 2.35),
        ("ROUND(-0.5, 0)", -1),
        ("ROUND(10 ^ 30, 2) / 10 ^ 30", 1),
        ("10 ^ 400", None),
        ("0 ^ -1", None),
        ("(0 - 8) ^ 0.5", None),
        ("YEAR(DATEADD('2026-01-01', 10 ^ 12, 'years'))", None),
        ("IFERROR(CEILING(10 ^ 300, 0.0000001) * 10 ^ 300, 1)", 1),
        ("CEILING(1.2) + FLOOR(1.8) + CEILING(7, 5)", 13),
        ("MROUND(13, 5)", 15),
        ("SUM(1, '2', BLANK(), 3)", 6),
        ("AVERAGE(1, 2)", 1.5),
        ("MIN(3, 1) + MAX(3, 1)", 4),
        ("MOD(7, 3)", 1),
        ("SQRT(9)", 3),
        ("NUMBER('x')", 0),
        ("ABS(-3)", 3),
        ("TRUE() + TRUE()", 2),
        ("IFERROR(1 / 0, 5)", 5),
        ("DATETIME_DIFF('2026-03-01', '2026-02-01', 'days')", 28),
        ("DATETIME_DIFF('2026-03-15', '2026-05-14', 'months')", -1),
        ("DATETIME_DIFF('2026-01-01T00:01:00Z', '2026-01-01')", 60),
        ("WEEKDAY('2026-11-22') + WEEKDAY('2026-11-23', 'monday')", 0),
        ("WORKDAY_DIFF('2026-11-20', '2026-11-24')", 2),
        ("DAYS_IN_MONTH('2028-02-10')", 29),
        ("YEAR(NOW()) + MONTH(TODAY()) + DAY(NOW())", 2026 + 11 + 22),
        ("HOUR(NOW())", 10),
        ("DAY({Due})", None),
    ],
)
def test_numbers(result, formula, value):
    assert result(formula, "number") == value


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("'a' & \"b\"", "ab"),
        ("'a' & {Qty} & 'b'", "ab"),
        ("'' & ''", None),
        ("'  a  '", "a"),
        ("'a\\nb'", "a\nb"),
        ("'{Qty}'", "{Qty}"),
        ("1.5 + 1.5", "3"),
        ("0.1 + 0.2", "0.30000000000000004"),
        ("CONCATENATE('x', ROUND(416, 1))", "x416.0"),
        ("5 & ''", "5"),
        ("0.0003 / 2", "1.5E-4"),
        ("TRUE() & FALSE()", "10"),
        ("AND(1, 'x') & OR(0, '') & XOR(1, 1, 1) & NOT(0)", "truefalsetruetrue"),
        ("IF(1 = 1, 'yes', 'no')", "yes"),
        ("IF(1 > 2, 'yes')", None),
        ("IF(1 = 1, 'yes', 1 / 0)", None),
        ("SWITCH(2, 1, 'one', 2, 'two', 'many')", "two"),
        ("SWITCH(3, 1, 'one', 'many')", "many"),
        ("IF(BLANK() = {Text}, 'empty')", "empty"),
        ("LEFT('abc', 2) & RIGHT('abc', 1) & MID('abc', 2, 1)", "abcb"),
        ("REPLACE('abc', 2, 1, 'X') & SUBSTITUTE('a-a-a', 'a', 'b', 2)", "aXca-b-a"),
        ("UPPER('a') & LOWER('B') & CAPITALIZE('aBC') & PROPER('a bC')", "AbAbcA Bc"),
        ("TRIM(' a ') & REPT('x', 3)", "axxx"),
        ("DOMAIN('https://www.a.org/x')", "a.org"),
        ("REGEX_REPLACE('a1b2', '(\\d)', '<$1>')", "a<1>b<2>"),
        ("REGEX_EXTRACT('a12', '\\d+') & REGEX_MATCH('a', 'b')", "12false"),
        ("ISERROR(1 / 0) & ISERROR(ERROR()) & ISERROR(FIND('x', 'a'))", "truetruefalse"),
        ("DATEADD('2026-04-08T11:05:51Z', 1, 'month')", "2026-05-08T11:05:51"),
        ("DATEADD({Due}, 1, 'day')", None),
        ("EDATE('2026-01-31', 1)", "2026-02-28T00:00:00"),
        ("DATESTR(EOMONTH('2026-01-15', 1))", "2026-02-28"),
        ("DATESTR(WORKDAY('2026-11-20', 1))", "2026-11-23"),
        ("DATETIME_FORMAT('2026-01-09T14:05:00Z', 'yyyy/MM/d EEE h:mm a')", "2026/01/9 Fri 2:05 PM"),
        ("DATETIME_FORMAT('2026-02-09', 'DD.MM.YYYY')", "09.02.2026"),
        ("DATESTR(DATETIME_PARSE('9 Feb 2026', 'd MMM yyyy'))", "2026-02-09"),
        ("ARRAYJOIN('a', '-') & T(5)", "a5"),
    ],
)
def test_texts(result, formula, value):
    assert result(formula) == value


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("'a' = 'a'", True),
        ("'a' = 'A'", False),
        ("1 = '1'", True),
        ("{Qty} = ''", True),
        ("{Due} < NOW()", False),
        ("'2026-01-01' < NOW()", True),
        ("IS_AFTER(NOW(), TODAY())", True),
        ("2 >= 2", True),
        ("1 != 2", True),
        ("1 / 0", False),
        ("{Done}", False),
    ],
)
def test_conditions(result, formula, value):
    assert result(formula, "flag") is value


def test_fields_are_seen_as_what_they_show(table):
    formulas = {
        "Price": "{Unit price} * Qty",
        "Open": "IF({State} = 'Open', 'yes', 'no')",
        "List": "{Tags}",
        "Sum": "{Tags} + 1",
        "File": "LEN({Files})",
        "Address": "{Files}",
        "When": "DATETIME_FORMAT({Due}, 'yyyy')",
        "Flag": "{Done} & ''",
        "Id": "RECORD_ID()",
    }
    for name, formula in formulas.items():
        table.add(name, "FORMULA", options={"formula": formula})
    record = table.create(
        **{"Unit price": 2.5, "Qty": 2, "State": "c1", "Tags": ["c2", "c1"], "Done": True},
        Files=["https://a.org/x.png"],
        Due="2026-01-19",
    )
    shown = {name: record["fields"][name] for name in formulas}
    address = shown.pop("Address")
    assert address.startswith("https://")
    assert "?" not in address
    assert shown == {
        "Price": "5",
        "Open": "yes",
        "List": "7, Open",
        "Sum": "8",
        "File": "5",
        "When": "2026",
        "Flag": "true",
        "Id": record["id"],
    }


def test_a_date_is_shown_in_the_precision_that_is_told(api, table):
    for precision in ("DATE", "DATETIME"):
        returned = {"type": "DATETIME", "options": {"precision": precision}}
        table.add(precision, "FORMULA", options={"formula": "DATEADD({Due}, 1, 'days')", "returnedField": returned})
    read = table.create(Due="2026-01-19T10:00:00Z")["fields"]
    assert (read["DATE"], read["DATETIME"]) == ("2026-01-20", "2026-01-20T10:00:00.000Z")


def test_a_formula_with_several_values_reads_a_list_of_texts(result):
    assert result("{Tags}", several=True, Tags=["c1", "c2"]) == ["Open", "7"]


def test_a_formula_with_several_values_is_an_empty_list_when_empty(result):
    assert result("{Tags}", several=True) == []


def test_formulas_read_formulas_and_the_stored_form_of_their_results(table):
    table.add("First", "FORMULA", options={"formula": "{Qty} * 2"})
    table.add("Second", "FORMULA", options={"formula": "{First} + 1", "returnedField": {"type": "NUMBER"}})
    record = table.create(Qty=4)
    assert (record["fields"]["First"], record["fields"]["Second"]) == ("8", 9)
    assert table.update(record["id"], Qty=5)["fields"]["Second"] == 11


def test_filters_and_orders_compare_what_a_formula_returns(table, clock):
    table.add("Double", "FORMULA", options={"formula": "{Qty} * 2", "returnedField": {"type": "NUMBER"}})
    table.add(
        "Age",
        "FORMULA",
        options={"formula": "DATETIME_DIFF(NOW(), {Due}, 'days')", "returnedField": {"type": "NUMBER"}},
    )
    for quantity in (3, 10, 1):
        table.create(Name=f"r{quantity}", Qty=quantity, Due="2026-11-20")
    assert table.names("Double", "GREATER_THAN", 5) == ["r3", "r10"]
    assert table.names(order=["Double"]) == ["r1", "r3", "r10"]
    assert len(table.names("Age", "IS", 2)) == 3
    clock.now += 86400
    assert len(table.names("Age", "IS", 3)) == 3


def test_a_label_may_be_a_formula(api, table):
    api(
        "PUT",
        f"{table.path}/fields/{table.schema['primaryFieldId']}",
        {"name": "Name", "type": "FORMULA", "options": {"formula": "'No. ' & Qty"}},
    )
    other = api.table(database=table.database, name="Other")
    other.add("Row", "LINKED_RECORD", options={"linkedTableId": table.id})
    row = table.create(Qty=5)["id"]
    assert other.create(Row=[row])["fields"]["Row"] == [{"id": row, "label": "No. 5"}]


@pytest.mark.parametrize(
    "formula",
    [
        "1 +",
        "(1",
        "NOPE(1)",
        "LEFT('a')",
        "{Nothing}",
        "'open",
        "{open",
        "1 2",
        "1 <> 2",
        "word",
        "(" * 100 + "1" + ")" * 100,
        "1" + " + 1" * 200,
        "-" * 5000 + "1",
    ],
)
def test_a_formula_that_cannot_be_read_is_refused(api, table, formula):
    body = {"name": "F", "type": "FORMULA", "options": {"formula": formula}}
    assert api.error("POST", f"{table.path}/fields", body)[:2] == (400, "VALIDATION_ERROR")


def test_a_formula_may_not_read_itself(api, table):
    first = table.add("First", "FORMULA", options={"formula": "{Qty}"})
    table.add("Second", "FORMULA", options={"formula": "{First}"})
    body = {"name": "First", "type": "FORMULA", "options": {"formula": "{Second}"}}
    assert api.error("PUT", f"{table.path}/fields/{first['id']}", body)[:2] == (400, "VALIDATION_ERROR")


def test_a_formula_says_which_fields_it_names_and_follows_their_names(api, table):
    made = table.add("F", "FORMULA", options={"formula": "{Qty} & '{Qty}' & Qty"})
    quantity = table.field("Qty")
    assert made["options"]["referencedFieldIds"] == [quantity["id"]]
    api("PUT", f"{table.path}/fields/{quantity['id']}", {**quantity, "name": "How many"})
    assert table.field("F")["options"]["formula"] == "{How many} & '{Qty}' & {How many}"
    assert table.create(**{"How many": 2})["fields"]["F"] == "2{Qty}2"
    api("DELETE", f"{table.path}/fields/{quantity['id']}")
    assert table.field("F")["options"]["valid"] is False
    assert table.create()["fields"]["F"] is None


def test_a_formula_from_elsewhere_that_cannot_be_read_is_empty(clock):
    sandbox = Sandbox(clock=clock)
    fields = [
        {"id": "nameA", "name": "Name", "type": "SINGLE_LINE_TEXT"},
        {"id": "formA", "name": "F", "type": "FORMULA", "options": {"formula": "TEXT({Gone})"}},
    ]
    sandbox.load_schema(
        {"id": "b1", "name": "B"}, [{"id": "t1", "name": "T", "primaryFieldId": "nameA", "fields": fields}]
    )
    assert sandbox.client().create_record("b1", "t1", {"nameA": "x"})["fields"]["formA"] is None
