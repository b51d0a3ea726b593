"""The laws of the rate budget, on a clock that only the test moves."""

import heapq
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softrorm.client import Client, ConfigurationError, Dialect
from softrorm.client.throttle import PacedThrottle

PAGE = (200, {"data": [], "metadata": {"offset": 0, "limit": 200, "total": 0}})
OK = (200, {"data": {"id": "r1", "fields": {}}})


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def starts_of(throttle, clock, gaps, within=1e9):
    """The moments at which requests that come ``gaps`` apart may start."""
    starts = []
    for gap in gaps:
        clock.now += gap
        wait = throttle.reserve(within)
        if wait is not None:
            starts.append(clock.now + wait)
    return starts


gaps = st.lists(st.one_of(st.just(0.0), st.floats(0, 0.2), st.floats(0, 5)), min_size=1, max_size=150)


@settings(deadline=None)
@given(rate=st.integers(1, 45), burst=st.integers(1, 8), gaps=gaps)
def test_never_more_than_n_starts_in_any_second(rate, burst, gaps):
    clock = Clock()
    starts = starts_of(PacedThrottle(rate, burst=burst, clock=clock), clock, gaps)
    assert starts == sorted(starts)
    assert all(later - first > 1 for first, later in zip(starts, starts[rate:], strict=False))


@settings(deadline=None)
@given(rate=st.floats(0.5, 60), burst=st.integers(1, 8), within=st.floats(0, 3), gaps=gaps)
def test_no_wait_is_longer_than_the_caller_has_and_a_refused_one_reserves_nothing(rate, burst, within, gaps):
    clock, twin_clock = Clock(), Clock()
    throttle, twin = (PacedThrottle(rate, burst=burst, clock=c) for c in (clock, twin_clock))
    for gap in gaps:
        clock.now += gap
        twin_clock.now = clock.now
        wait = throttle.reserve(within)
        assert wait is None or 0 <= wait <= within
        if wait is not None:
            assert twin.reserve(1e9) == wait


@settings(deadline=None)
@given(rate=st.integers(2, 45), stalls=st.lists(st.tuples(st.floats(0, 5), st.floats(0, 0.5)), max_size=10))
def test_starts_that_come_late_together_are_never_more_than_n_in_a_second(rate, stalls):
    clock = Clock()
    throttle = PacedThrottle(rate, clock=clock)
    due = starts_of(throttle, clock, [0.0] * 5 * rate)
    actual = []
    for moment in due:
        late = max((start + length for start, length in stalls if start <= moment < start + length), default=moment)
        clock.now = max(clock.now, late)
        actual.append(clock.now + throttle.start())
    assert all(later - first > 1 for first, later in zip(actual, actual[rate:], strict=False))
    assert stalls or actual == due


def test_what_a_stall_held_up_is_caught_up_with():
    clock = Clock()
    throttle = PacedThrottle(40, clock=clock)
    due = starts_of(throttle, clock, [0.0] * 200)
    actual = []
    for moment in due:
        clock.now = 1.1 if 1 <= moment < 1.1 else moment
        actual.append(clock.now + throttle.start())
    assert actual[-1] - due[-1] < 0.1


def test_a_busy_budget_runs_at_97_5_percent():
    clock = Clock()
    starts = starts_of(PacedThrottle(40, clock=clock), clock, [0.0] * 391)
    assert starts[-1] - starts[0] == pytest.approx(10)


def test_a_burst_starts_at_once_and_the_pace_follows():
    clock = Clock()
    throttle = PacedThrottle(40, burst=8, clock=clock)
    starts = starts_of(throttle, clock, [1.0] + [0.0] * 19)
    assert starts[:8] == [1.0] * 8
    assert starts[8] == pytest.approx(1.0 + 1 / 39)


def test_the_first_429_ends_bursts():
    clock = Clock()
    throttle = PacedThrottle(40, burst=8, clock=clock)
    throttle.report(refused=True)
    assert len(set(starts_of(throttle, clock, [1.0] + [0.0] * 7))) == 8


def test_a_lone_429_does_not_cut_the_rate():
    clock = Clock()
    throttle = PacedThrottle(40, clock=clock)
    for refused in (False, True, False, True, False):
        clock.now += 0.1
        throttle.report(refused=refused)
    assert throttle.rate == 40


def accept_20_per_second_then_refuse(throttle, clock, start=10.0):
    for tick in range(20):
        clock.now = start + tick * 0.05
        throttle.report(refused=False)
    for _ in range(3):
        throttle.report(refused=True)


def test_three_429s_within_a_second_step_to_the_measured_goodput():
    clock = Clock()
    throttle = PacedThrottle(40, clock=clock)
    accept_20_per_second_then_refuse(throttle, clock)
    assert throttle.rate == pytest.approx(0.975 * 20)
    assert throttle.reserve(1e9) >= 0.3


def test_starts_reserved_before_a_step_go_at_the_pace_after_it():
    clock = Clock()
    throttle = PacedThrottle(40, clock=clock)
    clock.now = 10.9
    due = starts_of(throttle, clock, [0.0] * 9)
    accept_20_per_second_then_refuse(throttle, clock)
    stepped = clock.now
    actual = []
    for moment in due:
        clock.now = max(moment, stepped)
        actual.append(clock.now + throttle.start())
    assert actual[0] == pytest.approx(stepped + 0.3)
    assert all(later - first > 1 / 20 for first, later in pairwise(actual))
    assert clock.now + throttle.reserve(1e9) > actual[-1] + 1 / 20


