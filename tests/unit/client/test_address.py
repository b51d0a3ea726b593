"""Where requests may go, and where the key never does."""

import pytest

from softrorm.client import Client, ConfigurationError, Dialect


def test_the_public_service_is_the_default(key):
    assert Client(api_key=key).url == "https://tables-api.softr.io/api/v1"
    assert Client(api_key=key).sandbox is None


@pytest.mark.parametrize(
    "url",
    [
        "https://tables-api.softr.io/api/v1",
        "https://proxy.example:8443/softr/",
        "http://127.0.0.1:8000/api/v1",
        "http://127.8.9.10/api/v1",
        "http://localhost:8000/api/v1",
        "http://LOCALHOST:8000/api/v1",
        "http://[::1]:8000/api/v1",
        " https://tables-api.softr.io/api/v1\n",
    ],
)
def test_https_anywhere_and_plain_http_on_loopback_are_fine(url, key):
    assert Client(url, api_key=key).url == url.strip().rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://tables-api.softr.io/api/v1",
        "HTTP://tables-api.softr.io/api/v1",
        "http://127.0.0.1.evil.example/api/v1",
        "http://localhost.evil.example/api/v1",
        "http://10.0.0.1/api/v1",
        "http://0.0.0.0/api/v1",
        "http://2130706433/api/v1",
        "http://[::2]/api/v1",
        "http://[::ffff:10.0.0.1]/api/v1",
        "http://127.0.0.1@evil.example/api/v1",
        "http://evil.example\\@127.0.0.1/api/v1",
        "http://evil.example#@127.0.0.1/",
        "https://user:password@tables-api.softr.io/api/v1",
        "https://tables-api.softr.io/api/v1?key=1",
        "https://tables-api.softr.io/api/v1#x",
        "https://",
        "https:///api/v1",
        "https://[::1/api",
        "ftp://tables-api.softr.io",
        "tables-api.softr.io/api/v1",
        "https://exa mple.com",
        "https://exämple.com",
        "https://example.com:65536/api/v1",
        "http://127.0.0.1:0/api/v1",
        "file:///etc/passwd",
        "",
        "nonsense",
        5,
    ],
)
def test_every_other_address_is_refused_with_what_would_do(url, key):
    with pytest.raises(ConfigurationError) as raised:
        Client(url, api_key=key)
    assert "https" in str(raised.value)
    assert "password" not in str(raised.value)


def test_an_address_in_the_environment_is_held_to_the_same(monkeypatch, key):
    monkeypatch.setenv("SOFTR_URL", "http://tables-api.softr.io/api/v1")
    with pytest.raises(ConfigurationError, match="plain http"):
        Client(api_key=key)


@pytest.mark.parametrize(
    ("setting", "value", "right"),
    [
        ("timeout", 0, "a number of seconds above zero, or two of them"),
        ("timeout", (5, -1), "a number of seconds above zero, or two of them"),
        ("timeout", (5, 60, 5), "a number of seconds above zero, or two of them"),
        ("timeout", "x", "a number of seconds above zero, or two of them"),
        ("timeout", None, "a number of seconds above zero, or two of them"),
        ("deadline", 0, "a number of seconds above zero"),
        ("deadline", "x", "a number of seconds above zero"),
        ("deadline", float("nan"), "a number of seconds above zero"),
        ("deadline", True, "a number of seconds above zero"),
        ("max_workers", 0, "a whole number from 1"),
        ("max_workers", "8", "a whole number from 1"),
        ("schema_ttl", -1, "a number of seconds from zero"),
        ("schema_ttl", "x", "a number of seconds from zero"),
        ("rates", 5, "two numbers above zero, (reads per second, writes per second)"),
        ("dialect", 2025, "a Dialect, the name of one, or a file of one"),
    ],
)
@pytest.mark.parametrize("url", ["https://example.com", "sandbox:"])
def test_settings_that_cannot_work_are_refused_with_what_was_given_and_what_is_right(url, setting, value, right, key):
    with pytest.raises(ConfigurationError) as raised:
        Client(url, api_key=key, **{setting: value})
    assert str(raised.value).startswith(f"{setting}= takes {right}")
    assert str(raised.value).endswith(f"; got {value!r}")


def test_proxies_and_certificates_of_the_environment_are_read_once(monkeypatch, key):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/ssl/own.pem")
    session = Client(api_key=key)._transport._session
    assert session.proxies["https"] == "http://proxy.example:3128"
    assert session.verify == "/etc/ssl/own.pem"
    assert session.trust_env is False


def test_a_service_in_the_process_is_talked_to_in_its_own_dialect(connect):
    client, service = connect((200, {"data": []}))
    service.dialect = Dialect.JUNE_2025
    assert Client(service).dialect is Dialect.JUNE_2025
    assert Client(service, dialect=Dialect.CURRENT).dialect is Dialect.CURRENT
    assert client.sandbox is service
