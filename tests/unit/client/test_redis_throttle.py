"""One budget for all who name it: beside the throttle of one process, in a fake Redis, and in a real one."""

import json
import logging
import subprocess
import sys
import threading
import time
from itertools import pairwise
from types import SimpleNamespace

import fakeredis
import pytest
import redis
from fakeredis.commands_mixins import server_mixin
from hypothesis import given
from hypothesis import strategies as st

from softrorm.client import Client
from softrorm.client.exchange import Kind, Request
from softrorm.client.redis_link import link_to
from softrorm.client.redis_throttle import RedisThrottle
from softrorm.client.throttle import PacedThrottle

READ, WRITE = (Request("GET", "/", kind) for kind in (Kind.READ, Kind.CREATE))


class Clock:
    """Redis' clock and the client's: epoch seconds in whole microseconds, and the same moment as ``time.time``."""

    def __init__(self):
        self.now = 1_795_000_000_000_000

    def __call__(self):
        return self.now / 1e6

    def pass_by(self, seconds):
        self.now += round(seconds * 1e6)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(server_mixin, "time", SimpleNamespace(time=clock))
    return clock


@pytest.fixture
def server():
    return fakeredis.FakeServer()


@pytest.fixture
def process(server, clock):
    """Makes what a process has of a budget that others share: a throttle with a connection of its own."""

    def make(rate=40, *, name="{x}:writes", clock=clock, **options):
        link = link_to(fakeredis.FakeRedis(server=server), clock=clock)
        return RedisThrottle(link, name, rate, clock=clock, **options)

    return make


def step_down_to_20(throttle, clock):
    """Answers as a server gives them that takes 20 a second."""
    for _ in range(20):
        throttle.report(refused=False)
        throttle.reserve(0)  # tells Redis of the answer
        clock.pass_by(0.05)
    for _ in range(3):
        throttle.report(refused=True)


def interval(throttle):
    first, second = throttle.reserve(1e9), throttle.reserve(1e9)
    return second - first


moves = st.one_of(
    st.tuples(st.just("pass"), st.integers(0, 60_000).map(lambda n: (n * 7 + 3) / 1e6)),
    st.tuples(st.just("pass"), st.sampled_from([1.300001, 7.00003, 61.00007, 200.00011])),
    # Redis keeps whole microseconds: no moment here falls on the edge of another.
    st.tuples(st.just("reserve"), st.integers(0, 3000).map(lambda n: n / 1e3 + 0.000313)),
    st.tuples(st.just("accepted"), st.integers(1, 30)),
    st.tuples(st.just("refused"), st.integers(1, 4)),
)


@given(rate=st.sampled_from([1, 7.5, 20, 30, 40]), burst=st.integers(1, 8), program=st.lists(moves, max_size=60))
def test_the_rule_in_redis_is_the_rule_of_one_process(rate, burst, program):
    clock = Clock()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(server_mixin, "time", SimpleNamespace(time=clock))
        link = link_to(fakeredis.FakeRedis(), clock=clock)
        shared = RedisThrottle(link, "{x}:writes", rate, burst=burst, clock=clock)
        alone = PacedThrottle(rate, burst=burst, clock=clock)
        for move, size in [*program, ("reserve", 1e9), ("reserve", 1e9)]:
            if move == "pass":
                clock.pass_by(size)
            elif move == "reserve":
                waits = shared.reserve(size), alone.reserve(size)
                assert waits[0] == pytest.approx(waits[1], abs=2e-5)
            else:
                for _ in range(size):
                    clock.pass_by(0.001003)
                    shared.report(refused=move == "refused")
                    alone.report(refused=move == "refused")
    assert link.is_up


def test_permits_are_spaced_over_all_processes_in_the_order_they_were_asked_for(process):
    processes = [process() for _ in range(4)]
    waits = [processes[turn % 4].reserve(1e9) for turn in range(40)]
    assert waits == pytest.approx([turn / 39 for turn in range(40)], abs=1e-5)


def test_a_wait_that_is_too_long_reserves_nothing(process):
    one, other = process(), process()
    for _ in range(10):
        one.reserve(1e9)
    assert other.reserve(0.25) is None
    assert other.reserve(-1) is None
    assert one.reserve(float("inf")) == pytest.approx(10 / 39, abs=1e-5)


def test_the_clocks_of_the_clients_do_not_matter(process):
    early, late = process(clock=lambda: 17.0), process(clock=lambda: 9e9)
    for throttle in (early, late):
        throttle.report(refused=False)
    waits = [throttle.reserve(1e9) for throttle in (early, late, early, late)]
    assert waits == pytest.approx([turn / 39 for turn in range(4)], abs=1e-5)


def test_a_permit_costs_one_call_also_when_there_are_answers_to_tell(process, server):
    throttle = process()
    throttle.reserve(1e9)
    calls = []
    connection = throttle._link._redis
    connection.execute_command = lambda *words: calls.append(words[0]) or 0
    for _ in range(5):
        throttle.reserve(1e9)
        throttle.report(refused=False)
    assert calls == ["EVALSHA"] * 5


