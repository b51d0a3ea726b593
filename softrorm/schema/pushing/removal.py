"""Removal: the steps for what a push made once and no model declares any more.

Only what the lock knows can go. A field that somebody added by hand, or a table of another program, is nobody's to
remove; and so is the other end of a link that is still declared.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from softrorm.schema.design import INVERSE, TARGET
from softrorm.schema.pushing.changes import are_pair, delete_field

if TYPE_CHECKING:
    from softrorm.client.lock import LockedTable
    from softrorm.client.resources import TableField
    from softrorm.schema.match import Match
    from softrorm.schema.pushing.plans import Step
    from softrorm.schema.pushing.scene import Scene


def removal(scene: Scene) -> list[Step]:
    """The steps for what is to go; they are held instead where nothing may be lost.

    Args:
        scene: The models and tables.

    Makes no request.
    """
    steps = [*_fields(scene), *_tables(scene)]
    if scene.destroy:
        return steps
    scene.held += steps
    return []


def _fields(scene: Scene) -> Iterator[Step]:
    declared = {end for match in scene.by_model.values() for end in match.claimed}
    for match in scene.by_model.values():
        locked = scene.lock.tables.get(match.model.__name__)
        if match.table is None or locked is None:
            continue
        for name in sorted(locked.fields.keys() - match.model._meta.own_fields.keys()):
            live = match.table.field(locked.fields[name].id)
            if live is not None and match.end(live) in scene.going:
                continue
            other_end = live and (live.options.get(TARGET), live.options.get(INVERSE))
            if live is None or match.end(live) in declared or other_end in declared:
                del locked.fields[name]  # nothing is left to remove, or somebody else uses it
            elif live.id == match.table.primary_field_id:
                scene.notes.append(
                    f"The field {live.name!r} ({match.model.__name__}.{name}) is declared no more; it stays, since it "
                    "is the primary field of its table."
                )
            else:
                yield delete_field(scene, match, live, name)
                yield from _other_end(scene, match, live)


def _other_end(scene: Scene, here: Match, link: TableField) -> Iterator[Step]:
    """The other end of a relation that goes, which would lead nowhere. One in the lock goes as a field of its own."""
    for match in scene.by_model.values():
        locked = scene.lock.tables.get(match.model.__name__)
        kept = {known.id for known in locked.fields.values()} if locked else set()
        for back in match.table.fields if match.table else ():
            end = match.end(back)
            if back.id not in kept and end not in scene.going and are_pair(here.end(link), link, end, back):
                yield delete_field(scene, match, back, f"the other end of {link.name!r}")


def _tables(scene: Scene) -> Iterator[Step]:
    there = {table.id: table for table in scene.group.tables}
    in_use = {match.table.id for match in scene.by_model.values() if match.table}
    given = {model.__name__ for model in scene.by_model}
    for name, locked in list(scene.lock.tables.items()):
        if name in given or locked.database != scene.group.id or not is_orphan(name, locked):
            continue
        if locked.id not in there or locked.id in in_use:
            del scene.lock.tables[name]
            continue
        yield scene.step(
            "delete_table",
            name,
            asked={"id": locked.id},
            sign="-",
            shown=f"table {there[locked.id].name!r} ({name})",
            loses="all its records",
        )


def is_orphan(name: str, locked: LockedTable) -> bool:
    """Whether the module that declared a table's model is loaded and does so no more."""
    module = sys.modules.get(locked.module)
    return module is not None and not hasattr(module, name)
