"""Every operator, in every spelling, compiles to the condition that the API documents."""

from datetime import UTC, date, datetime

import pytest

from softrorm import Dialect, InvalidQuery, Model, fields
from softrorm.query.operators import LOOKUPS, OPERATORS
from softrorm.sandbox import Sandbox

LOW, HIGH = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


class Task(Model):
    title = fields.SingleLineText("Title")
    qty = fields.Number("Qty00")
    due = fields.DateTime("Due00")
    day = fields.Date("Day00")
    done = fields.Checkbox("Done0")
    status = fields.Select("Stat0", choices={"Done": "id-done", "Open": "id-open"})
    tags = fields.MultiSelect("Tags0", choices={"a": "id-a", "b": "id-b"})
    files = fields.Attachment("Files")

    class Meta:
        database = "6f3c2a10-0000-4222-8333-444455556666"
        table = "TaskTable00001"


@pytest.fixture(scope="module")
def old():
    with Sandbox() as sandbox:
        yield sandbox.client(dialect=Dialect.JUNE_2025)


def compiled(queryset):
    return queryset.to_dict()["filter"]["condition"]


def one(left, operator, right):
    return {"leftSide": left, "operator": operator, "rightSide": right}


def bounds(left, operator, low, high):
    return {"leftSide": left, "operator": operator, "lowerBound": low, "upperBound": high}


def bare(left, operator):
    return {"leftSide": left, "operator": operator}


FIRST, LAST = "2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"

# look-up, right side, the expression that says the same, JSON today, JSON of 2025 where it differs
OPERATOR_TABLE = [
    ("title__is", "x", Task.title.is_("x"), one("Title", "IS", "x"), None),
    ("title__is_not", "x", Task.title.is_not("x"), one("Title", "IS_NOT", "x"), None),
    ("title__contains", "x", Task.title.contains("x"), one("Title", "CONTAINS", "x"), None),
    ("title__does_not_contain", "x", Task.title.does_not_contain("x"), one("Title", "DOES_NOT_CONTAIN", "x"), None),
    ("title__starts_with", "x", Task.title.starts_with("x"), one("Title", "STARTS_WITH", "x"), None),
    (
        "title__does_not_start_with",
        "x",
        Task.title.does_not_start_with("x"),
        one("Title", "DOES_NOT_START_WITH", "x"),
        None,
    ),
    ("title__ends_with", "x", Task.title.ends_with("x"), one("Title", "ENDS_WITH", "x"), None),
    ("title__does_not_end_with", "x", Task.title.does_not_end_with("x"), one("Title", "DOES_NOT_END_WITH", "x"), None),
    ("title__is_empty", True, Task.title.is_empty(), bare("Title", "IS_EMPTY"), None),
    ("title__is_not_empty", True, Task.title.is_not_empty(), bare("Title", "IS_NOT_EMPTY"), None),
    ("qty__greater_than", 100, Task.qty > 100, one("Qty00", "GREATER_THAN", 100), one("Qty00", "GREATER_THAN", "100")),
    (
        "qty__greater_than_or_equals",
        2.5,
        Task.qty >= 2.5,
        one("Qty00", "GREATER_THAN_OR_EQUALS", 2.5),
        one("Qty00", "GREATER_THAN_OR_EQUALS", "2.5"),
    ),
    ("qty__less_than", 100, Task.qty < 100, one("Qty00", "LESS_THAN", 100), one("Qty00", "LESS_THAN", "100")),
    (
        "qty__less_than_or_equals",
        100,
        Task.qty <= 100,
        one("Qty00", "LESS_THAN_OR_EQUALS", 100),
        one("Qty00", "LESS_THAN_OR_EQUALS", "100"),
    ),
    (
        "qty__is_between",
        (100, 500),
        Task.qty.is_between(100, 500),
        bounds("Qty00", "IS_BETWEEN", 100, 500),
        bounds("Qty00", "IS_BETWEEN", "100", "500"),
    ),
    (
        "qty__is_not_between",
        [100, 500],
        Task.qty.is_not_between(100, 500),
        bounds("Qty00", "IS_NOT_BETWEEN", 100, 500),
        bounds("Qty00", "IS_NOT_BETWEEN", "100", "500"),
    ),
    (
        "due__is_within",
        (LOW, HIGH),
        Task.due.is_within(LOW, HIGH),
        bounds("Due00", "IS_WITHIN", FIRST, LAST),
        bounds("Due00", "IS_BETWEEN", FIRST, LAST),
    ),
    (
        "due__is_not_within",
        (LOW, HIGH),
        Task.due.is_not_within(LOW, HIGH),
        bounds("Due00", "IS_NOT_WITHIN", FIRST, LAST),
        bounds("Due00", "IS_NOT_BETWEEN", FIRST, LAST),
    ),
    ("done__is", True, Task.done.is_(True), one("Done0", "IS", True), None),
    ("done__is_not", True, Task.done != True, one("Done0", "IS_NOT", True), None),  # noqa: E712
    (
        "status__is_one_of",
        ["Done", "Open"],
        Task.status.is_one_of(["Done", "Open"]),
        one("Stat0", "IS_ONE_OF", ["id-done", "id-open"]),
        one("Stat0", "IS_ONE_OF", ["Done", "Open"]),
    ),
    (
        "status__is_not_one_of",
        ("Done",),
        Task.status.is_not_one_of(("Done",)),
        one("Stat0", "IS_NOT_ONE_OF", ["id-done"]),
        one("Stat0", "IS_NOT_ONE_OF", ["Done"]),
    ),
    (
        "tags__has_all_of",
        ["a", "b"],
        Task.tags.has_all_of(["a", "b"]),
        one("Tags0", "HAS_ALL_OF", ["id-a", "id-b"]),
        one("Tags0", "HAS_ALL_OF", ["a", "b"]),
    ),
    (
        "tags__has_none_of",
        ["a"],
        Task.tags.has_none_of(["a"]),
        one("Tags0", "HAS_NONE_OF", ["id-a"]),
        one("Tags0", "HAS_NONE_OF", ["a"]),
    ),
    (
        "tags__has_any_of",
        ["a", "b"],
        Task.tags.has_any_of(["a", "b"]),
        one("Tags0", "HAS_ANY_OF", ["id-a", "id-b"]),
        {"operator": "OR", "conditions": [one("Tags0", "HAS_ALL_OF", ["a"]), one("Tags0", "HAS_ALL_OF", ["b"])]},
    ),
]
rows = pytest.mark.parametrize(
    ("lookup", "value", "expression", "json", "json_2025"), OPERATOR_TABLE, ids=[row[0] for row in OPERATOR_TABLE]
)


