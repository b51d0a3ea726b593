"""Search: filters, orders and pages (wire-facts 10; the operators of the 2025 document)."""

import json

import pytest

from softrorm.sandbox.habits import OPERATORS as NAMES
from softrorm.sandbox.operators import OPERATORS

CHOICES = {"choices": [{"id": "c1", "label": "Offen"}, {"id": "c2", "label": "Done"}, {"id": "c3", "label": "Späte"}]}


@pytest.fixture
def table(api):
    table = api.table(
        {"name": "Text", "type": "SINGLE_LINE_TEXT"},
        {"name": "Qty", "type": "NUMBER"},
        {"name": "Done", "type": "CHECKBOX"},
        {"name": "State", "type": "SELECT", "options": CHOICES},
        {"name": "Due", "type": "DATETIME"},
        {"name": "Who", "type": "USER"},
        {"name": "Files", "type": "ATTACHMENT"},
        {"name": "Id", "type": "RECORD_ID"},
        {"name": "Sum", "type": "FORMULA"},
    )
    table.add("Tags", "SELECT", options=CHOICES, allowMultipleEntries=True)
    table.add("Links", "LINKED_RECORD", options={"linkedTableId": table.id})
    a = table.create(
        Name="a",
        Text="Großer Ärger",
        Qty=1,
        Done=True,
        State="Offen",
        Due="2026-01-19T10:00:00Z",
        Tags=["Offen", "Done"],
        Who="ann@a.org",
        Files="https://a.org/plan.pdf",
    )["id"]
    b = table.create(Name="b", Text="little", Qty=2.5, State="Done", Tags=["Done"], Due="2026-02-01", Links=[a])["id"]
    table.create(Name="c", Qty=0, State="weiß", Tags=["c3"], Links=[a, b])
    table.create(Name="d")
    return table


def test_every_operator_of_the_documents_is_in_the_table():
    assert set(OPERATORS) | {"AND", "OR"} == NAMES
    assert len(NAMES) == 25


