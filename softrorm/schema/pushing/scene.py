"""The scene of a push: one database's models beside its tables, and what all parts of the diff ask of it.

The parts work on it one after the other, and each needs what those before it have left there:

1. ``changes`` compares what is there. A field that has to be made anew is ``going``, and its match is forgotten, so
   that it is missing from then on; where nothing may be lost it is ``held``, and what needs the new one is ``blocked``.
   All models come before any reference is compared, since the field that it refers to may be one of those.
2. ``remember`` writes what is still matched into the lock, so that steps find ids there.
3. ``creation`` makes what has no match, except for what is blocked.
4. ``removal`` looks for what the lock knows and nobody declares, except for what is going already.
5. ``renames`` compares what the lock still knows then with what is declared.
"""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any

from softrorm.client.lock import LockedField, LockedTable
from softrorm.fields.choice import SelectField
from softrorm.models.binding import choice_key
from softrorm.schema.compare import matched_choices
from softrorm.schema.design import flat, key
from softrorm.schema.match import match_models
from softrorm.schema.pushing.plans import FIELD, Step

if TYPE_CHECKING:
    from softrorm.client.dialect import Dialect
    from softrorm.client.lock import Lock
    from softrorm.client.resources import TableField
    from softrorm.fields.base import Field
    from softrorm.models import Model
    from softrorm.schema.design import Key, References
    from softrorm.schema.groups import Group
    from softrorm.schema.match import End


class Scene:
    """A database's models and tables.

    Args:
        group: The models, and what is there.
        lock: What is known of it.
        dialect: How defaults are spelled.
        destroy: Whether something may be lost.

    Attributes:
        matches: Which table is whose model's, which field whose attribute's.
        by_model: The match of each model: its table and fields.
        held: What would be done if something might be lost.
        narrowing: What leaves less room in a field: to be done if the field is empty, else held.
        notes: What cannot be done at all.
        going: The fields that are to be removed.
        blocked: The links that cannot be made yet, since something would be lost, and what is computed through them.
        names: The names of the tables and their fields, by id.

    Raises:
        ConfigurationError: Links contradict each other.
    """

    def __init__(self, group: Group, lock: Lock, dialect: Dialect, *, destroy: bool) -> None:
        self.group = group
        self.lock = lock
        self.dialect = dialect
        self.destroy = destroy
        self.matches = match_models(group, lock)
        self.by_model = self.matches.models
        self.held: list[Step] = []
        self.narrowing: list[Step] = []
        self.notes: list[str] = []
        self.going: set[End] = set()
        self.blocked: set[Key] = set()
        self.names = group.names

    def is_missing(self, field: Field[Any]) -> bool:
        """Whether an attribute has no field yet."""
        return self.matches.of(field) is None

    def is_blocked(self, field: Field[Any], named: References) -> bool:
        """Whether a field refers to one that has to be made anew first and may not be; it is then blocked itself."""
        if any(each in self.blocked for each in flat(named)):
            self.blocked.add(key(field))
        return key(field) in self.blocked

    def step(self, action: str, model: str, attribute: str = "", **more: Any) -> Step:
        """A step in this database."""
        return Step(action, self.group.name, model, attribute, **more)

    def remember(self) -> None:
        """Write what was found into the lock, so that it is known by id from now on."""
        if self.group.id is not None:
            self.lock.databases |= dict.fromkeys(self.group.called, self.group.id)
        for model, match in self.by_model.items():
            if match.table is None:
                self.lock.tables.pop(model.__name__, None)
                continue
            assert self.group.id is not None  # noqa: S101 - it has a table
            known = match.locked.fields if match.locked else {}
            declared = model._meta.own_fields
            left = {live.id for live in match.unclaimed}
            fields = {name: kept for name, kept in known.items() if kept.id in left and name not in declared}
            for name, live in match.fields.items():
                fields[name] = locked_field(declared[name], live, known.get(name))
            self.lock.tables[model.__name__] = LockedTable(
                self.group.id, match.table.id, match.table.name, home_of(model), fields
            )


def locked_field(field: Field[Any], live: TableField, known: LockedField | None = None) -> LockedField:
    """What a lock keeps of a field.

    Args:
        field: The declared field.
        live: The table's field.
        known: What the lock knew.
    """
    choices: dict[str, str] = {}
    if isinstance(field, SelectField):
        there = [dict(choice) for choice in live.options.get("choices") or ()]
        matched = zip(field.catalog.pairs, matched_choices(field, there, known), strict=True)
        choices = {choice_key(value): choice["id"] for (value, _), choice in matched if choice and choice.get("id")}
    return LockedField(str(live.id), live.name, choices)


def choice_keys(field: Field[Any]) -> dict[str, str]:
    """What a lock calls each choice that a field declares, by label."""
    pairs = field.catalog.pairs if isinstance(field, SelectField) else []
    return {choice.label: choice_key(value) for value, choice in pairs}


def spelled(value: Any) -> Any:
    """What a step sends as JSON: declared fields as references, since they may have no id yet."""
    if isinstance(value, tuple):
        return {FIELD: [value[0].__name__, value[1]]}
    if isinstance(value, dict):
        return {name: spelled(item) for name, item in value.items()}
    return [spelled(item) for item in value] if isinstance(value, list) else value


def home_of(model: type[Model]) -> str:
    """The module where a model can be missed when it is gone; empty for one that only a function knows."""
    return model.__module__ if getattr(sys.modules.get(model.__module__), model.__name__, None) is model else ""


def description_of(model: type[Model]) -> str | None:
    """The description of a model's table: the text below the name of the class; ``None`` for not a word on it."""
    text = vars(model).get("__doc__")
    return inspect.cleandoc(text).rstrip() if text else None
