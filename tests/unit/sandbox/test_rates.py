"""Rate limits, when asked for (wire-facts 13)."""

import pytest

from softrorm.client.dialect import Dialect
from softrorm.sandbox import Sandbox
from softrorm.sandbox.rates import POLICIES


def statuses(api, count, method="GET", path="/databases", key="secret-key"):
    return [api.raw(method, path, headers={"Softr-Api-Key": key})[0] for _ in range(count)]


def test_there_is_no_limit_unless_one_is_asked_for(api):
    assert 429 not in statuses(api, 100)


@pytest.mark.parametrize(
    ("policy", "at_once"), [("sliding_log", 40), ("fixed_window", 40), ("sliding_counter", 40), ("token_bucket", 10)]
)
def test_a_burst_is_let_through_up_to_the_policy_and_then_refused(make, clock, policy, at_once):
    api = make(rate_policy=policy)
    clock.now = 1000.0
    assert statuses(api, at_once + 1) == [200] * at_once + [429]
    status, headers, payload = api.raw("GET", "/databases")
    assert (status, payload["errorCode"]) == (429, "TOO_MANY_REQUESTS")
    assert "Retry-After" not in headers
    assert api.sandbox.requests[-1].status == 429
    clock.now += 2.0
    assert statuses(api, 1) == [200]


@pytest.mark.parametrize("policy", POLICIES)
def test_requests_that_are_paced_are_never_refused(make, clock, policy):
    api = make(rate_policy=policy)
    for _ in range(200):
        clock.now += 1 / 39
        assert statuses(api, 1) == [200]


def test_the_policies_differ_where_a_burst_crosses_the_second(make, clock):
    def second_half(policy):
        api = make(rate_policy=policy)
        clock.now = 999.9
        statuses(api, 40)
        clock.now = 1000.1
        return statuses(api, 40).count(200)

    assert {policy: second_half(policy) for policy in POLICIES} == {
        "sliding_log": 0,
        "fixed_window": 40,
        "sliding_counter": 5,
        "token_bucket": 8,
    }


def test_reads_and_writes_have_budgets_of_their_own_and_searches_are_reads(make, clock):
    clock.now = 1000.0
    api = make(rate_policy="sliding_log")
    table = api.table()
    clock.now += 5
    assert statuses(api, 31, "POST").count(429) == 1
    assert statuses(api, 41, "POST", f"{table.path}/records/search").count(429) == 1
    assert statuses(api, 1) == [429]


def test_june_2025_has_one_budget_of_twenty(make):
    api = make(rate_policy="sliding_log", dialect=Dialect.JUNE_2025)
    assert statuses(api, 15).count(200) == 15
    assert statuses(api, 10, "POST").count(429) == 5


def test_every_token_has_a_budget_and_its_key_is_not_kept(make):
    api = make(rate_policy="sliding_log")
    assert statuses(api, 41, key="first-key")[-1] == 429
    assert statuses(api, 1, key="other-key") == [200]
    assert "first-key" not in repr(vars(vars(api.sandbox)["_rates"]))


def test_a_request_without_a_key_costs_nothing(make):
    api = make(rate_policy="sliding_log")
    assert statuses(api, 50, key="") == [401] * 50


def test_retry_after_is_sent_when_asked_for(make, clock):
    api = make(rate_policy="token_bucket", retry_after=True)
    statuses(api, 10)
    assert api.raw("GET", "/databases")[1]["Retry-After"] == "1"


def test_a_policy_can_be_set_while_the_sandbox_runs(api, sandbox):
    assert sandbox.rate_policy is None
    sandbox.rate_policy = "token_bucket"
    assert statuses(api, 11)[-1] == 429
    sandbox.rate_policy = None
    assert statuses(api, 1) == [200]


def test_a_policy_that_is_none_is_refused_with_the_ones_there_are():
    with pytest.raises(ValueError, match="sliding_log"):
        Sandbox(rate_policy="leaky")


def test_other_rates_than_those_of_the_dialect_may_be_given(make, clock):
    clock.now = 1000.0
    api = make(rate_policy="sliding_log", rates=(20, 5))
    assert statuses(api, 25).count(200) == 20
    assert statuses(api, 10, "POST").count(429) == 5


@pytest.mark.parametrize("rates", [(0, 5), (20, -1)])
def test_a_rate_that_lets_nothing_through_is_refused(rates):
    with pytest.raises(ValueError, match="two numbers above 0, "):
        Sandbox(rates=rates)