@pytest.mark.parametrize(
    ("field", "operator", "right", "found"),
    [
        # Text ignores case, beyond ASCII too.
        ("Text", "IS", "GROSSER ÄRGER", "a"),
        ("Text", "IS_NOT", "großer ärger", "bcd"),
        ("Text", "CONTAINS", "ÄR", "a"),
        ("Text", "CONTAINS", "", "ab"),
        ("Text", "DOES_NOT_CONTAIN", "är", "bcd"),
        ("Text", "STARTS_WITH", "LIT", "b"),
        ("Text", "DOES_NOT_START_WITH", "lit", "acd"),
        ("Text", "ENDS_WITH", "GER", "a"),
        ("Text", "DOES_NOT_END_WITH", "ger", "bcd"),
        ("Text", "GREATER_THAN", "h", "b"),
        ("Text", "LESS_THAN_OR_EQUALS", "LITTLE", "ab"),
        ("Text", "IS_ONE_OF", ["LITTLE", "x"], "b"),
        ("Text", "IS_ONE_OF", [], ""),
        ("Text", "IS_NOT_ONE_OF", ["little"], "acd"),
        ("Text", "HAS_ANY_OF", ["little"], "b"),
        ("Text", "HAS_ALL_OF", ["little", "LITTLE"], "b"),
        ("Text", "HAS_ALL_OF", ["little", "x"], ""),
        ("Text", "HAS_NONE_OF", ["little"], "acd"),
        ("Text", "IS_EMPTY", None, "cd"),
        ("Text", "IS_NOT_EMPTY", None, "ab"),
        # Numbers, as such or as text.
        ("Qty", "IS", 1, "a"),
        ("Qty", "IS", "2.50", "b"),
        ("Qty", "IS_NOT", "1", "bcd"),
        ("Qty", "GREATER_THAN", 0, "ab"),
        ("Qty", "GREATER_THAN_OR_EQUALS", "0", "abc"),
        ("Qty", "LESS_THAN", 1, "c"),
        ("Qty", "LESS_THAN_OR_EQUALS", 1, "ac"),
        ("Qty", "IS_ONE_OF", ["1", 0], "ac"),
        ("Qty", "CONTAINS", "5", "b"),
        ("Qty", "IS_EMPTY", None, "d"),
        # A checkbox is never empty.
        ("Done", "IS", True, "a"),
        ("Done", "IS", "false", "bcd"),
        ("Done", "IS_NOT", True, "bcd"),
        ("Done", "IS_EMPTY", None, ""),
        ("Done", "IS_NOT_EMPTY", None, "abcd"),
        # Choices, by id or label; what matched no choice goes by its text.
        ("State", "IS", "c1", "a"),
        ("State", "IS", "OFFEN", "a"),
        ("State", "IS", "weiß", "c"),
        ("State", "IS", "WEISS", "c"),
        ("State", "IS_NOT", "c1", "bcd"),
        ("State", "IS_ONE_OF", ["c1", "done"], "ab"),
        ("State", "IS_NOT_ONE_OF", ["c1", "done"], "cd"),
        ("State", "CONTAINS", "ne", "b"),
        ("State", "STARTS_WITH", "of", "a"),
        ("State", "IS_EMPTY", None, "d"),
        ("State", "GREATER_THAN", "done", "ac"),
        ("Tags", "IS", "Done", "ab"),
        ("Tags", "IS", ["c2", "c1"], "a"),
        ("Tags", "IS", ["Done"], "b"),
        ("Tags", "IS_NOT", "Done", "cd"),
        ("Tags", "IS_ONE_OF", ["c3", "c1"], "ac"),
        ("Tags", "HAS_ANY_OF", ["SPÄTE", "c1"], "ac"),
        ("Tags", "HAS_ALL_OF", ["Done", "c1"], "a"),
        ("Tags", "HAS_ALL_OF", [], "abc"),
        ("Tags", "HAS_NONE_OF", ["c1"], "bcd"),
        ("Tags", "CONTAINS", "FF", "a"),
        ("Tags", "DOES_NOT_CONTAIN", "ff", "bcd"),
        ("Tags", "IS_EMPTY", None, "d"),
        # Links by label, people by mail or name, files by name.
        ("Links", "IS", "A", "bc"),
        ("Links", "HAS_ALL_OF", ["a", "b"], "c"),
        ("Links", "HAS_NONE_OF", ["b"], "abd"),
        ("Links", "IS_NOT_EMPTY", None, "bc"),
        ("Who", "IS", "ANN@a.org", "a"),
        ("Who", "IS", "ann", "a"),
        ("Files", "CONTAINS", ".PDF", "a"),
        ("Files", "IS_EMPTY", None, "bcd"),
        # What is not computed yet is empty.
        ("Sum", "IS_EMPTY", None, "abcd"),
        ("Sum", "IS_NOT", "x", "abcd"),
    ],
)
def test_a_condition_finds_what_it_says(table, field, operator, right, found):
    assert "".join(table.names(field, operator, right)) == found


@pytest.mark.parametrize("operator", ["IS_BETWEEN", "IS_WITHIN"])
@pytest.mark.parametrize(
    ("field", "lower", "upper", "found"),
    [
        ("Qty", 1, 2.5, "ab"),
        ("Qty", "0", "1", "ac"),
        ("Text", "G", "little", "ab"),
        ("Due", "2026-01-19", "2026-02-01", "ab"),
        ("State", "d", "p", "ab"),
    ],
)
def test_bounds_are_inclusive(table, operator, field, lower, upper, found):
    condition = table.condition(field, operator, lowerBound=lower, upperBound=upper)
    assert "".join(table.names(condition)) == found
    negative = table.condition(field, operator.replace("IS_", "IS_NOT_"), lowerBound=lower, upperBound=upper)
    assert "".join(table.names(negative)) == "".join(sorted(set("abcd") - set(found)))


