"""Caches of several processes, which tell each other through Redis what they wrote."""

import logging
import subprocess
import sys

import fakeredis
import pytest

from softrorm import Cache, Client
from softrorm.client.epochs import SharedEpochs
from softrorm.client.redis_link import link_to


class World:
    """A sandbox on a port, a client with a cache and a Redis, and what another process would do to that Redis."""

    def __init__(self, sandbox, url, redis, fake_time):
        self.sandbox = sandbox
        self.url = url
        self.redis = redis
        cache = Cache(1e9, clock=fake_time.clock)
        times = {"clock": fake_time.clock, "sleep": fake_time.sleep}
        self.client = Client(url, "key", rates=(900, 900), redis=redis, cache=cache, **times)
        self.database = self.client.create_database("D", self.sandbox.workspace_id).id
        table = self.client.create_table(self.database, "T", primary_field_name="Name")
        self.table, self.name = table.id, table.fields[0].id
        self.record = self.client.create_record(self.database, self.table, {self.name: "old"})["id"]

    def elsewhere(self, *places):
        """Another process of the same service writes."""
        assert SharedEpochs(link_to(self.redis), self.url).move(places or [f"{self.database}/{self.table}"])

    def asked(self):
        """Reads the record and a page; says whether the service was asked for the two."""
        before = len(self.sandbox.requests)
        self.client.get_record(self.database, self.table, self.record)
        self.client.list_records(self.database, self.table)
        return {0: False, 2: True}[len(self.sandbox.requests) - before]


@pytest.fixture
def fake():
    return fakeredis.FakeServer()


@pytest.fixture
def world(sandbox, fake, fake_time):
    handle, meanwhile = sandbox.handle, []

    def answered(*request):
        answer = handle(*request)
        for act in meanwhile:
            act()
        return answer

    sandbox.handle = answered
    with sandbox.serve() as server:
        world = World(sandbox, server.url, fakeredis.FakeRedis(server=fake), fake_time)
        world.meanwhile = meanwhile
        yield world
        world.client.close()


def test_what_nobody_wrote_to_is_answered_from_the_cache(world):
    assert world.asked()
    assert not world.asked()


def test_a_write_in_another_process_retires_what_it_may_have_changed(world):
    world.asked()
    world.elsewhere()
    assert world.asked()
    world.elsewhere(world.database)
    assert world.asked()
    world.elsewhere(f"{world.database}/another", "another")
    assert not world.asked()


def test_a_write_in_this_process_counts_and_is_told_to_the_others(world):
    other = SharedEpochs(link_to(world.redis), world.url)
    places = (world.database, f"{world.database}/{world.table}")
    world.asked()
    seen = other.of(places)
    world.client.update_record(world.database, world.table, world.record, {world.name: "new"})
    assert other.of(places) != seen
    assert world.asked()


def test_a_client_without_a_cache_tells_its_writes_too(world):
    other = SharedEpochs(link_to(world.redis), world.url)
    places = (world.database, f"{world.database}/{world.table}")
    seen = other.of(places)
    with Client(world.url, "another-key", rates=(900, 900), redis=world.redis) as writer:
        writer.update_record(world.database, world.table, world.record, {world.name: "new"})
    assert other.of(places) != seen


def test_who_read_before_a_write_elsewhere_keeps_nothing_after_it(world):
    world.meanwhile.append(world.elsewhere)
    world.asked()
    world.meanwhile.clear()
    assert world.asked()
    assert not world.asked()


def test_a_redis_that_lost_its_data_makes_everything_be_read_anew(world):
    world.asked()
    world.redis.flushall()
    assert world.asked()
    assert not world.asked()
    world.elsewhere()
    world.redis.flushall()
    world.elsewhere()
    assert world.asked()


def test_without_redis_the_service_is_asked_and_the_outage_is_said_once(world, fake, fake_time, caplog):
    caplog.set_level(logging.INFO, "softrorm.client")
    world.asked()
    fake.connected = False
    assert all(world.asked() for _ in range(3))
    assert sum("cannot be used" in one.getMessage() for one in caplog.records) == 1
    fake.connected = True
    fake_time.now += 6
    assert not world.asked()


def test_what_could_not_be_told_is_told_when_redis_is_back(world, fake, fake_time):
    other = SharedEpochs(link_to(world.redis), world.url)
    places = (world.database, f"{world.database}/{world.table}")
    seen = other.of(places)
    fake.connected = False
    world.client.update_record(world.database, world.table, world.record, {world.name: "new"})
    fake.connected = True
    assert other.of(places) == seen
    fake_time.now += 6
    world.asked()
    assert other.of(places) != seen


def test_a_hit_asks_redis_once(world):
    world.asked()
    commands = []
    execute = world.redis.execute_command
    world.redis.execute_command = lambda *command, **options: (
        commands.append(command[0]) or execute(*command, **options)
    )
    world.client.get_record(world.database, world.table, world.record)
    assert commands == ["HMGET"]


def test_a_sandbox_in_the_process_needs_no_redis(sandbox, fake):
    client = sandbox.client(redis=fakeredis.FakeRedis(server=fake), cache=Cache())
    database = client.create_database("D", sandbox.workspace_id).id
    table = client.create_table(database, "T").id
    fake.connected = False
    client.list_records(database, table)
    before = len(sandbox.requests)
    client.list_records(database, table)
    assert len(sandbox.requests) == before


WRITER = """
import sys
from softrorm import Client
url, redis, database, table, record, name, value = sys.argv[1:]
Client(url, "another-key", redis=redis).update_record(database, table, record, {name: value})
"""


def test_a_real_process_and_a_real_redis(sandbox, start_redis, fake_time):
    with sandbox.serve() as server:
        redis = start_redis()
        world = World(sandbox, server.url, redis.url, fake_time)
        for value in ("first", "second"):
            world.asked()
            assert not world.asked()
            told = [server.url, redis.url, world.database, world.table, world.record, world.name, value]
            subprocess.run([sys.executable, "-c", WRITER, *told], check=True)
            read = world.client.get_record(world.database, world.table, world.record)
            assert read["fields"][world.name] == value
            assert world.client.list_records(world.database, world.table)[0]["fields"][world.name] == value
        world.client.close()
