"""Lock: the ids that a service gave to what models declare by name, kept in a small JSON file.

``softrorm push`` writes one per environment. A client that is given the file binds models through it, so that they
need no request to find their tables and fields, and a field that was renamed since is still the same one. It is meant
to be committed beside the models: ids are no secret.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from softrorm.client.errors import ConfigurationError

VERSION = 1
NAME = "softr.lock.json"


@dataclass(slots=True)
class LockedField:
    """What is known of a field.

    Attributes:
        id: Its id.
        name: Its name when it was last seen.
        choices: The ids of its choices, by the name of the Enum's member, or by label where there is no Enum.
    """

    id: str
    name: str
    choices: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class LockedTable:
    """What is known of a model's table.

    Attributes:
        database: The id of its database.
        id: Its id.
        name: Its name when it was last seen.
        module: The module that declares the model; empty for one that is not at its top.
        fields: Its fields, by attribute of the model.
    """

    database: str
    id: str
    name: str
    module: str = ""
    fields: dict[str, LockedField] = field(default_factory=dict)


@dataclass(slots=True)
class Lock:
    """The ids of one environment.

    Attributes:
        databases: The ids of databases, by the name that models or a push give them.
        tables: The tables, by the name of the model class.
    """

    databases: dict[str, str] = field(default_factory=dict)
    tables: dict[str, LockedTable] = field(default_factory=dict)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """Read a lock file.

        Args:
            path: The file.

        Raises:
            ConfigurationError: It is not there, or is no lock file.

        Makes no request.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise ConfigurationError(
                f"There is no lock file {os.fspath(path)!r}; 'softrorm push MODULE --lock {os.fspath(path)}' writes it."
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"The lock file {os.fspath(path)!r} cannot be read: {error}") from error
        try:
            return cls.from_json(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ConfigurationError(
                f"{os.fspath(path)!r} is no lock file of softrorm ({type(error).__name__}: {error}). If a merge left "
                "its marks in it or mixed up two versions, take one of them; if all is lost, remove it: a push finds "
                "tables and fields by name."
            ) from error

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """The lock that :meth:`to_json` describes.

        Raises:
            ValueError: It was written by a later version, or two things have one id, as after a merge that went wrong.
            KeyError: Something is missing.
        """
        if given["version"] != VERSION:
            raise ValueError(f"version {given['version']!r}; this softrorm reads {VERSION}")
        tables = {
            name: LockedTable(
                **{**table, "fields": {attribute: LockedField(**one) for attribute, one in table["fields"].items()}}
            )
            for name, table in given["tables"].items()
        }
        for name, table in tables.items():
            _refuse_twins(f"{name}.", {attribute: one.id for attribute, one in table.fields.items()})
            for attribute, one in table.fields.items():
                _refuse_twins(f"choices of {name}.{attribute}: ", one.choices)
        return cls(dict(given["databases"]), tables)

    def to_json(self) -> dict[str, Any]:
        """The lock as JSON."""
        shown: dict[str, Any] = {"version": VERSION, **asdict(self)}
        for table in shown["tables"].values():
            for one in table["fields"].values():
                if not one["choices"]:
                    del one["choices"]  # of which most fields have none
        return shown

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the lock file, whole or not at all. Makes no request.

        Args:
            path: The file; one that is there already is replaced.
        """
        target = Path(path)
        # Sorted, so that two branches that push different things merge.
        text = json.dumps(self.to_json(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        scratch = target.with_name(f".{target.name}.{os.getpid()}")
        scratch.write_text(text, encoding="utf-8")
        scratch.replace(target)


def _refuse_twins(where: str, ids: Mapping[str, str]) -> None:
    names: dict[str, str] = {}
    for name, id in ids.items():
        if (other := names.setdefault(id, name)) != name:
            raise ValueError(f"{where}{other} and {name} have the same id, {id!r}")


def lock_of(given: Lock | str | os.PathLike[str] | None) -> Lock | None:
    """A lock as it is, or read from the file that is named.

    Raises:
        ConfigurationError: The file is not there, or is no lock file.
    """
    return given if given is None or isinstance(given, Lock) else Lock.read(given)


def lock_path(env: str | None = None) -> str:
    """The name of the lock file of an environment: ``softr.lock.json``, or ``softr.staging.lock.json``.

    Raises:
        ConfigurationError: The environment has no name that a file can have everywhere.
    """
    if env and not re.fullmatch(r"[\w.-]+", env):
        raise ConfigurationError(
            f"{env!r} is no name of an environment: letters, digits, -, _ and . are allowed, as in 'staging'. A lock "
            "file that stands elsewhere is named by its path, as --lock FILE."
        )
    return f"softr.{env}.lock.json" if env else NAME