def test_links_and_record_ids_are_found_by_id(table):
    ids = {row["fields"]["Name"]: row["id"] for row in table.all()}
    assert table.names("Links", "IS", ids["b"]) == ["c"]
    assert table.names("Links", "HAS_ANY_OF", [ids["a"]]) == ["b", "c"]
    assert table.names("Id", "IS_ONE_OF", [ids["d"], ids["a"]]) == ["a", "d"]


def test_a_label_of_a_deleted_record_still_finds_its_links(table):
    ids = {row["fields"]["Name"]: row["id"] for row in table.all()}
    table.delete(ids["a"])
    assert table.names("Links", "IS", "a") == ["b", "c"]


def test_groups_nest(table):
    c = table.condition
    either = {"operator": "OR", "conditions": [c("Qty", "IS", 0), c("Name", "IS", "d"), c("Name", "IS", "a")]}
    both = {"operator": "AND", "conditions": [either, c("Text", "IS_EMPTY")]}
    assert table.names(both) == ["c", "d"]
    assert table.names({"operator": "OR", "conditions": [both, c("Qty", "IS", "2.5")]}) == ["b", "c", "d"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"filter": {}, "sort": {}, "paging": {}},
        {"filter": None, "sorting": []},
        {"filter": {"condition": None}},
        {"filter": {"condition": {}}},
        {"filter": {"condition": {"operator": "AND", "conditions": []}}},
        {"filter": {"condition": {"operator": "OR", "conditions": []}}},
        {"filter": {"condition": {"operator": "AND", "conditions": [{"operator": "OR", "conditions": []}]}}},
    ],
)
def test_an_empty_filter_finds_everything(table, body):
    assert [row["fields"]["Name"] for row in table.search(**body)["data"]] == list("abcd")


def test_a_search_without_a_body_finds_everything(api, table):
    assert len(api("POST", f"{table.path}/records/search")) == 4


@pytest.mark.parametrize("depth", [500, 5000])
def test_groups_nest_without_limit(api, table, depth):
    leaf = json.dumps(table.condition("Name", "IS", "b"))
    other = json.dumps(table.condition("Name", "IS", "z"))
    text = leaf
    for level in range(depth):
        inner = f"{text},{other}" if level % 2 else text
        text = f'{{"operator":"{"OR" if level % 2 else "AND"}","conditions":[{inner}]}}'
    body = f'{{"filter":{{"condition":{text}}}}}'.encode()
    found = api("POST", f"{table.path}/records/search", body, fieldNames="true")
    assert [row["fields"]["Name"] for row in found] == ["b"]


@pytest.mark.parametrize(
    "given",
    [
        [],
        "x",
        {"operator": "IS"},
        {"condition": []},
        {"condition": {"leftSide": "NAME", "rightSide": "x"}},
        {"condition": {"leftSide": "NAME", "operator": "LIKE", "rightSide": "x"}},
        {"condition": {"leftSide": "NAME", "operator": "IS"}},
        {"condition": {"leftSide": "NAME", "operator": "IS", "rightSide": None}},
        {"condition": {"leftSide": "NAME", "operator": "IS", "rightSide": ["x"]}},
        {"condition": {"leftSide": "NAME", "operator": "IS", "rightSide": {}}},
        {"condition": {"leftSide": "NAME", "operator": "IS_ONE_OF", "rightSide": "x"}},
        {"condition": {"leftSide": "NAME", "operator": "IS_BETWEEN", "lowerBound": "x"}},
        {"condition": {"leftSide": "NAME", "operator": "IS_BETWEEN"}},
        {"condition": {"leftSide": "Name", "operator": "IS", "rightSide": "x"}},
        {"condition": {"leftSide": "id", "operator": "IS", "rightSide": "x"}},
        {"condition": {"operator": "IS", "rightSide": "x"}},
        {"condition": {"leftSide": ["NAME"], "operator": "IS", "rightSide": "x"}},
        {"condition": {"operator": "AND"}},
        {"condition": {"operator": "AND", "conditions": {}}},
        {"condition": {"operator": "AND", "conditions": ["x"]}},
        {"condition": {"operator": "AND", "conditions": [{}]}},
        {"condition": {"leftSide": "QTY", "operator": "IS", "rightSide": "many"}},
        {"condition": {"leftSide": "QTY", "operator": "IS", "rightSide": True}},
        {"condition": {"leftSide": "QTY", "operator": "IS_ONE_OF", "rightSide": [[]]}},
        {"condition": {"leftSide": "DONE", "operator": "IS", "rightSide": "maybe"}},
        {"condition": {"leftSide": "DUE", "operator": "IS", "rightSide": "someday"}},
        {"condition": {"leftSide": "STATE", "operator": "IS", "rightSide": {}}},
    ],
)
def test_a_filter_that_makes_no_sense_is_a_bad_request(table, given):
    text = json.dumps(given)
    for name in ("Name", "Qty", "Done", "Due", "State"):
        text = text.replace(f'"{name.upper()}"', f'"{table.field(name)["id"]}"')
    assert table.search_error(filter=json.loads(text)) == (400, "BAD_REQUEST")


