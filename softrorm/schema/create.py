"""Creating: the tables of a set of models, from their declarations, through the API's own schema endpoints.

What the service does not promise is read back from its answers: keys of a field that a create left out, and the field
at the other end of a link, are put right by an update (wire-facts 8.3 and 14).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from softrorm.client.errors import ConfigurationError, InvalidValue, SoftrError
from softrorm.client.twins import twin
from softrorm.fields.base import shown
from softrorm.fields.link import LinkField
from softrorm.schema.design import Design, Key, design, key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from softrorm.client.client import Client
    from softrorm.client.dialect import Dialect
    from softrorm.client.resources import TableField
    from softrorm.fields.base import Field
    from softrorm.models import Model

_WIRE = {"allow_multiple_entries": "allowMultipleEntries", "default_value": "defaultValue"}


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
    text field. A link names its other end with ``inverse=``, so that both are made as one pair. The options of
    LOOKUP, ROLLUP, COUNT and FORMULA fields name other fields by attribute where the API wants ids.

    Args:
        client: The client.
        models: The models, with every model that they link to.
        database: The id of an existing database; ``Meta.database`` if the models have one, else a new one is made.
        workspace: The id of the workspace for a new database; else that in ``SOFTR_WORKSPACE``, else that of the
            account's databases, if they share one. A sandbox needs none.
        database_name: The name of a new database; ``Meta.database_name`` unless given.

    Returns:
        The id of the database.

    Raises:
        ConfigurationError: Something cannot be created; the message names the attribute. Nearly all of it is found
            before any request.
        APIError: The service refused something. What was made before stays; a note on the error says where.

    Makes one request for a new database (two where the workspace has to be found) or for a look at an existing one; one
    for each table; one for each link, and two more where its other end is declared; one for each computed field; two
    for each field that the service did not make as asked, such as a primary field with options; and one to bind.
    Document: Create Table, Add Table Field; wire-facts 8.3.
    """
    models = tuple(models)
    if not models:
        raise ConfigurationError("create_tables() takes the models to create tables for, and got none.")
    plan = design(models)
    wanted = {key(one): definition(one, client.dialect) for model in models for one in model._meta.own_fields.values()}
    place = database or next((model._meta.database for model in models if model._meta.database), None)
    if place is None:
        name = database_name or next((one._meta.database_name for one in models if one._meta.database_name), None)
        place = _create_database(client, name or models[0]._meta.table_name, workspace)
    else:
        _refuse_existing(client, place, models)
    work = _Work(client, place, plan, wanted)
    try:
        for model in models:
            work.create_table(model)
        for link, partner in plan.links:
            work.create_link(link, partner)
        for computed in plan.computed:
            work.create_computed(computed)
        for model in models:
            model.bind(client, database=place, table=work.tables[model])
    except SoftrError as error:
        error.add_note(f"Database {place} now holds the tables made before this: {list(work.tables.values())}.")
        raise
    return place


acreate_tables = twin(create_tables, writes=True)


