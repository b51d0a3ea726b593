"""What is repeated, what is not, and when it ends."""

import datetime
import email.utils
import itertools
import ssl

import pytest

from softrorm.client import (
    AmbiguousWrite,
    APIError,
    DeadlineExceeded,
    NotFound,
    RateLimited,
    ServiceUnavailable,
    TransportError,
    cancellation,
)
from softrorm.client.exchange import Answer, Kind, Outcome, Request
from softrorm.client.retry import DECISIONS, Caller
from softrorm.client.throttle import PacedThrottle

OK = (200, {"data": {"id": "r1", "fields": {}}, "metadata": None})
PAGE = (200, {"data": [], "metadata": {"offset": 0, "limit": 200, "total": 0}})
BUSY = (429, {"message": "slow down", "errorCode": "TOO_MANY_REQUESTS"})
NOT_FOUND = (404, {"message": "no such record", "errorCode": "RESOURCE_NOT_FOUND"})
GARBLED = (200, b'{"data": {"id": "r1"')

CALLS = {
    "get": lambda client: client.get_record("d", "t", "r"),
    "search": lambda client: client.search_records("d", "t", {"filter": {}}),
    "patch": lambda client: client.update_record("d", "t", "r", {"E08c0": "x"}, method="PATCH"),
    "put": lambda client: client.update_record("d", "t", "r", {"E08c0": "x"}, method="PUT"),
    "delete": lambda client: client.delete_record("d", "t", "r"),
    "create": lambda client: client.create_record("d", "t", {"E08c0": "x"}),
    "create table": lambda client: client.create_table("d", "T"),
    "create field": lambda client: client.create_field("d", "t", "F", "NUMBER"),
    "create database": lambda client: client.create_database("D", "w"),
}
CREATES = [name for name in CALLS if name.startswith("create")]
OTHERS = [name for name in CALLS if name not in CREATES]
GOOD = {
    "search": PAGE,
    "create table": (200, {"data": {"id": "t1", "name": "T"}}),
    "create field": (200, {"data": {"id": "f1", "name": "F", "type": "NUMBER"}}),
    "create database": (200, {"data": {"id": "d1", "name": "D"}}),
}
REFUSED = [pytest.param(BUSY, id="429"), pytest.param(ConnectionRefusedError("nobody listens"), id="no connection")]
LOST = [
    pytest.param(ConnectionResetError("reset"), id="answer lost"),
    pytest.param(TimeoutError("slow"), id="read timeout"),
    *(pytest.param((status, {"message": "down"}), id=str(status)) for status in (502, 503, 504)),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("failure", REFUSED)
def test_what_was_refused_before_it_ran_is_repeated_for_every_kind(connect, call, failure):
    client, service = connect(failure, failure, GOOD.get(call, OK))
    CALLS[call](client)
    assert len(service.requests) == 3


@pytest.mark.parametrize("call", OTHERS)
@pytest.mark.parametrize("failure", LOST)
def test_a_lost_answer_is_asked_for_again_where_a_repeat_is_safe(connect, call, failure):
    client, service = connect(failure, failure, GOOD.get(call, OK))
    CALLS[call](client)
    assert len(service.requests) == 3


@pytest.mark.parametrize("call", CREATES)
@pytest.mark.parametrize("failure", LOST)
def test_a_create_whose_answer_was_lost_is_never_sent_again(connect, call, failure):
    client, service = connect(failure, GOOD.get(call, OK))
    with pytest.raises(AmbiguousWrite) as raised:
        CALLS[call](client)
    assert len(service.requests) == 1
    assert raised.value.payload == service.requests[0]["body"]
    assert raised.value.may_have_happened


def test_an_ambiguous_write_tells_the_status_that_it_was_answered(connect):
    client, _ = connect((503, {"message": "try later", "errorCode": "SERVICE_UNAVAILABLE"}))
    with pytest.raises(AmbiguousWrite, match="503 SERVICE_UNAVAILABLE: try later"):
        client.create_record("d", "t", {})


@pytest.mark.parametrize("call", ["get", "search", "patch", "put"])
def test_a_truncated_answer_is_asked_for_again(connect, call):
    client, service = connect(GARBLED, GOOD.get(call, OK))
    CALLS[call](client)
    assert len(service.requests) == 2


@pytest.mark.parametrize("call", CREATES)
def test_a_create_with_an_unreadable_answer_is_ambiguous(connect, call):
    client, service = connect(GARBLED, GOOD.get(call, OK))
    with pytest.raises(AmbiguousWrite):
        CALLS[call](client)
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    "body",
    [b"<html>a portal</html>", b"[]", b'{"data": "text"}', b"{}", b""],
    ids=["html", "list", "text", "{}", "none"],
)
def test_an_answer_that_stays_unreadable_is_given_up_after_three(connect, body):
    client, service = connect((200, body))
    with pytest.raises(TransportError, match="answer"):
        client.get_record("d", "t", "r")
    assert len(service.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 413, 418, 500, 501])
