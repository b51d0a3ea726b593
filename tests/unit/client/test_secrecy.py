"""The API key is found nowhere but in the header."""

import copy
import logging
import pickle
import ssl
import traceback

import pytest

from softrorm.client import Client, ConfigurationError
from softrorm.client.credentials import Secret
from softrorm.client.errors import SoftrError

FAILURES = {
    "no connection": ConnectionRefusedError("nobody listens"),
    "answer lost": ConnectionResetError("reset"),
    "timeout": TimeoutError("slow"),
    "certificate": ssl.SSLCertVerificationError(1, "certificate verify failed"),
    "429": (429, {"message": "slow down"}),
    "garbled": (200, b"{"),
}


@pytest.fixture(autouse=True)
def _log_everything(caplog):
    caplog.set_level(logging.DEBUG)


def test_repr_and_str_do_not_show_it(connect, key):
    client, _ = connect((200, {"data": []}))
    client.list_databases()
    shown = f"{client!r} {client} {vars(client)} {client._transport!r} {vars(client._transport)}"
    assert key not in shown
    assert "sandbox:" in repr(client)
    assert "current" in repr(client)


def test_an_exception_its_traceback_and_its_pickle_do_not_show_it(connect, key, caplog):
    for reply in FAILURES.values():
        client, service = connect(reply, deadline=0.2)
        for call in (client.list_databases, lambda client=client: client.create_record("d", "t", {"x": 1})):
            with pytest.raises(SoftrError) as raised:
                call()
            # Every frame below this one, with its local variables.
            frames = raised.value.__traceback__.tb_next
            told = traceback.TracebackException(type(raised.value), raised.value, frames, capture_locals=True)
            text = "".join(told.format()) + repr(raised.value) + str(vars(raised.value))
            assert key not in text
            assert key.encode() not in pickle.dumps(raised.value)
            assert raised.value.__cause__ is None
            assert raised.value.__context__ is None
        assert service.requests[0]["headers"]["Softr-Api-Key"] == key
    assert key not in caplog.text


def test_a_service_that_repeats_it_is_not_quoted(connect, key):
    client, _ = connect((401, {"message": f"unknown key {key}", "errorCode": "UNAUTHORIZED", "details": {"key": key}}))
    with pytest.raises(SoftrError) as raised:
        client.list_databases()
    assert key not in f"{raised.value} {vars(raised.value)}"
    assert "unknown key ***" in str(raised.value)


def test_a_redirect_that_repeats_it_is_not_quoted(connect, key):
    client, _ = connect((302, b"", {"Location": f"https://elsewhere.example/?key={key}"}))
    with pytest.raises(SoftrError) as raised:
        client.list_databases()
    assert key not in f"{raised.value} {vars(raised.value)}"


def test_the_log_has_a_line_per_attempt_and_repeat_and_no_headers(connect, key, caplog):
    client, _ = connect((503, {}), (200, {"data": []}))
    client.list_databases()
    lines = [record.getMessage() for record in caplog.records if record.name == "softrorm.client"]
    assert len(lines) == 3
    assert lines[0].startswith("GET /databases -> 503 in ")
    assert lines[1].startswith("GET /databases will be repeated in ")
    assert lines[2].endswith("(attempt 2)")
    assert key not in caplog.text
    assert "Softr-Api-Key" not in caplog.text


@pytest.mark.parametrize("way", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_client_is_not_pickled_or_copied(connect, key, way):
    client, _ = connect((200, {"data": []}))
    with pytest.raises(TypeError, match="make one where it is needed"):
        way(client)
    for part in (client._transport, client._credentials.current()):
        with pytest.raises(TypeError, match="pickled"):
            way(part)


@pytest.mark.parametrize("bad", ["", "   ", "se\ncret", "sécret", 7, b"secret"])
def test_a_key_that_no_header_can_hold_is_refused_and_not_shown(bad):
    with pytest.raises(ConfigurationError) as raised:
        Client("https://example.com", api_key=bad)
    assert "cret" not in str(raised.value).replace("secret'", "")


def test_a_key_with_a_line_break_behind_it_is_good(connect):
    client, service = connect((200, {"data": []}), api_key="from-a-file\n")
    client.list_databases()
    assert service.requests[0]["headers"]["Softr-Api-Key"] == "from-a-file"


def test_a_callable_is_asked_for_every_request(connect):
    keys = iter(["first", "second"])
    client, service = connect((200, {"data": []}), api_key=lambda: next(keys))
    client.list_databases()
    client.list_databases()
    assert [request["headers"]["Softr-Api-Key"] for request in service.requests] == ["first", "second"]


def test_without_a_key_the_message_says_what_to_set():
    with pytest.raises(ConfigurationError, match="SOFTR_API_KEY"):
        Client()


def test_the_environment_gives_the_key_and_the_address(monkeypatch):
    monkeypatch.setenv("SOFTR_API_KEY", "from-outside")
    monkeypatch.setenv("SOFTR_URL", "https://eu.example.com/api/v1/")
    client = Client()
    assert client.url == "https://eu.example.com/api/v1"
    assert client._credentials.current().reveal() == "from-outside"


def test_a_sandbox_never_sees_the_key_of_the_account(connect, monkeypatch):
    monkeypatch.setenv("SOFTR_API_KEY", "of-the-account")
    client, service = connect((200, {"data": []}), api_key=None)
    client.list_databases()
    assert service.requests[0]["headers"]["Softr-Api-Key"] == "sandbox"


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("key-0123456789", "***x of ***, a tested test"),
        ("test", "key-0123456789x of key-0123456789, a tested ***"),
        ("a", "key-0123456789x of key-0123456789, a tested test"),
    ],
)
def test_a_key_is_blotted_out_wherever_it_stands_and_one_of_a_few_letters_only_by_itself(key, shown):
    assert Secret(key).hide("key-0123456789x of key-0123456789, a tested test") == shown
