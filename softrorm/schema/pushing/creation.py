"""Creation: the steps for databases, tables and fields that are missing.

A table is made with its plain fields in one request. Links come when both tables are there, each pair once; fields that
refer to others come last, each after those.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from softrorm.client.errors import ConfigurationError
from softrorm.fields.attachment import Attachment
from softrorm.fields.link import LinkField
from softrorm.schema.compare import said
from softrorm.schema.definition import definition
from softrorm.schema.design import INVERSE, LINKED, NEEDED, OWN, SERVICE, TARGET, design, key, spare_name
from softrorm.schema.inspect.chosen import PLAIN
from softrorm.schema.pushing.plans import TABLE
from softrorm.schema.pushing.scene import choice_keys, description_of, home_of, spelled

if TYPE_CHECKING:
    from softrorm.fields.base import Field
    from softrorm.models import Model
    from softrorm.schema.design import Design, Pair, References
    from softrorm.schema.pushing.plans import Step
    from softrorm.schema.pushing.scene import Scene

_ELSEWHERE = {TARGET, INVERSE, *SERVICE}
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
    new = {model for model, match in scene.by_model.items() if match.table is None}
    _refuse_twins(scene, new)
    made = design(scene.group.models, scene.is_missing, scene.matches.undeclared)
    steps = []
    if scene.group.id is None:
        asked = {"name": scene.group.name, "workspace": workspace, "called": sorted(scene.group.called)}
        steps.append(scene.step("create_database", "", asked=asked, sign="+", shown=f"database {scene.group.name!r}"))
    steps += [_table(scene, model, made) for model in scene.group.models if model in new]
    for model in scene.group.models:
        if model not in new:
            primary = made.primary[model]
            plain = [*([primary] if primary else []), *made.plain[model]]
            steps += [_field(scene, field, {}) for field in plain]
    for pair in made.links:
        steps += _link(scene, pair)
    for field in made.computed:
        named = made.references[key(field)]
        (scene.held if scene.is_blocked(field, named) else steps).append(_field(scene, field, named))
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
    spare = spare_name({field.name for field in meta.own_fields.values()}, meta.table_name)
    text = description_of(model)
    asked: dict[str, Any] = {
        "name": meta.table_name,
        **({"description": text} if text else {}),
        "module": home_of(model),
        # A table always has a primary field of one line; one that the model has no use for must not take a name.
        "spare": spare,
        "primary": _asked(scene, primary) if primary else None,
        "fields": [_asked(scene, field) for field in made.plain[model]],
    }
    title = (
        described(primary, asked["primary"], "primary")
        if primary
        else f"{spare}: SINGLE_LINE_TEXT, primary: every table has one"
    )
    plain = (described(field, each) for field, each in zip(made.plain[model], asked["fields"], strict=True))
    return scene.step(
        "create_table",
        meta.name,
        asked=asked,
        sign="+",
        shown=f"table {meta.table_name!r} ({meta.name})",
        details=tuple(f"+ {line}" for line in [title, *plain]),
    )


def _field(scene: Scene, field: Field[Any], named: References) -> Step:
    asked = _asked(scene, field)
    asked["definition"]["options"].update(spelled(named))
    note = (f"its new id goes into the lock; the model says {field.id!r}",) if field.id else ()
    return scene.step(
        "create_field",
        field.model.__name__,
        field.attribute,
        asked=asked,
        sign="+",
        shown=described(field, asked),
        details=note if scene.group.id else (),
    )


def _link(scene: Scene, pair: Pair) -> Iterator[Step]:
    link, partner = pair
    if not scene.blocked.isdisjoint(key(end) for end in pair if end is not None):
        return  # what is there has to go first
    asked = _asked(scene, link)
    asked["definition"]["options"][TARGET] = {TABLE: link.target.__name__}
    asked["target"] = link.target.__name__
    if partner is not None:
        asked["inverse"] = _asked(scene, partner)
        del asked["inverse"]["definition"]["type"]
        end = f"{described(partner, asked['inverse'])} of {link.target.__name__}"
    else:
        if link.model._meta.table_name in {field.name for field in link.target._meta.own_fields.values()}:
            # The other end is named after the table that the link stands in, and would hide a field of the model.
            asked["inverse"] = {"attribute": "", "definition": {"name": _apart(link)}}
        end = f"a field of {link.target.__name__} that no model declares"
    yield scene.step(
        "create_link",
        link.model.__name__,
        link.attribute,
        asked=asked,
        sign="+",
        shown=described(link, asked),
        details=(f"other end: {end}",),
    )


def _hidden(scene: Scene) -> Iterator[Step]:
    """Other ends of links that no model declares and that hide a field of one: a push may have stopped before that."""
    for link, partner in scene.matches.pairs:
        live = scene.by_model[link.model].of(link)
        linked = scene.by_model[link.target]
        if live is None or partner is not None:
            continue
        for end in linked.unclaimed:
            names = {field.name for field in link.target._meta.own_fields.values()}
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


def _asked(scene: Scene, field: Field[Any]) -> dict[str, Any]:
    defined = definition(field, scene.dialect)
    apart = _ELSEWHERE if isinstance(field, LinkField) or not field.writable else set()
    options = {
        name: value for name, value in defined["options"].items() if name not in apart and name not in {*OWN, *LINKED}
    }
    return {"attribute": field.attribute, "definition": {**defined, "options": options}, "choices": choice_keys(field)}


def described(field: Field[Any], asked: Mapping[str, Any], role: str = "") -> str:
    """A field in a line of a plan: ``Status (status): SELECT, Open | Done, default 'Open'``.

    Args:
        field: The field.
        asked: What a step asks for it.
        role: What it is to its table.
    """
    defined, labels = asked["definition"], list(asked["choices"])
    parts = [
        _kind(field),
        role,
        "several" if field.many and field.writable and not isinstance(field, LinkField | Attachment) else "",
        "required" if field.required else "",
        " | ".join([*labels[:6], *(["..."] if len(labels) > 6 else [])]),
        *_options(field.api_type, defined["options"]),
        f"default {said(defined['default_value'])}" if "default_value" in defined else "",
    ]
    return f"{field.name} ({field.attribute}): {', '.join(filter(None, parts))}"


def _options(kind: str, options: Mapping[str, Any]) -> Iterator[str]:
    """The options of a new field that fit on its line and are not as in every field of its type."""
    usual = PLAIN.get(kind, {})
    for name, value in options.items():
        is_short = isinstance(value, str | int | float) and value is not False and value != ""
        if is_short and name not in NEEDED.get(kind, ()) and value != usual.get(name):
            yield f"{name} {'yes' if value is True else value}"


def _kind(field: Field[Any]) -> str:
    """The type of a field, with where it leads or what it is computed from."""
    if isinstance(field, LinkField):
        return f"{'links' if field.many else 'link'} to {field.target.__name__}"
    options = field.schema_options()
    if field.api_type == "FORMULA":
        return f"FORMULA, {said(options['formula'])}"
    if through := options.get("linkedRecordFieldId"):
        read = next((f".{options[option]}" for option in LINKED if options.get(option)), "")
        function = f", {options['function']}" if field.api_type == "ROLLUP" else ""
        return f"{field.api_type}{function} of {through}{read}"
    return field.api_type
