"""Authorisation and rate limiting, as the 2025 document has them; it gives no example of either beyond the header."""

from types import SimpleNamespace

import pytest

from softrorm import Client, ConfigurationError, Dialect, RateLimited
from softrorm.client.address import DEFAULT_URL
from softrorm.sandbox import Sandbox

TOO_MANY = (429, {}, b"")


class Listener:
    """A service that keeps the headers it was sent, and answers from a script."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.headers = []

    def handle(self, method, path, query, headers, body):
        self.headers.append(headers)
        return self.answers.pop(0) if self.answers else (200, {}, b'{"data": []}')


@pytest.fixture
def time():
    """A clock that only sleeping moves."""
    time = SimpleNamespace(now=1000.0, slept=[])

    def sleep(seconds):
        time.now += seconds
        time.slept.append(seconds)

    time.options = {"clock": lambda: time.now, "sleep": sleep, "dialect": Dialect.JUNE_2025, "api_key": "any"}
    return time


def test_the_base_address_is_the_documented_one():
    assert DEFAULT_URL == "https://tables-api.softr.io/api/v1"
    assert Client(api_key="any").url == DEFAULT_URL


def test_a_call_carries_the_key_in_the_documented_header():
    service = Listener()
    Client(service, api_key="the-key").list_databases()
    assert service.headers[0]["Softr-Api-Key"] == "the-key"
    assert "Authorization" not in service.headers[0]


def test_a_call_goes_through_https_alone():
    with pytest.raises(ConfigurationError, match="use https"):
        Client("http://tables-api.softr.io/api/v1", api_key="any")


def test_reads_and_writes_share_twenty_calls_a_second(time):
    with Sandbox() as sandbox, sandbox.serve() as server, Client(server.url, **time.options) as client:
        began = time.now
        for _ in range(10):
            client.list_databases()
            client.create_database("Base", sandbox.workspace_id)
        # The first call is free, and a margin keeps the pace a little below the limit.
        assert 19 / 20 <= time.now - began <= 1.05 * 19 / 20


def test_a_429_is_waited_out_and_the_call_repeated(time):
    service = Listener(TOO_MANY, TOO_MANY)
    assert Client(service, **time.options).list_databases() == []
    assert len(service.headers) == 3
    assert len([wait for wait in time.slept if wait]) >= 2


def test_a_429_without_end_is_rate_limited(time):
    with pytest.raises(RateLimited) as raised:
        Client(Listener(*[TOO_MANY] * 1000), deadline=5, **time.options).list_databases()
    assert (raised.value.status, raised.value.code) == (429, None)
    assert raised.value.attempts > 1
