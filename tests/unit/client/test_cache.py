"""The cache: what it answers, what it never keeps, and how much of it."""

import copy
import pickle

import pytest

from softrorm import Cache, Client, ConfigurationError, NotFound

SEARCH = {"filter": {"condition": {"leftSide": "F", "operator": "IS", "rightSide": "x"}}, "paging": {"limit": 5}}


def record(id="r1", **cells):
    return {"id": id, "fields": {"F": "x", "links": [{"id": "r9", "label": "L"}], **cells}, "createdAt": "2026-01-01"}


def one(**cells):
    return (200, {"data": record(**cells), "metadata": None})


def page(*records):
    counts = {"offset": 0, "limit": 200, "total": len(records)}
    return (200, {"data": list(records), "metadata": counts})


@pytest.fixture
def cached(connect, fake_time):
    def make(*replies, ttl=30, **sizes):
        return connect(*replies, cache=Cache(ttl, clock=fake_time.clock, **sizes))

    return make


READS = {
    "get_record": (lambda c, **how: c.get_record("d", "t", "r1", **how), one()),
    "list_records": (lambda c, **how: c.list_records("d", "t", **how), page(record())),
    "a view": (lambda c, **how: c.list_records("d", "t", view="v", **how), page(record())),
    "search_records": (lambda c, **how: c.search_records("d", "t", SEARCH, **how), page(record())),
}


@pytest.fixture(params=READS)
def read(request):
    return READS[request.param]


def test_without_a_cache_every_read_is_a_request(connect, read):
    call, reply = read
    client, service = connect(reply)
    assert call(client) == call(client)
    assert len(service.requests) == 2
    assert client.cache is None


def test_a_read_is_answered_again_without_a_request_until_its_time_is_up(cached, read, fake_time):
    call, reply = read
    client, service = cached(reply, ttl=30)
    first = call(client)
    fake_time.now += 29
    assert call(client) == first
    assert len(service.requests) == 1
    fake_time.now += 2
    assert call(client) == first
    assert len(service.requests) == 2


def test_a_page_from_the_cache_is_counted_as_the_one_that_came(cached):
    client, _ = cached(page(record("r1"), record("r2")))
    first, second = (client.list_records("d", "t") for _ in range(2))
    assert (second.offset, second.limit, second.total) == (first.offset, first.limit, first.total) == (0, 200, 2)


def test_what_a_caller_does_to_an_answer_changes_nobody_elses(cached, read):
    call, reply = read
    client, _ = cached(reply)
    expected = copy.deepcopy(call(client))
    for _ in range(2):
        answer = call(client)
        assert answer == expected
        changed = answer if isinstance(answer, dict) else answer[0]
        changed["fields"]["links"].append({"id": "mine"})
        changed["fields"]["F"] = changed["id"] = "mine"


def test_different_questions_have_different_answers(cached):
    client, service = cached(page(record()))
    asked = [
        lambda: client.list_records("d", "t"),
        lambda: client.list_records("d", "t2"),
        lambda: client.list_records("d2", "t"),
        lambda: client.list_records("d", "t", offset=5),
        lambda: client.list_records("d", "t", limit=5),
        lambda: client.list_records("d", "t", view="v"),
        lambda: client.list_records("d", "t", field_names=True),
        lambda: client.search_records("d", "t", {}),
        lambda: client.search_records("d", "t", SEARCH),
        lambda: client.search_records("d", "t", SEARCH, field_names=True),
    ]
    for _ in range(2):
        for ask in asked:
            ask()
    assert len(service.requests) == len(asked)


def test_the_order_of_keys_in_a_search_makes_no_difference(cached):
    client, service = cached(page(record()))
    client.search_records("d", "t", {"paging": {"limit": 5, "offset": 0}, "filter": {}})
    client.search_records("d", "t", {"filter": {}, "paging": {"offset": 0, "limit": 5}})
    assert len(service.requests) == 1


def test_a_fresh_read_is_a_request_and_takes_the_place_of_what_was_kept(cached, read):
    call, old = read
    new = one(F="new") if call is READS["get_record"][0] else page(record(F="new"))
    client, service = cached(old, new)
    call(client)
    fresh = call(client, fresh=True)
    assert call(client) == fresh != old[1]["data"]
    assert len(service.requests) == 2


