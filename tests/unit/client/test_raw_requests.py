"""request() sends anything, and returns the answer as it came."""

import json

import pytest

from softrorm.client import InvalidValue, RateLimited
from softrorm.client.capture import capture
from softrorm.client.dialect import Dialect
from softrorm.client.errors import AmbiguousWrite
from softrorm.sandbox import FakeClock, Sandbox


@pytest.fixture
def sandbox():
    with Sandbox(dialect=Dialect(create_status=201)) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox):
    return sandbox.client()


def test_the_answer_has_status_headers_and_body(client, sandbox):
    body = {"name": "Base", "workspaceId": sandbox.workspace_id}
    answer = client.request("POST", "/databases", body)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    made = json.loads(answer.body)["data"]
    assert client.get_database(made["id"]).name == "Base"
    assert client.request("DELETE", f"/databases/{made['id']}", query={"force": "true"}).status == 204


def test_an_answer_that_is_an_error_is_returned_too(client):
    answer = client.request("GET", "/databases/none")
    assert answer.status == 404
    assert json.loads(answer.body)["errorCode"] == "RESOURCE_NOT_FOUND"


def test_it_is_repeated_as_any_other_request_is(sandbox):
    sandbox.faults.add("rate_limited", times=1)
    client = sandbox.client(sleep=lambda seconds: None)
    with capture() as seen:
        assert client.request("GET", "/databases").status == 200
    assert seen[0].attempts == 2


def test_a_refusal_for_the_rate_is_no_answer(sandbox):
    sandbox.faults.add("rate_limited", times=1000)
    clock = FakeClock()
    client = sandbox.client(clock=clock, sleep=clock.advance)
    with pytest.raises(RateLimited):
        client.request("GET", "/databases")


def test_a_create_whose_answer_was_lost_is_not_sent_again(sandbox):
    sandbox.faults.add("lost_answer", method="POST", times=1)
    with pytest.raises(AmbiguousWrite):
        sandbox.client().request("POST", "/databases", {"name": "x", "workspaceId": "w"})
    assert len(sandbox.requests) == 1


def test_a_write_drops_the_cached_schema(client, sandbox):
    base = client.create_database("Base", sandbox.workspace_id).id
    table = client.create_table(base, "Tasks").id
    before = client.schema_cache.get(base)
    client.request("PUT", f"/databases/{base}/tables/{table}", {"name": "Jobs"})
    assert [one.name for one in before] == ["Tasks"]
    assert [one.name for one in client.schema_cache.get(base)] == ["Jobs"]


@pytest.mark.parametrize(("method", "path"), [("get", "/databases"), ("GET", "databases"), ("TRACE", "/databases")])
def test_what_is_no_request_is_refused(client, method, path):
    with pytest.raises(InvalidValue, match=r"request\(\) takes GET, .* and a path such as '/databases'; got"):
        client.request(method, path)