def test_429s_that_one_process_gets_slow_all_of_them(process, clock):
    one, other = process(), process()
    assert interval(other) == pytest.approx(1 / 39, abs=1e-5)
    step_down_to_20(one, clock)
    assert other.reserve(1e9) == pytest.approx(0.3, abs=1e-5)
    assert interval(other) == pytest.approx(1 / (0.975 * 0.975 * 20), rel=0.05)


def test_the_process_whose_429_slows_all_down_says_so(process, clock, caplog):
    step_down_to_20(process(), clock)
    (said,) = [record.getMessage() for record in caplog.records]
    assert "the pace goes down to 19." in said
    assert "from 40" in said


def test_429s_of_several_processes_count_together(process, clock):
    processes = [process() for _ in range(3)]
    clock.pass_by(1)
    for throttle in processes:
        throttle.report(refused=True)
    assert processes[0].reserve(1e9) == pytest.approx(0.3, abs=1e-5)


def test_what_was_learnt_fades_after_a_minute(process, clock):
    throttle = process()
    step_down_to_20(throttle, clock)
    clock.pass_by(59)
    assert interval(throttle) == pytest.approx(1 / (0.975 * 20), rel=0.05)
    clock.pass_by(61)
    assert interval(throttle) == pytest.approx(1 / 39, abs=1e-5)


def test_a_burst_starts_at_once_and_the_first_429_ends_it_for_everybody(process, clock):
    one, other = process(burst=8), process(burst=8)
    clock.pass_by(5)
    assert [one.reserve(1e9) for _ in range(9)] == pytest.approx([0] * 8 + [1 / 39], abs=1e-5)
    clock.pass_by(5)
    one.report(refused=True)
    assert [other.reserve(1e9) for _ in range(3)] == pytest.approx([0, 1 / 39, 2 / 39], abs=1e-5)


def test_budgets_of_other_names_are_other_budgets(process):
    names = ("{x}:writes", "{x}:reads", "{y}:writes")
    assert [process(name=name).reserve(1e9) for name in names] == [0, 0, 0]


def test_who_gives_a_lower_rate_takes_more_room(process):
    whole, half = process(40), process(20)
    waits = [throttle.reserve(1e9) for throttle in (whole, half, whole)]
    assert waits == pytest.approx([0, 1 / 39, 1 / 39 + 2 / 39], abs=1e-5)


def test_a_redis_that_forgot_its_scripts_is_told_them_again(process, server):
    throttle = process()
    throttle.reserve(1e9)
    fakeredis.FakeRedis(server=server).script_flush()
    assert throttle.reserve(1e9) == pytest.approx(1 / 39, abs=1e-5)


def test_another_redis_with_a_clock_behind_starts_anew(process, clock):
    throttle = process()
    for _ in range(10):
        throttle.reserve(1e9)
    clock.pass_by(-3600)
    assert throttle.reserve(1e9) == 0


def test_everything_that_is_kept_expires(process, server, clock):
    throttle = process()
    throttle.reserve(1e9)
    throttle.report(refused=False)
    throttle.report(refused=True)
    connection = fakeredis.FakeRedis(server=server)
    keys = connection.keys()
    assert len(keys) == 4
    assert all(590 < connection.ttl(key) < 610 for key in keys)


def test_clients_share_by_address_key_and_kind(server, clock, key):
    def client(url="https://one.example/api", api_key=key):
        return Client(url, api_key=api_key, redis=fakeredis.FakeRedis(server=server), clock=clock)

    one, other = client(), client()
    assert one._throttle(READ) is not other._throttle(READ)
    assert [each._throttle(READ).reserve(1e9) for each in (one, other)] == pytest.approx([0, 1 / 39], abs=1e-5)
    assert [each._throttle(WRITE).reserve(1e9) for each in (one, other)] == pytest.approx([0, 1 / 29.25], abs=1e-5)
    for stranger in (client(api_key="another"), client(url="https://two.example/api")):
        assert stranger._throttle(READ).reserve(1e9) == 0


def test_clients_of_one_process_and_one_redis_share_a_throttle(clock, key, redis_server):
    one, other = (Client("https://x.example", api_key=key, redis=redis_server.url, clock=clock) for _ in range(2))
    assert one._throttle(READ) is other._throttle(READ)
    assert one.redis_link is other.redis_link


def test_the_key_never_reaches_redis(server, clock, key):
    connection = fakeredis.FakeRedis(server=server)
    sent = []
    send = connection.execute_command
    connection.execute_command = lambda *words: sent.append(words) or send(*words)
    client = Client("https://one.example/api", api_key=key, redis=connection, clock=clock)
    client._throttle(READ).reserve(1)
    assert sent
    assert key not in repr(sent)
    assert "{https://one.example/api " in sent[0][3]


