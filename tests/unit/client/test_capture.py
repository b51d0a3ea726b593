"""Captures: the requests of a block, of all its threads and of no others."""

import asyncio
import threading
from contextlib import suppress

import pytest

import softrorm
from softrorm import Model, Q, Session, create_tables, fields
from softrorm.client import AmbiguousWrite, APIError, ConfigurationError, ServiceUnavailable
from softrorm.client.exchange import Kind
from softrorm.sandbox import FakeClock, Sandbox

OK = (200, {"data": {"id": "r1", "fields": {}}})
PAGE = (200, {"data": [], "metadata": {"offset": 0, "limit": 200, "total": 0}})
DOWN = (503, {"message": "down"})


class Task(Model):
    title = fields.SingleLineText(required=True)
    qty = fields.Number()


@pytest.fixture
def tasks():
    """Tasks in a sandbox with a rate policy, so that workers are used, on a clock that takes no time."""
    clock = FakeClock()
    with Sandbox(clock=clock, sleep=clock.advance) as sandbox:
        client = sandbox.client(clock=clock, sleep=clock.advance, rates=(40, 30))
        create_tables(client, [Task])
        softrorm.configure(client)
        Task.objects.count()
        yield Task.objects


def asked(requests):
    return [(one.method, one.path.rpartition("/")[2]) for one in requests]


def test_a_block_is_recorded_and_what_comes_before_and_after_is_not(connect):
    client, _ = connect(PAGE)
    client.list_records("d", "t")
    with softrorm.capture() as requests:
        client.list_records("d", "t", offset=200)
        client.search_records("d", "t", {"filter": {}})
    client.list_records("d", "t")
    assert len(requests) == requests.total == 2
    first, second = requests
    assert (first.method, first.path, first.kind, first.body) == (
        "GET",
        "/databases/d/tables/t/records",
        Kind.READ,
        None,
    )
    assert first.query == {"offset": "200", "limit": "200"}
    assert first.ids == {"database_id": "d", "table_id": "t"}
    assert (second.body, second.status, second.attempts, second.error) == ({"filter": {}}, 200, 1, None)
    assert requests[0] is first
    assert requests[-1:] == [second]
    assert repr(requests) == "<Capture of 2 requests>"


def test_requests_of_all_clients_are_recorded_while_the_block_runs(connect):
    one, _ = connect(OK)
    other, _ = connect(OK)
    with softrorm.capture() as requests:
        one.get_record("d", "t", "1")
        assert len(requests) == 1
        other.get_record("d", "t", "2")
        assert len(requests) == 2


def test_a_request_that_was_repeated_is_one_with_all_its_attempts(connect, fake_time):
    client, service = connect(DOWN, DOWN, OK)
    service.on_request = lambda: fake_time.sleep(0.5)
    with softrorm.capture() as requests:
        client.get_record("d", "t", "r")
    (one,) = requests
    assert (one.status, one.attempts, one.seconds, one.error) == (200, 3, 1.5, None)


@pytest.mark.parametrize(
    ("replies", "call", "status", "error"),
    [
        ([(404, {"message": "gone"})], lambda client: client.get_record("d", "t", "r"), 404, "gone"),
        ([DOWN], lambda client: client.get_record("d", "t", "r"), 503, "down"),
        ([ConnectionResetError("reset")], lambda client: client.create_record("d", "t", {}), None, "reset"),
    ],
)
def test_a_request_that_failed_is_recorded_with_what_went_wrong(connect, replies, call, status, error):
    client, _ = connect(*replies, deadline=0.01)
    with softrorm.capture() as requests, pytest.raises((APIError, AmbiguousWrite, ServiceUnavailable)):
        call(client)
    assert requests[0].status == status
    assert error in requests[0].error


def test_a_block_that_fails_is_recorded_all_the_same(connect):
    client, _ = connect(OK)
    with suppress(ValueError), softrorm.capture() as requests:
        client.get_record("d", "t", "r")
        raise ValueError
    client.get_record("d", "t", "r")
    assert len(requests) == 1


def test_captures_nest(connect):
    client, _ = connect(OK)
    with softrorm.capture() as outer:
        client.get_record("d", "t", "1")
        with softrorm.capture() as inner:
            client.get_record("d", "t", "2")
        client.get_record("d", "t", "3")
    assert [len(outer), len(inner)] == [3, 1]


# --- threads and tasks ------------------------------------------------------------------------------------------


def test_requests_of_bulk_workers_belong_to_the_block(tasks):
    with softrorm.capture() as requests:
        tasks.bulk_create(Task(title=f"T{at}") for at in range(20))
    assert asked(requests) == [("POST", "records")] * 20


def test_requests_of_a_commit_belong_to_the_block(tasks):
    with softrorm.capture() as requests, Session() as session:
        for at in range(10):
            session.add(Task(title=f"T{at}"))
    assert asked(requests) == [("POST", "records")] * 10


def test_pages_that_workers_read_belong_to_the_block(tasks):
    tasks.bulk_create(Task(title=f"T{at}") for at in range(450))
    with softrorm.capture() as requests:
        assert len(list(tasks.all())) == 450
    assert asked(requests) == [("GET", "records")] * 3


