"""Hooks: who is told of a request, of what, and that nothing they do gets in its way."""

import logging
import threading
from dataclasses import FrozenInstanceError, fields

import pytest

from softrorm.client import APIError, ConfigurationError, ServiceUnavailable
from softrorm.client import events as hooks
from softrorm.client.exchange import Kind

OK = (200, {"data": {"id": "r1", "fields": {}}})
PAGE = (200, {"data": [], "metadata": {"offset": 0, "limit": 200, "total": 0}})
DOWN = (503, {"message": "down", "errorCode": "SERVICE_UNAVAILABLE", "details": {"traceId": "t-1"}})
ALL = (hooks.on_request, hooks.on_response, hooks.on_retry, hooks.on_throttle)


@pytest.fixture
def told():
    """What the hooks tell, in order, as pairs of hook and event; disconnected at the end."""
    seen = []
    connected = [(hook, hook.connect(lambda event, name=hook.name: seen.append((name, event)))) for hook in ALL]
    yield seen
    for hook, receiver in connected:
        hook.disconnect(receiver)


def names(told):
    return [name for name, _ in told]


def test_a_call_is_told_of_before_and_after(connect, told):
    client, _ = connect(PAGE)
    client.search_records("d1", "t1", {"filter": {}})
    assert names(told) == ["on_request", "on_response"]
    (_, before), (_, after) = told
    for event in (before, after):
        assert (event.method, event.path) == ("POST", "/databases/d1/tables/t1/records/search")
        assert (event.kind, event.attempt, event.body, event.query) == (Kind.READ, 1, {"filter": {}}, {})
        assert event.ids == {"database_id": "d1", "table_id": "t1"}
    assert before.call == after.call
    assert (after.status, after.error, after.code, after.trace_id) == (200, None, None, None)
    assert after.size == len(b'{"data": [], "metadata": {"offset": 0, "limit": 200, "total": 0}}')


def test_the_time_that_an_attempt_takes_is_told(connect, told, fake_time):
    client, service = connect(OK)
    service.on_request = lambda: fake_time.sleep(0.125)
    client.get_record("d", "t", "r")
    assert told[-1][1].seconds == 0.125


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"busy", "Service Unavailable: busy"),
        ({"message": "busy"}, "Service Unavailable: busy"),
        (b"", "Service Unavailable: the answer has no body"),
        ({"message": "busy", "code": "BUSY"}, "BUSY: busy"),
    ],
)
def test_the_reason_of_a_repeat_says_nothing_twice(connect, told, body, said):
    client, _ = connect((503, body), OK)
    client.get_record("d", "t", "r")
    [repeat] = [event for name, event in told if name == "on_retry"]
    assert repeat.reason == f"the service answered 503 {said}"


def test_a_repeat_is_told_of_with_its_reason_and_its_wait(connect, told, fake_time):
    client, _ = connect(DOWN, ConnectionResetError("reset"), OK)
    client.get_record("d", "t", "r")
    assert names(told) == ["on_request", "on_response", "on_retry"] * 2 + ["on_request", "on_response"]
    assert len({event.call for _, event in told}) == 1
    assert [event.attempt for _, event in told] == [1, 1, 1, 2, 2, 2, 3, 3]
    failed, repeat = told[1][1], told[2][1]
    assert (failed.status, failed.error) == (503, "down")
    assert (failed.code, failed.trace_id) == ("SERVICE_UNAVAILABLE", "t-1")
    assert (repeat.status, repeat.reason) == (503, "the service answered 503 SERVICE_UNAVAILABLE: down")
    assert repeat.wait in fake_time.slept
    lost, again = told[4][1], told[5][1]
    assert (lost.status, lost.size, again.status) == (None, 0, None)
    assert "reset" in lost.error
    assert again.reason == lost.error


def test_what_is_not_repeated_is_no_retry(connect, told):
    client, _ = connect((404, {"message": "no such record", "errorCode": "RESOURCE_NOT_FOUND"}))
    with pytest.raises(APIError):
        client.get_record("d", "t", "r")
    assert names(told) == ["on_request", "on_response"]
    assert told[1][1].status == 404


def test_a_repeat_for_which_there_is_no_time_is_not_told_of(connect, told):
    client, _ = connect(DOWN, deadline=0.01)
    with pytest.raises(ServiceUnavailable):
        client.get_record("d", "t", "r")
    assert "on_retry" not in names(told)


def test_a_wait_for_the_rate_budget_is_told_of_before_the_attempt(connect, told, fake_time):
    client, _ = connect(OK, rates=(10, 10))
    for _ in range(2):
        client.get_record("d", "t", "r")
    assert names(told) == ["on_request", "on_response", "on_throttle", "on_request", "on_response"]
    assert told[2][1].wait == pytest.approx(1 / 9.75)
    assert told[2][1].attempt == 1
    assert told[2][1].call == told[3][1].call != told[0][1].call


def test_a_hook_may_be_for_one_client_alone(connect):
    mine, _ = connect(OK)
    other, _ = connect(OK)
    seen = []
    hooks.on_response.connect(seen.append, client=mine)
    try:
        for client in (mine, other, mine):
            client.get_record("d", "t", "r")
    finally:
        hooks.on_response.disconnect(seen.append)
    assert len(seen) == 2
    assert not hooks.on_response  # though a bound method is another object each time it is named


