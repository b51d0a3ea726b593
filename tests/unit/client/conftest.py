"""What the client's tests talk to: a scripted service in the process, and a clock that only they move."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from softrorm.client import Client

KEY = "sk-very-secret-key-0123456789"


class FakeTime:
    """A clock and a sleep that moves it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Scripted:
    """A service that answers from a script, and from its last line for ever; an exception is raised, not answered."""

    def __init__(self, replies: Iterable[Any], on_request: Callable[[], object] = lambda: None) -> None:
        self.replies = list(replies)
        self.requests: list[dict[str, Any]] = []
        self.on_request = on_request

    def handle(self, method, path, query, headers, body):
        self.requests.append(
            {
                "method": method,
                "path": path.removeprefix("/api/v1"),
                "query": query,
                "headers": headers,
                "body": None if body is None else json.loads(body),
                "raw": body,
            }
        )
        self.on_request()
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, BaseException):
            raise reply
        status, content, *headers = reply
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        return status, {"Content-Type": "application/json", **(headers[0] if headers else {})}, content


@pytest.fixture
def key() -> str:
    return KEY


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def connect(fake_time):
    """Makes a client of a scripted service, on the fake clock."""

    def make(*replies: Any, **options: Any) -> tuple[Client, Scripted]:
        service = Scripted(replies)
        options.setdefault("api_key", KEY)
        client = Client(service, clock=fake_time.clock, sleep=fake_time.sleep, **options)
        return client, service

    return make


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    for name in ("SOFTR_URL", "SOFTR_API_KEY", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
