"""A port that lies far away: latency, jitter, and the log for those who are not in the process."""

import json
import threading
import time
import urllib.request
from contextlib import contextmanager

import pytest

from softrorm.client import Client
from softrorm.sandbox import FakeClock, Sandbox
from softrorm.sandbox.latency import Latency


class Slept(list):
    """A sleep that takes no time and remembers what it was asked for."""

    def __call__(self, seconds):
        self.append(seconds)


@contextmanager
def far_away(sandbox, **how):
    with sandbox.serve(**how) as server, Client(server.url, api_key="k", rates=(1000, 1000)) as client:
        yield server, client


def log(server, method="GET"):
    address = server.url.removesuffix("/api/v1") + "/-/requests"
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
        urllib.request.Request(address, method=method), timeout=5
    ) as answer:
        return answer.status, json.loads(answer.read() or b"null")


def test_a_request_is_judged_after_a_fifth_of_the_latency_and_answered_after_the_rest():
    clock = FakeClock(1000.0)
    sandbox = Sandbox(clock=clock, sleep=clock.advance)
    with far_away(sandbox, latency=0.1) as (_, client):
        client.list_databases()
    assert sandbox.requests[0].at == pytest.approx(1000.02)
    assert clock() == pytest.approx(1000.1)


def test_jitter_makes_each_way_longer_by_chance_and_the_seed_repeats_it():
    def waits(seed):
        slept = Slept()
        with far_away(Sandbox(sleep=slept), latency=0.1, jitter=0.005, seed=seed) as (_, client):
            for _ in range(10):
                client.list_databases()
        return slept

    slept = waits(1)
    assert slept == waits(1)
    assert slept != waits(2)
    assert all(0.02 <= wait <= 0.025 for wait in slept[::2])
    assert all(0.08 <= wait <= 0.085 for wait in slept[1::2])
    assert len(set(slept)) == 20


def test_there_is_none_unless_asked_for_and_none_in_the_process():
    slept = Slept()
    sandbox = Sandbox(sleep=slept)
    with far_away(sandbox) as (_, client):
        client.list_databases()
    with far_away(sandbox, latency=1.0):
        sandbox.client().list_databases()
    assert slept == []


def test_an_answer_that_never_arrives_takes_its_time_too():
    slept = Slept()
    sandbox = Sandbox(sleep=slept)
    with far_away(sandbox, latency=0.1) as (_, client):
        sandbox.faults.add("lost_answer")
        client.list_databases()
    assert slept == pytest.approx([0.02, 0.08] * 2)


def test_requests_of_many_connections_are_under_way_at_the_same_time():
    everyone = threading.Barrier(8, timeout=5)
    sandbox = Sandbox(sleep=lambda _: everyone.wait())
    with far_away(sandbox, latency=0.1) as (_, client):
        threads = [threading.Thread(target=client.list_databases) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
    assert [one.status for one in sandbox.requests] == [200] * 8


def test_time_really_passes():
    with far_away(Sandbox(), latency=0.03) as (_, client):
        began = time.perf_counter()
        client.list_databases()
        assert time.perf_counter() - began >= 0.03


@pytest.mark.parametrize(("name", "value"), [("latency", -0.1), ("jitter", float("nan")), ("latency", float("inf"))])
def test_a_time_that_cannot_be_is_refused(name, value):
    with pytest.raises(ValueError, match=f"{name}= is a number of seconds, 0 or more; got {value!r}"):
        Sandbox().serve(**{name: value})


def test_without_jitter_waits_are_exact():
    slept = Slept()
    way = Latency(0.5, 0.0, None, slept)
    way.there()
    way.back()
    assert slept == [0.1, 0.4]


# --- the log, from outside --------------------------------------------------------------------------------------


def test_the_log_can_be_read_from_outside_with_the_moment_of_every_arrival_and_every_refusal():
    clock = FakeClock(1000.25)
    sandbox = Sandbox(clock=clock, rate_policy="sliding_log", rates=(2, 1))
    with far_away(sandbox) as (server, client):
        client.list_databases()
        clock.advance(0.5)
        client.list_databases()
        sandbox.handle("GET", "/api/v1/databases", {}, {"Softr-Api-Key": "k"}, None)
        status, told = log(server)
    assert status == 200
    assert told == {
        "requests": [
            {"at": 1000.25, "method": "GET", "path": "/databases", "status": 200},
            {"at": 1000.75, "method": "GET", "path": "/databases", "status": 200},
            {"at": 1000.75, "method": "GET", "path": "/databases", "status": 429},
        ]
    }


def test_the_log_can_be_emptied_from_outside_and_is_no_part_of_itself():
    sandbox = Sandbox()
    with far_away(sandbox) as (server, client):
        client.list_databases()
        assert log(server, "DELETE") == (204, None)
        assert log(server) == (200, {"requests": []})
        client.list_databases()
    assert len(sandbox.requests) == 1


def test_nobody_can_write_to_the_log():
    with far_away(Sandbox()) as (server, _):
        with pytest.raises(urllib.error.HTTPError) as refused:
            log(server, "POST")
        refused.value.close()
    assert refused.value.code == 405


def test_the_log_is_no_part_of_the_api():
    assert Sandbox().handle("GET", "/-/requests", {}, {"Softr-Api-Key": "k"}, None)[0] == 404
