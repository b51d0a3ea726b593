"""What all tests share: a sandbox, a client of it, and counting the requests that a few lines make.

No test reaches further than this machine: pytest-socket, switched on in pyproject.toml, refuses every connection that
does not lead to loopback, and settings of the account that runs the tests are taken out of the environment.
"""

import asyncio
import gc
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from functools import partial

import hypothesis
import pytest

from softrorm import testing
from softrorm.client import default
from softrorm.sandbox import Sandbox

SETTINGS = ("SOFTR_API_KEY", "SOFTR_URL", "SOFTR_WORKSPACE", "SOFTR_REDIS", "SOFTR_DIALECT")
OUTSIDE = pytest.StashKey[dict[str, str]]()

# How hard the property tests try: little in the default run, with the same examples each time, so that whether a change
# lands does not hang on luck; much, and other ones each time, with --hypothesis-profile=nightly.
_quiet = {"deadline": None, "suppress_health_check": list(hypothesis.HealthCheck), "database": None}
hypothesis.settings.register_profile("default", max_examples=15, derandomize=True, **_quiet)
hypothesis.settings.register_profile("nightly", max_examples=2000, **_quiet)
hypothesis.settings.load_profile("default")


def pytest_addoption(parser):
    group = parser.getgroup("softrorm")
    group.addoption(
        "--live",
        action="store_true",
        help="run the recorded tests against the account of SOFTR_API_KEY, in the scratch workspace SOFTR_WORKSPACE, "
        "and record them in cassettes/live",
    )
    group.addoption(
        "--record", action="store_true", help="run the recorded tests against a sandbox and record cassettes/sandbox"
    )


def pytest_xdist_auto_num_workers(config):
    """As many as there are cores for the whole run; none for tests that are named, where a person looks on."""
    options = config.option
    named = config.args_source is not config.ArgsSource.TESTPATHS or options.keyword or options.capture == "no"
    return 0 if named or options.live or options.record or options.usepdb else os.cpu_count()


def pytest_collection_finish():
    # What thousands of collected tests are made of stays to the end: the collector of garbage need not look at it each
    # time, nor as often as it does in programs that run for long. That takes a tenth off the run.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_configure(config):
    config.stash[OUTSIDE] = {name: os.environ[name] for name in SETTINGS if os.environ.get(name)}


@pytest.fixture(scope="session")
def settings(pytestconfig):
    """The settings of the account that runs the tests; the environment of a test does not have them."""
    return pytestconfig.stash[OUTSIDE]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    yield
    default.set_default(None)


@pytest.fixture
def sandbox():
    """A sandbox in memory."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox):
    """A client of the sandbox, which is also the default client during the test."""
    return default.configure(sandbox.client())


@pytest.fixture
def assert_requests(sandbox):
    """``with assert_requests(2) as seen: ...`` counts the requests that reach the sandbox, and gives them."""
    return partial(testing.assert_requests, sandbox)


class Gate:
    """The sandbox behind a gate: while it is shut, what is about to be asked waits, until the test opens it."""

    def __init__(self, sandbox):
        self._sandbox = sandbox
        self._open = threading.Event()
        self._open.set()
        self._waiting = threading.Semaphore(0)
        self.threads = set()

    def handle(self, method, path, *rest):
        self.threads.add(threading.current_thread())
        if not self._open.is_set():
            self._waiting.release()
            assert self._open.wait(10), "nobody opened the gate"
        return self._sandbox.handle(method, path, *rest)

    def shut(self):
        self._open.clear()

    def open(self):
        self._open.set()

    async def arrived(self, count=1):
        """Wait until so many requests more are waiting at the gate."""
        for _ in range(count):
            assert await asyncio.to_thread(self._waiting.acquire, timeout=10), "no request came"


@pytest.fixture
def gate(sandbox):
    """The sandbox of the test behind a gate that the test opens and shuts: ``Client(gate)``."""
    gate = Gate(sandbox)
    yield gate
    gate.open()


class RedisServer:
    """A Redis of the tests' own, on a port of loopback, with nothing on disk."""

    def __init__(self, folder, *options):
        self._command = [
            "redis-server",
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(folder),
        ]
        self._command += options
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self):
        self._process = subprocess.Popen(
            [*self._command, "--port", str(self.port)], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )
        until = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert self._process.poll() is None, "redis-server did not start"
                assert time.monotonic() < until, "redis-server does not listen"
                time.sleep(0.005)

    def freeze(self):
        self._process.send_signal(signal.SIGSTOP)

    def stop(self):
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="session")
def start_redis(tmp_path_factory):
    """``start_redis(*options)`` starts a real Redis, which ends with the session; skips where none is installed."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed (apt-get install redis-server)")
    started = []

    def start(*options):
        started.append(RedisServer(tmp_path_factory.mktemp("redis"), *options))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def redis_server(start_redis):
    """A real Redis for the whole session; tests keep apart by the names that they give things."""
    return start_redis()
