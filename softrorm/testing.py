"""A pytest plugin: fixtures that run an app's models on an embedded sandbox, and the tables of models declared by id.

Load it with ``pytest_plugins = ["softrorm.testing"]`` in a ``conftest.py``. Nothing here needs a network or an account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

try:
    import pytest
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        "softrorm.testing is a plugin of pytest, which is not installed: pip install pytest. Without it, "
        "softrorm.schema.check(models, client).passes() tells what assert_schema() does.",
        name=missing.name,
    ) from missing

from softrorm.sandbox import Sandbox, SchemaRefused

if TYPE_CHECKING:
    import os
    from types import ModuleType

    from softrorm.client.client import Client
    from softrorm.client.lock import Lock
    from softrorm.models import Model


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


def mirror(sandbox: Sandbox, *models: type[Model]) -> None:
    """Give a sandbox the tables that models declared by id live in, so that the models run on it as they are.

    Ids, names, types, options, defaults and choices are as declared. A link's other end is the field that ``inverse=``
    names, or the only link that leads back. Fields declared by name get an id of their own; the first text field is
    primary, a long text only if there is no other. Computed fields that say what they read are computed, and a Raw
    field without a type holds any JSON.

    Args:
        sandbox: The sandbox; it has none of the databases yet.
        models: All models of the databases that the tests need, with every model that they link to.

    Raises:
        ConfigurationError: A model has no ``Meta.database`` or ``Meta.table``, or a declaration cannot be; the message
            names the attribute.

    Makes no request.
    """
    from softrorm.client.dialect import Dialect
    from softrorm.client.errors import ConfigurationError
    from softrorm.sandbox.ids import new_field_key
    from softrorm.schema.describe import Description

    if not models:
        raise ConfigurationError("mirror() takes a sandbox and the models to make tables for, and got no model.")
    described = Description(models, Dialect.CURRENT, new_field_key)
    for database, name in described.databases.items():
        try:
            sandbox.load_schema({"id": database, "name": name}, described.of(database))
        except SchemaRefused as refusal:
            field = described.fields.get(refusal.table_id or "", {}).get(refusal.field_id or "")
            label = field.label if field else ", ".join(model.__name__ for model in models)
            raise ConfigurationError(f"{label} cannot be mirrored. {refusal}") from refusal


def assert_schema(
    models: ModuleType | type[Model] | Iterable[ModuleType | type[Model]],
    client: Client,
    *,
    strict: bool = False,
    lock: Lock | str | os.PathLike[str] | None = None,
) -> None:
    """Check that models and tables agree: a test that tells when somebody changed a table.

    Args:
        models: A module, or models.
        client: A client of the account whose tables they are.
        strict: Whether warnings fail, too.
        lock: The lock of the environment, or its file; that of the client unless given.

    Raises:
        AssertionError: They do not; the message lists the findings with what to do.
        ConfigurationError: A model does not say where its table is.

    Makes one request for each database, and one more if one has to be found by its name.
    """
    from softrorm.schema.checking import check

    report = check(models, client, lock=lock)
    if not report.passes(strict=strict):
        raise AssertionError(f"The models and their tables disagree.\n{report}")


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