class _Work:
    """The creation under way: what has which id by now."""

    def __init__(self, client: Client, database: str, plan: Design, wanted: dict[Key, dict[str, Any]]) -> None:
        self.client = client
        self.database = database
        self.plan = plan
        self.wanted = wanted
        self.tables: dict[type[Model], str] = {}
        self.ids: dict[Key, str] = {}

    def create_table(self, model: type[Model]) -> None:
        primary, plain = self.plan.primary[model], self.plan.plain[model]
        taken = {one.name for one in model._meta.own_fields.values()}
        # A table always has a primary field of one line; one that the model has no use for must not take a name.
        spare = next((name for name in ("Name", "Title", "Label") if name not in taken), None)
        table = self.client.create_table(
            self.database,
            model._meta.table_name,
            primary_field_name=primary.name if primary else spare,
            fields=[on_wire(self.wanted[key(one)]) for one in plain],
        )
        self.tables[model] = table.id
        for one in plain:
            self._settle(one, table.field(one.name) or self._create_field(one))
        if primary is not None:
            self._settle(primary, table.field(table.primary_field_id or primary.name) or self._create_field(primary))

    def create_link(self, link: LinkField[Any], partner: LinkField[Any] | None) -> None:
        made = self._create_field(link, linkedTableId=self.tables[link.target])
        self._settle(link, made)
        table = self.tables[link.target]
        # The other end appears some milliseconds after the link (wire-facts 8.3).
        inverse = made.options.get("inverseLinkFieldId") or self.client.get_field(
            self.database, self.tables[link.model], self.ids[key(link)]
        ).options.get("inverseLinkFieldId")
        taken = {one.name for one in link.target._meta.own_fields.values()}
        if partner is not None:
            if not inverse:
                raise ConfigurationError(f"The service made no field that leads back from {link.label}.")
            asked = {name: value for name, value in self.wanted[key(partner)].items() if name != "type"}
            self.client.update_field(self.database, table, inverse, **asked)
            self.ids[key(partner)] = inverse
        elif inverse and link.model._meta.table_name in taken:
            # It is named after the table that the link stands in, and would hide a field of the model.
            self.client.update_field(self.database, table, inverse, f"{link.model._meta.table_name}: {link.name}")

    def create_computed(self, computed: Field[Any]) -> None:
        named = self.plan.references[key(computed)]
        ids = {
            option: [self.ids[one] for one in found] if isinstance(found, list) else self.ids[found]
            for option, found in named.items()
        }
        self.ids[key(computed)] = str(self._create_field(computed, **ids).id)

    def _create_field(self, one: Field[Any], **options: Any) -> TableField:
        asked = dict(self.wanted[key(one)])
        asked["options"] = {**asked["options"], **options}
        return self.client.create_field(self.database, self.tables[one.model], **asked)

    def _settle(self, one: Field[Any], made: TableField) -> None:
        """Put right what a create made otherwise than asked: only name, type and options are documented for it."""
        self.ids[key(one)] = str(made.id)
        asked = self.wanted[key(one)]
        changes = {
            name: value
            for name, value in asked.items()
            if name not in {"options", "default_value"} and getattr(made, name) != value
        }
        scalars = {name: value for name, value in asked["options"].items() if not isinstance(value, (list, dict))}
        if "type" in changes or any(made.options.get(name) != value for name, value in scalars.items()):
            changes["options"] = asked["options"]
        if "default_value" in asked and made.default_value is None:
            changes["default_value"] = asked["default_value"]
        if not changes:
            return
        settled = self.client.update_field(self.database, self.tables[one.model], str(made.id), **changes)
        if (settled.type, settled.allow_multiple_entries) != (one.api_type, one.many):
            values = {False: "one value", True: "several values"}
            raise ConfigurationError(
                f"{one.label} was asked for as {one.api_type} with {values[one.many]}, and the service made it "
                f"{settled.type} with {values[settled.allow_multiple_entries]}."
            )


def definition(one: Field[Any], dialect: Dialect) -> dict[str, Any]:
    """A field as ``create_field`` takes it, without what is as of itself.

    Args:
        one: The field.
        dialect: How its default is spelled.

    Raises:
        ConfigurationError: Its default is no value of it.

    Makes no request.
    """
    asked: dict[str, Any] = {"name": one.name, "type": one.api_type, "options": one.schema_options()}
    if one.description:
        asked["description"] = one.description
    if one.many or isinstance(one, LinkField):
        asked["allow_multiple_entries"] = one.many
    if one.required:
        asked["required"] = True
    if one.default is not None:
        asked["default_value"] = _default(one, dialect)
    return asked


def on_wire(defined: dict[str, Any]) -> dict[str, Any]:
    """A definition with the API's own keys."""
    return {_WIRE.get(name, name): value for name, value in defined.items()}


def _default(one: Field[Any], dialect: Dialect) -> Any:
    try:
        value = one.encode(one.check(one.default), dialect, None)
    except InvalidValue as error:
        raise ConfigurationError(f"The default of a field has to be a value of it: {error}") from error
    if not isinstance(value, list):
        return value
    if len(value) != 1:
        # One is what the service keeps, for fields with several values too (wire-facts 8.1).
        raise ConfigurationError(f"{one.label} takes one value as its default, not {shown(one.default)}.")
    return value[0]


def _create_database(client: Client, name: str, workspace: str | None) -> str:
    workspace = workspace or os.environ.get("SOFTR_WORKSPACE")
    if workspace is None and client.sandbox is not None:
        workspace = client.sandbox.workspace_id
    if workspace is None:
        workspace = _only_workspace(client)
    return client.create_database(name, workspace).id


def _only_workspace(client: Client) -> str:
    known = {one.workspace_id for one in client.list_databases() if one.workspace_id}
    if len(known) == 1:
        return known.pop()
    if client.url.startswith("http://"):
        return str(uuid4())  # plain http leads to a sandbox on this machine, which takes any workspace
    raise ConfigurationError(
        "A new database needs the id of a workspace, as workspace= or in SOFTR_WORKSPACE; the account's databases are "
        f"in {len(known)} workspaces{': ' + ', '.join(sorted(known)) if known else ', so none can be guessed'}."
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
