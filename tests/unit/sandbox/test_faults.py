"""Faults, seen by a client: in process and over HTTP, no kind of them loses a write or doubles one."""

import re
import socket
import threading
import time
from contextlib import closing
from wsgiref.util import setup_testing_defaults

import pytest

from softrorm.client import Client
from softrorm.client.errors import (
    AmbiguousWrite,
    APIError,
    BadRequest,
    DeadlineExceeded,
    NotFound,
    RateLimited,
    ServiceUnavailable,
    TransportError,
)
from softrorm.sandbox import FakeClock, Sandbox
from softrorm.sandbox.faultkinds import KINDS

CREATES = re.compile(r"/records$")


class Bench:
    """A sandbox with one table, a client of it, and the requests that were made since."""

    def __init__(self, sandbox, client, clock, slept):
        self.sandbox, self.client, self.clock, self.slept = sandbox, client, clock, slept
        database = client.create_database("Base", sandbox.workspace_id)
        table = client.create_table(database.id, "Tasks", primary_field_name="Name")
        self.at = database.id, table.id
        self.name = table.fields[0].id
        sandbox.requests.clear()
        slept.clear()

    def add(self, *arguments, **options):
        return self.sandbox.faults.add(*arguments, **options)

    def create(self, name="a"):
        return self.client.create_record(*self.at, {self.name: name})["id"]

    def update(self, record, name):
        return self.client.update_record(*self.at, record, {self.name: name})["fields"][self.name]

    def delete(self, record):
        self.client.delete_record(*self.at, record)

    def search(self):
        return [one["fields"][self.name] for one in self.client.search_records(*self.at, {})]

    @property
    def names(self):
        """What is there, as one sees it whom no fault strikes."""
        with self.sandbox.client() as other:
            names = [one["fields"][self.name] for one in other.list_records(*self.at)]
        self.sandbox.requests.pop()
        return names

    @property
    def log(self):
        return [(one.method, one.status) for one in self.sandbox.requests]


@pytest.fixture(params=["in process", "over HTTP"])
def bench(request):
    clock, slept = FakeClock(), []

    def sleep(seconds):
        if seconds > 0.001:  # shorter ones are the pacing of the client, over HTTP
            slept.append(seconds)
        clock.advance(seconds)

    patience = {"clock": clock, "sleep": sleep, "deadline": 20.0}
    with Sandbox(clock=clock, sleep=sleep) as sandbox:
        if request.param == "in process":
            with sandbox.client(**patience) as client:
                yield Bench(sandbox, client, clock, slept)
        else:
            with sandbox.serve() as server, Client(server.url, "key", rates=(1e6, 1e6), **patience) as client:
                yield Bench(sandbox, client, clock, slept)


# --- kinds -----------------------------------------------------------------------------------------------------


def test_a_delay_waits_and_then_answers(bench):
    fault = bench.add("delay", seconds=3, method="POST")
    bench.create()
    assert bench.slept == [3]
    assert bench.names == ["a"]
    assert fault.count == 1


def test_delays_add_up_and_come_before_the_fault_that_strikes_with_them(bench):
    bench.add("rate_limited", retry_after=0, method="POST")
    bench.add("delay", seconds=3, method="POST")
    bench.add("delay", seconds=4, method="POST")
    bench.create()
    assert bench.slept[:2] == [3, 4]
    assert bench.log == [("POST", 429), ("POST", 200)]


def test_a_create_whose_connection_breaks_before_the_work_is_ambiguous_and_not_there(bench):
    bench.add("reset_before", method="POST")
    with pytest.raises(AmbiguousWrite, match="may have been carried out"):
        bench.create()
    assert bench.log == [("POST", 0)]
    assert bench.names == []


@pytest.mark.parametrize("kind", ["reset_after", "lost_answer"])
def test_a_create_whose_answer_is_lost_is_ambiguous_and_there_once(bench, kind):
    bench.add(kind, method="POST")
    with pytest.raises(AmbiguousWrite) as caught:
        bench.create()
    assert caught.value.attempts == 1
    assert bench.log == [("POST", 0)]
    assert bench.names == ["a"]


