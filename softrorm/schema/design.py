"""Design: in which order the fields of a set of models can be made, worked out and checked before any request.

Fields fall into three groups: plain fields, which a table may be created with; links, which make a field in the other
table as well and so come in pairs; and fields whose options refer to fields that must be there before them.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, TypeAlias

from softrorm.client.errors import ConfigurationError
from softrorm.fields.base import Computed
from softrorm.fields.link import LinkField
from softrorm.fields.text import LongText, Text
from softrorm.query.operators import nearest

if TYPE_CHECKING:
    from softrorm.fields.base import Field
    from softrorm.models import Model

Key: TypeAlias = tuple[type[Any], str]
"""A field as a model and an attribute: fields themselves build conditions when compared."""
Pair: TypeAlias = "tuple[LinkField[Any], LinkField[Any] | None]"
"""A relation: a link, and the field at its other end where a model declares it."""
Reference: TypeAlias = Key | str
"""A field that options name: a declared one, or the id of one that no model declares."""
References: TypeAlias = dict[str, Reference | list[Reference]]
"""The options of a field that name other fields, with those."""

NEEDED = {
    "LOOKUP": ("linkedRecordFieldId", "lookupFieldId"),
    "ROLLUP": ("linkedRecordFieldId", "rollupFieldId", "function"),
    "COUNT": ("linkedRecordFieldId",),
    "FORMULA": ("formula",),
}
"""The options without which a computed field means nothing (document, Field Types)."""

FUNCTIONS = (
    *("SUM", "MIN", "MAX", "COUNT", "AVERAGE", "ARRAYCOMPACT", "ARRAYJOIN", "ARRAYUNIQUE", "ARRAYFLATTEN"),
    *("CONCATENATE", "COUNTALL", "COUNTA", "OR", "AND"),
)
"""What a ROLLUP can make of values (document, Field Types)."""

OWN = (
    "linkedRecordFieldId",
    "referencedFieldIds",
    "conditionReferencedFieldIds",
    "urlReferencedFieldIds",
    "specificFieldIds",
)
"""The options that name fields of the same table, one or a list (document, Field Types; wire-facts 8.2)."""
TARGET, INVERSE = "linkedTableId", "inverseLinkFieldId"
"""The options of a link: the table that it leads to, and the field there that leads back (wire-facts 8.2)."""
SERVICE = frozenset({"valid", "isValid", "counter", "viewId"})
"""The options that no model has a say in."""
LINKED = ("lookupFieldId", "rollupFieldId")
"""The options that name a field of the table that ``linkedRecordFieldId`` leads to."""

_QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'')
_NAMED = re.compile(r"\{([^{}]+)\}")


def _nothing(_model: type[Any], _name: str) -> str | None:
    """No field is there yet."""
    return None


@dataclass(frozen=True, slots=True)
class Design:
    """What to create.

    Attributes:
        primary: The field that titles a table's records; ``None`` for a model without text.
        plain: The other fields of a table that need nothing but the table.
        links: Each relation once.
        computed: The fields that refer to others, each after those.
        references: The options of a field that name other fields.
    """

    primary: dict[type[Model], Field[Any] | None] = dataclasses.field(default_factory=dict)
    plain: dict[type[Model], list[Field[Any]]] = dataclasses.field(default_factory=dict)
    links: list[Pair] = dataclasses.field(default_factory=list)
    computed: list[Field[Any]] = dataclasses.field(default_factory=list)
    references: dict[Key, References] = dataclasses.field(default_factory=dict)


def key(of: Field[Any]) -> Key:
    """A field as something to look up by."""
    return of.model, of.attribute


def design(
    models: Sequence[type[Model]],
    missing: Callable[[Field[Any]], bool] = lambda _: True,
    known: Callable[[type[Any], str], str | None] = _nothing,
) -> Design:
    """Work out what has to be created.

    Args:
        models: The models, each with all models that it links to.
        missing: Which of their fields have to be created; all unless given.
        known: The id of a field that is there and that no model declares, by model and name.

    Raises:
        ConfigurationError: Something cannot be created; the message names the attribute.

    Makes no request.
    """
    made = Design()
    for model in models:
        primary = primary_of(model._meta.own_fields.values())
        made.primary[model], made.plain[model] = None, []
        for field in filter(missing, model._meta.own_fields.values()):
            if not field.api_type:
                raise ConfigurationError(
                    f"{field.label} is a {type(field).__name__} field, which has no type to create."
                )
            if isinstance(field, LinkField):
                continue
            _refuse_incomplete(field)
            named = references(field, known)
            if named or field.api_type in NEEDED:
                made.references[key(field)] = named
            elif field is primary:
                made.primary[model] = field
            else:
                made.plain[model].append(field)
    made.links.extend(pair for pair in pairs(models) if any(missing(end) for end in pair if end is not None))
    computed = {at: at[0]._meta.own_fields[at[1]] for at in made.references}
    before = {at: [other for other in flat(named) if other in computed] for at, named in made.references.items()}
    try:
        made.computed.extend(computed[at] for at in TopologicalSorter(before).static_order())
    except CycleError as error:
        circle = " -> ".join(computed[at].label for at in error.args[1])
        raise ConfigurationError(f"{circle}: these computed fields refer to each other in a circle.") from None
    return made


def primary_of(fields: Iterable[Field[Any]]) -> Field[Any] | None:
    """The field that is to title a table's records: the first text, a long one only if there is no other.

    Args:
        fields: The fields of a model or of a table, in their order.
    """
    texts = sorted((field for field in fields if isinstance(field, Text)), key=lambda text: isinstance(text, LongText))
    return texts[0] if texts else None


def spare_name(taken: Container[str], table: str) -> str:
    """A name for the primary field of a table whose models have no text, which must not take that of another field."""
    return next(name for name in ("Name", "Title", "Label", f"Name of {table}") if name not in taken)


def pairs(models: Sequence[type[Model]], *, closed: bool = True) -> Iterator[Pair]:
    """The relations between models, each once.

    Args:
        models: The models.
        closed: Whether every linked model has to be among them; else links to others are left out.

    Raises:
        ConfigurationError: A link leads to a model that is not among them, or two links contradict each other.
    """
    done: set[Key] = set()
    for model in models:
        for link in _links(model):
            if key(link) in done:
                continue
            if link.target not in models:
                if not closed:
                    continue
                raise ConfigurationError(
                    f"{link.label} links to {link.target.__name__}, which is not among the models given."
                )
            partner = _partner(link)
            ends = {key(link)} | ({key(partner)} if partner else set())
            if partner is not None and (len(ends) == 1 or ends & done):
                raise ConfigurationError(
                    f"{partner.label} cannot be the inverse of {link.label}: it is that of another."
                )
            done |= ends
            yield link, partner


def references(of: Field[Any], known: Callable[[type[Any], str], str | None] = _nothing) -> References:
    """The fields that a field's options name: by attribute, by name or by id.

    Args:
        of: The field.
        known: The id of a field that is there and that no model declares, by model and name.

    Raises:
        ConfigurationError: There is no such field.

    Makes no request.
    """
    options = of.schema_options()
    if of.api_type == "FORMULA" and not options.get("referencedFieldIds"):
        options["referencedFieldIds"] = names_in(options.get("formula") or "")
    named: References = {}
    for option in OWN:
        if value := options.get(option):
            found = [_named(of, of.model, name, known) for name in ([value] if isinstance(value, str) else value)]
            named[option] = found[0] if isinstance(value, str) else found
    for option in LINKED:
        if value := options.get(option):
            named[option] = _named(of, _target(of, named.get("linkedRecordFieldId")), value, known)
    return named


def field_named(model: type[Model], name: str) -> Field[Any] | None:
    """The field of a model that an option means, by its attribute, name or id."""
    fields = model._meta.own_fields
    return fields.get(name) or next((field for field in fields.values() if name in {field.name, field.id}), None)


def names_in(formula: str) -> list[str]:
    """The names of fields that a formula reads, in the order of its text."""
    return list(dict.fromkeys(_NAMED.findall(_QUOTED.sub("", formula))))


def _target(of: Field[Any], through: Reference | list[Reference] | None) -> Any:
    """The model that the link of a computed field leads to."""
    link = through[0]._meta.own_fields[through[1]] if isinstance(through, tuple) else None
    if isinstance(link, LinkField):
        return link.target
    what = "a link that no model declares" if link is None else f"{link.label}, which is no link"
    raise ConfigurationError(f"{of.label}: linkedRecordFieldId names {what}.")


def _named(of: Field[Any], model: type[Model], name: str, known: Callable[[type[Any], str], str | None]) -> Reference:
    if (found := field_named(model, name)) is not None:
        return key(found)
    if (id := known(model, name)) is not None:
        return id
    raise ConfigurationError(
        f"{of.label} refers to {name!r}, which is no field of {model.__name__}."
        f"{nearest(str(name), model._meta.own_fields)}"
    )


def _refuse_incomplete(of: Field[Any]) -> None:
    options = of.schema_options()
    if not isinstance(of, Computed):
        return
    for option in NEEDED.get(of.api_type, ()):
        if not options.get(option):
            keyword = next(name for name, said in of.said.items() if said == option)
            raise ConfigurationError(f"{of.label} is a {of.api_type} field and needs {keyword}=.")
    if of.api_type == "ROLLUP":
        refuse_unknown_function(of)


def refuse_unknown_function(rollup: Field[Any]) -> None:
    """See that a ROLLUP makes of its values what the service can make of them.

    Raises:
        ConfigurationError: There is no such function; the message names the nearest.

    Makes no request.
    """
    function = str(rollup.schema_options().get("function"))
    if function not in FUNCTIONS:
        raise ConfigurationError(
            f"{rollup.label}: function={function!r} is none that a ROLLUP has.{nearest(function, FUNCTIONS)} It has "
            f"{', '.join(FUNCTIONS)}."
        )


def _partner(link: LinkField[Any]) -> LinkField[Any] | None:
    """The declared other end of a relation; either end may name the other."""
    if link.inverse is None:
        by_id = link.options.get(INVERSE)
        naming = [
            back
            for back in _links(link.target)
            if back.target is link.model
            and (back.inverse == link.attribute or (back.inverse is None and by_id is not None and back.id == by_id))
        ]
        return naming[0] if naming else None
    partner = link.target._meta.own_fields.get(link.inverse)
    if not isinstance(partner, LinkField):
        declared = [back.attribute for back in _links(link.target)]
        raise ConfigurationError(
            f"{link.label}: inverse={link.inverse!r} is no link of {link.target.__name__}."
            f"{nearest(link.inverse, declared)}"
        )
    if partner.target is not link.model or partner.inverse not in {None, link.attribute}:
        raise ConfigurationError(f"{link.label} names {partner.label} as its inverse, which leads elsewhere.")
    return partner


def _links(model: type[Model]) -> list[LinkField[Any]]:
    return [field for field in model._meta.own_fields.values() if isinstance(field, LinkField)]


def flat(named: References) -> Iterator[Reference]:
    """The fields that options name, one after the other."""
    for named_by_option in named.values():
        if isinstance(named_by_option, list):
            yield from named_by_option
        else:
            yield named_by_option
