"""Groups: models by the databases that they belong to, and what is there now.

A model names its database by id, by name, or not at all; a lock remembers the id that a name got. Models of one
database are dealt with together, since links never leave it.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from softrorm.client.errors import ConfigurationError, NotFound
from softrorm.schema.find import is_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from softrorm.client.client import Client
    from softrorm.client.lock import Lock
    from softrorm.client.resources import Table
    from softrorm.models import Model


@dataclass(frozen=True, slots=True)
class Group:
    """A database and the models that belong to it.

    Attributes:
        name: What it is called by models or by who asked; its id where nobody names it.
        id: Its id; ``None`` where there is no database of this name.
        models: The models.
        tables: Its tables as they are now.
        gone: Whether the id is that of no database (any more).
    """

    name: str
    id: str | None
    models: tuple[type[Model], ...]
    tables: tuple[Table, ...] = ()
    gone: bool = False

    @property
    def called(self) -> set[str]:
        """The names that a lock remembers it by; models may call it otherwise than who sent them to it."""
        own = {one._meta.database_name for one in self.models if one._meta.database_name and not one._meta.database}
        return own | ({self.name} if self.name != self.id else set())

    @property
    def names(self) -> dict[str, str]:
        """The names of the tables and their fields, by id."""
        fields = {str(one.id): one.name for table in self.tables for one in table.fields}
        return fields | {table.id: table.name for table in self.tables}


def models_of(given: ModuleType | type[Model] | Iterable[ModuleType | type[Model]]) -> tuple[type[Model], ...]:
    """The models of modules, in the order in which they are defined; models stay as they are.

    Args:
        given: A module, a model, or several of them. Of a module these are all models with a table of their own that
            it defines or imports.

    Raises:
        ConfigurationError: There is none, or two have one name.

    Makes no request.
    """
    found: dict[type[Model], None] = {}
    several: Iterable[Any] = [given] if isinstance(given, ModuleType | type) else given
    for one in several:
        declared = _defined(one) if isinstance(one, ModuleType) else [one]
        if isinstance(one, ModuleType) and not declared:
            raise ConfigurationError(
                f"The module {one.__name__} has no models with a table of their own.{_nearby(one)}"
            )
        for model in declared:
            meta = getattr(model, "_meta", None)
            if meta is None:
                raise ConfigurationError(f"{model!r} is no model: give classes derived from Model, or a module.")
            if meta.abstract:
                raise ConfigurationError(f"{meta.name} is abstract: give the models derived from it.")
            found[model] = None
    if not found:
        raise ConfigurationError("There are no models: give a module that defines some, or their classes.")
    refuse_namesakes(found)
    return tuple(found)


def refuse_namesakes(models: Iterable[type[Model]]) -> None:
    """See that a lock can tell models apart, which it does by the names of their classes.

    Raises:
        ConfigurationError: Two have one name.
    """
    names: dict[str, type[Model]] = {}
    for model in models:
        other = names.setdefault(model.__name__, model)
        if other is not model:
            raise ConfigurationError(
                f"Two models are called {model.__name__!r}, in {other.__module__} and {model.__module__}; a lock tells "
                "them apart by their names, so give one another name and say Meta.table_name."
            )


def _nearby(package: ModuleType) -> str:
    """Where models may be instead: a package of an app has them in its module ``models``."""
    name = f"{package.__name__}.models"
    return f" Did you mean {name}?" if hasattr(package, "__path__") and find_spec(name) is not None else ""


def _defined(module: ModuleType) -> list[type[Model]]:
    from softrorm.models import Model

    models = [one for one in vars(module).values() if inspect.isclass(one) and issubclass(one, Model)]
    return list(dict.fromkeys(one for one in models if hasattr(one, "_meta") and not one._meta.abstract))


def groups(models: Iterable[type[Model]], client: Client, lock: Lock, database: str | None = None) -> list[Group]:
    """The databases that models belong to, with their tables as they are now.

    Args:
        models: The models.
        client: The client.
        lock: What is known of this environment.
        database: The id or the name of a database for all of them, instead of what they say.

    Raises:
        ConfigurationError: A model does not say where its table is, or a name is not that of one database.

    Makes one request for each database, and one more if one has to be found by its name.
    """
    grouped: dict[str, list[type[Model]]] = {}
    for model in models:
        meta = model._meta
        grouped.setdefault(database or meta.database or meta.database_name or "", []).append(model)
    finder = _Finder(client, lock)
    return [finder.group(name, tuple(group)) for name, group in grouped.items()]


class _Finder:
    def __init__(self, client: Client, lock: Lock) -> None:
        self._client = client
        self._lock = lock
        self._listed: Any = None

    def group(self, name: str, models: tuple[type[Model], ...]) -> Group:
        id = self._id(name, models)
        if id is None:
            return Group(name, None, models)
        try:
            return Group(name or id, id, models, tuple(self._client.list_tables(id)))
        except NotFound:
            return Group(name or id, id, models, gone=True)

    def _id(self, name: str, models: tuple[type[Model], ...]) -> str | None:
        if is_id(name):
            return name
        if name in self._lock.databases:
            return self._lock.databases[name]
        if not name:
            held = {known.database for model in models if (known := self._lock.tables.get(model.__name__))}
            if len(held) == 1:
                return held.pop()
            raise ConfigurationError(
                f"{models[0].__name__} does not say which database it belongs to: set Meta.database_name to the "
                "database's name or Meta.database to its id, or name one for all models as database= (--database)."
            )
        if self._listed is None:
            self._listed = self._client.list_databases()
        found = [one.id for one in self._listed if name in {one.name, one.id}]
        if len(found) > 1:
            raise ConfigurationError(f"{len(found)} databases are called {name!r}: {', '.join(found)}; give the id.")
        return found[0] if found else None