def test_columns_follow_every_write(table):
    condition = ("Text", "CONTAINS", "x")
    assert table.names(*condition) == []
    ids = {row["fields"]["Name"]: row["id"] for row in table.all()}
    table.update(ids["d"], Text="xyz")
    table.create(Name="e", Text="x")
    assert table.names(*condition) == ["d", "e"]
    table.delete(ids["a"])
    assert table.names(*condition) == ["d", "e"]
    table.update(ids["d"], Text=None)
    assert table.names(*condition) == ["e"]


# --- orders and pages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (["Name"], "abcd"),
        (["-Name"], "dcba"),
        (["Qty"], "cabd"),
        (["-Qty"], "dbac"),
        (["Text"], "abcd"),
        (["Done", "-Name"], "dcba"),
        (["-Done", "Name"], "abcd"),
        (["State"], "bacd"),
        (["Links"], "bcad"),
        (["Due"], "abcd"),
        (["-created_at"], "abcd"),
        (["updatedAt"], "abcd"),
    ],
)
def test_orders_by_one_key_or_more_with_empty_cells_last_when_ascending(table, sort, order):
    assert "".join(table.names(order=sort)) == order


def test_an_order_is_ascending_unless_told_otherwise_and_may_be_one_object(table):
    name = table.field("Name")["id"]
    assert table.search(sorting=[{"sortingField": name}])["data"][0]["fields"]["Name"] == "a"
    found = table.search(sorting={"sortingField": name, "sortType": "DESC"})["data"]
    assert found[0]["fields"]["Name"] == "d"


@pytest.mark.parametrize(
    "sorting",
    [["x"], [{}], [{"sortingField": "nobdy"}], [{"sortingField": "created_at", "sortType": "UP"}], "x", [None]],
)
def test_an_order_that_makes_no_sense_is_a_bad_request(table, sorting):
    assert table.search_error(sorting=sorting) == (400, "BAD_REQUEST")


def test_a_page_of_a_search_knows_the_total_of_what_matches(table):
    found = table.search("Name", "IS_NOT", "b", order=["-Name"], paging={"offset": 1, "limit": 1})
    assert [row["fields"]["Name"] for row in found["data"]] == ["c"]
    assert found["metadata"] == {"offset": 1, "limit": 1, "total": 3}
    assert table.search(paging={"offset": 9})["data"] == []


@pytest.mark.parametrize("paging", [[1], {"limit": -1}, {"offset": "x"}, {"limit": True}, {"limit": 1.5}])
def test_paging_that_makes_no_sense_is_a_bad_request(table, paging):
    assert table.search_error(paging=paging) == (400, "BAD_REQUEST")
