"""Aggregates: what they make of the records, in how many requests, and what they refuse before any."""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from softrorm import Avg, Count, InvalidQuery, InvalidValue, Max, Min, Model, Sum, fields
from softrorm.client.page import Page
from softrorm.query.aggregates import Aggregate
from softrorm.schema import create_tables

DAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Work(Model):
    number = fields.Autonumber()  # which scans go by
    title = fields.SingleLineText()
    hours = fields.Number()
    pay = fields.Currency()
    stars = fields.Rating()
    spent = fields.Duration(unit="seconds")
    day = fields.Date()
    at = fields.DateTime()
    done = fields.Checkbox()
    kind = fields.Select(choices=["A", "B"])
    tags = fields.MultiSelect(choices=["x", "y", "z"])
    after = fields.LinkedRecord(to="self")
    files = fields.Attachment()


@pytest.fixture
def works(sandbox, client):
    """Three records, and one with nothing in it."""
    create_tables(client, [Work])
    first = Work.objects.create(
        title="b", hours=0.1, pay=Decimal("0.10"), stars=3, spent=timedelta(seconds=90), day=DAY, at=NOON,
        done=True, kind="A", tags=["x", "y"],
    )  # fmt: skip
    Work.objects.create(
        title="a", hours=0.2, pay=Decimal("0.20"), stars=5, spent=timedelta(seconds=30), day=DAY + timedelta(days=1),
        at=NOON - timedelta(hours=1), kind="B", tags=["x"], after=first,
    )  # fmt: skip
    Work.objects.create(title="c", hours=3, pay=Decimal("1000000.01"), stars=1, kind="A", after=first)
    Work.objects.create()
    sandbox.requests.clear()
    return list(Work.objects.all())


def cells_of(works, name):
    return [value for work in works if (value := getattr(work, name)) is not None and value != []]


def test_what_a_read_tells_agrees_with_python(works, assert_requests):
    with assert_requests(1):
        got = Work.objects.aggregate(
            hours=Sum("hours"), pay=Sum("pay"), stars=Sum("stars"), spent=Sum("spent"),
            mean=Avg("hours"), mean_pay=Avg("pay"), mean_spent=Avg("spent"), first=Min("title"), last=Max("title"),
            most=Max("pay"), latest=Max("at"), earliest=Min("day"), n=Count(), titles=Count("title"),
        )  # fmt: skip
    hours, pay = cells_of(works, "hours"), cells_of(works, "pay")
    assert got == {
        "hours": math.fsum(hours),
        "pay": sum(pay),
        "stars": 9,
        "spent": timedelta(seconds=120),
        "mean": math.fsum(hours) / 3,
        "mean_pay": sum(pay) / 3,
        "mean_spent": timedelta(seconds=60),
        "first": "a",
        "last": "c",
        "most": Decimal("1000000.01"),
        "latest": NOON,
        "earliest": DAY,
        "n": 4,
        "titles": 3,
    }
    assert got["pay"] == Decimal("1000000.31")
    assert isinstance(got["stars"], int)


def test_the_least_and_the_greatest_take_one_request_for_one_row_each(works, assert_requests):
    with assert_requests(4) as seen:
        got = Work.objects.aggregate(least=Min("hours"), most=Max("pay"), first=Min("day"), last=Max("at"))
    assert got == {"least": 0.1, "most": Decimal("1000000.01"), "first": DAY, "last": NOON}
    assert [one.body["paging"]["limit"] for one in seen] == [1, 1, 1, 1]
    with assert_requests(2):
        assert Work.objects.aggregate(Min("created_at"), Max("created_at")) == {
            "created_at__min": works[0].created_at,
            "created_at__max": works[-1].created_at,
        }


def test_counting_takes_one_request_for_one_row(works, assert_requests):
    with assert_requests(5) as seen:
        got = Work.objects.aggregate(Count(), Count("day"), Count("tags"), Count("done"), Count("id"))
    assert got == {"count": 4, "day__count": 2, "tags__count": 2, "done__count": 4, "id__count": 4}
    assert {int((one.body or {}).get("paging", one.query)["limit"]) for one in seen} == {1}


def test_different_values_are_counted_those_in_lists_one_by_one(works, assert_requests):
    with assert_requests(1):
        got = Work.objects.aggregate(
            kinds=Count("kind", distinct=True), tags=Count("tags", distinct=True), after=Count("after", distinct=True)
        )
    assert got == {"kinds": 2, "tags": 2, "after": 1}


def test_only_the_records_of_the_query_count(works, assert_requests):
    with assert_requests(2):
        late = Work.objects.filter(hours__gt=0.1)
        assert late.aggregate(Sum("hours")) == {"hours__sum": 3.2}
        assert late.exclude(title="c").aggregate(Max("hours")) == {"hours__max": 0.2}


