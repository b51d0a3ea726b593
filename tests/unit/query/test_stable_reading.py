"""Reading while others write: pages side by side, stable scans, and drift that is told."""

import json
import random
import threading
import time
import warnings
from contextlib import closing

import pytest

from softrorm import APIError, Client, DriftError, DriftWarning, InvalidQuery, Model, fields
from softrorm.client.exchange import Kind
from softrorm.sandbox import FakeClock, Sandbox
from softrorm.schema import create_tables


class Note(Model):
    title = fields.SingleLineText()
    rank = fields.Number()


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def sandbox(clock):
    with Sandbox(clock=clock) as sandbox:
        yield sandbox


def fill(client, clock, count, *, tied=0):
    create_tables(client, [Note])
    place = Note._meta.binding(client)
    for rank in range(count):
        clock.advance(0 if 0 < rank < tied else 1)
        client.create_record(place.database, place.table, {place.ids["rank"]: rank})
    return place


def offsets(sandbox, since=0):
    return [int(one.body["paging"]["offset"]) for one in sandbox.requests[since:] if one.path.endswith("/search")]


def ranks(records):
    return [record.rank for record in records]


# --- pages side by side ---------------------------------------------------------------------------


class Slow:
    """A service that takes 20 ms for a search, and counts how many of them are under way at once."""

    dialect = None
    rate_policy = None

    def __init__(self, sandbox):
        self.sandbox, self.lock = sandbox, threading.Lock()
        self.now = self.most = 0
        self.workspace_id = sandbox.workspace_id

    def handle(self, method, path, query, headers, body):
        if path.endswith("/search"):
            with self.lock:
                self.now += 1
                self.most = max(self.most, self.now)
            time.sleep(0.02)
            with self.lock:
                self.now -= 1
        return self.sandbox.handle(method, path, query, headers, body)


@pytest.fixture
def service(sandbox):
    return Slow(sandbox)


@pytest.fixture
def slow(service):
    """A client that has four requests under way at once."""
    client = Client(service, rates=(1e6, 1e6), max_workers=4)
    client._caller.latency.note(1)
    return client


def test_pages_after_the_first_are_asked_for_side_by_side_and_come_in_order(sandbox, clock, service, slow):
    fill(slow, clock, 1100)
    assert ranks(Note.objects.using(slow).order_by("rank")) == list(range(1100))
    assert sorted(offsets(sandbox)) == [0, 200, 400, 600, 800, 1000]
    assert service.most == 4


def test_a_reader_that_stops_leaves_the_rest_unasked(sandbox, clock, slow):
    fill(slow, clock, 1100)
    before = len(sandbox.requests)
    for _ in Note.objects.using(slow).order_by("rank").iterator(ahead=3):
        break
    time.sleep(0.06)
    assert len(sandbox.requests) - before == 1, "the first page was enough"
    stream = Note.objects.using(slow).order_by("rank").iterator(ahead=3)
    for _ in range(201):
        next(stream)
    stream.close()
    time.sleep(0.06)
    assert len(sandbox.requests) - before <= 1 + 1 + 3


def test_no_more_pages_are_ahead_than_was_said(sandbox, clock, slow):
    fill(slow, clock, 1100)
    before = len(sandbox.requests)
    stream = Note.objects.using(slow).order_by("rank").iterator(ahead=2)
    for _ in range(201):
        next(stream)
    time.sleep(0.06)
    assert len(sandbox.requests) - before == 3, "the first page, and two more"


def test_a_failing_page_is_raised_in_its_place_and_ends_the_read(sandbox, clock, slow):
    fill(slow, clock, 1100)
    sandbox.faults.add("server_error", status=500, path="/search", nth=3)
    stream = Note.objects.using(slow).order_by("rank").iterator(ahead=1)
    assert [next(stream).rank for _ in range(399)] == list(range(399))
    with pytest.raises(APIError, match="500"):
        next(stream)
    assert next(stream, None) is None


def test_chunks_may_be_smaller_than_pages(sandbox, clock):
    client = sandbox.client()
    fill(client, clock, 25)
    before = len(sandbox.requests)
    assert ranks(Note.objects.using(client).iterator(chunk_size=10)) == list(range(25))
    assert offsets(sandbox, before) == [0, 8, 16]