@pytest.mark.parametrize("call", CALLS)
def test_other_errors_are_final_at_once(connect, call, status):
    client, service = connect((status, {"message": "no"}))
    with pytest.raises(APIError) as raised:
        CALLS[call](client)
    assert len(service.requests) == 1
    assert raised.value.status == status


def test_a_refused_certificate_is_final_and_nothing_was_sent(connect):
    client, service = connect(ssl.SSLCertVerificationError(1, "certificate verify failed"))
    with pytest.raises(TransportError, match="certificate is not trusted") as raised:
        client.create_record("d", "t", {})
    assert not raised.value.may_have_happened
    assert len(service.requests) == 1


def test_the_table_decides_for_every_outcome_and_every_kind():
    assert set(DECISIONS) == set(Outcome)
    assert all(set(row) == set(Kind) for row in DECISIONS.values())


@pytest.mark.parametrize("failure", LOST)
def test_a_404_for_a_repeated_delete_counts_as_done(connect, failure):
    client, service = connect(failure, NOT_FOUND)
    client.delete_record("d", "t", "r")
    assert len(service.requests) == 2


@pytest.mark.parametrize("failure", REFUSED)
def test_a_404_after_attempts_that_never_ran_is_not_found(connect, failure):
    client, _ = connect(failure, NOT_FOUND)
    with pytest.raises(NotFound):
        client.delete_record("d", "t", "r")


def test_a_404_for_the_first_delete_is_not_found(connect):
    client, service = connect(NOT_FOUND)
    with pytest.raises(NotFound):
        client.delete_record("d", "t", "r")
    assert len(service.requests) == 1


def test_a_404_for_a_repeated_update_is_not_found(connect):
    client, _ = connect(ConnectionResetError(), NOT_FOUND)
    with pytest.raises(NotFound):
        client.update_record("d", "t", "r", {})


def test_retry_after_in_seconds_is_waited_for(connect, fake_time):
    client, _ = connect((*BUSY, {"Retry-After": "7"}), PAGE)
    client.list_records("d", "t")
    assert fake_time.slept == [pytest.approx(7.05, abs=0.051)]


def test_retry_after_as_a_date_is_waited_for(connect, fake_time):
    moment = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=30)
    client, _ = connect((*BUSY, {"Retry-After": email.utils.format_datetime(moment, usegmt=True)}), PAGE)
    client.list_records("d", "t")
    assert fake_time.slept == [pytest.approx(30, abs=2)]


@pytest.mark.parametrize("text", ["soon", "nan", "inf", ""])
def test_a_retry_after_that_makes_no_sense_is_a_plain_back_off(connect, fake_time, text):
    client, _ = connect((*BUSY, {"Retry-After": text}), PAGE)
    client.list_records("d", "t")
    assert 0.125 <= fake_time.slept[0] <= 0.25


def test_a_retry_after_in_the_past_is_no_wait(connect, fake_time):
    client, _ = connect((*BUSY, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), PAGE)
    client.list_records("d", "t")
    assert fake_time.slept[0] <= 0.1