def test_a_broken_connection_is_told_as_what_it_is(bench):
    bench.add("reset_before", times=None)
    with pytest.raises(DeadlineExceeded, match=r"ConnectionResetError") as caught:
        bench.search()
    assert caught.value.may_have_happened
    assert caught.value.attempts > 3


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "truncated", "not_json"])
def test_an_update_is_repeated_and_has_one_effect(bench, kind):
    record = bench.create("a")
    bench.add(kind, method="PATCH")
    assert bench.update(record, "b") == "b"
    assert [method for method, _ in bench.log] == ["POST", "PATCH", "PATCH"]
    assert bench.names == ["b"]


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "truncated"])
def test_a_delete_is_repeated_and_not_found_the_second_time_is_done(bench, kind):
    record = bench.create()
    bench.add(kind, method="DELETE")
    bench.delete(record)
    assert bench.log[1:] == [("DELETE", 0), ("DELETE", 204 if kind == "reset_before" else 404)]
    assert bench.names == []


def test_a_body_that_breaks_off_is_an_incomplete_read_and_a_search_is_repeated(bench):
    bench.create()
    fault = bench.add("truncated", path="/records/search")
    assert bench.search() == ["a"]
    assert bench.log[1:] == [("POST", 200), ("POST", 200)]
    assert fault.count == 1
    bench.add("truncated", times=None)
    with pytest.raises(DeadlineExceeded, match="IncompleteRead"):
        bench.search()


def test_a_create_whose_body_breaks_off_is_ambiguous_and_there_once(bench):
    bench.add("truncated", path=CREATES)
    with pytest.raises(AmbiguousWrite, match="IncompleteRead"):
        bench.create()
    assert bench.names == ["a"]


def test_a_create_answered_with_a_web_page_is_ambiguous_and_there_once(bench):
    bench.add("not_json", path=CREATES, method="POST")
    with pytest.raises(AmbiguousWrite, match="is no JSON: <html>"):
        bench.create()
    assert bench.log == [("POST", 200)]
    assert bench.names == ["a"]


def test_a_page_that_stays_is_given_up_soon(bench):
    bench.add("not_json", times=None)
    with pytest.raises(TransportError, match="no JSON"):
        bench.search()
    assert len(bench.log) == 3


def test_429_is_waited_for_as_long_as_it_asks(bench):
    bench.add("rate_limited", retry_after=7.5, method="POST")
    bench.create()
    assert bench.log == [("POST", 429), ("POST", 200)]
    assert 7.5 <= bench.slept[0] < 7.61
    assert bench.names == ["a"]


def test_429_without_a_word_is_waited_for_briefly_and_does_nothing(bench):
    bench.add("rate_limited", method="POST", times=3)
    bench.create()
    assert bench.log == [("POST", 429)] * 3 + [("POST", 200)]
    assert all(0 < seconds < 1 for seconds in bench.slept)
    assert bench.names == ["a"]


def test_429_for_ever_ends_with_the_deadline(bench):
    bench.add("rate_limited", retry_after=6, times=None)
    with pytest.raises(RateLimited) as caught:
        bench.create()
    assert caught.value.retry_after == 6
    assert caught.value.code == "TOO_MANY_REQUESTS"
    bench.sandbox.faults.clear()
    assert bench.names == []


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_error_that_stays_ends_with_the_deadline(bench, status):
    fault = bench.add("server_error", status=status, times=None)
    with pytest.raises(ServiceUnavailable) as caught:
        bench.search()
    assert caught.value.status == status
    assert caught.value.attempts == fault.count > 3
    assert {one for _, one in bench.log} == {status}


def test_a_500_is_an_error_at_once(bench):
    bench.add("server_error", status=500)
    with pytest.raises(APIError) as caught:
        bench.search()
    assert (caught.value.status, caught.value.attempts) == (500, 1)