def test_steps_are_1_2_seconds_apart():
    clock = Clock()
    throttle = PacedThrottle(40, clock=clock)
    accept_20_per_second_then_refuse(throttle, clock)
    after_first = throttle.rate
    clock.now += 1.0
    for _ in range(5):
        throttle.report(refused=True)
    assert throttle.rate >= after_first
    clock.now += 0.3
    throttle.report(refused=True)
    assert throttle.rate < after_first


def test_after_a_step_the_rate_climbs_to_the_ceiling_and_after_a_minute_beyond():
    clock = Clock()
    throttle = PacedThrottle(40, clock=clock)
    accept_20_per_second_then_refuse(throttle, clock)
    ceiling = throttle.rate / 0.975
    clock.now += 30
    assert throttle.rate == pytest.approx(ceiling)
    clock.now += 31
    assert ceiling < throttle.rate < ceiling * 1.06
    clock.now += 60
    assert throttle.rate == 40


@pytest.mark.parametrize(("limit", "most_refused"), [(40, 0.0), (20, 0.02), (10, 0.05)])
def test_the_pace_finds_the_true_limit_of_a_server(limit, most_refused):
    """Eight workers, 100 ms away from a server with a sliding window, configured for 40 a second."""
    clock = Clock()
    throttle = PacedThrottle(40, clock=clock)
    jitter = random.Random(7)
    window, served, refused = [], 0, 0
    events = [(0.0, worker, "ask", None) for worker in range(8)]
    while events:
        clock.now, worker, what, verdict = heapq.heappop(events)
        if clock.now > 30:
            break
        if what == "ask":
            heapq.heappush(events, (clock.now + throttle.reserve(1e9), worker, "start", None))
        elif what == "start":
            start = clock.now + throttle.start()
            heapq.heappush(events, (start + 0.02 + jitter.random() * 0.01, worker, "judge", None))
        elif what == "judge":
            window = [moment for moment in window if moment > clock.now - 1]
            accepted = len(window) < limit
            if accepted:
                window.append(clock.now)
            served, refused = served + accepted, refused + (not accepted)
            heapq.heappush(events, (clock.now + 0.08, worker, "answer", accepted))
        else:
            throttle.report(refused=not verdict)
            heapq.heappush(events, (clock.now, worker, "ask", None))
    assert served / 30 > 0.93 * limit
    assert refused / (served + refused) <= most_refused


def test_clients_of_one_token_share_a_budget_per_kind(fake_time, key):
    def client():
        return Client("https://one.example/api", api_key=key, clock=fake_time.clock)

    def throttles(client):
        return [client._throttle(request) for request in (_Read, _Write)]

    one, other = throttles(client()), throttles(client())
    assert one[0] is other[0]
    assert one[1] is other[1]
    assert one[0] is not one[1]
    assert (one[0].rate, one[1].rate) == (40, 30)
    for different in (
        Client("https://one.example/api", api_key="another key", clock=fake_time.clock),
        Client("https://two.example/api", api_key=key, clock=fake_time.clock),
    ):
        assert throttles(different)[0] is not one[0]


class _Read:
    from softrorm.client.exchange import Kind

    kind = Kind.READ


class _Write:
    from softrorm.client.exchange import Kind

    kind = Kind.CREATE


def test_the_latest_explicit_rates_win_and_implicit_ones_never_raise_them(fake_time, key):
    def rate(**options):
        client = Client("https://rates.example/api", api_key=key, clock=fake_time.clock, **options)
        return client._throttle(_Read).rate

    assert rate() == 40
    assert rate(rates=(12, 6)) == 12
    assert rate() == 12
    assert rate(rates=(25, 6)) == 25


def test_reads_and_writes_of_the_2025_dialect_share_one_budget(fake_time, key):
    client = Client("https://shared.example/api", api_key=key, dialect=Dialect.JUNE_2025, clock=fake_time.clock)
    assert client._throttle(_Read) is client._throttle(_Write)
    assert client._throttle(_Read).rate == 20


def test_searches_draw_on_the_budget_of_reads(connect, fake_time):
    client, _ = connect(PAGE, rates=(1000, 0.001))
    client.list_records("d", "t")
    client.search_records("d", "t", {})
    client.search_records("d", "t", {})
    assert sum(fake_time.slept) < 0.01


def test_writes_have_a_budget_of_their_own(connect, fake_time):
    client, _ = connect(OK, rates=(1000, 10))
    for _ in range(3):
        client.create_record("d", "t", {})
    assert sum(fake_time.slept) == pytest.approx(2 / 9.75)


def test_a_sandbox_without_a_rate_policy_is_never_waited_for(connect, fake_time):
    client, service = connect(PAGE)
    for _ in range(200):
        client.list_records("d", "t")
    assert fake_time.slept == []
    service.rate_policy = "sliding"
    for _ in range(3):
        client.list_records("d", "t")
    assert len(fake_time.slept) == 2


@pytest.mark.parametrize("rates", [(0, 1), (1, -1), (1,), 5, ("a", "b"), (5, float("inf"))])
def test_rates_that_make_no_sense_are_refused(rates, key):
    with pytest.raises(ConfigurationError, match="rates="):
        Client("https://example.com", api_key=key, rates=rates)


@pytest.mark.parametrize("burst", [0, 9, 1.5, -1])
def test_a_burst_is_one_to_eight(burst, key):
    with pytest.raises(ConfigurationError, match="burst="):
        Client("https://example.com", api_key=key, burst=burst)