def test_waits_double_with_jitter_up_to_four_seconds(connect, fake_time):
    client, _ = connect(*[(503, {})] * 8, PAGE)
    client.list_records("d", "t")
    for wait, longest in zip(fake_time.slept, [0.25, 0.5, 1, 2, 4, 4, 4, 4], strict=True):
        assert longest / 2 <= wait <= longest


def test_a_wait_beyond_the_deadline_is_not_begun(connect, fake_time):
    client, service = connect((*BUSY, {"Retry-After": "4"}), deadline=2.0)
    with pytest.raises(RateLimited) as raised:
        client.list_records("d", "t")
    assert fake_time.slept == []
    assert len(service.requests) == raised.value.attempts == 1
    assert raised.value.retry_after == 4


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (BUSY, RateLimited),
        ((503, {"message": "down"}), ServiceUnavailable),
        (ConnectionRefusedError("nobody listens"), DeadlineExceeded),
        (ConnectionResetError("reset"), DeadlineExceeded),
    ],
    ids=["429", "503", "no connection", "answer lost"],
)
def test_the_deadline_ends_every_repetition(connect, fake_time, failure, kind):
    client, service = connect(failure, deadline=20.0)
    began = fake_time.now
    with pytest.raises(kind) as raised:
        client.get_record("d", "t", "r")
    assert fake_time.now - began < 20
    assert raised.value.attempts == len(service.requests) > 3


@pytest.mark.parametrize(("failure", "maybe"), [(ConnectionRefusedError(), False), (ConnectionResetError(), True)])
def test_a_missed_deadline_tells_whether_the_write_may_have_happened(connect, failure, maybe):
    client, _ = connect(failure, deadline=2.0)
    with pytest.raises(DeadlineExceeded) as raised:
        client.update_record("d", "t", "r", {})
    assert raised.value.may_have_happened is maybe
    assert isinstance(raised.value, TimeoutError)


def test_a_call_that_the_budget_has_no_place_for_is_not_sent(connect):
    client, service = connect(PAGE, rates=(0.1, 0.1), deadline=5.0)
    client.list_records("d", "t")
    with pytest.raises(DeadlineExceeded, match="rates=") as raised:
        client.list_records("d", "t")
    assert len(service.requests) == 1
    assert raised.value.attempts == 0
    assert not raised.value.may_have_happened


def test_every_attempt_takes_its_place_in_the_budget(connect, fake_time):
    client, service = connect((*BUSY, {"Retry-After": "0"}), (*BUSY, {"Retry-After": "0"}), PAGE, rates=(2, 2))
    moments = []
    service.on_request = lambda: moments.append(fake_time.now)
    client.list_records("d", "t")
    assert all(after - before > 0.5 for before, after in itertools.pairwise(moments))


def test_a_start_that_is_given_up_goes_to_the_next_call():
    """Else calls that time out while they wait for the budget would use it up, and nothing would be sent any more."""
    clock, waits = [0.0], []
    given_up = cancellation.Token()

    def sleep(seconds):
        waits.append(seconds)
        if len(waits) <= 20:
            given_up.set()  # before the wait is over
        else:
            clock[0] += seconds

    class Sender:
        def send(self, request, **_):
            return Answer(200, "OK", {}, b'{"data": {}}')

    throttle = PacedThrottle(10, clock=lambda: clock[0])
    caller = Caller(Sender(), timeout=(1, 1), deadline=60, clock=lambda: clock[0], sleep=sleep)
    request = Request(method="GET", path="/x", kind=Kind.READ)
    caller.call(request, throttle)
    for _ in range(20):
        given_up.clear()
        reset = cancellation.token.set(given_up)
        with pytest.raises(cancellation.Cancelled):
            caller.call(request, throttle)
        cancellation.token.reset(reset)
    caller.call(request, throttle)
    assert waits[-1] == pytest.approx(1 / 9.75)
