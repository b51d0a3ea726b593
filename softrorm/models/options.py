"""Options: what a model's ``Meta`` says, checked when the class is made, as ``Model._meta``."""

from __future__ import annotations

from collections import deque
from itertools import repeat
from typing import TYPE_CHECKING, Any

from softrorm.client.default import configured_client, default_client
from softrorm.client.errors import ConfigurationError
from softrorm.fields.base import words
from softrorm.fields.computed import RecordId
from softrorm.fields.derived import Lookup
from softrorm.fields.system import SystemDate, SystemId
from softrorm.models.binding import Binding, binding_of
from softrorm.models.context import Context
from softrorm.models.registry import related
from softrorm.models.signals import post_load
from softrorm.query.operators import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import tzinfo

    from softrorm.client.client import Client
    from softrorm.client.dialect import Dialect
    from softrorm.fields.base import Field
    from softrorm.models.bulk.writes import Bulk

OPTIONS = (
    "abstract",
    "client",
    "database",
    "database_name",
    "natural_key",
    "on_conflict",
    "ordering",
    "table",
    "table_name",
    "timezone",
)


class Options:
    """The options of one model.

    Attributes:
        model: The model class.
        name: Its name, for messages.
        fields: All attributes with a value: ``id``, the model's fields, ``created_at``, ``updated_at``.
        own_fields: The fields that the model declares or inherits.
        database: The id of the database, or ``None``.
        database_name: Its name, to find it by.
        table: The id of the table, or ``None``.
        table_name: Its name, to find or create it by; the class name in words unless given.
        lookups: The LOOKUP fields that say what they show, by link and linked field.
        client: The client of the model, or a function that returns it; ``None`` for the default one.
        ordering: The order of queries that name none.
        timezone: What naive datetimes mean, or ``None`` to refuse them.
        on_conflict: What a session does when somebody else changed what it is about to write: ``overwrite``, ``raise``,
            ``merge``, or a function that decides.
        natural_key: The attributes that tell a record apart without its id.
        primary: The attribute of the table's primary field, which labels its records; ``None`` where no schema said.
        abstract: Whether the class only serves as a base.
    """

    def __init__(self, model: type[Any], declared: Mapping[str, Any], fields: Mapping[str, Field[Any]]) -> None:
        self.model = model
        self.name = model.__name__
        self.abstract = bool(declared.get("abstract", False))
        self.database: str | None = declared.get("database")
        self.database_name: str | None = declared.get("database_name")
        self.table: str | None = declared.get("table")
        self.is_named = bool(declared.get("table_name"))  # else it is called after the class, if it has no id
        self.table_name: str = declared.get("table_name") or words(snake(self.name))
        self.client = declared.get("client")
        self.timezone = _zone(self.name, declared.get("timezone"))
        self.own_fields = {
            name: field for name, field in fields.items() if not isinstance(field, SystemDate | SystemId)
        }
        self.fields = {"id": fields["id"], **self.own_fields}
        self.fields.update((name, field) for name, field in fields.items() if name not in self.fields)
        self.ordering = self._attributes("ordering", declared.get("ordering", ()))
        self.natural_key = self._attributes("natural_key", declared.get("natural_key", ()))
        self.primary: str | None = None
        self.on_conflict = declared.get("on_conflict", "overwrite")
        if self.on_conflict not in {"overwrite", "raise", "merge"} and not callable(self.on_conflict):
            raise ConfigurationError(
                f"{self.name}.Meta.on_conflict is {self.on_conflict!r}; right are 'overwrite', 'raise', 'merge', or a "
                "function that takes a Conflict and returns the values to write."
            )
        self.scans_by = next((name for name, f in self.own_fields.items() if f.api_type == "AUTONUMBER"), "created_at")
        self.lookups = {(f.through, f.of): f for f in self.own_fields.values() if isinstance(f, Lookup) and f.through}
        for lookup in self.lookups.values():
            lookup.follow(self.own_fields)
        self.record_id = next((f for f in self.own_fields.values() if isinstance(f, RecordId)), None)
        # The service refuses filters on the id itself (wire-facts 10); a RECORD_ID field can stand for it.
        self.query_fields: dict[str, Field[Any]] = {**self.fields, "id": self.record_id or self.fields["id"]}
        # The slots' own setters: they pass by Model.__setattr__, which is for users.
        self._blank: Callable[..., Any] = object.__new__
        self._set_record: Callable[[Any, Any], None] = model._record.__set__
        self._set_context: Callable[[Any, Any], None] = model._context.__set__
        self.writable = {name: field for name, field in self.own_fields.items() if field.writable}
        # What a look for changes needs of each, so that it asks for nothing on the way.
        self.scan = tuple((name, field.id, field.unchanged) for name, field in self.writable.items())
        self.mutable = frozenset(name for name, field in self.own_fields.items() if field.mutable)
        by_id = {name: field.id for name, field in self.own_fields.items()}
        self.static_ids: dict[str, str] | None = None
        if self.database and self.table and all(by_id.values()):
            self.static_ids = {
                "created_at": "created_at",
                "updated_at": "updated_at",
                **{name: id for name, id in by_id.items() if id},
            }
        self._unique("both have the id", {name: id for name, id in by_id.items() if id})
        self._unique("are both called", {name: field.name for name, field in self.own_fields.items() if not field.id})
        self.unclaimed = (
            Binding(None, self.database or "", self.table or "", self.static_ids) if self.static_ids else None
        )

    def _attributes(self, option: str, value: Any) -> tuple[str, ...]:
        names = (value,) if isinstance(value, str) else tuple(value)
        known = [name for name in self.fields if name != "id"]  # which the service neither sorts nor filters by
        for name in names:
            bare = name.removeprefix("-") if isinstance(name, str) and option == "ordering" else name
            if bare not in known:
                raise ConfigurationError(
                    f"{self.name}.Meta.{option} names {name!r}, which is no field.{nearest(str(bare), known)} "
                    f"Its fields are {', '.join(known)}."
                )
        return names

    def _unique(self, what: str, given: Mapping[str, str]) -> None:
        seen: dict[str, str] = {}
        for name, value in given.items():
            if value in seen:
                raise ConfigurationError(f"{self.name}.{seen[value]} and {self.name}.{name} {what} {value!r}.")
            seen[value] = name

    def known_client(self, client: Client | None) -> Client | None:
        """The client that the model was told to use, where it was told one."""
        if client is not None:
            return client
        return self.client() if callable(self.client) else self.client

    def dialect(self, client: Client | None = None) -> Dialect:
        """The dialect of the client that the model was told to use, else that of today's service."""
        return Binding(self.known_client(client), "", "", {}).dialect

    def binding(self, client: Client | None = None) -> Binding:
        """The model's place at a client: the one given, the model's own, or the default one.

        Raises:
            ConfigurationError: There is no client, or the model cannot be bound.

        Makes requests only for models declared by name, on first use.
        """
        found = self.known_client(client)
        if found is None:
            found = default_client()
        return binding_of(self, found)

    def static_binding(self, client: Client | None = None) -> Binding:
        """As :meth:`binding`, but for a model declared by ids it needs no client at all."""
        if self.unclaimed is None:
            return self.binding(client)
        found = self.known_client(client) or configured_client()
        return self.unclaimed if found is None else binding_of(self, found)

    def instances(self, rows: list[dict[str, Any]], binding: Binding, context: Context | None = None) -> list[Any]:
        """Instances over records as they came; they share a context, through which their links load together."""
        context = context or Context(binding, rows)
        model = self.model
        # A loop for each step, and none of them in Python.
        made = list(map(self._blank, repeat(model, len(rows))))
        deque(map(self._set_record, made, rows), maxlen=0)
        deque(map(self._set_context, made, repeat(context)), maxlen=0)
        if post_load:
            for instance in made:
                post_load.send(model, instance=instance)
        return made

    def related(self, field: Any) -> type[Any]:
        """The model that a link of this model leads to."""
        return related(field.to, self.model, field.label)

    @property
    def links(self) -> Any:
        """The module that loads what links lead to, which query sets reach from here."""
        from softrorm.models import prefetching  # needed by few

        return prefetching

    @property
    def bulk(self) -> Bulk:
        """The bulk writes of the model, which query sets reach from here."""
        from softrorm.models.bulk.writes import Bulk  # needed by few, and it brings threads along

        return Bulk(self)

    def record_id_in(self, binding: Binding) -> str | None:
        """The id of the model's RECORD_ID field at a binding, where it declares one."""
        return binding.ids[self.record_id.attribute] if self.record_id else None


