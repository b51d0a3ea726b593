"""The schema cache: one reader at a time, and nothing stale after a write."""

import threading

import pytest

from softrorm.client import NotFound
from softrorm.client.schema_cache import SchemaCache

TABLE = {
    "id": "kNjsEhYYcNjAsj",
    "name": "Project",
    "fields": [{"id": "aB3dE", "name": "Name", "type": "SINGLE_LINE_TEXT"}],
}
TABLES = (200, {"data": [TABLE]})


def test_a_schema_is_read_once_and_again_after_its_time(connect, fake_time):
    client, service = connect(TABLES, schema_ttl=300)
    assert client.schema("d")[0].field("Name").id == "aB3dE"
    client.schema("d")
    assert len(service.requests) == 1
    fake_time.now += 301
    client.schema("d")
    assert len(service.requests) == 2


def test_refresh_and_drop_read_it_again(connect):
    client, service = connect(TABLES)
    client.schema("d")
    client.schema("d", refresh=True)
    client.schema_cache.drop("d")
    client.schema("d")
    client.schema_cache.drop()
    client.schema("d")
    assert len(service.requests) == 4


def test_a_table_of_the_cached_schema_costs_nothing_more(connect):
    client, service = connect(TABLES)
    client.schema("d")
    assert client.table_schema("d", "kNjsEhYYcNjAsj").name == "Project"
    assert len(service.requests) == 1


def test_a_table_that_is_not_there_is_looked_for_again_and_then_not_found(connect):
    missing = (404, {"message": "no table", "errorCode": "RESOURCE_NOT_FOUND"})
    client, service = connect(TABLES, TABLES, missing)
    with pytest.raises(NotFound):
        client.table_schema("d", "gone")
    assert [request["path"] for request in service.requests] == [
        "/databases/d/tables",
        "/databases/d/tables",
        "/databases/d/tables/gone",
    ]


FIELD = (200, {"data": {"id": "f", "name": "F", "type": "NUMBER"}})
WRITES = {
    "update_database": (lambda c: c.update_database("d", "n"), (200, {"data": {"id": "d", "name": "n"}})),
    "delete_database": (lambda c: c.delete_database("d"), (204, b"")),
    "create_table": (lambda c: c.create_table("d"), (200, {"data": TABLE})),
    "update_table": (lambda c: c.update_table("d", "t", "n"), (200, {"data": TABLE})),
    "delete_table": (lambda c: c.delete_table("d", "t"), (204, b"")),
    "create_field": (lambda c: c.create_field("d", "t", "F", "NUMBER"), FIELD),
    "update_field": (lambda c: c.update_field("d", "t", "f", "F"), FIELD),
    "delete_field": (lambda c: c.delete_field("d", "t", "f"), (204, b"")),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("works", [True, False])
def test_every_write_to_the_schema_drops_it_also_when_it_fails(connect, write, works):
    call, reply = WRITES[write]
    replies = [FIELD, reply] if write == "update_field" else [reply]
    if not works:
        replies[-1] = (500, {"message": "oh"})
    client, service = connect(TABLES, *replies, TABLES)
    client.schema("d")
    try:
        call(client)
    except Exception:
        assert not works
    before = len(service.requests)
    client.schema("d")
    assert len(service.requests) == before + 1


def test_a_change_by_one_client_drops_the_schema_of_every_client_of_the_service(sandbox):
    first, second = sandbox.client(), sandbox.client()
    database = first.create_database("D", sandbox.workspace_id).id
    before = len(second.schema(database))
    first.create_table(database, "T")
    assert len(second.schema(database)) == before + 1


def test_a_look_at_what_is_there_loads_nothing():
    cache = SchemaCache(str.upper)
    assert cache.peek("a") is None
    cache.get("a")
    assert cache.peek("a") == "A"
    cache.drop("a")
    assert cache.peek("a") is None


def test_one_thread_loads_and_the_others_wait():
    loads, entered, release = [], threading.Event(), threading.Event()

    def load(key):
        loads.append(key)
        entered.set()
        release.wait(2)
        return key.upper()

    cache = SchemaCache(load)
    got = []
    threads = [threading.Thread(target=lambda: got.append(cache.get("a"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    entered.wait(2)
    release.set()
    for thread in threads:
        thread.join(2)
    assert (loads, got) == (["a"], ["A"] * 8)


def test_after_a_failed_load_the_next_one_in_line_tries():
    outcomes = [OSError("down"), "value"]

    def load(key):
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    cache = SchemaCache(load)
    with pytest.raises(OSError, match="down"):
        cache.get("a")
    assert cache.get("a") == "value"


def test_what_was_read_before_a_write_is_not_kept_after_it():
    def load(key):
        if not loads:
            cache.drop(key)  # a write that happens while the old schema is being read
        loads.append(key)
        return len(loads)

    loads = []
    cache = SchemaCache(load)
    assert cache.get("a") == 1
    assert cache.get("a") == 2
    assert cache.get("a") == 2
