"""What a write does to a cache: nothing that it may have changed is answered from memory afterwards."""

import gc
import random
import threading
import time

import pytest

from softrorm import Cache, SoftrError
from softrorm.client.epochs import Epochs, places_of
from softrorm.sandbox import Sandbox

ON_THE_WAY = [0, 0.0002, 0.002]
"""Seconds."""


class World:
    """A database of four tables: tasks link to projects, and those to owners; notes stand alone."""

    def __init__(self):
        self.sandbox = Sandbox()
        self.cache = Cache()
        self.client = self.sandbox.client(cache=self.cache)
        self.database = self.client.create_database("D", self.sandbox.workspace_id).id
        self.table, self.name, self.record = {}, {}, {}
        for name in ("task", "project", "owner", "note"):
            made = self.client.create_table(self.database, name, primary_field_name="Name")
            self.table[name], self.name[name] = made.id, made.fields[0].id
            self.record[name] = self.client.create_record(self.database, made.id, {made.fields[0].id: name})["id"]
        self.link = self.link_of("task", "project")
        self.link_of("project", "owner")

    def link_of(self, source, target):
        options = {"linkedTableId": self.table[target]}
        return self.client.create_field(self.database, self.table[source], target, "LINKED_RECORD", options).id

    def at(self, name):
        return self.database, self.table[name]

    def read(self, name, client=None):
        """Reads a record and a page of a table; says whether the service was asked for the two."""
        before = len(self.sandbox.requests)
        client = client or self.client
        client.get_record(*self.at(name), self.record[name])
        client.list_records(*self.at(name))
        return {0: False, 2: True}[len(self.sandbox.requests) - before]

    def asked(self, *names):
        return {name for name in names or self.table if self.read(name)}

    def write(self, name, client=None):
        (client or self.client).update_record(*self.at(name), self.record[name], {self.name[name]: "new"})


@pytest.fixture
def world():
    world = World()
    yield world
    world.sandbox.close()


def test_what_is_read_is_kept_until_something_is_written(world):
    assert world.asked() == {"task", "project", "owner", "note"}
    assert world.asked() == set()


RECORD_WRITES = {
    "create": lambda w, c: c.create_record(*w.at("task"), {w.name["task"]: "another"}),
    "update": lambda w, c: w.write("task", c),
    "delete": lambda w, c: c.delete_record(*w.at("task"), w.sandbox.client().create_record(*w.at("task"), {})["id"]),
    "create that is refused": lambda w, c: c.create_record(*w.at("task"), {"none": 1}),
    "update that finds nothing": lambda w, c: c.update_record(*w.at("task"), "gone0000000000", {}),
    "delete that finds nothing": lambda w, c: c.delete_record(*w.at("task"), "gone0000000000"),
}
SCHEMA_WRITES = {
    "update_database": lambda w, c: c.update_database(w.database, "new"),
    "create_table": lambda w, c: c.create_table(w.database, "new"),
    "update_table": lambda w, c: c.update_table(*w.at("note"), name="new"),
    "delete_table": lambda w, c: c.delete_table(
        w.database, w.sandbox.client().create_table(w.database, "x").id, force=True
    ),
    "create_field": lambda w, c: c.create_field(*w.at("note"), "new", "NUMBER"),
    "update_field": lambda w, c: c.update_field(*w.at("note"), w.name["note"], name="new"),
    "a schema write that is refused": lambda w, c: c.delete_field(*w.at("note"), "none0"),
}


@pytest.mark.parametrize("write", RECORD_WRITES)
@pytest.mark.parametrize("whose", ["the client itself", "another client without a cache", "another key"])
def test_every_write_to_a_record_retires_what_was_read_from_its_table(world, write, whose):
    options = {"api_key": "another-key"} if whose == "another key" else {}
    writer = world.client if whose == "the client itself" else world.sandbox.client(**options)
    world.client.schema(world.database)
    writer.schema(world.database)
    world.asked()
    try:
        RECORD_WRITES[write](world, writer)
    except SoftrError:
        assert "that" in write
    assert world.asked("task") == {"task"}
    assert world.asked("task") == set()


@pytest.mark.parametrize("write", SCHEMA_WRITES)
def test_every_write_to_the_schema_retires_the_whole_database(world, write):
    world.client.schema(world.database)
    world.asked()
    try:
        SCHEMA_WRITES[write](world, world.sandbox.client())
    except SoftrError:
        assert "refused" in write
    assert world.asked() == {"task", "project", "owner", "note"}


def test_where_the_schema_is_known_only_tables_that_links_connect_are_retired(world):
    world.client.schema(world.database)
    world.asked()
    world.write("task")
    assert world.asked() == {"task", "project", "owner"}
    world.write("owner")
    assert world.asked() == {"task", "project", "owner"}
    world.write("note")
    assert world.asked() == {"note"}


def test_a_link_whose_other_side_was_deleted_still_connects(world):
    [inverse] = [one.id for one in world.client.get_table(*world.at("project")).fields if one.name == "task"]
    world.client.delete_field(*world.at("project"), inverse)
    world.client.schema(world.database)
    world.asked()
    world.write("project")
    assert world.asked() == {"task", "project", "owner"}


