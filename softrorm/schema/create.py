"""Creating: the tables of a set of models that are not there yet.

The short way for a script or a test: no lock, no plan to look at. What it does is a push to tables that do not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from softrorm.client.errors import ConfigurationError, SoftrError
from softrorm.client.lock import Lock
from softrorm.client.twins import twin
from softrorm.schema.find import database_id
from softrorm.schema.groups import Group, refuse_namesakes
from softrorm.schema.pushing.creation import creation
from softrorm.schema.pushing.scene import Scene
from softrorm.schema.pushing.work import Work
from softrorm.schema.workspace import workspace_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from softrorm.client.client import Client
    from softrorm.models import Model


def create_tables(
    client: Client,
    models: Iterable[type[Model]],
    *,
    database: str | None = None,
    workspace: str | None = None,
    database_name: str | None = None,
) -> str:
    """Create a table for each model, and bind the models to them.

    Fields are declared by name or by attribute, since the service gives them their ids. The primary field is the first
    text field, a long text only if there is no other. A link names its other end with ``inverse=``, so that both are
    made as one pair.

    Args:
        client: The client.
        models: The models, with every model that they link to.
        database: The id or name of an existing database; ``Meta.database`` if the models have one, else a new one is
            made.
        workspace: The id of the workspace for a new database; else that in ``SOFTR_WORKSPACE``, else that of the
            account's databases, if they share one. A sandbox needs none.
        database_name: The name of a new database; ``Meta.database_name`` unless given.

    Returns:
        The id of the database.

    Raises:
        ConfigurationError: Something cannot be created; the message names the attribute. Nearly all of it is found
            before any request.
        APIError: The service refused something. What was made before stays; a note on the error says where.

    Makes one request for a new database (two where the workspace has to be found) or for a look at an existing one (two
    where that is named); one for each table; one for each link, and two more where its other end is declared; one for
    each computed field; two for each field that the service did not make as asked, such as a primary field with
    options; and one to bind.
    Document: Create Table, Add Table Field; wire-facts 8.3.
    """
    models = tuple(models)
    if not models:
        raise ConfigurationError("create_tables() takes the models to create tables for, and got none.")
    _refuse_ids(models)
    refuse_namesakes(models)
    place = database or next((model._meta.database for model in models if model._meta.database), None)
    name = database_name or next((model._meta.database_name for model in models if model._meta.database_name), None)
    name = name or models[0]._meta.table_name
    scene = Scene(Group(name, place or "", models), Lock(), client.dialect, destroy=False)
    steps = creation(scene, None)
    if place is None:
        place = client.create_database(name, workspace_of(client, workspace)).id
    else:
        place = database_id(client, place)
        _refuse_existing(client, place, models)
    work = Work(client, scene.lock, {name: place})
    try:
        for step in steps:
            work.do(step)
        for model in models:
            model.bind(client, database=place, table=work.lock.tables[model.__name__].id)
    except SoftrError as error:
        made = [table.id for table in work.lock.tables.values()]
        error.add_note(f"Database {place} now holds the tables made before this: {made}.")
        raise
    return place


acreate_tables = twin(create_tables, writes=True)


def _refuse_ids(models: Iterable[type[Model]]) -> None:
    for model in models:
        if model._meta.abstract:
            raise ConfigurationError(f"{model.__name__} is abstract: give the models derived from it.")
        for field in model._meta.own_fields.values():
            if field.id:
                raise ConfigurationError(
                    f"{field.label} is declared by the id {field.id!r}, but the service gives the fields of a new "
                    f"table ids of its own; declare it by name: {type(field).__name__}(name={field.name!r})."
                )


def _refuse_existing(client: Client, database: str, models: Iterable[type[Model]]) -> None:
    present = {table.name: table.id for table in client.schema(database, refresh=True)}
    for model in models:
        name = model._meta.table_name
        if name in present:
            raise ConfigurationError(
                f"Database {database} has a table called {name!r} already; to use it, call "
                f"{model.__name__}.bind(client, database={database!r}, table={present[name]!r})."
            )