@pytest.mark.parametrize(("done", "names"), [(False, []), (True, ["a"])])
def test_a_gateway_error_says_nothing_of_a_create(bench, done, names):
    bench.add("server_error", status=502, done=done, method="POST")
    with pytest.raises(AmbiguousWrite, match="502"):
        bench.create()
    assert bench.names == names


def test_a_503_may_ask_to_wait(bench):
    bench.add("server_error", retry_after=9)
    assert bench.search() == []
    assert 9 <= bench.slept[0] < 9.2


def test_a_gateway_error_may_succeed_later(bench):
    bench.add("server_error", status=504, later=30, method="POST")
    with pytest.raises(AmbiguousWrite):
        bench.create()
    bench.clock.advance(29)
    assert bench.names == []
    bench.clock.advance(1)
    assert bench.names == ["a"]
    assert bench.log == [("POST", 504)]
    assert bench.sandbox.faults.settle() == 0


def test_late_work_is_settled_on_demand_in_the_order_of_its_time(bench):
    record = bench.create("a")
    patch = f"{bench.at[1]}/records/{record}"
    for name, later in (("last", 300), ("first", 100), ("second", 200)):
        bench.add("server_error", status=500, later=later, method="PATCH", path=patch)
        with pytest.raises(APIError):
            bench.update(record, name)
    bench.sandbox.faults.clear()
    assert bench.names == ["a"]
    assert bench.sandbox.faults.settle() == 3
    assert bench.names == ["last"]


# --- which requests --------------------------------------------------------------------------------------------


def statuses(sandbox, count, method="GET", path="/databases"):
    def status():
        try:
            return sandbox.handle(method, f"/api/v1{path}", {}, {"Softr-Api-Key": "k"}, None)[0]
        except ConnectionResetError:
            return 0

    return [status() for _ in range(count)]


def test_a_fault_strikes_once_unless_told_otherwise(sandbox):
    fault = sandbox.faults.add("reset_before")
    assert statuses(sandbox, 3) == [0, 200, 200]
    assert (fault.matches, fault.count) == (3, 1)
    sandbox.faults.add("server_error", times=2)
    assert statuses(sandbox, 3) == [503, 503, 200]
    sandbox.faults.add("server_error", times=None)
    assert statuses(sandbox, 50) == [503] * 50


@pytest.mark.parametrize(
    ("nth", "struck"),
    [(1, {1}), (3, {3}), ([2, 4], {2, 4}), ({5}, {5}), (range(2, 10**12, 2), {2, 4, 6}), (range(6, 0, -3), {3, 6})],
)
def test_the_nth_match_is_struck(sandbox, nth, struck):
    sandbox.faults.add("server_error", method="GET", nth=nth)
    statuses(sandbox, 2, "POST")
    assert {at for at, status in enumerate(statuses(sandbox, 6), 1) if status == 503} == struck


def test_an_nth_match_may_be_limited_too(sandbox):
    sandbox.faults.add("server_error", nth=range(2, 100), times=2)
    assert statuses(sandbox, 5) == [200, 503, 503, 200, 200]


def test_method_and_path_choose(sandbox):
    strike = {"times": None}
    for_methods = sandbox.faults.add("delay", seconds=0, method=["PUT", "DELETE"], **strike)
    for_text = sandbox.faults.add("delay", seconds=0, path="bases/a.c", **strike)
    for_pattern = sandbox.faults.add("delay", seconds=0, path=re.compile(r"^/databases/a.c$"), **strike)
    for method, path in (("PUT", "/databases"), ("DELETE", "/databases/abc"), ("GET", "/databases/a.c/tables")):
        statuses(sandbox, 1, method, path)
    assert [one.count for one in (for_methods, for_text, for_pattern)] == [2, 1, 1]


def test_the_path_is_the_one_below_the_base(sandbox):
    fault = sandbox.faults.add("reset_before", path="/api/v1")
    statuses(sandbox, 1)
    assert fault.matches == 0


