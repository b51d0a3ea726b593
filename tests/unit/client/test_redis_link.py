"""Reaching Redis, doing without it, and saying so once."""

import logging
import subprocess
import sys
import time
import traceback

import fakeredis
import pytest
import redis
import redis.asyncio

from softrorm.client import Client, ConfigurationError, redis_link
from softrorm.client.redis_link import link_to

GONE = "redis://:the-password@127.0.0.1:1/0"  # nobody listens on port 1


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.DEBUG, "softrorm.client")
    return lambda: [record.getMessage() for record in caplog.records if "Redis" in record.getMessage()]


def ping(connection):
    return connection.ping()


def test_a_call_gets_the_client_of_redis_own_library():
    connection = fakeredis.FakeRedis()
    assert link_to(connection).call(lambda given: given is connection)


def test_a_redis_that_is_gone_answers_none_and_is_said_once(fake_time, said):
    link = link_to(GONE, clock=fake_time.clock)
    assert link.is_up
    assert [link.call(ping) for _ in range(3)] == [None] * 3
    assert not link.is_up
    assert len(said()) == 1
    assert "Redis at 127.0.0.1:1 cannot be used" in said()[0]


def test_while_it_is_gone_it_is_tried_every_five_seconds(fake_time, said):
    link = link_to(GONE, clock=fake_time.clock)
    tried = []
    for _ in range(31):
        link.call(lambda connection: tried.append(fake_time.now) or connection.ping())
        fake_time.now += 1
    assert tried == [1000, 1005, 1010, 1015, 1020, 1025, 1030]
    assert len(said()) == 1


def test_its_return_is_said_once_and_the_next_outage_again(fake_time, said):
    server = fakeredis.FakeServer()
    link = link_to(fakeredis.FakeRedis(server=server), clock=fake_time.clock)
    for connected in (True, False, True, False):
        server.connected = connected
        fake_time.now += 6
        assert [link.call(ping) for _ in range(2)] == ([True, True] if connected else [None, None])
    assert ["is back" in line for line in said()] == [False, True, False]


def test_a_redis_that_restarts_is_found_again(start_redis, fake_time, said):
    server = start_redis()
    link = link_to(server.url, clock=fake_time.clock)
    assert link.call(ping)
    server.stop()
    assert link.call(ping) is None
    server.start()
    assert link.call(ping) is None
    fake_time.now += 5
    assert link.call(ping)
    assert len(said()) == 2


def test_a_redis_that_hangs_holds_one_call_up_and_no_more(start_redis, monkeypatch, said):
    monkeypatch.setattr(redis_link, "PATIENCE", 0.05)
    server = start_redis()
    link = link_to(server.url)
    assert link.call(ping)
    server.freeze()
    began = time.monotonic()
    assert [link.call(ping) for _ in range(100)] == [None] * 100
    assert time.monotonic() - began < 1
    assert "Timeout" in said()[0]


def test_a_wrong_password_is_an_outage_in_redis_own_words(start_redis, said):
    server = start_redis("--requirepass", "right")
    link = link_to(server.url.replace("127", ":wrong-password@127"))
    assert link.call(ping) is None
    assert "AuthenticationError" in said()[0]
    assert "wrong-password" not in said()[0]
    assert link_to(server.url.replace("127", ":right@127")).call(ping)


def test_the_password_is_shown_nowhere(caplog):
    caplog.set_level(logging.DEBUG)
    client = Client("https://example.com", api_key="k", redis=GONE)
    link = client.redis_link

    def repeats_it(connection):
        raise redis.ResponseError("unknown command 'AUTH', with args beginning with: 'the-password'")

    link.call(repeats_it)
    assert "beginning with: '***'" in caplog.text
    assert "the-password" not in f"{caplog.text} {link!r} {client!r} {redis_link._links!r}"


@pytest.mark.parametrize("bad", ["http://:the-password@host", "redis://:the-password@host:port", ""])
def test_an_address_that_will_not_do_is_refused_and_not_shown(bad):
    with pytest.raises(ConfigurationError, match="redis= takes a URL such as 'redis://host:6379/0'") as raised:
        Client("https://example.com", api_key="k", redis=bad)
    frames = raised.value.__traceback__.tb_next
    told = traceback.TracebackException(type(raised.value), raised.value, frames, capture_locals=True)
    assert "the-password" not in "".join(told.format())


@pytest.mark.parametrize("bad", [5, ["redis://host"], object(), redis.asyncio.Redis()])
def test_what_is_no_redis_is_refused_by_its_type(bad):
    with pytest.raises(ConfigurationError, match=f"redis= takes .* got {type(bad).__module__.split('.')[0]}|got "):
        Client("https://example.com", api_key="k", redis=bad)


def test_the_environment_names_a_redis(monkeypatch):
    monkeypatch.setenv("SOFTR_REDIS", GONE)
    assert Client("https://example.com", api_key="k").redis_link is link_to(GONE)


def test_a_sandbox_in_the_process_has_one_only_if_it_is_given_one(monkeypatch):
    monkeypatch.setenv("SOFTR_REDIS", GONE)
    assert Client("sandbox:").redis_link is None
    assert Client("sandbox:", redis=GONE).redis_link is link_to(GONE)


def test_without_the_extra_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'softrorm\[redis\]'"):
        Client("https://example.com", api_key="k", redis=GONE)


def test_a_client_without_a_redis_does_not_import_it():
    code = (
        "import sys; from softrorm import Client; Client('https://e.com', api_key='k'); print('redis' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "False\n"


@pytest.mark.parametrize("share", [0, -1, 1.5, "half", None])
def test_the_share_is_a_part_of_the_rates(share):
    with pytest.raises(ConfigurationError, match="redis_share="):
        Client("https://example.com", api_key="k", redis=GONE, redis_share=share)