def test_a_fresh_read_keeps_nothing_that_was_not_kept_before(cached, read):
    call, reply = read
    client, service = cached(reply)
    call(client, fresh=True)
    assert client.cache.stats().records.stored == client.cache.stats().queries.stored == 0
    call(client)
    assert len(service.requests) == 2


def test_what_is_not_there_is_asked_for_each_time(cached):
    missing = (404, {"message": "no record", "errorCode": "RESOURCE_NOT_FOUND"})
    client, service = cached(missing)
    for _ in range(2):
        with pytest.raises(NotFound):
            client.get_record("d", "t", "r1")
    assert len(service.requests) == 2


def test_a_page_that_does_not_count_its_records_is_not_kept(cached):
    client, service = cached((200, {"data": [record()]}))
    for _ in range(2):
        with pytest.raises(ConnectionError, match="does not count"):
            client.list_records("d", "t")
    assert len(service.requests) == 2


def test_schema_reads_go_to_the_service(cached):
    client, service = cached((200, {"data": [{"id": "t", "name": "T", "fields": []}]}))
    client.list_tables("d")
    client.list_tables("d")
    assert len(service.requests) == 2


# --- never kept -----------------------------------------------------------------------------------

FILE = {"id": "attachments/d/t/x/y", "url": "https://s3/x?X-Amz-Expires=3600", "filename": "a.png", "type": "image/png"}
HOLDS_A_FILE = {
    "an attachment": [FILE],
    "a lookup of attachments": [FILE, FILE],
    "a file without a list around it": FILE,
    "a file in the last place": ["text", None, FILE],
}


@pytest.mark.parametrize("cell", HOLDS_A_FILE.values(), ids=HOLDS_A_FILE)
def test_answers_with_links_to_files_are_never_kept(cached, cell):
    client, service = cached(page(record("r1"), record("r2", files=cell)), page(), one(files=cell))
    client.list_records("d", "t")
    assert client.list_records("d", "t") == []
    client.get_record("d", "t", "r2")
    client.get_record("d", "t", "r2")
    assert len(service.requests) == 4
    stats = client.cache.stats()
    assert (stats.queries.declined, stats.queries.stored) == (1, 1)
    assert (stats.records.declined, stats.records.stored) == (2, 0)


def test_a_record_that_gets_its_first_file_is_forgotten(cached):
    client, _ = cached(one(files=[]), one(files=[FILE]))
    client.get_record("d", "t", "r1")
    client.get_record("d", "t", "r1", fresh=True)
    assert client.get_record("d", "t", "r1")["fields"]["files"] == [FILE]
    assert client.cache.stats().records.entries == 0


@pytest.mark.parametrize(
    "cell",
    [[], "https://example.com", ["https://example.com"], {"id": "u", "name": "A", "avatarUrl": "https://x/a.png"}],
    ids=["no file", "a URL", "a lookup of URLs", "a person"],
)
def test_other_cells_are_kept(cached, cell):
    client, service = cached(one(cell=cell))
    assert client.get_record("d", "t", "r1") == client.get_record("d", "t", "r1")
    assert len(service.requests) == 1


# --- whose ----------------------------------------------------------------------------------------


def test_clients_of_one_service_and_key_share_what_their_cache_holds(connect, key):
    cache = Cache()
    first, service = connect(one(), cache=cache)
    second = Client(service, api_key=key, cache=cache)
    first.get_record("d", "t", "r1")
    second.get_record("d", "t", "r1")
    assert len(service.requests) == 1


def test_another_key_or_another_service_is_answered_by_the_service(connect):
    cache = Cache()
    first, service = connect(one(), cache=cache)
    other_key = Client(service, api_key="another-key", cache=cache)
    other_service, second_service = connect(one(F="other"), cache=cache)
    for client in (first, other_key, other_service):
        client.get_record("d", "t", "r1")
    assert (len(service.requests), len(second_service.requests)) == (2, 1)


def test_a_key_that_rotates_sees_nothing_of_the_one_before_it(connect):
    keys = ["one"]
    client, service = connect(one(), api_key=lambda: keys[0], cache=Cache())
    client.get_record("d", "t", "r1")
    keys[0] = "two"
    client.get_record("d", "t", "r1")
    client.get_record("d", "t", "r1")
    assert len(service.requests) == 2