def test_threads_that_have_nothing_to_do_with_the_block_are_not_recorded(connect):
    client, _ = connect(OK)
    go, done = threading.Event(), threading.Event()

    def elsewhere():
        go.wait(5)
        client.get_record("d", "t", "not mine")
        done.set()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    with softrorm.capture() as requests:
        go.set()
        done.wait(5)
        client.get_record("d", "t", "mine")
    thread.join()
    assert asked(requests) == [("GET", "mine")]


def test_tasks_of_an_event_loop_are_told_apart(connect):
    client, _ = connect(OK)

    async def one(name):
        with softrorm.capture() as requests:
            for at in range(3):
                await asyncio.to_thread(client.get_record, "d", "t", f"{name}{at}")
                await asyncio.sleep(0)
        return [path for _, path in asked(requests)]

    async def both():
        return await asyncio.gather(one("a"), one("b"))

    assert asyncio.run(both()) == [["a0", "a1", "a2"], ["b0", "b1", "b2"]]


def test_requests_of_async_twins_belong_to_the_block(tasks):
    async def count():
        with softrorm.capture() as requests:
            await asyncio.gather(tasks.acount(), tasks.acount())
        return asked(requests)

    assert asyncio.run(count()) == [("GET", "records")] * 2


def test_what_the_block_left_running_is_not_recorded_after_its_end(connect):
    import contextvars

    client, _ = connect(OK)
    with softrorm.capture() as requests:
        still_inside = contextvars.copy_context()
    still_inside.run(client.get_record, "d", "t", "late")
    assert len(requests) == 0


# --- what is asked too often ------------------------------------------------------------------------------------


def test_records_that_are_read_one_by_one_are_found(connect):
    client, _ = connect(OK)
    with softrorm.capture() as requests:
        client.get_record("d", "other", "x")
        for at in range(30):
            client.get_record("d", "t", f"r{at}")
    (group,) = requests.repeated()
    assert (group.count, group.method) == (30, "GET")
    assert group.path == "/databases/d/tables/t/records/{record_id}"
    assert group.requests == requests[1:]
    assert str(group).startswith("30 x GET /databases/d/tables/t/records/{record_id} -> 200, 0.")
    assert requests.repeated(31) == []


def test_searches_are_told_apart_by_what_they_ask_and_not_by_the_values(tasks):
    for at in range(4):
        Task(title=f"T{at}", qty=at).save()
    title, qty = (tasks._binding().ids[name] for name in ("title", "qty"))
    with softrorm.capture() as requests:
        for at in range(4):
            tasks.get(title=f"T{at}")
        list(tasks.filter(qty__gt=1))
        list(tasks.filter(Q(title="T1") | Q(qty=2)))
        list(tasks.filter(Q(title="T1") | Q(title="T2") | Q(title="T3")))
        list(tasks.all())
    assert [(one.count, one.filter) for one in requests.groups()] == [
        (5, f"{title} IS"),
        (1, f"{qty} GREATER_THAN"),
        (1, f"({title} IS OR {qty} IS)"),
        (1, ""),
    ]
    assert [one.count for one in requests.repeated()] == [5]


def test_printed_it_shows_a_line_for_all_that_ask_the_same(connect):
    client, _ = connect(OK, DOWN, OK)
    with softrorm.capture() as requests:
        for at in range(3):
            client.get_record("d", "t", f"r{at}")
        client.delete_record("d", "t", "r1")
    assert str(requests).splitlines() == [
        "4 requests, 0.00 s",
        "  3 x GET /databases/d/tables/t/records/{record_id} -> 200 (4 attempts), 0.00 s",
        "  1 x DELETE /databases/d/tables/t/records/{record_id} -> 200, 0.00 s",
    ]


def test_memory_is_bounded_and_the_count_is_not(connect):
    client, _ = connect(OK)
    with softrorm.capture(limit=2) as requests:
        for at in range(5):
            client.get_record("d", "t", f"r{at}")
    assert (len(requests), requests.total) == (2, 5)
    assert asked(requests) == [("GET", "r0"), ("GET", "r1")]
    assert str(requests).splitlines()[0] == "5 requests, 0.00 s"
    assert str(requests).splitlines()[-1] == "  and 3 more, which were not kept"


@pytest.mark.parametrize("limit", [-1, "10", 2.5, None, True])
def test_a_limit_that_is_no_number_is_refused_before_any_request_fails_for_it(limit):
    with pytest.raises(ConfigurationError, match=r"capture\(limit=\) takes how many requests to keep, from 0; got"):
        softrorm.capture(limit=limit)


def test_nothing_need_be_kept(connect):
    client, _ = connect(OK)
    with softrorm.capture(limit=0) as requests:
        client.get_record("d", "t", "r")
    assert (len(requests), requests.total) == (0, 1)


def test_a_body_of_any_shape_can_be_shown(connect):
    client, _ = connect(PAGE)
    with softrorm.capture() as requests:
        for body in (
            {},
            {"filter": None},
            {"filter": "x"},
            {"filter": {"condition": 7}},
            {"filter": {"condition": {}}},
        ):
            client.search_records("d", "t", body)
    assert [group.filter for group in requests.groups()] == [""]
