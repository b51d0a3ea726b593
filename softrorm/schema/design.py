"""Design: what has to be created for a set of models, worked out and checked before any request.

Fields fall into three groups, in the order in which they can be made: plain fields, which a table may be created with;
links, which make a field in the other table as well and so come in pairs; and computed fields, which refer to fields
that must be there before them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, TypeAlias

from softrorm.client.errors import ConfigurationError
from softrorm.fields.link import LinkField
from softrorm.fields.text import Text
from softrorm.query.operators import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from softrorm.fields.base import Field
    from softrorm.models import Model

Key: TypeAlias = tuple[type[Any], str]
"""A field as a model and an attribute: fields themselves build conditions when compared."""

NEEDED = {
    "LOOKUP": ("linkedRecordFieldId", "lookupFieldId"),
    "ROLLUP": ("linkedRecordFieldId", "rollupFieldId", "function"),
    "COUNT": ("linkedRecordFieldId",),
    "FORMULA": ("formula",),
}
"""The options without which a computed field means nothing (document, Field Types)."""

_QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'')
_NAMED = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Design:
    """What to create.

    Attributes:
        primary: The field that titles a table's records; ``None`` for a model without text.
        plain: The other fields of a table that need nothing but the table.
        links: Each relation once, with the field at its other end where a model declares it.
        computed: The computed fields, each after those that it refers to.
        references: The options of a computed field that name other fields.
    """

    primary: dict[type[Model], Field[Any] | None] = field(default_factory=dict)
    plain: dict[type[Model], list[Field[Any]]] = field(default_factory=dict)
    links: list[tuple[LinkField[Any], LinkField[Any] | None]] = field(default_factory=list)
    computed: list[Field[Any]] = field(default_factory=list)
    references: dict[Key, dict[str, Key | list[Key]]] = field(default_factory=dict)


def key(of: Field[Any]) -> Key:
    """A field as something to look up by."""
    return of.model, of.attribute


def design(models: Sequence[type[Model]]) -> Design:
    """Work out what has to be created.

    Args:
        models: The models, each with all models that it links to.

    Raises:
        ConfigurationError: Something cannot be created; the message names the attribute.

    Makes no request.
    """
    made = Design()
    for model in models:
        _check_names(model, models)
        fields = list(model._meta.own_fields.values())
        plain = [one for one in fields if not isinstance(one, LinkField) and one.api_type not in NEEDED]
        primary = next((one for one in plain if isinstance(one, Text)), None)
        made.primary[model] = primary
        made.plain[model] = [one for one in plain if one is not primary]
    made.links.extend(_pairs(models))
    computed = {key(one): one for model in models for one in model._meta.own_fields.values() if one.api_type in NEEDED}
    for one in computed.values():
        made.references[key(one)] = _references(one)
    before = {one: [other for other in _flat(named) if other in computed] for one, named in made.references.items()}
    try:
        made.computed.extend(computed[one] for one in TopologicalSorter(before).static_order())
    except CycleError as error:
        circle = " -> ".join(computed[one].label for one in error.args[1])
        raise ConfigurationError(f"{circle}: these computed fields refer to each other in a circle.") from None
    return made


def _check_names(model: type[Model], models: Sequence[type[Model]]) -> None:
    meta = model._meta
    if meta.abstract:
        raise ConfigurationError(f"{meta.name} is abstract: give the models derived from it.")
    twin = next((one for one in models if one is not model and one._meta.table_name == meta.table_name), None)
    if twin is not None or models.count(model) > 1:
        raise ConfigurationError(f"Two tables would be called {meta.table_name!r}; set Meta.table_name of {meta.name}.")
    seen: dict[str, str] = {}
    for one in meta.own_fields.values():
        if one.id:
            raise ConfigurationError(
                f"{one.label} is declared by the id {one.id!r}, but the service gives the fields of a new table ids of "
                f"its own; declare it by name: {type(one).__name__}(name={one.name!r})."
            )
        if not one.api_type:
            raise ConfigurationError(f"{one.label} is a {type(one).__name__} field, which has no type to create.")
        if one.name in seen:
            raise ConfigurationError(f"{seen[one.name]} and {one.label} are both called {one.name!r} in the table.")
        seen[one.name] = one.label


def _pairs(models: Sequence[type[Model]]) -> Iterator[tuple[LinkField[Any], LinkField[Any] | None]]:
    done: set[Key] = set()
    for model in models:
        for link in _links(model):
            if key(link) in done:
                continue
            if link.target not in models:
                raise ConfigurationError(
                    f"{link.label} links to {link.target.__name__}, which is not among the models to create."
                )
            partner = _partner(link)
            ends = {key(link)} | ({key(partner)} if partner else set())
            if partner is not None and (len(ends) == 1 or ends & done):
                raise ConfigurationError(
                    f"{partner.label} cannot be the inverse of {link.label}: it is that of another."
                )
            done |= ends
            yield link, partner


def _partner(link: LinkField[Any]) -> LinkField[Any] | None:
    """The declared other end of a relation; either end may name the other."""
    if link.inverse is None:
        naming = [one for one in _links(link.target) if one.inverse == link.attribute and one.target is link.model]
        return naming[0] if naming else None
    partner = link.target._meta.own_fields.get(link.inverse)
    if not isinstance(partner, LinkField):
        known = [one.attribute for one in _links(link.target)]
        raise ConfigurationError(
            f"{link.label}: inverse={link.inverse!r} is no link of {link.target.__name__}."
            f"{nearest(link.inverse, known)}"
        )
    if partner.target is not link.model or partner.inverse not in {None, link.attribute}:
        raise ConfigurationError(f"{link.label} names {partner.label} as its inverse, which leads elsewhere.")
    return partner


def _links(model: type[Model]) -> list[LinkField[Any]]:
    return [one for one in model._meta.own_fields.values() if isinstance(one, LinkField)]


def _references(of: Field[Any]) -> dict[str, Key | list[Key]]:
    """The fields that a computed field's options name, by attribute or by name."""
    options = of.schema_options()
    for option in NEEDED[of.api_type]:
        if not options.get(option):
            raise ConfigurationError(
                f"{of.label} is a {of.api_type} field and needs options={{{option!r}: ...}}; "
                "options that want the id of a field take its attribute."
            )
    named: dict[str, Key | list[Key]] = {}
    if of.api_type == "FORMULA":
        written = _NAMED.findall(_QUOTED.sub("", options["formula"]))
        wanted = options.get("referencedFieldIds") or dict.fromkeys(written)
        named["referencedFieldIds"] = [key(_named(of, of.model, name)) for name in wanted]
        return named
    link = _named(of, of.model, options["linkedRecordFieldId"])
    if not isinstance(link, LinkField):
        raise ConfigurationError(f"{of.label}: linkedRecordFieldId names {link.label}, which is no link.")
    named["linkedRecordFieldId"] = key(link)
    for option in ("lookupFieldId", "rollupFieldId"):
        if option in options:
            named[option] = key(_named(of, link.target, options[option]))
    return named


def _named(of: Field[Any], model: type[Model], name: str) -> Field[Any]:
    fields = model._meta.own_fields
    found = fields.get(name) or next((one for one in fields.values() if one.name == name), None)
    if found is None:
        raise ConfigurationError(
            f"{of.label} refers to {name!r}, which is no field of {model.__name__}.{nearest(str(name), fields)}"
        )
    return found


def _flat(named: dict[str, Key | list[Key]]) -> Iterable[Key]:
    for one in named.values():
        yield from one if isinstance(one, list) else [one]
