"""A pytest plugin: fixtures that run an app's models on an embedded sandbox.

Load it with ``pytest_plugins = ["softrorm.testing"]`` in a ``conftest.py``. Nothing here needs a network or an account.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from softrorm.sandbox import Sandbox

if TYPE_CHECKING:
    from softrorm.client.client import Client


@pytest.fixture
def softr_sandbox() -> Iterator[Sandbox]:
    """An empty sandbox of the test's own, in memory."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def softr_client(softr_sandbox: Sandbox) -> Iterator[Client]:
    """A client of the test's sandbox, and the default client while the test runs."""
    from softrorm.client.default import configured_client, set_default

    before = configured_client()
    with softr_sandbox.client() as client:
        set_default(client)
        try:
            yield client
        finally:
            set_default(before)


@contextmanager
def assert_requests(sandbox: Sandbox, count: int) -> Iterator[list[Any]]:
    """Check how many requests a block makes.

    Args:
        sandbox: The sandbox that the block talks to.
        count: How many requests it should make.

    Yields:
        A list that holds the block's requests afterwards: method, path, query, body and status of each.

    Raises:
        AssertionError: It made more or fewer; the message lists them.
    """
    seen: list[Any] = []
    before = len(sandbox.requests)
    yield seen
    seen.extend(list(sandbox.requests)[before:])
    if len(seen) != count:
        listed = "\n".join(f"  {one.method} {one.path} {one.query or ''} -> {one.status}" for one in seen)
        raise AssertionError(f"{count} requests were expected and {len(seen)} were made:\n{listed}")