@rows
def test_an_operator_compiles_as_the_api_spells_it(lookup, value, expression, json, json_2025, old):
    assert compiled(Task.objects.filter(**{lookup: value})) == json
    assert compiled(Task.objects.using(old).filter(**{lookup: value})) == (json_2025 or json)


@rows
def test_an_expression_compiles_as_the_look_up_of_the_same_name(lookup, value, expression, json, json_2025, old):
    assert compiled(Task.objects.filter(expression)) == json
    assert compiled(Task.objects.using(old).filter(expression)) == (json_2025 or json)


def test_the_table_above_has_every_operator():
    assert {LOOKUPS[row[0].partition("__")[2]] for row in OPERATOR_TABLE} == set(OPERATORS)
    assert {operator.name for operator in OPERATORS} | {"AND", "OR"} == Dialect.CURRENT.operators


@pytest.mark.parametrize(
    ("alias", "value", "lookup"),
    [
        ("title", "x", "title__is"),
        ("title__exact", "x", "title__is"),
        ("title__iexact", "x", "title__is"),
        ("title__eq", "x", "title__is"),
        ("title__ne", "x", "title__is_not"),
        ("title__in", ["x"], "title__is_one_of"),
        ("title__icontains", "x", "title__contains"),
        ("title__startswith", "x", "title__starts_with"),
        ("title__istartswith", "x", "title__starts_with"),
        ("title__endswith", "x", "title__ends_with"),
        ("title__iendswith", "x", "title__ends_with"),
        ("title__isnull", True, "title__is_empty"),
        ("qty__gt", 1, "qty__greater_than"),
        ("qty__gte", 1, "qty__greater_than_or_equals"),
        ("qty__lt", 1, "qty__less_than"),
        ("qty__lte", 1, "qty__less_than_or_equals"),
        ("qty__range", (1, 2), "qty__is_between"),
    ],
)
def test_djangos_spellings_are_known(alias, value, lookup):
    assert Task.objects.filter(**{alias: value}).to_dict() == Task.objects.filter(**{lookup: value}).to_dict()


@pytest.mark.parametrize(
    ("lookups", "json"),
    [
        ({"title": None}, bare("Title", "IS_EMPTY")),
        ({"title__is_not": None}, bare("Title", "IS_NOT_EMPTY")),
        ({"title__is_empty": False}, bare("Title", "IS_NOT_EMPTY")),
        ({"title__is_not_empty": False}, bare("Title", "IS_EMPTY")),
        ({"title__isnull": False}, bare("Title", "IS_NOT_EMPTY")),
        ({"files": None}, bare("Files", "IS_EMPTY")),
        ({"tags": None}, bare("Tags0", "IS_EMPTY")),
        ({"tags": "a"}, one("Tags0", "HAS_ANY_OF", ["id-a"])),
        ({"status": "Done"}, one("Stat0", "IS", "id-done")),
        ({"day__lt": date(2026, 1, 9)}, one("Day00", "LESS_THAN", "2026-01-09")),
    ],
)
def test_plain_equality_means_what_the_field_can_hold(lookups, json):
    assert compiled(Task.objects.filter(**lookups)) == json