def test_a_slice_is_read_and_counted_as_a_slice(works, assert_requests):
    with assert_requests(1) as seen:
        assert Work.objects.order_by("hours")[1:3].aggregate(n=Count(), least=Min("hours")) == {"n": 2, "least": 0.2}
    assert seen[0].body["paging"]["limit"] == 2
    with assert_requests(1):
        assert Work.objects.all()[1:3].aggregate(Count()) == {"count": 2}
    with assert_requests(0):
        assert Work.objects.all()[2:2].aggregate(Sum("hours")) == {"hours__sum": None}


def test_a_view_is_read_since_it_takes_no_filter(works, client, sandbox, assert_requests):
    place = Work._meta.binding()
    [view] = client.list_views(place.database, place.table)
    with assert_requests(1) as seen:
        assert Work.objects.view(view.id).aggregate(Max("hours"), Count()) == {"hours__max": 3, "count": 4}
    assert seen[0].query["viewId"] == view.id


def test_nothing_sums_up_to_none_and_counts_as_none_at_all(works, assert_requests):
    nothing = {"count": 0, "hours__sum": None, "hours__avg": None, "title__min": None}
    asked = Count(), Sum("hours"), Avg("hours"), Min("title")
    assert Work.objects.filter(title="zzz").aggregate(*asked) == nothing
    with assert_requests(2):
        empty = Work.objects.filter(title="zzz").aggregate(Count(), Max("hours"))
    assert empty == {"count": 0, "hours__max": None}
    with assert_requests(0):
        assert Work.objects.none().aggregate(*asked) == nothing
        assert Work.objects.none().aggregate(Count(), Max("day")) == {"count": 0, "day__max": None}
        assert Work.objects.aggregate() == {}


def test_a_long_table_is_read_once_for_all_expressions(works, assert_requests):
    Work.objects.bulk_create(Work(hours=number, pay=number) for number in range(300))
    with assert_requests(2):
        got = Work.objects.aggregate(n=Count(), hours=Sum("hours"), most=Max("hours"), pay=Avg("pay"))
    assert (got["n"], got["most"]) == (304, 299)
    assert got["hours"] == math.fsum([0.1, 0.2, 3, *range(300)])


def test_whole_numbers_add_up_to_a_whole_number_and_fractions_are_rounded_once(works):
    assert repr(Work.objects.filter(hours=3).aggregate(n=Sum("hours"))["n"]) == "3"
    Work.objects.bulk_create(Work(title="tenth", hours=0.1) for _ in range(10))
    assert Work.objects.filter(title="tenth").aggregate(n=Sum("hours")) == {"n": 1.0}


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            Sum("huors"),
            "Sum('huors'): Work has no field 'huors'. Did you mean 'hours'? Its fields are id, number, title, ",
        ),
        (Sum("title"), "Sum('title'): Work.title holds text; Sum takes number, hours, pay, stars, spent."),
        (Avg("day"), "Avg('day'): Work.day holds dates; Avg takes number, hours, pay, stars, spent."),
        (
            Max("kind"),
            "Max('kind'): Work.kind holds one choice, link or person; Max takes id, number, title, hours, pay, ",
        ),
        (Min("tags"), "Min('tags'): Work.tags holds several choices, links or persons; Min takes "),
        (Count("files", distinct=True), "Count('files', distinct=True): Work.files holds values that can only be"),
        (
            Sum(Work.hours),
            "Fields are named one by one, as text such as 'hours', not <Work.hours: Number(name='Hours')>",
        ),
        ("hours", "aggregate() takes expressions such as softrorm.Sum('hours') or softrorm.Count(), not 'hours'."),
        (fields.Count(), "aggregate() takes expressions such as softrorm.Sum('hours') or softrorm.Count(), not "),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_be_right(works, assert_requests, expression, message):
    with assert_requests(0), pytest.raises(InvalidQuery) as caught:
        Work.objects.aggregate(expression)
    assert message in str(caught.value)


def test_results_have_names_of_their_own(works):
    assert Work.objects.aggregate(Max("hours"), least=Min("hours")) == {"hours__max": 3, "least": 0.1}
    with pytest.raises(InvalidQuery, match="two results are called 'hours__max'; name one"):
        Work.objects.aggregate(Max("hours"), Max("hours"))
    with pytest.raises(InvalidQuery, match="takes the attribute whose values are to be different"):
        Count(distinct=True)


def test_an_expression_says_what_it_is():
    assert [repr(one) for one in (Count(), Count("*"), Count("a", distinct=True), Sum("a"), Aggregate("a"))] == [
        "Count()",
        "Count()",
        "Count('a', distinct=True)",
        "Sum('a')",
        "Aggregate('a')",
    ]


def test_a_cell_that_is_none_of_its_type_is_named(works, client, monkeypatch):
    field = Work._meta.binding().ids["hours"]
    odd = {"id": "r", "fields": {field: "many"}, "createdAt": "2026-11-22T12:00:00Z", "updatedAt": None}
    monkeypatch.setattr(client, "search_records", lambda *_, **__: Page([odd], limit=200, total=1))
    with pytest.raises(
        InvalidValue, match=r"Work.hours: the service answered 'many'.*which cannot be read as a number"
    ):
        Work.objects.aggregate(Sum("hours"))