def test_of_two_faults_that_are_due_the_first_strikes(sandbox):
    first = sandbox.faults.add("server_error", times=2)
    second = sandbox.faults.add("reset_before", times=2)
    assert statuses(sandbox, 5) == [503, 503, 0, 0, 200]
    assert (first.count, second.count, second.matches) == (2, 2, 5)


@pytest.fixture
def chances(make):
    def struck(**options):
        sandbox = make().sandbox
        sandbox.faults.add("server_error", **options)
        return statuses(sandbox, 200)

    return struck


def test_chances_are_the_same_for_the_same_seed(chances):
    assert chances(probability=0.3, seed=7) == chances(probability=0.3, seed=7) != chances(probability=0.3, seed=8)
    assert chances(probability=0.3) == chances(probability=0.3, seed=0)
    assert 35 < chances(probability=0.3, seed=7).count(503) < 85
    assert chances(probability=0.0).count(503) == 0
    assert chances(probability=1.0).count(503) == 200
    assert chances(probability=0.5, times=5).count(503) == 5


def test_different_faults_of_one_seed_strike_different_requests(make):
    sandbox = make().sandbox
    for kind in ("reset_before", "server_error", "rate_limited"):
        sandbox.faults.add(kind, probability=0.2)
    sandbox.faults.add("server_error", status=500, probability=0.2)
    assert set(statuses(sandbox, 100)) == {0, 200, 429, 500, 503}


def test_chances_hang_on_the_number_of_the_match_and_not_on_other_faults(make):
    def struck(*others):
        sandbox = make().sandbox
        for other in others:
            sandbox.faults.add("server_error", status=500, nth=other)
        fault = sandbox.faults.add("server_error", probability=0.3, seed=1, method="GET")
        seen = []
        for _ in range(50):
            before = fault.count
            statuses(sandbox, 1, "POST")
            statuses(sandbox, 1)
            seen.append(fault.count - before)
        return seen

    alone, among = struck(), struck(range(1, 20))
    assert alone[10:] == among[10:]
    assert sum(among[:9]) == 0


