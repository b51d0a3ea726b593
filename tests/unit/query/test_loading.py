"""The loading planner: which way it takes for how many records, what it says that costs, and what it really sends."""

import json

import pytest

from softrorm import Cache, Client, Dialect, Model, create_tables, fields
from softrorm.query.loading import LoadPlan, load


class Plain(Model):
    name = fields.SingleLineText()


class Marked(Model):
    name = fields.SingleLineText()
    record_id = fields.RecordId()


class Service:
    """The sandbox, which may hold pages to fewer rows, ignore filters, and have something happen before a request."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.page = 200
        self.ignores_filters = False
        self.before = {}
        self.count = 0

    def handle(self, method, path, query, headers, body):
        self.count += 1
        if happen := self.before.pop(self.count, None):
            happen()
        if "limit" in (query or {}):
            query = {**query, "limit": str(min(self.page, int(query["limit"])))}
        if self.ignores_filters and path.endswith("/search"):
            body = json.dumps({**json.loads(body), "filter": {}}).encode()
        return self.sandbox.handle(method, path, query, headers, body)


@pytest.fixture
def service(sandbox):
    return Service(sandbox)


@pytest.fixture(params=[Dialect.CURRENT, Dialect.JUNE_2025], ids=["current", "june-2025"])
def fill(request, service):
    """``fill(Plain, 30)`` makes a table of 30 records and gives their ids, and the model's place."""
    service.sandbox.dialect = request.param
    client = Client(service, dialect=request.param)

    def filled(model, count):
        create_tables(client, [model], workspace=service.sandbox.workspace_id)
        ids = [model.objects.using(client).create(name=f"n{number}").id for number in range(count)]
        service.sandbox.requests.clear()
        return ids, model._meta.binding(client)

    return filled


@pytest.mark.parametrize(
    ("count", "searched", "way", "requests"),
    [
        (0, None, "label", 0),
        (0, "Marked.record_id", "label", 0),
        (1, None, "get", 1),
        (1, "Marked.record_id", "get", 1),
        (2, None, "get", 2),
        (2, "Marked.record_id", "search", 1),
        (3, None, "scan", 4),
        (200, "Marked.record_id", "search", 1),
        (201, "Marked.record_id", "search", 2),
        (None, "Marked.record_id", "search", None),
        (None, None, "scan", None),
    ],
)
def test_the_plan_takes_the_way_of_the_fewest_requests(count, searched, way, requests):
    plan = LoadPlan(count, searched, 200)
    assert (plan.way, plan.requests) == (way, requests)


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (LoadPlan(0, None, 200), "nothing to load: 0 requests"),
        (LoadPlan(2, None, 200), "read one by one: 2 requests"),
        (LoadPlan(300, "Marked.record_id", 200), "searches on Marked.record_id, 200 records each: 2 requests"),
        (
            LoadPlan(None, "Marked.record_id", 200),
            "searches on Marked.record_id, 200 records each: 1 request per 200",
        ),
        (
            LoadPlan(120, None, 200),
            "the first page of the table, then its other pages or single reads, whichever are fewer: at most 121 "
            "requests, and no more than the table has pages",
        ),
    ],
)
def test_a_plan_says_what_it_costs(plan, text):
    assert str(plan) == text
    assert repr(plan) == f"<LoadPlan {text}>"


def test_one_or_two_records_are_read_one_by_one(fill, assert_requests):
    ids, place = fill(Plain, 4)
    with assert_requests(2) as seen:
        assert list(load(place, [ids[3], ids[1]])) == [ids[3], ids[1]]
    assert [one.method for one in seen] == ["GET", "GET"]


def test_nothing_is_asked_for_no_records(fill, assert_requests):
    _, place = fill(Plain, 1)
    with assert_requests(0):
        assert load(place, []) == {}


def test_a_small_table_is_read_as_a_whole(fill, assert_requests):
    ids, place = fill(Plain, 30)
    with assert_requests(1):
        assert list(load(place, [*reversed(ids), "x" * 14])) == list(reversed(ids))


def test_repeats_count_once(fill, assert_requests):
    ids, place = fill(Plain, 4)
    with assert_requests(2):
        assert list(load(place, [ids[0], ids[1], ids[0]])) == ids[:2]


def test_with_a_record_id_field_two_records_and_more_are_searched(fill, assert_requests):
    ids, place = fill(Marked, 5)
    field = place.ids["record_id"]
    with assert_requests(1) as seen:
        assert list(load(place, [*ids[3:], "x" * 14], field)) == ids[3:]
    assert seen[0].body["filter"]["condition"]["operator"] == "IS_ONE_OF"
    with assert_requests(1) as seen:
        assert list(load(place, ids[:1], field)) == ids[:1]
    assert seen[0].method == "GET"


def test_a_search_takes_200_ids(fill, assert_requests):
    ids, place = fill(Marked, 5)
    field = place.ids["record_id"]
    many = [*ids, *(f"{number:014}" for number in range(400))]
    with assert_requests(3) as seen:
        assert list(load(place, many, field)) == ids
    assert [len(one.body["filter"]["condition"]["rightSide"]) for one in seen] == [200, 200, 5]


@pytest.mark.parametrize(
    ("size", "wanted", "most"),
    [
        (100, slice(0, 10), 1),  # all on the first page
        (100, slice(90, 100), 10),  # all on the last
        (100, slice(40, 43), 4),  # the page that tells the size, and single reads
        (100, slice(0, 100, 9), 10),
        (21, slice(0, 21, 4), 3),
    ],
)
def test_a_scan_takes_no_more_than_the_table_has_pages_nor_than_single_reads_and_one(
    service, fill, assert_requests, size, wanted, most
):
    ids, place = fill(Plain, size)
    service.page = 10
    asked = ids[wanted]
    assert most <= min(-(-size // 10), len(asked) + 1)
    with assert_requests(most):
        assert list(load(place, asked)) == asked


def test_a_record_that_slipped_through_a_scan_is_read_once_more(service, fill, sandbox, assert_requests):
    ids, place = fill(Plain, 30)
    service.page, service.count = 10, 0
    service.before[2] = lambda: sandbox.client().delete_record(place.database, place.table, ids[0])
    # The record on the edge moved from the second page to the first one, which was read already.
    with assert_requests(5):  # three pages, the delete, and the record that seemed to be gone
        assert list(load(place, ids[5:])) == ids[5:]


def test_pages_of_different_ages_are_not_joined(service, fill, sandbox):
    ids, place = fill(Plain, 30)
    service.page = 10
    client = Client(service, dialect=place.dialect, cache=Cache(ttl=60))
    place = Plain.bind(client, database=place.database, table=place.table)
    assert list(load(place, ids[:5])) == ids[:5]  # the first page is in the cache now
    others = sandbox.client()
    others.delete_record(place.database, place.table, ids[0])
    others.create_record(place.database, place.table, {place.ids["name"]: "new"})
    assert list(load(place, ids[9:])) == ids[9:]


def test_a_filter_that_is_ignored_leaves_no_record_behind(service, fill):
    ids, place = fill(Marked, 230)
    service.ignores_filters = True
    # The service answers the first rows of the table, whatever was asked for.
    assert list(load(place, ids[190:], place.ids["record_id"])) == ids[190:]