def declared_options(model: type[Any], meta: type | None) -> dict[str, Any]:
    """What a model's ``Meta`` declares, with what its bases declared before.

    Raises:
        ConfigurationError: An option that does not exist.
    """
    declared: dict[str, Any] = {}
    for base in reversed(model.__mro__[1:]):
        options = base.__dict__.get("_declared")
        if options:
            declared.update(options)
    declared.pop("abstract", None)
    said: dict[str, Any] = {}
    for base in reversed(meta.__mro__ if meta else ()):
        said.update(vars(base))
    if meta and "abstract" not in vars(meta):
        said.pop("abstract", None)  # a Meta that derives from an abstract base's is not abstract for that
    for name, value in said.items():
        if name.startswith("__"):
            continue
        if name not in OPTIONS:
            raise ConfigurationError(
                f"{model.__name__}.Meta has no option {name!r}.{nearest(name, OPTIONS)} "
                f"Its options are {', '.join(OPTIONS)}."
            )
        declared[name] = value.__func__ if isinstance(value, staticmethod) else value
    return declared


def _zone(model: str, value: Any) -> tzinfo | None:
    if not isinstance(value, str):
        return value  # type: ignore[no-any-return]
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # only for models that name one

    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigurationError(f"{model}.Meta.timezone: {value!r} is no time zone such as 'Europe/Prague'.") from None


def snake(name: str) -> str:
    """The parts of a class name; a run of capitals is an abbreviation and stays: ``HTTPLog`` is ``HTTP_log``."""
    split = "".join(f"_{letter}" if at and _begins_part(name, at) else letter for at, letter in enumerate(name))
    return "_".join(part if len(part) > 1 and part.isupper() else part.lower() for part in split.split("_") if part)


def _begins_part(name: str, at: int) -> bool:
    return name[at].isupper() and (not name[at - 1].isupper() or name[at + 1 : at + 2].islower())