def test_chances_strike_as_many_of_concurrent_requests_as_of_single_ones(make):
    def struck(threads):
        sandbox = make().sandbox
        fault = sandbox.faults.add("server_error", probability=0.2, seed=3)
        workers = [threading.Thread(target=statuses, args=(sandbox, 200 // threads)) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert fault.matches == len(sandbox.requests) == 200
        return fault.count

    assert struck(1) == struck(8)


# --- adding and removing ---------------------------------------------------------------------------------------


def test_faults_can_be_removed_one_by_one_or_all(sandbox):
    one, other = (sandbox.faults.add("server_error", status=status, times=None) for status in (500, 502))
    assert list(sandbox.faults) == [one, other]
    sandbox.faults.remove(one)
    sandbox.faults.remove(one)
    assert statuses(sandbox, 1) == [502]
    sandbox.faults.clear()
    assert statuses(sandbox, 1) == [200]
    assert len(sandbox.faults) == 0


def test_a_fault_can_last_for_a_block(sandbox):
    with sandbox.faults.added("reset_before", times=None) as fault:
        assert statuses(sandbox, 2) == [0, 0]
    assert statuses(sandbox, 1) == [200]
    assert fault.count == 2
    with pytest.raises(KeyError), sandbox.faults.added("reset_before"):
        raise KeyError
    assert statuses(sandbox, 1) == [200]


def test_a_reset_sandbox_has_no_faults_and_nothing_late(sandbox):
    sandbox.faults.add("server_error", times=None, later=1)
    statuses(sandbox, 1, "POST")
    sandbox.reset()
    assert list(sandbox.faults) == []
    assert sandbox.faults.settle() == 0


def test_a_fault_says_what_it_does_and_did(sandbox):
    fault = sandbox.faults.add("delay", seconds=0)
    statuses(sandbox, 2)
    assert repr(fault) == "<Fault delay seconds=0: struck 1 of 2 matching requests>"
    assert repr(sandbox.faults) == f"<Faults: {fault!r}>"
    sandbox.faults.clear()
    assert repr(sandbox.faults) == "<Faults: none>"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"kind": "explode"}, f"there is no fault 'explode'; right would be one of {', '.join(KINDS)}"),
        ({"kind": "delay"}, "the fault 'delay' needs seconds=, a number of seconds, 0 or more"),
        (
            {"kind": "delay", "seconds": "1"},
            "seconds= of the fault 'delay' is a number of seconds, 0 or more; got '1'",
        ),
        ({"kind": "delay", "seconds": -1}, "got -1"),
        ({"kind": "delay", "seconds": float("inf")}, "got inf"),
        ({"kind": "truncated", "done": True}, "the fault 'truncated' has no option done; it has none"),
        (
            {"kind": "server_error", "code": 1},
            "the fault 'server_error' has no option code; it has status, done, later, retry_after",
        ),
        (
            {"kind": "server_error", "status": 404},
            "status= of the fault 'server_error' is a status from 500 to 599; got 404",
        ),
        (
            {"kind": "server_error", "done": True, "later": 1},
            "done=True does the work at once and later= does it afterwards; give one of them",
        ),
        ({"kind": "rate_limited", "retry_after": "soon"}, "or None for no such header; got 'soon'"),
        ({"kind": "truncated", "probability": 2}, "probability= is a number from 0 to 1; got 2"),
        ({"kind": "truncated", "times": 0}, "times= is 1 or more, or None for ever; got 0"),
        (
            {"kind": "truncated", "nth": 0},
            "nth= counts matching requests from 1: a number, or a collection of them; got 0",
        ),
        ({"kind": "truncated", "nth": []}, r"got []"),
        ({"kind": "truncated", "nth": range(3)}, r"got range(0, 3)"),
        ({"kind": "truncated", "nth": range(0)}, r"got range(0, 0)"),
    ],
)
def test_what_cannot_be_is_refused_with_what_would_be_right(sandbox, arguments, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        sandbox.faults.add(**arguments)
    assert len(sandbox.faults) == 0


# --- the service around them -----------------------------------------------------------------------------------


def test_late_work_needs_no_key_and_no_place_in_the_rates(make, clock):
    sandbox = make(rate_policy="sliding_log").sandbox
    sandbox.faults.add("server_error", times=None, later=5)
    body = b'{"workspaceId":"w","name":"x"}'
    for _ in range(40):
        sandbox.handle("POST", "/api/v1/databases", {}, {"Softr-Api-Key": "secret-key"}, body)
    assert "secret-key" not in repr(vars(sandbox.faults))
    sandbox.faults.clear()
    assert sandbox.faults.settle() == 40
    answer = sandbox.handle("GET", "/api/v1/databases", {}, {"Softr-Api-Key": "k"}, None)
    assert answer[2].count(b'"name":"x"') == 40


def test_late_work_that_is_refused_by_then_is_dropped(bench):
    record = bench.create()
    bench.add("server_error", status=500, later=60, method="PATCH")
    with pytest.raises(APIError):
        bench.update(record, "b")
    bench.delete(record)
    bench.clock.advance(60)
    assert bench.names == []


def test_true_refusals_are_struck_like_any_answer(bench):
    bench.add("truncated", method="POST")
    with pytest.raises(AmbiguousWrite):
        bench.client.create_record(*bench.at, {"nope": 1})
    with pytest.raises(BadRequest):
        bench.client.create_record(*bench.at, {"nope": 1})
    with pytest.raises(NotFound):
        bench.delete("nope")


def test_a_client_that_loses_patience_does_not_know_of_a_write_that_is_done():
    sandbox = Sandbox()
    sandbox.faults.add("delay", seconds=0.04, path=CREATES)
    with sandbox.serve() as server, closing(Client(server.url, "key", timeout=(5, 0.015))) as client:
        database = sandbox.client().create_database("Base", sandbox.workspace_id)
        table = sandbox.client().create_table(database.id, "Tasks", primary_field_name="Name")
        with pytest.raises(AmbiguousWrite, match="no answer in time"):
            client.create_record(database.id, table.id, {table.fields[0].id: "a"})
        time.sleep(0.045)
        assert len(sandbox.client().list_records(database.id, table.id)) == 1


def test_a_served_connection_is_really_reset_and_a_new_one_is_served(sandbox):
    request = b"GET /api/v1/databases HTTP/1.1\r\nHost: x\r\nSoftr-Api-Key: k\r\n\r\n"
    sandbox.faults.add("reset_after")
    with sandbox.serve() as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(request)
            with pytest.raises(ConnectionResetError):
                connection.recv(4096)
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(request)
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_body_that_breaks_off_is_half_of_what_its_length_announces(sandbox):
    sandbox.faults.add("truncated")
    _, headers, body = sandbox.handle("GET", "/api/v1/databases", {}, {"Softr-Api-Key": "k"}, None)
    assert int(headers["Content-Length"]) // 2 == len(body) > 0


def test_the_clock_can_be_set_while_the_sandbox_runs(sandbox):
    with sandbox.client() as client:
        sandbox.clock = FakeClock(0.0)
        assert client.create_database("Base", sandbox.workspace_id).created_at.year == 1970
        sandbox.clock = FakeClock()
        assert client.create_database("Base", sandbox.workspace_id).created_at.year == 2026


def test_a_fake_clock_stands_still_until_it_is_told_to_go_on():
    clock = FakeClock(100.0)
    assert (clock(), clock()) == (100.0, 100.0)
    clock.advance(0.5)
    assert clock() == 100.5
    assert repr(clock) == "<FakeClock at 100.5>"
    with pytest.raises(ValueError, match="advances by 0 seconds or more; got -1"):
        clock.advance(-1)


def test_two_clients_see_each_others_writes_at_once(bench):
    with bench.sandbox.client() as other:
        record = bench.create("a")
        assert other.get_record(*bench.at, record)["fields"][bench.name] == "a"
        other.update_record(*bench.at, record, {bench.name: "b"})
        assert bench.search() == ["b"]
        other.delete_record(*bench.at, record)
        with pytest.raises(NotFound):
            bench.update(record, "c")


def test_the_log_keeps_the_latest_requests_only_if_it_is_limited():
    sandbox = Sandbox(log_limit=3)
    sandbox.faults.add("reset_before", nth=5)
    statuses(sandbox, 4)
    statuses(sandbox, 2, "DELETE", "/databases/x")
    assert [(one.method, one.status) for one in sandbox.requests] == [("GET", 200), ("DELETE", 0), ("DELETE", 404)]
    assert [one.status for one in sandbox.requests[1:]] == [0, 404]
    sandbox.requests.clear()
    statuses(sandbox, 2)
    assert len(sandbox.requests) == 2
    unlogged = Sandbox(log_limit=0)
    statuses(unlogged, 2)
    assert unlogged.requests == []
    with pytest.raises(ValueError, match="log_limit is -1; right would be None for no limit, or 0 or more"):
        Sandbox(log_limit=-1)


def test_under_wsgi_a_reset_is_raised_to_the_server_and_a_short_body_passed_on(sandbox):
    environ = {"HTTP_SOFTR_API_KEY": "k", "wsgi.input": None, "CONTENT_LENGTH": "x"}
    setup_testing_defaults(environ)
    environ |= {"REQUEST_METHOD": "GET", "PATH_INFO": "/api/v1/databases"}
    started = []
    sandbox.faults.add("truncated", nth=1)
    sandbox.faults.add("reset_before", nth=2)
    (body,) = sandbox.wsgi(environ, lambda status, headers: started.append((status, dict(headers))))
    ((status, headers),) = started
    assert (status, int(headers["Content-Length"]) // 2) == ("200 OK", len(body))
    with pytest.raises(ConnectionResetError):
        sandbox.wsgi(environ, lambda *_: pytest.fail("an answer was begun"))