# --- how much -------------------------------------------------------------------------------------


def test_what_was_used_longest_ago_goes_when_memory_is_full(connect):
    client, service = connect(one(F="x" * 1000), cache=Cache(record_bytes=4500))
    for id in ("a", "b", "a", "c", "a", "b"):
        client.get_record("d", "t", id)
    assert [request["path"][-1] for request in service.requests] == ["a", "b", "c", "b"]
    assert client.cache.stats().records.bytes <= 4500


def test_an_answer_larger_than_the_cache_is_not_kept(connect):
    client, service = connect(one(F="x" * 5000), cache=Cache(record_bytes=4500))
    client.get_record("d", "t", "a")
    client.get_record("d", "t", "a")
    assert len(service.requests) == 2
    assert client.cache.stats().records.declined == 2


def test_a_large_read_leaves_the_single_records_where_they_are(connect):
    client, _ = connect(one(), page(*(record(f"r{n}") for n in range(50))), cache=Cache(query_bytes=20_000))
    client.get_record("d", "t", "r1")
    for offset in range(20):
        client.list_records("d", "t", offset=offset)
    assert client.cache.stats().records.entries == 1
    assert client.cache.stats().queries.bytes <= 20_000


def test_either_part_can_be_left_out(connect):
    client, service = connect(one(), one(), page(record()), cache=Cache(record_bytes=0))
    for _ in range(2):
        client.get_record("d", "t", "a")
    for _ in range(2):
        client.list_records("d", "t")
    assert len(service.requests) == 3
    client, service = connect(page(record()), page(record()), one(), cache=Cache(query_bytes=0))
    for _ in range(2):
        client.list_records("d", "t")
    for _ in range(2):
        client.get_record("d", "t", "a")
    assert len(service.requests) == 3


# --- what it says ---------------------------------------------------------------------------------


def test_the_counters_say_what_became_of_the_reads(cached, fake_time):
    client, _ = cached(one(), page(record()))
    client.get_record("d", "t", "r1")
    for _ in range(3):
        client.list_records("d", "t")
    records, queries = client.cache.stats()
    assert (records.hits, records.misses, records.stored, records.entries) == (0, 1, 1, 1)
    assert (queries.hits, queries.misses, queries.stored, queries.entries) == (2, 1, 1, 1)
    assert repr(client.cache) == "<Cache of 30 s: 1 records kept, 0 hits, 1 misses; 1 queries kept, 2 hits, 1 misses>"
    fake_time.now += 31
    assert client.cache.stats().queries.entries == 0


def test_clear_forgets_everything_and_what_is_on_its_way(connect):
    client, service = connect(one(), cache=Cache())
    service.on_request = client.cache.clear
    client.get_record("d", "t", "r1")
    service.on_request = lambda: None
    assert client.cache.stats().records.entries == 0
    client.get_record("d", "t", "r1")
    client.cache.clear()
    client.get_record("d", "t", "r1")
    assert len(service.requests) == 3


def test_a_cache_shows_no_record_and_is_not_pickled(connect):
    client, _ = connect(one(F="a secret cell"), cache=Cache())
    client.get_record("d", "t", "r1")
    assert "secret" not in repr(client.cache)
    with pytest.raises(TypeError):
        pickle.dumps(client.cache)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Cache(0), r"Cache\(ttl=\) takes a number of seconds above zero; got 0"),
        (lambda: Cache("30"), r"Cache\(ttl=\) takes a number of seconds above zero; got '30'"),
        (lambda: Cache(float("inf")), r"Cache\(ttl=\) takes a number of seconds above zero; got inf"),
        (lambda: Cache(record_bytes=-1), r"Cache\(record_bytes=\) takes a whole number of bytes from zero; got -1"),
        (lambda: Cache(query_bytes=1.5), r"Cache\(query_bytes=\) takes a whole number of bytes from zero; got 1.5"),
        (lambda: Client("sandbox:", cache=True), r"cache= takes a Cache, such as Cache\(ttl=30\); got True"),
    ],
)
def test_settings_that_will_not_do_are_refused(make, message):
    with pytest.raises(ConfigurationError, match=message):
        make()