@pytest.mark.parametrize(("name", "value"), [("chunk_size", 0), ("chunk_size", 201), ("ahead", 0), ("ahead", "2")])
def test_what_cannot_be_a_chunk_or_a_window_is_refused(sandbox, clock, name, value):
    client = sandbox.client()
    fill(client, clock, 1)
    with pytest.raises(InvalidQuery, match=f"{name} is how many"):
        list(Note.objects.using(client).iterator(**{name: value}))


def test_the_workers_follow_the_latency(sandbox):
    client = Client(sandbox, rates=(40, 30))
    for _ in range(50):
        client._caller.latency.note(0.1)
    near = client.concurrency(Kind.READ)
    for _ in range(50):
        client._caller.latency.note(0.5)
    assert 40 * 0.1 < near < client.concurrency(Kind.READ) == 32
    assert sandbox.client().concurrency(Kind.READ) == 1, "a sandbox in this process answers at once"


# --- stable scans ---------------------------------------------------------------------------------


def test_iterator_without_an_order_does_not_skip_when_records_are_deleted(sandbox, clock):
    client = sandbox.client()
    place = fill(client, clock, 600)
    first = client.list_records(place.database, place.table)
    stream = Note.objects.using(client).iterator()
    read = [next(stream).rank for _ in range(200)]
    for row in first[:50]:
        client.delete_record(place.database, place.table, row["id"])
    read += ranks(stream)
    assert read == list(range(600))


def test_a_scan_costs_one_request_per_198_records(sandbox, clock):
    client = sandbox.client()
    fill(client, clock, 596)
    before = len(sandbox.requests)
    assert len(list(Note.objects.using(client).iterator())) == 596
    assert offsets(sandbox, before) == [0, 198, 396]


class Between:
    """A service where somebody else writes once, after the first page was read."""

    dialect = None

    def __init__(self, sandbox, write):
        self.sandbox, self.write = sandbox, write

    def handle(self, method, path, query, headers, body):
        answer = self.sandbox.handle(method, path, query, headers, body)
        if path.endswith("/records") and self.write:
            write, self.write = self.write, None
            write()
        return answer


class Unsteady:
    """A service that answers records of one moment in another order each time, as it may (wire-facts 16, 4)."""

    def __init__(self, sandbox, seed):
        self.sandbox, self.pick = sandbox, random.Random(seed)
        self.dialect = None

    def handle(self, method, path, query, headers, body):
        asked = json.loads(body) if body else {}
        if not path.endswith("/search") or "paging" not in asked:
            return self.sandbox.handle(method, path, query, headers, body)
        paging = asked.pop("paging")
        rows, offset = [], 0
        while True:
            whole = json.dumps({**asked, "paging": {"offset": offset, "limit": 200}}).encode()
            status, answered, content = self.sandbox.handle(method, path, query, headers, whole)
            page = json.loads(content)
            rows += page["data"]
            offset += 200
            if offset >= page["metadata"]["total"]:
                break
        self.pick.shuffle(rows)
        rows.sort(key=lambda row: row["createdAt"])
        start, limit = paging["offset"], paging["limit"]
        page["data"] = rows[start : start + limit]
        page["metadata"].update(offset=start, limit=limit)
        return status, answered, json.dumps(page).encode()


@pytest.mark.parametrize("seed", range(5))
def test_records_of_one_moment_are_swept_where_the_service_orders_them_anew_each_time(sandbox, clock, seed):
    place = fill(sandbox.client(), clock, 700, tied=190)
    client = Client(Unsteady(sandbox, seed))
    Note.bind(client, database=place.database, table=place.table)
    assert sorted(ranks(Note.objects.using(client).iterator(chunk_size=100))) == list(range(700))


class Turning:
    """Turns rows of one moment round at every other request."""

    def __init__(self):
        self.turned = True

    def shuffle(self, rows):
        self.turned = not self.turned
        if self.turned:
            rows.reverse()