def test_comparison_with_none_asks_for_empty_cells():
    assert compiled(Task.objects.filter(Task.title == None)) == bare("Title", "IS_EMPTY")  # noqa: E711
    assert compiled(Task.objects.filter(Task.title != None)) == bare("Title", "IS_NOT_EMPTY")  # noqa: E711


def test_a_field_has_no_method_of_another_family():
    for field, method in [(Task.qty, "contains"), (Task.title, "is_between"), (Task.done, "is_empty")]:
        assert not hasattr(field, method)


def test_a_dialect_without_the_operator_refuses_what_it_cannot_rewrite():
    from dataclasses import replace

    poor = replace(Dialect.CURRENT, name="poor", operators=frozenset({"AND", "OR", "IS"}))
    with Sandbox() as sandbox, pytest.raises(InvalidQuery, match=r"^Task\.title: the poor dialect has no .* CONTAINS"):
        Task.objects.using(sandbox.client(dialect=poor)).filter(title__contains="x").to_dict()


def test_the_records_own_dates_are_asked_for_by_their_system_names(old):
    query = Task.objects.filter(created_at__gt=LOW)
    assert compiled(query) == one("created_at", "GREATER_THAN", 1767225600000)
    assert compiled(query.using(old)) == one("created_at", "GREATER_THAN", FIRST)


@pytest.mark.parametrize(
    ("lookup", "json"),
    [
        ("lt", one("created_at", "LESS_THAN", 1767225600000)),
        ("gte", one("created_at", "GREATER_THAN_OR_EQUALS", 1767225600000)),
        ("lte", one("created_at", "LESS_THAN_OR_EQUALS", 1767311999999)),
        ("gt", one("created_at", "GREATER_THAN", 1767311999999)),
    ],
)
def test_a_day_compared_with_the_records_dates_is_the_whole_day(lookup, json):
    assert compiled(Task.objects.filter(**{f"created_at__{lookup}": date(2026, 1, 1)})) == json
    within = Task.objects.filter(created_at__range=(date(2026, 1, 1), date(2026, 1, 1)))
    assert compiled(within) == bounds("created_at", "IS_BETWEEN", 1767225600000, 1767311999999)


@pytest.mark.parametrize("lookups", [{"id": "x"}, {"id__in": ["x"]}, {"id": None}, {"id__contains": "x"}])
def test_the_service_takes_no_filter_on_the_id_of_a_table_without_a_record_id_field(lookups):
    with pytest.raises(InvalidQuery, match=r"^The service takes no filter on Task\.id\. .*RecordId\(\)\.$"):
        Task.objects.filter(**lookups)


def test_with_a_record_id_field_filters_on_the_id_go_to_it():
    class Ticket(Model):
        number = fields.RecordId("RecId")

        class Meta:
            database = "d"
            table = "t"

    assert compiled(Ticket.objects.filter(id__in=["x", "y"])) == one("RecId", "IS_ONE_OF", ["x", "y"])


def test_bounds_that_are_turned_round_are_refused(world):
    with pytest.raises(InvalidQuery, match=r"is_between takes the lower bound first, and 5 comes after 1\."):
        world.Task.objects.filter(qty__is_between=(5, 1))


def test_an_attribute_may_end_in_an_underscore_of_its_own():
    class Lesson(Model):
        class_ = fields.SingleLineText("Class")
        next_ = fields.LinkedRecord("Next0", to="self")

        class Meta:
            database = "6f3c2a10-0000-4222-8333-444455556666"
            table = "LessonTable001"

    assert compiled(Lesson.objects.filter(class___starts_with="A")) == one("Class", "STARTS_WITH", "A")
    assert compiled(Lesson.objects.filter(class_="A")) == one("Class", "IS", "A")
    assert compiled(Lesson.objects.filter(next___is_empty=True)) == {"leftSide": "Next0", "operator": "IS_EMPTY"}
    with pytest.raises(InvalidQuery, match=r"^Lesson has no field 'class'\. Did you mean 'class_'\?"):
        Lesson.objects.filter(class__starts_with="A")
    with pytest.raises(InvalidQuery, match="cannot be ordered by 'next___class_': the API does not order across"):
        Lesson.objects.order_by("next___class_")
    assert Lesson.objects.prefetch("next___next_").explain()
