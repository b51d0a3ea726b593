"""Reading from a service whose answers do not add up: every read ends, and shows each record that it was shown once."""

import json

import pytest

from softrorm import Client, Model, fields
from softrorm.sandbox import FakeClock, Sandbox
from softrorm.schema import create_tables


class Entry(Model):
    rank = fields.Number()


class Untrue:
    """The sandbox, with what is told of a page made up by the test; it refuses to be asked without end."""

    dialect = None
    rate_policy = None

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.workspace_id = sandbox.workspace_id
        self.more = 0
        self.everywhere = False
        self.asked = 0

    def handle(self, method, path, query, headers, body):
        status, told, answer = self.sandbox.handle(method, path, query, headers, body)
        if not (path.endswith("/search") or (method == "GET" and path.endswith("/records"))):
            return status, told, answer
        self.asked += 1
        assert self.asked < 40, "it is asked without end"
        page = json.loads(answer)
        if not (body and "filter" in json.loads(body)) or self.everywhere:
            page["metadata"]["total"] += self.more
        return status, told, json.dumps(page).encode()


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def service(clock):
    with Sandbox(clock=clock) as sandbox:
        yield Untrue(sandbox)


@pytest.fixture
def entries(service, clock):
    client = Client(service)
    create_tables(client, [Entry])
    place = Entry._meta.binding(client)
    for rank in range(25):
        clock.advance(1)
        client.create_record(place.database, place.table, {place.ids["rank"]: rank})
    return Entry.objects.using(client)


READS = {
    "list": list,
    "stable scan": lambda query: list(query.iterator(chunk_size=10)),
    "ordered stream": lambda query: list(query.order_by("rank").iterator(chunk_size=10)),
    "slice": lambda query: list(query.order_by("rank")[:90].iterator(chunk_size=10)),
    "changes": lambda query: [change.record for change in query.changes()],
}


@pytest.mark.filterwarnings("ignore::softrorm.DriftWarning")
@pytest.mark.parametrize("more", [1, 6, 70])
@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_a_total_that_counts_records_which_nobody_is_shown_ends_no_read_late(entries, service, read, more):
    service.more = more
    assert len({record.id for record in read(entries)}) == 25


@pytest.mark.parametrize(
    "query", [lambda query: query, lambda query: query.order_by("rank")], ids=["stable", "ordered"]
)
def test_a_stream_may_take_its_records_one_by_one(entries, service, query):
    assert [entry.rank for entry in query(entries).iterator(chunk_size=1)] == list(range(25))


@pytest.mark.parametrize("on_drift", ["warn", "restart"])
@pytest.mark.filterwarnings("ignore::softrorm.DriftWarning")
def test_a_slice_holds_no_more_than_was_asked_for_though_records_are_deleted_meanwhile(entries, on_drift):
    stream = entries.order_by("rank")[:15].iterator(chunk_size=5, on_drift=on_drift)
    read = [next(stream).rank for _ in range(5)]
    entries.filter(rank__lt=3).delete()
    assert read + [entry.rank for entry in stream] == list(range(15))
