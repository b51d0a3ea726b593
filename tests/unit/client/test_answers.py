"""Which exception an answer becomes."""

import json
import pickle

import pytest

from softrorm.client import errors

DOCUMENTED = [
    (400, "BAD_REQUEST", errors.BadRequest, ValueError),
    (400, "VALIDATION_ERROR", errors.ValidationFailed, ValueError),
    (400, "UNKNOWN_FIELD", errors.UnknownField, KeyError),
    (401, "UNAUTHORIZED", errors.Unauthorized, PermissionError),
    (402, "QUOTA_EXCEEDED", errors.QuotaExceeded, errors.APIError),
    (403, "FORBIDDEN", errors.Forbidden, PermissionError),
    (404, "RESOURCE_NOT_FOUND", errors.NotFound, LookupError),
    (409, "CONSTRAINT_VIOLATION", errors.ConstraintViolation, errors.APIError),
    (413, "PAYLOAD_TOO_LARGE", errors.PayloadTooLarge, errors.APIError),
    (429, "TOO_MANY_REQUESTS", errors.RateLimited, errors.APIError),
    (503, "SERVICE_UNAVAILABLE", errors.ServiceUnavailable, ConnectionError),
]


def failing(connect, *reply):
    client, _ = connect(reply, deadline=0.2)
    with pytest.raises(errors.APIError) as raised:
        client.get_record("d1", "t1", "r1")
    return raised.value


@pytest.mark.parametrize(("status", "code", "kind", "builtin"), DOCUMENTED)
@pytest.mark.parametrize("spelling", ["errorCode", "code"])
def test_every_documented_code_has_its_exception(connect, status, code, kind, builtin, spelling):
    """Wire facts 12."""
    body = {"message": "what went wrong", spelling: code, "details": {"fieldId": "kl5nP", "traceId": "abc"}}
    error = failing(connect, status, body)
    assert type(error) is kind
    assert isinstance(error, builtin)
    assert (error.status, error.code, error.message) == (status, code, "what went wrong")
    assert (error.field_id, error.trace_id) == ("kl5nP", "abc")
    assert (error.method, error.path) == ("GET", "/databases/d1/tables/t1/records/r1")
    assert "what went wrong" in str(error)


@pytest.mark.parametrize(
    ("status", "kind"),
    sorted(
        {(s, k) for s, c, k, _ in DOCUMENTED if k not in (errors.ValidationFailed, errors.UnknownField)},
        key=lambda pair: pair[0],
    ),
)
def test_an_unknown_code_falls_back_to_the_status(connect, status, kind):
    error = failing(connect, status, {"message": "new", "errorCode": "SOMETHING_NEW"})
    assert type(error) is kind
    assert error.code == "SOMETHING_NEW"


def test_a_known_code_with_another_status_keeps_its_exception(connect):
    assert type(failing(connect, 422, {"message": "m", "errorCode": "VALIDATION_ERROR"})) is errors.ValidationFailed


def test_a_status_that_nobody_documented_is_a_plain_api_error(connect):
    error = failing(connect, 418, {"message": "I'm a teapot"})
    assert type(error) is errors.APIError
    assert error.code is None


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_that_answers_html_is_service_unavailable_with_its_text(connect, status):
    error = failing(connect, status, b"<html>\n  <h1>Bad   Gateway</h1></html>")
    assert type(error) is errors.ServiceUnavailable
    assert "<h1>Bad Gateway</h1>" in error.message


def test_a_long_text_is_cut(connect):
    assert len(failing(connect, 500, b"x" * 5000).message) < 250


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[1]", b'"text"', b"\xff\xfe", b'{"message": null, "details": ["odd"]}']
)
def test_an_error_body_of_any_shape_is_read(connect, body):
    error = failing(connect, 404, body)
    assert isinstance(error, errors.NotFound)
    assert error.message


def test_the_number_of_attempts_is_told(connect):
    client, service = connect((503, {"message": "down"}), deadline=5.0)
    with pytest.raises(errors.ServiceUnavailable, match=r"sent \d+ times") as raised:
        client.get_record("d", "t", "r")
    assert raised.value.attempts == len(service.requests)


def test_an_error_survives_pickling(connect):
    error = failing(connect, 400, {"message": "m", "errorCode": "UNKNOWN_FIELD", "details": {"fieldId": "f"}})
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize(
    "body",
    [
        b'\xef\xbb\xbf{"data": {"id": "r1", "n": 1}}',
        b'{"data": {"id": "r1", "n": "\\ud800"}}',
        json.dumps({"data": {"id": "r1", "n": 2**80}}).encode(),
    ],
    ids=["byte-order mark", "lone surrogate", "big integer"],
)
def test_json_that_the_fast_reader_refuses_is_read_all_the_same(connect, body):
    client, service = connect((200, body))
    assert client.get_record("d", "t", "r")["n"] in (1, "\ud800", 2**80)
    assert len(service.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
def test_a_redirect_is_an_error_that_says_where_to(connect, status):
    client, service = connect((status, b"", {"Location": "https://elsewhere.example/api"}))
    with pytest.raises(errors.APIError, match=r"redirects to https://elsewhere\.example/api") as raised:
        client.create_record("d", "t", {})
    assert raised.value.status == status
    assert len(service.requests) == 1