def test_a_sandbox_in_the_process_keeps_its_budget_to_itself(sandbox, key):
    client = Client(sandbox, rates=(40, 30), redis=fakeredis.FakeRedis())
    assert isinstance(client._throttle(READ), PacedThrottle)


# Redis gone


def test_while_redis_is_gone_the_process_goes_on_with_its_share(process, server, clock, caplog):
    throttle = process(40, share=0.5)
    throttle.reserve(1e9)
    server.connected = False
    clock.pass_by(1)
    assert [throttle.reserve(1e9) for _ in range(3)] == pytest.approx([0, 1 / 19.5, 2 / 19.5], abs=1e-5)
    assert throttle.reserve(0.05) is None
    step_down_to_20(throttle, clock)
    assert throttle.reserve(1e9) > 0.29  # 429s are heeded there as well
    server.connected = True
    clock.pass_by(5)
    assert interval(throttle) == pytest.approx(1 / 39, abs=1e-5)
    told = [record.levelno for record in caplog.records if record.getMessage().startswith("Redis ")]
    assert told == [logging.WARNING] * 2


def test_a_redis_that_was_never_there_is_no_error(clock, key):
    client = Client("https://one.example", api_key=key, redis="redis://127.0.0.1:1", redis_share=1, clock=clock)
    throttle = client._throttle(WRITE)
    assert [throttle.reserve(1e9) for _ in range(2)] == pytest.approx([0, 1 / 29.25])
    throttle.report(refused=False)
    throttle.report(refused=True)


def test_a_429_that_redis_goes_away_with_is_learnt_here(process, server, clock):
    throttle = process(40, burst=8, share=1)
    throttle.reserve(1e9)
    server.connected = False
    throttle.report(refused=True)
    clock.pass_by(1)
    assert throttle.reserve(1e9) == 0
    assert throttle.reserve(1e9) > 0  # no burst any more


def test_other_rates_go_for_both_budgets(process, server):
    throttle = process(40, share=0.5)
    throttle.configure(20, 1)
    assert throttle.limit == 20
    assert interval(throttle) == pytest.approx(1 / 19.5, abs=1e-5)
    server.connected = False
    assert interval(throttle) == pytest.approx(1 / 9.75, abs=1e-5)


# A real Redis


@pytest.fixture
def connection(redis_server):
    with redis.Redis.from_url(redis_server.url) as connection:
        yield connection


def test_in_a_real_redis_twenty_permits_take_their_time(redis_server):
    throttle = RedisThrottle(link_to(redis_server.url), "{spacing}:writes", 4)
    began = time.monotonic()
    waits = [throttle.reserve(1e9) for _ in range(20)]
    took = time.monotonic() - began
    assert waits[-1] + took == pytest.approx(19 / 3.9, abs=0.05 + took)
    assert all(0.15 < later - first <= 1 / 3.9 + 1e-3 for first, later in pairwise(waits))


def test_in_a_real_redis_threads_never_get_one_start_twice(redis_server):
    throttle = RedisThrottle(link_to(redis_server.url), "{threads}:writes", 2)
    starts = []

    def work():
        starts.extend(throttle.reserve(1e9) + time.monotonic() for _ in range(10))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    starts.sort()
    assert all(0.25 < later - first < 0.8 for first, later in pairwise(starts))


def test_in_a_real_redis_a_step_is_shared_and_everything_expires(redis_server, connection):
    one, other = (RedisThrottle(link_to(redis_server.url, clock=clock), "{step}:writes", 4) for clock in "ab")
    for throttle in (one, other, one):
        throttle.reserve(1e9)
        throttle.report(refused=False)
        throttle.report(refused=True)
    assert interval(other) == pytest.approx(interval(one), rel=0.2)
    assert float(connection.hget("softrorm:budget:{step}:writes:budget", "ceiling")) <= 4
    assert all(connection.ttl(key) > 500 for key in connection.keys("softrorm:budget:{step}:*"))


PROCESS = """
import sys, time, json
from softrorm import Client
from softrorm.client.exchange import Kind, Request
url, key = sys.argv[1:]
client = Client("https://one.example", api_key=key, rates=(40, 4), redis=url)
throttle = client._throttle(Request("POST", "/", Kind.CREATE))
throttle.reserve(0)
print("ready", flush=True)
sys.stdin.readline()
print(json.dumps([time.time() + throttle.reserve(1e9) for _ in range(10)]))
"""


def starts_of_processes(url, keys):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen([sys.executable, "-c", PROCESS, url, key], **pipes) for key in keys]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    return [json.loads(process.communicate(timeout=20)[0]) for process in processes]


def test_processes_of_one_token_share_and_those_of_others_do_not(redis_server):
    one, other, stranger = starts_of_processes(redis_server.url, ["one token", "one token", "another token"])
    shared = sorted(one + other)
    assert all(0.15 < later - first < 0.4 for first, later in pairwise(shared))
    assert stranger[-1] - stranger[0] == pytest.approx(9 / 3.9, abs=0.1)
