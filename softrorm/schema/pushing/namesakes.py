"""Namesakes: what a plan says where two fields of a table would have one name once it is done.

Whether the service takes that is not known (wire-facts 16.8); a program that finds its fields by name may then get the
wrong one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from softrorm.schema.match import Match
    from softrorm.schema.pushing.plans import Step
    from softrorm.schema.pushing.scene import Scene


def namesakes(scene: Scene, steps: Iterable[Step]) -> Iterator[str]:
    """The notes on fields that get a name which another field of their table has, or gets as well.

    Args:
        scene: The models and tables.
        steps: What is to be done.

    Makes no request.
    """
    # By table, then by the id of a field that is there or the attribute of one that is made: two models may share one.
    named: defaultdict[str, dict[str, str]] = defaultdict(dict)
    given: defaultdict[str, set[str]] = defaultdict(set)
    for match in scene.by_model.values():
        if match.table is not None:
            named[match.table.id] = {str(live.id): live.name for live in match.table.fields}
    for step in steps:
        for model, field, name in _named_by(scene, step):
            table = _table(scene, model)
            if name is None:
                named[table].pop(field, None)
            elif named[table].get(field) != name:
                named[table][field] = name
                given[table].add(name)
    for match in scene.by_model.values():
        table = _table(scene, match.model.__name__)
        for name in sorted(given.pop(table, ())):
            if (count := list(named[table].values()).count(name)) > 1:
                yield (
                    f"The table of {match.model.__name__} will have {count} fields called {name!r}, of which a program "
                    "that finds it by name may take the wrong one: give the model's field another name=, or declare "
                    "the one that is there by its id, or rename it in Softr first."
                )


def _named_by(scene: Scene, step: Step) -> Iterator[tuple[str, str, str | None]]:
    """The names that a step gives: the model, the id or attribute of the field, and the name; none where it goes."""
    asked = step.asked
    match step.action:
        case "create_table":
            for each in [*([asked["primary"]] if asked["primary"] else []), *asked["fields"]]:
                yield step.table, f".{each['attribute']}", each["definition"]["name"]
        case "create_field" | "create_link":
            yield step.table, f".{step.table}.{step.attribute}", asked["definition"]["name"]
            if "inverse" in asked:
                end = asked["inverse"]
                yield asked["target"], f".{step.table}.{step.attribute}.end", end["definition"]["name"]
        case "update_field" if "name" in asked["definition"]:
            live = _match(scene, step.table).fields.get(step.attribute)
            yield step.table, asked.get("id") or str(live.id if live else ""), asked["definition"]["name"]
        case "delete_field":
            yield step.table, asked["id"], None


def _table(scene: Scene, model: str) -> str:
    table = _match(scene, model).table
    return table.id if table is not None else model


def _match(scene: Scene, model: str) -> Match:
    return next(match for known, match in scene.by_model.items() if known.__name__ == model)
