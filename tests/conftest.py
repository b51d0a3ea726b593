"""What all tests share: a sandbox, a client of it, and counting the requests that a few lines make.

No test reaches further than this machine: pytest-socket, switched on in pyproject.toml, refuses every connection that
does not lead to loopback, and settings of the account that runs the tests are taken out of the environment.
"""

import os
from functools import partial

import hypothesis
import pytest

from softrorm import testing
from softrorm.client import default
from softrorm.sandbox import Sandbox

SETTINGS = ("SOFTR_API_KEY", "SOFTR_URL", "SOFTR_WORKSPACE")
OUTSIDE = pytest.StashKey[dict[str, str]]()

# How hard the property tests try: little in the default run, much with --hypothesis-profile=nightly.
_quiet = {"deadline": None, "suppress_health_check": list(hypothesis.HealthCheck), "database": None}
hypothesis.settings.register_profile("default", max_examples=25, **_quiet)
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