def test_a_function_is_connected_as_a_decorator_and_disconnected_again(connect):
    client, _ = connect(OK)
    seen = []

    @hooks.on_request.connect
    def watch(event):
        seen.append(event.path)

    client.get_record("d", "t", "r")
    hooks.on_request.disconnect(watch)
    client.get_record("d", "t", "r")
    assert seen == ["/databases/d/tables/t/records/r"]
    assert not any(ALL)


async def later(event):
    """A receiver that nothing would await."""


@pytest.mark.parametrize(
    ("receiver", "message"),
    [
        (None, "on_request.connect() takes a function, not None"),
        (later, "on_request.connect() takes a plain function, and later() is async"),
    ],
)
def test_what_could_not_be_called_is_not_connected(receiver, message):
    with pytest.raises(ConfigurationError) as caught:
        hooks.on_request.connect(receiver)
    assert str(caught.value).startswith(message)
    assert not hooks.on_request


def test_a_receiver_that_fails_is_logged_and_the_request_goes_on(connect, told, caplog):
    def broken(event):
        raise RuntimeError("no room left on the dashboard")

    client, _ = connect(DOWN, OK, rates=(10, 10))
    for hook in ALL:
        hook.connect(broken)
    try:
        assert client.get_record("d", "t", "r")["id"] == "r1"
    finally:
        for hook in ALL:
            hook.disconnect(broken)
    said = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert {record.name for record in said} == {"softrorm.client"}
    assert [record.getMessage() for record in said[:2]] == [
        "a receiver of on_request failed; the request goes on",
        "a receiver of on_response failed; the request goes on",
    ]
    assert "no room left on the dashboard" in caplog.text
    assert len(told) >= 5  # those connected beside it are told all the same


def test_an_event_is_not_changed_and_its_receivers_are_called_in_the_thread_of_the_request(connect):
    client, _ = connect(OK)
    seen = []

    @hooks.on_request.connect
    def watch(event):
        seen.append((event, threading.current_thread()))

    thread = threading.Thread(target=client.get_record, args=("d", "t", "r"))
    thread.start()
    thread.join()
    hooks.on_request.disconnect(watch)
    assert seen[0][1] is thread
    with pytest.raises(FrozenInstanceError):
        seen[0][0].path = "/elsewhere"


@pytest.mark.parametrize(
    ("path", "route", "ids"),
    [
        ("/databases", "/databases", {}),
        ("/databases/d1", "/databases/{database_id}", {"database_id": "d1"}),
        (
            "/databases/d1/tables/t1/records/search",
            "/databases/{database_id}/tables/{table_id}/records/search",
            {"database_id": "d1", "table_id": "t1"},
        ),
        (
            "/databases/d1/tables/t1/records/r1",
            "/databases/{database_id}/tables/{table_id}/records/{record_id}",
            {"database_id": "d1", "table_id": "t1", "record_id": "r1"},
        ),
        (
            "/databases/d1/tables/t1/fields/f1",
            "/databases/{database_id}/tables/{table_id}/fields/{field_id}",
            {"database_id": "d1", "table_id": "t1", "field_id": "f1"},
        ),
        ("/somewhere/else/entirely", "/somewhere/else/entirely", {}),
    ],
)
def test_the_route_is_the_path_with_names_for_its_ids(path, route, ids):
    assert hooks.route_of(path) == route
    assert hooks.ids_of(path) == ids


def test_no_event_has_headers_or_the_key(connect, told, key):
    client, _ = connect((403, {"message": f"who is {key}?", "details": {"traceId": key}}))
    with pytest.raises(APIError):
        client.create_record("d", "t", {"E08c0": "x"})
    for _, event in told:
        values = {field.name: getattr(event, field.name) for field in fields(event)}
        assert "headers" not in values
        assert key not in f"{event!r} {values}"


def test_repeats_are_logged_at_info_with_their_fields(connect, caplog):
    caplog.set_level(logging.INFO, "softrorm.client")
    client, _ = connect(DOWN, OK)
    client.get_record("d", "t", "r")
    (record,) = caplog.records
    assert record.levelname == "INFO"
    assert record.getMessage().startswith("GET /databases/d/tables/t/records/r will be repeated in 0.")
    assert record.getMessage().endswith("after attempt 1: the service answered 503 SERVICE_UNAVAILABLE: down")
    assert record.softrorm["attempt"] == 1
    assert record.softrorm["reason"] == "the service answered 503 SERVICE_UNAVAILABLE: down"


def test_attempts_are_logged_at_debug_with_their_fields(connect, caplog):
    caplog.set_level(logging.DEBUG, "softrorm.client")
    client, _ = connect(OK)
    client.get_record("d", "t", "r")
    (record,) = caplog.records
    assert record.softrorm.pop("seconds") > 0
    assert record.softrorm == {
        "method": "GET",
        "path": "/databases/d/tables/t/records/r",
        "attempt": 1,
        "status": 200,
    }


def test_a_pace_that_goes_down_is_a_warning(connect, caplog, fake_time):
    client, _ = connect(OK, OK, OK, *[(429, {"message": "slow down"})] * 3, OK, rates=(10, 10))
    for _ in range(4):
        client.get_record("d", "t", "r")
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert record.name == "softrorm.client"
    assert record.getMessage().startswith("the service refuses requests (429): the pace goes down to ")
    assert record.softrorm["configured"] == 10
    assert record.softrorm["pace"] < 10
