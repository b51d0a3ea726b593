"""Renames: what a plan says where something goes and something like it comes, which may be the same under another name.

A push knows a field by its attribute and a choice by its member or label, so that one of both is new to it where that
was changed. Whether the values are to stay only a person can tell, who is told how to say so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from softrorm.fields.choice import SelectField
from softrorm.models.binding import choice_key

if TYPE_CHECKING:
    from softrorm.client.lock import LockedField
    from softrorm.client.resources import TableField
    from softrorm.fields.base import Field
    from softrorm.schema.match import Match
    from softrorm.schema.pushing.scene import Scene


def renames(scene: Scene) -> list[str]:
    """The notes on what may have been renamed: one thing of a kind that goes while one comes.

    Args:
        scene: The models and tables, after all steps were worked out.

    Makes no request.
    """
    notes: list[str] = []
    for match in scene.by_model.values():
        locked = scene.lock.tables.get(match.model.__name__)
        if locked is None:
            continue
        notes += _fields(match, locked.fields)
        for name, field in match.model._meta.own_fields.items():
            if isinstance(field, SelectField) and name in locked.fields and name in match.fields:
                notes += _choices(field, match.fields[name], match.locked.fields.get(name) if match.locked else None)
    return notes


def _fields(match: Match, locked: dict[str, LockedField]) -> Iterator[str]:
    declared = match.model._meta.own_fields
    going: defaultdict[str, list[tuple[str, TableField]]] = defaultdict(list)
    coming: defaultdict[str, list[Field[object]]] = defaultdict(list)
    for name in locked.keys() - declared.keys():
        if match.table is not None and (live := match.table.field(locked[name].id)) is not None:
            going[live.type].append((name, live))
    for name, field in declared.items():
        if name not in locked:
            coming[field.api_type].append(field)
    for kind in going:
        if len(going[kind]) == len(coming[kind]) == 1:
            [(old, live)], [new] = going[kind], coming[kind]
            yield (
                f"{match.model.__name__}.{old} is declared no more, and {new.label} is new, both {kind}. If it is the "
                f"same field, renamed: write {new.attribute!r} for {old!r} in the lock, or declare it by its id, as "
                f"{type(new).__name__}({live.id!r}, name={new.name!r}), and a push changes its name and keeps its "
                f"values; name={live.name!r} leaves the name as well."
            )


def _choices(field: SelectField[object], live: TableField, locked: LockedField | None) -> Iterator[str]:
    known = locked.choices if locked else {}
    declared = {choice_key(value): choice for value, choice in field.catalog.pairs}
    labels = {choice["id"]: choice["label"] for choice in live.options.get("choices") or () if choice.get("id")}
    ids, names = ({getattr(choice, said) for choice in declared.values()} for said in ("id", "label"))
    going = [
        id
        for key, id in known.items()
        if key not in declared and id in labels and id not in ids and labels[id] not in names
    ]
    coming = [
        choice
        for key, choice in declared.items()
        if key not in known and choice.label not in labels.values() and choice.id not in labels
    ]
    if len(going) == len(coming) == 1:
        [id], [choice] = going, coming
        yield (
            f"{field.label}: the choice {labels[id]!r} is declared no more, and {choice.label!r} is new. If it is the "
            f"same choice, renamed, declare it by its id, as Choice({choice.label!r}, {id!r}), and a push changes its "
            "label, also in the records."
        )
