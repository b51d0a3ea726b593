"""Groups: models by the databases that they belong to, and what is there now.

A model names its database by id, by name, or not at all; a lock remembers the id that a name got. Models of one
database are dealt with together, since links never leave it.
"""

from __future__ import annotations

import inspect
import os
from dataclasses import dataclass
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from softrorm.client.errors import ConfigurationError, NotFound
from softrorm.models.finding import DATABASES, TYPED, by_id, by_name, matching, only
from softrorm.schema.find import is_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from softrorm.client.client import Client
    from softrorm.client.lock import Lock
    from softrorm.client.resources import Database, Table
    from softrorm.models import Model
    from softrorm.models.finding import Way


@dataclass(frozen=True, slots=True)
class Group:
    """A database and the models that belong to it.

    Attributes:
        name: What it is called by models or by who asked; its id where nobody names it.
        id: Its id; ``None`` where there is no database of this name.
        models: The models.
        tables: Its tables as they are now.
        gone: Whether the id is that of no database (any more).
        by_lock: Whether the id is known from the lock alone.
        others: The names of the databases that are there, where none has this one.
    """

    name: str
    id: str | None
    models: tuple[type[Model], ...]
    tables: tuple[Table, ...] = ()
    gone: bool = False
    by_lock: bool = False
    others: tuple[str, ...] = ()

    @property
    def called(self) -> set[str]:
        """The names that a lock remembers it by; models may call it otherwise than who sent them to it."""
        own = {
            model._meta.database_name for model in self.models if model._meta.database_name and not model._meta.database
        }
        return own | ({self.name} if self.name != self.id else set())

    @property
    def names(self) -> dict[str, str]:
        """The names of the tables and their fields, by id."""
        fields = {str(live.id): live.name for table in self.tables for live in table.fields}
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
    for item in several:
        declared = _defined(item) if isinstance(item, ModuleType) else [item]
        if isinstance(item, ModuleType) and not declared:
            raise ConfigurationError(
                f"The module {item.__name__} has no models with a table of their own.{_nearby(item)}"
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

    models = [member for member in vars(module).values() if inspect.isclass(member) and issubclass(member, Model)]
    return list(dict.fromkeys(model for model in models if hasattr(model, "_meta") and not model._meta.abstract))


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
    finder = _Finder(client, lock, TYPED if database else (by_id, by_name))
    return [finder.group(name, tuple(group)) for name, group in grouped.items()]


def absent(group: Group, client: Client, lock_file: str | None) -> str:
    """What is said of a database that is gone, or was never at this address.

    Args:
        group: The database.
        client: The client.
        lock_file: The lock file, where there is one.
    """
    named = group.id if group.name == group.id else f"{group.name!r} ({group.id})"
    source = f"; the id is from the lock{f' file {lock_file}' if lock_file else ''}" if group.by_lock else ""
    return f"there is no database {named} at {client.url}{source}"


def file_of(lock: object) -> str | None:
    """The path of a lock file, where a lock is given as one."""
    return os.fspath(lock) if isinstance(lock, str | os.PathLike) else None


class _Finder:
    def __init__(self, client: Client, lock: Lock, ways: Sequence[Way]) -> None:
        self._client = client
        self._lock = lock
        self._ways = ways
        self._listed: list[Database] | None = None

    def group(self, name: str, models: tuple[type[Model], ...]) -> Group:
        if is_id(name):
            return self._there(name, name, models)
        known = self._lock.databases.get(name) if name else self._locked(models)
        if known is not None:
            return self._there(name or known, known, models, by_lock=True)
        if self._listed is None:
            self._listed = self._client.list_databases()
        if not matching(name, self._listed, DATABASES, self._ways):
            return Group(name, None, models, others=tuple(database.name for database in self._listed))
        several = "Set Meta.database to the id of one, or give it as database= (--database)."
        found = only(name, self._listed, DATABASES, "this account", self._ways, several=several)
        return self._there(found.name, found.id, models)

    def _there(self, name: str, id: str, models: tuple[type[Model], ...], *, by_lock: bool = False) -> Group:
        try:
            return Group(name, id, models, tuple(self._client.list_tables(id)), by_lock=by_lock)
        except NotFound:
            return Group(name, id, models, gone=True, by_lock=by_lock)

    def _locked(self, models: tuple[type[Model], ...]) -> str:
        """The database that the lock has for models which do not name theirs."""
        held = {known.database for model in models if (known := self._lock.tables.get(model.__name__))}
        if len(held) == 1:
            return held.pop()
        raise ConfigurationError(
            f"{models[0].__name__} does not say which database it belongs to: set Meta.database_name to the "
            "database's name or Meta.database to its id, or name one for all models as database= (--database)."
        )
