"""Creation: the steps for databases, tables and fields that are missing.

A table is made with its plain fields in one request. Links come when both tables are there, each pair once; fields that
refer to others come last, each after those.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from softrorm.client.errors import ConfigurationError
from softrorm.fields.link import LinkField
from softrorm.schema.definition import definition
from softrorm.schema.design import INVERSE, LINKED, OWN, design, key
from softrorm.schema.pushing.plans import TABLE
from softrorm.schema.pushing.scene import choice_keys, description_of, home_of, spelled

if TYPE_CHECKING:
    from softrorm.fields.base import Field
    from softrorm.models import Model
    from softrorm.schema.design import Design, Pair, References
    from softrorm.schema.pushing.plans import Step
    from softrorm.schema.pushing.scene import Scene

SPARE = ("Name", "Title", "Label")
"""Names for the primary field of a model that has no text."""
_ELSEWHERE = {"linkedTableId", INVERSE, "viewId", "valid", "isValid"}
"""Options of a link or a computed field whose values belong to where they were read."""


def creation(scene: Scene, workspace: str | None) -> list[Step]:
    """The steps for what is missing.

    Args:
        scene: The models and tables.
        workspace: Where a database is to be made.

    Raises:
        ConfigurationError: Something cannot be made; the message names the attribute.

    Makes no request.
    """
    new = {model for model, found in scene.found.items() if found.table is None}
    _refuse_twins(scene, new)
    made = design(scene.group.models, scene.is_missing, scene.matches.undeclared)
    steps = []
    if scene.group.id is None:
        asked = {"name": scene.group.name, "workspace": workspace}
        steps.append(scene.step("create_database", "", asked=asked, sign="+", shown=f"database {scene.group.name!r}"))
    steps += [_table(scene, model, made) for model in scene.group.models if model in new]
    for model in scene.group.models:
        if model not in new:
            primary = made.primary[model]
            plain = [*([primary] if primary else []), *made.plain[model]]
            steps += [_field(scene, one, {}) for one in plain]
    for pair in made.links:
        steps += _link(scene, pair)
    steps += [_field(scene, one, made.references[key(one)]) for one in made.computed]
    steps += _hidden(scene)
    return steps


def _refuse_twins(scene: Scene, new: set[type[Model]]) -> None:
    named: dict[str, type[Model]] = {}
    for model in scene.group.models:
        other = named.setdefault(model._meta.table_name, model)
        if other is not model and new & {model, other}:
            name = model._meta.table_name
            raise ConfigurationError(f"Two tables would be called {name!r}; set Meta.table_name of {model.__name__}.")


def _table(scene: Scene, model: type[Model], made: Design) -> Step:
    meta, primary = model._meta, made.primary[model]
    taken = {one.name for one in meta.own_fields.values()}
    inline = [*([primary] if primary else []), *made.plain[model]]
    text = description_of(model)
    asked: dict[str, Any] = {
        "name": meta.table_name,
        **({"description": text} if text else {}),
        "module": home_of(model),
        # A table always has a primary field of one line; one that the model has no use for must not take a name.
        "spare": next((name for name in SPARE if name not in taken), None),
        "primary": _asked(scene, primary) if primary else None,
        "fields": [_asked(scene, one) for one in made.plain[model]],
    }
    details = tuple(f"+ {described(one)}" for one in inline)
    return scene.step(
        "create_table",
        meta.name,
        asked=asked,
        sign="+",
        shown=f"table {meta.table_name!r} ({meta.name})",
        details=details,
    )


def _field(scene: Scene, one: Field[Any], named: References) -> Step:
    asked = _asked(scene, one)
    asked["definition"]["options"].update(spelled(named))
    note = (f"its new id goes into the lock; the model says {one.id!r}",) if one.id else ()
    return scene.step(
        "create_field",
        one.model.__name__,
        one.attribute,
        asked=asked,
        sign="+",
        shown=described(one),
        details=note if scene.group.id else (),
    )


def _link(scene: Scene, pair: Pair) -> Iterator[Step]:
    link, partner = pair
    if partner is not None and scene.is_missing(link) != scene.is_missing(partner):
        there, absent = (partner, link) if scene.is_missing(link) else (link, partner)
        scene.notes.append(
            f"{absent.label} cannot be made as the other end of {there.label}, which is there without it: the API "
            f"makes both ends at once. Remove the field {there.name!r} in Softr, or declare the two without inverse=."
        )
        return
    asked = _asked(scene, link)
    asked["definition"]["options"]["linkedTableId"] = {TABLE: link.target.__name__}
    asked["target"] = link.target.__name__
    if partner is not None:
        asked["inverse"] = {"attribute": partner.attribute, **_asked(scene, partner)}
        del asked["inverse"]["definition"]["type"]
    elif link.model._meta.table_name in {one.name for one in link.target._meta.own_fields.values()}:
        # The other end is named after the table that the link stands in, and would hide a field of the model.
        asked["inverse"] = {"attribute": "", "definition": {"name": _apart(link)}}
    ends = (f"other end: {described(partner)} of {link.target.__name__}",) if partner is not None else ()
    yield scene.step(
        "create_link",
        link.model.__name__,
        link.attribute,
        asked=asked,
        sign="+",
        shown=described(link),
        details=ends,
    )


def _hidden(scene: Scene) -> Iterator[Step]:
    """Other ends of links that no model declares and that hide a field of one: a push may have stopped before that."""
    for link, partner in scene.matches.pairs:
        live = scene.found[link.model].of(link)
        linked = scene.found[link.target]
        if live is None or partner is not None:
            continue
        for end in linked.unclaimed:
            names = {one.name for one in link.target._meta.own_fields.values()}
            if end.id == live.options.get(INVERSE) and end.name in names:
                yield scene.step(
                    "update_field",
                    link.target.__name__,
                    asked={"id": end.id, "definition": {"name": _apart(link)}},
                    shown=f"{end.name} (the other end of {link.label})",
                    details=(f"name: {end.name!r} -> {_apart(link)!r}",),
                )


def _apart(link: LinkField[Any]) -> str:
    return f"{link.model._meta.table_name}: {link.name}"


def _asked(scene: Scene, one: Field[Any]) -> dict[str, Any]:
    defined = definition(one, scene.dialect)
    apart = _ELSEWHERE if isinstance(one, LinkField) or not one.writable else set()
    options = {
        name: value for name, value in defined["options"].items() if name not in apart and name not in {*OWN, *LINKED}
    }
    return {"attribute": one.attribute, "definition": {**defined, "options": options}, "choices": choice_keys(one)}


def described(one: Field[Any]) -> str:
    """A field in a line of a plan: ``Status (status): SELECT, Open | Done``."""
    parts = [one.api_type]
    if isinstance(one, LinkField):
        parts = [f"{'links' if one.many else 'link'} to {one.target.__name__}"]
    elif one.many and one.writable:
        parts.append("several")
    if one.required:
        parts.append("required")
    if labels := list(choice_keys(one)):
        shown = " | ".join(labels[:6])
        parts.append(shown + (" | ..." if len(labels) > 6 else ""))
    return f"{one.name} ({one.attribute}): {', '.join(parts)}"