def test_where_the_schema_is_not_known_the_whole_database_is_retired_and_nothing_is_asked_for_it(world):
    world.asked()
    before = len(world.sandbox.requests)
    world.write("note")
    assert len(world.sandbox.requests) == before + 1
    assert world.asked() == {"task", "project", "owner", "note"}


def test_a_database_that_nobody_wrote_to_stays(world):
    other = world.sandbox.client()
    database = other.create_database("Other", world.sandbox.workspace_id).id
    table = other.create_table(database, "T")
    world.asked()
    other.create_record(database, table.id, {})
    assert world.asked() == set()


def test_a_link_made_by_one_client_is_known_to_the_writes_of_another(world):
    writer = world.sandbox.client()
    writer.schema(world.database)
    link = world.link_of("note", "task")
    world.client.update_record(*world.at("note"), world.record["note"], {link: [world.record["task"]]})
    world.asked()
    world.write("task", writer)
    assert "note" in world.asked()
    [linked] = world.client.get_record(*world.at("note"), world.record["note"])["fields"][link]
    assert linked["label"] == "new"


def test_the_other_side_of_a_link_is_seen_at_once(world):
    world.client.schema(world.database)
    project = world.client.get_record(*world.at("project"), world.record["project"])
    world.client.update_record(*world.at("task"), world.record["task"], {world.link: [world.record["project"]]})
    after = world.client.get_record(*world.at("project"), world.record["project"])
    assert after["fields"] != project["fields"]


@pytest.mark.parametrize("broken", [(503, b""), (500, b"{}"), (400, b"{}")])
def test_a_write_that_failed_counts_since_it_may_have_happened(connect, broken, fake_time):
    page = (200, {"data": [], "metadata": {"offset": 0, "limit": 200, "total": 0}})
    client, service = connect(page, broken, cache=Cache(clock=fake_time.clock, ttl=1000))
    client.list_records("d", "t")
    with pytest.raises(SoftrError):
        client.create_record("d", "t", {})
    service.replies = [page]
    before = len(service.requests)
    client.list_records("d", "t")
    assert len(service.requests) == before + 1


# --- readers beside a write -----------------------------------------------------------------------


def between(world, act):
    """Reads a task while something happens between the service's answer and its arrival."""
    handle = world.sandbox.handle

    def slow(*request):
        answer = handle(*request)
        world.sandbox.handle = handle
        act()
        return answer

    world.sandbox.handle = slow
    return world.client.get_record(*world.at("task"), world.record["task"])["fields"][world.name["task"]]


def test_who_read_before_a_write_keeps_nothing_after_it(world):
    assert between(world, lambda: world.write("task", world.sandbox.client())) == "task"
    assert world.read("task")
    task = world.client.get_record(*world.at("task"), world.record["task"])
    assert task["fields"][world.name["task"]] == "new"


def test_a_write_retires_before_it_and_after_it(world):
    handle = world.sandbox.handle
    world.asked()

    def slow(method, *request):
        if method == "PATCH":
            # On its way, and not carried out yet.
            assert world.read("task")
            assert not world.read("task")
        return handle(method, *request)

    world.sandbox.handle = slow
    world.write("task")
    assert world.read("task")


def test_a_cache_without_a_client_goes_on_watching(world):
    world.asked()
    world.client.close()
    del world.client
    gc.collect()
    world.write("task", world.sandbox.client())
    world.client = world.sandbox.client(cache=world.cache)
    assert "task" in world.asked()


def test_nothing_is_counted_where_there_is_no_cache(sandbox):
    client = sandbox.client()
    database = client.create_database("D", sandbox.workspace_id).id
    table = client.create_table(database, "T")
    client.create_record(database, table.id, {})
    known = [one for one in gc.get_objects() if isinstance(one, Epochs) and client.schema_cache in one.schemas]
    assert [one.of(places_of(database, table.id)) for one in known] == [(0, 0)]


def test_no_answer_is_older_than_the_last_write_that_was_over_when_it_was_asked_for(world, monkeypatch):
    """A writer and readers in threads, and requests and answers that take a moment to arrive."""
    handle, reader, writer = world.sandbox.handle, world.client, world.sandbox.client()
    number = writer.create_field(*world.at("task"), "N", "NUMBER").id
    place, id, moment = world.at("task"), world.record["task"], random.Random(7)
    writer.update_record(*place, id, {number: 0})
    done, written, stale = threading.Event(), [0], []

    def slow(*request):
        time.sleep(moment.choice(ON_THE_WAY))
        answer = handle(*request)
        time.sleep(moment.choice(ON_THE_WAY))
        return answer

    def write():
        for value in range(1, 60):
            writer.update_record(*place, id, {number: value})
            written[0] = value
        done.set()

    def read():
        while not done.is_set():
            least = written[0]
            rows = [reader.get_record(*place, id), *reader.list_records(*place)]
            stale.extend(row for row in rows if row["fields"][number] < least)

    monkeypatch.setattr(world.sandbox, "handle", slow)
    threads = [threading.Thread(target=act) for act in (read, read, read, read, write)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stale == []
    stats = world.cache.stats()
    assert stats.records.hits > 0
    assert stats.records.retired > 0
