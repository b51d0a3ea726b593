"""The threads in which a client carries calls out for async code."""

import asyncio
import json
import subprocess
import sys
import threading
import time

import pytest

from softrorm import AmbiguousWrite, Client
from softrorm.client import cancellation, threads
from softrorm.client.threads import Threads
from softrorm.client.twins import Calls, in_event_loop


def test_threads_are_started_when_they_are_needed_and_never_more_than_allowed():
    pool, gate, names = Threads(3, "probe"), threading.Event(), set()

    def work():
        names.add(threading.current_thread().name)
        assert gate.wait(10)

    running = [pool.submit(work) for _ in range(10)]
    gate.set()
    for future in running:
        future.result(10)
    assert len(names) <= 3
    assert all(name.startswith("probe-") for name in names)


def test_one_thread_does_what_comes_one_after_the_other():
    pool, names = Threads(8, "probe"), set()
    for _ in range(20):
        pool.submit(lambda: names.add(threading.current_thread().name)).result(10)
        time.sleep(0.0005)  # until it is idle again
    assert len(names) < 8


def test_a_task_that_was_not_begun_can_be_taken_back():
    pool, gate, done = Threads(1, "probe"), threading.Event(), []
    first = pool.submit(gate.wait)
    second = pool.submit(lambda: done.append(1))
    assert second.cancel()
    gate.set()
    first.result(10)
    pool.submit(lambda: done.append(2)).result(10)
    assert done == [2]


def test_what_a_task_raises_is_told_to_whoever_asked():
    def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Threads(1, "probe").submit(fail).result(10)


def test_where_no_more_threads_can_be_had_those_that_there_are_do_the_work(monkeypatch):
    pool, gate = Threads(2, "probe"), threading.Event()

    def refuse(thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        for _ in range(3):
            with pytest.raises(RuntimeError, match="new thread"):
                pool.submit(gate.wait)
    first = pool.submit(gate.wait)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", refuse)
        second = pool.submit(lambda: "done")
    gate.set()
    assert (first.result(10), second.result(10)) == (True, "done")


def test_idle_threads_end(monkeypatch):
    monkeypatch.setattr(threads, "IDLE", 0.01)
    pool = Threads(2, "probe-idle")
    pool.submit(int).result(10)
    for thread in threading.enumerate():
        if thread.name.startswith("probe-idle"):
            thread.join(10)
            assert not thread.is_alive()
    assert pool.submit(int).result(10) == 0


def test_a_pool_that_is_closed_lets_its_threads_end_and_begins_anew():
    pool = Threads(2, "probe-closed")
    pool.submit(int).result(10)
    ending = [thread for thread in threading.enumerate() if thread.name.startswith("probe-closed")]
    pool.close()
    for thread in ending:
        thread.join(10)
        assert not thread.is_alive()
    assert pool.submit(int).result(10) == 0


def test_each_level_of_calls_has_threads_of_its_own():
    calls = Calls(1)
    outer = calls.submit(lambda: calls.submit(lambda: "inner", level=1).result(10), level=0)
    assert outer.result(10) == "inner"


def test_a_program_that_ends_does_not_wait_for_an_abandoned_call():
    code = """
import asyncio, threading
from softrorm import AmbiguousWrite, Client
class Silent:
    def handle(self, *request):
        threading.Event().wait()
async def main():
    try:
        async with asyncio.timeout(0.01):
            await Client(Silent()).alist_databases()
    except TimeoutError:
        print("gone on")
asyncio.run(main())
"""
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=30)
    assert done.stdout == "gone on\n"
    assert time.monotonic() - began < 20


def test_giving_up_gives_up_what_was_started_below():
    above = cancellation.Token()
    token = cancellation.token.set(above)
    try:
        below = cancellation.Token()
        with cancellation.seen_through() as go_on:
            apart = cancellation.Token()
            go_on()
            above.set()
            with pytest.raises(cancellation.Cancelled):
                go_on()
            cancellation.check()  # what is seen through is not given up
        with pytest.raises(cancellation.Cancelled):
            cancellation.check()
        late = cancellation.Token()
    finally:
        cancellation.token.reset(token)
    assert below.is_set()
    assert late.is_set()
    assert not apart.is_set()
    cancellation.check()


def test_no_loop_runs_here():
    assert not in_event_loop()


def test_a_client_in_a_loop_has_a_twin_of_each_endpoint(sandbox):
    async def main():
        with Client(sandbox) as client:
            database = await client.acreate_database("CRM", sandbox.workspace_id)
            table = await client.acreate_table(database.id, "Tasks")
            record = await client.acreate_record(database.id, table.id, {})
            await client.adelete_record(database.id, table.id, record["id"])
            return [one.name for one in await client.aschema(database.id)]

    assert asyncio.run(main()) == ["Tasks"]


def test_a_pool_begins_anew_in_a_process_that_was_forked_off(monkeypatch):
    pool = Threads(1, "probe")
    pool.submit(int).result(10)
    monkeypatch.setattr(threads.os, "getpid", lambda: -1)
    assert pool.submit(int).result(10) == 0


RECORD = {"id": "vQ9BI8QUVQiFua", "fields": {}, "createdAt": None, "updatedAt": None}
CALLS = {
    "read": lambda client: client.get_record("d", "t", "r"),
    "update": lambda client: client.update_record("d", "t", "r", {"f": 1}),
    "create": lambda client: client.create_record("d", "t", {"f": 1}),
}


@pytest.mark.parametrize(
    ("call", "first", "outcome", "sent"),
    [
        ("read", 200, cancellation.Cancelled, 1),  # its answer is dropped
        ("read", 503, cancellation.Cancelled, 1),
        ("update", 200, None, 1),
        ("update", 429, cancellation.Cancelled, 1),  # refused before it ran
        ("update", 503, None, 2),  # which may have been carried out
        ("create", 200, None, 1),
        ("create", 503, AmbiguousWrite, 1),
    ],
)
def test_a_request_that_is_given_up_while_it_is_under_way(call, first, outcome, sent):
    given_up, statuses = cancellation.Token(), []

    class Service:
        def handle(self, *request):
            given_up.set()
            statuses.append(first if not statuses else 200)
            return statuses[-1], {"Content-Type": "application/json"}, json.dumps({"data": RECORD}).encode()

    token = cancellation.token.set(given_up)
    try:
        client = Client(Service(), sleep=lambda _: None)
        if outcome is None:
            assert CALLS[call](client) == RECORD
        else:
            with pytest.raises(outcome):
                CALLS[call](client)
    finally:
        cancellation.token.reset(token)
    assert len(statuses) == sent


@pytest.mark.parametrize("call", CALLS)
def test_a_request_that_is_given_up_before_is_not_sent(call, sandbox):
    given_up = cancellation.Token()
    given_up.set()
    token = cancellation.token.set(given_up)
    try:
        with pytest.raises(cancellation.Cancelled):
            CALLS[call](Client(sandbox))
    finally:
        cancellation.token.reset(token)
    assert len(sandbox.requests) == 0


def test_a_wait_ends_when_what_it_is_for_is_given_up():
    given_up = cancellation.Token()
    token = cancellation.token.set(given_up)
    try:
        threading.Timer(0.01, given_up.set).start()
        began = time.monotonic()
        with pytest.raises(cancellation.Cancelled):
            cancellation.pause(30, time.sleep)
    finally:
        cancellation.token.reset(token)
    assert time.monotonic() - began < 10