def test_a_record_that_moves_before_the_last_one_of_its_moment_is_not_skipped(sandbox, clock):
    client = sandbox.client()
    place = fill(client, clock, 4)
    clock.advance(1)
    for rank in (4, 5):  # of one moment, in two pages of five
        client.create_record(place.database, place.table, {place.ids["rank"]: rank})
    service = Unsteady(sandbox, 0)
    service.pick = Turning()
    reader = Client(service)
    Note.bind(reader, database=place.database, table=place.table)
    stream = Note.objects.using(reader).iterator(chunk_size=5)
    first = next(stream)
    client.delete_record(place.database, place.table, first.id)
    assert sorted([first.rank, *ranks(stream)]) == list(range(6))


# --- drift ----------------------------------------------------------------------------------------


def disturbed(client, place, **options):
    """Read in an order while the first ten records go and one moves from the end to the beginning."""
    rows = client.list_records(place.database, place.table)
    stream = Note.objects.using(client).order_by("rank").iterator(**options)
    read = [next(stream).rank for _ in range(200)]
    for row in rows[:10]:
        client.delete_record(place.database, place.table, row["id"])
    return read, stream


def test_drift_in_an_order_is_told_and_nothing_is_skipped_for_a_delete(sandbox, clock):
    client = sandbox.client()
    read, stream = disturbed(client, fill(client, clock, 600))
    with pytest.warns(DriftWarning, match=r"Note.objects.*changed while it was read"):
        read += ranks(stream)
    assert read == list(range(600))


def test_drift_can_raise(sandbox, clock):
    client = sandbox.client()
    _, stream = disturbed(client, fill(client, clock, 600), on_drift="raise")
    with pytest.raises(DriftError, match="a page did not follow"):
        list(stream)


def test_drift_can_begin_again_and_hand_out_what_is_new(sandbox, clock):
    client = sandbox.client()
    read, stream = disturbed(client, fill(client, clock, 600), on_drift="restart")
    assert read + ranks(stream) == list(range(600))


@pytest.mark.parametrize("order", [(), ("rank",)])
def test_another_way_to_meet_drift_is_refused_before_any_request(sandbox, clock, order):
    client = sandbox.client()
    fill(client, clock, 1)
    before = len(sandbox.requests)
    with pytest.raises(InvalidQuery, match="'warn', 'restart' or 'raise', not 'ignore'"):
        list(Note.objects.using(client).order_by(*order).iterator(on_drift="ignore"))
    assert len(sandbox.requests) == before


def test_a_warning_of_drift_points_at_the_line_that_reads(sandbox, clock):
    client = sandbox.client()
    _, stream = disturbed(client, fill(client, clock, 600))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in stream:
            pass
    assert [warning.filename for warning in caught] == [__file__]


def test_a_stream_can_be_closed_early(sandbox, clock):
    client = sandbox.client()
    fill(client, clock, 450)
    before = len(sandbox.requests)
    with closing(Note.objects.using(client).iterator(ahead=1)) as stream:
        assert next(stream).rank == 0
    assert list(stream) == []
    assert len(sandbox.requests) == before + 1


def test_a_plain_read_tells_that_it_got_shorter_meanwhile(sandbox, clock):
    client = sandbox.client()
    place = fill(client, clock, 450)
    row = client.list_records(place.database, place.table)[0]
    reader = Client(Between(sandbox, lambda: client.delete_record(place.database, place.table, row["id"])))
    Note.bind(reader, database=place.database, table=place.table)
    with pytest.warns(DriftWarning, match="its 450 records became 449"):
        list(Note.objects.using(reader))


def test_quiet_reads_warn_of_nothing(sandbox, clock):
    client = sandbox.client()
    fill(client, clock, 450)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(list(Note.objects.using(client))) == 450
        assert len(list(Note.objects.using(client).order_by("-rank").iterator(on_drift="raise"))) == 450
    assert threading.active_count() < 20


# --- jobs -----------------------------------------------------------------------------------------


def test_update_reads_by_a_stable_scan(sandbox, clock):
    client = sandbox.client()
    fill(client, clock, 250)
    before = len(sandbox.requests)
    Note.objects.using(client).order_by("-rank").filter(rank__gte=0).update(title="x")
    [first, *_] = [one.body for one in sandbox.requests[before:] if one.path.endswith("/search")]
    assert first["sorting"] == [{"sortingField": "created_at", "sortType": "ASC"}]
