"""Comparing: what a declared field says and its table does otherwise.

What a declaration leaves open is no difference: a description, a default, an option or the choices that it does not
name are as they are. Both the check and the push start here, so that a schema which was pushed passes the check.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from softrorm.fields.choice import SelectField
from softrorm.fields.raw import Raw
from softrorm.models.binding import choice_key
from softrorm.schema.definition import default_of
from softrorm.schema.design import INVERSE, LINKED, OWN, SERVICE, TARGET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from softrorm.client.dialect import Dialect
    from softrorm.client.lock import LockedField, LockedTable
    from softrorm.client.resources import TableField
    from softrorm.fields.base import Field
    from softrorm.schema.design import Pair, Reference, References

_APART = {"choices", "returnedField", TARGET, INVERSE, *OWN, *LINKED, *SERVICE}
"""The options that are compared in a way of their own, or not at all."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a table does otherwise than declared.

    Attributes:
        kind: What it is; see :data:`softrorm.schema.checking.KINDS`.
        what: The thing in words, such as ``name`` or ``options.maxLength``.
        live: How it is in the table; ``None`` for not at all.
        declared: How it is declared; ``None`` for not at all.
        change: What ``update_field`` has to be given to make it so; empty if it cannot.
    """

    kind: str
    what: str
    live: Any
    declared: Any
    change: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        if self.live is None:
            return f"+ {self.what} {said(self.declared)}"
        if self.declared is None:
            return f"- {self.what} {said(self.live)}"
        return f"{self.what}: {said(self.live)} -> {said(self.declared)}"

    @property
    def stated(self) -> str:
        """The difference for somebody who is to judge which side is right."""
        live, declared = ("none" if side is None else said(side) for side in (self.live, self.declared))
        return f"{self.what}: {live} in the table, {declared} in the model"


def said(value: Any) -> str:
    """A value in a plan or a finding, short enough for a line."""
    text = ("yes" if value else "no") if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def compare(
    field: Field[Any], live: TableField, dialect: Dialect, *, locked: LockedField | None = None
) -> Iterator[Difference]:
    """What a table says otherwise of one field, beside what it refers to.

    Args:
        field: The declared field.
        live: The table's field.
        dialect: How defaults are spelled.
        locked: What the lock knows of it: its name at that time, and the ids of its choices.

    Raises:
        ConfigurationError: The default of the field is no value of it.

    Makes no request.
    """
    # An id stands for the name, unless it is that of another database, in which a push makes the same again.
    if (field.is_named or field.id != live.id) and field.name != live.name:
        yield Difference("name", named("name", field.name, locked), live.name, field.name, {"name": field.name})
    if field.api_type and not _same_type(field, live):
        yield Difference("type", "type", live.type, field.api_type, {"type": field.api_type})
        return  # whose options mean something else
    if isinstance(field, Raw):
        if field.writable and live.readonly:
            yield Difference("read-only", "read-only", True, False)
        return
    if field.many != live.allow_multiple_entries and _cares_how_many(field):
        kind = "several" if field.writable else "several results"
        change: dict[str, Any] = {"allow_multiple_entries": field.many}
        yield Difference(kind, "several values", live.allow_multiple_entries, field.many, change)
    if field.description is not None and field.description != (live.description or ""):
        change = {"description": field.description}
        yield Difference("description", "description", live.description or None, field.description, change)
    if field.required != live.required and field.writable:
        yield Difference("required", "required", live.required, field.required, {"required": field.required})
    if field.writable and live.readonly:
        yield Difference("read-only", "read-only", True, False)
    if field.default is not None:
        default = default_of(field, dialect)
        if not _same_default(default, live.default_value):
            there = live.default_value
            shown = there.get("label") if isinstance(there, dict) else there
            yield Difference("default", "default", shown, default, {"default_value": default})
    if isinstance(field, SelectField) and field.catalog.info:
        yield from compare_choices(field, live, locked)
    yield from _options(field, live)


def named(what: str, name: str, locked: LockedField | LockedTable | None) -> str:
    """What is said of a name that is not as declared: whether it is the model that changed, or somebody in Softr."""
    return f"{what}, changed in Softr since the last push" if locked and locked.name == name else what


def _same_type(field: Field[Any], live: TableField) -> bool:
    # A DATE is a DATETIME with precision DATE (wire-facts 8.3).
    return field.api_type == live.type or {field.api_type, live.type} == {"DATE", "DATETIME"}


def _cares_how_many(field: Field[Any]) -> bool:
    """Whether the number of values changes how a field reads: not of lists anyway, nor of results that stay raw."""
    if field.writable:
        return field.api_type != "ATTACHMENT"
    returns = getattr(field, "returns", None)
    return returns is not None and not returns.many


def _same_default(declared: Any, live: Any) -> bool:
    if isinstance(live, dict):  # a choice (wire-facts 8.1)
        return declared in {live.get("id"), live.get("label")}
    return bool(declared == live)


def _options(field: Field[Any], live: TableField) -> Iterator[Difference]:
    declared, there = field.schema_options(), live.options.to_wire()
    if isinstance(field, SelectField) and not field.catalog.info and not field.allow_new:
        declared.pop("allowToAddNewChoice")  # any label is taken, so that nothing is said of new ones
    for option, value in declared.items():
        if option not in _APART and not _within(value, there.get(option)):
            kind = "precision" if option == "precision" and field.api_type in {"DATE", "DATETIME"} else "option"
            yield Difference(kind, f"options.{option}", there.get(option), value, {"options": {option: value}})
    returned = declared.get("returnedField")
    found = there.get("returnedField")
    if isinstance(returned, dict) and isinstance(found, dict) and returned.get("type") != found.get("type"):
        change = {"options": {"returnedField": returned}}
        yield Difference("returns", "result type", found.get("type"), returned.get("type"), change)


def _within(declared: Any, live: Any) -> bool:
    """Whether all that is declared is so in the table, which may say more."""
    if isinstance(declared, dict) and isinstance(live, dict):
        return all(_within(value, live.get(name)) for name, value in declared.items())
    return bool(declared == live) or (declared in (None, "", [], {}) and live in (None, "", [], {}))


# --- choices --------------------------------------------------------------------------------------------------


def compare_choices(field: SelectField[Any], live: TableField, locked: LockedField | None) -> Iterator[Difference]:
    """What the choices of a table's field have otherwise. A choice that stays keeps its id (wire-facts 8.3).

    Args:
        field: The declared field; it names choices.
        live: The table's field.
        locked: What the lock knows of it.

    Makes no request.
    """
    there = [dict(choice) for choice in live.options.get("choices") or ()]
    matched = matched_choices(field, there, locked)
    merged: list[dict[str, Any]] = []
    for (_, choice), known in zip(field.catalog.pairs, matched, strict=True):
        wanted = {**(known or {}), "label": choice.label, **({"color": choice.color} if choice.color else {})}
        if known is None and choice.id:
            wanted["id"] = choice.id
        merged.append(wanted)
    kept = {id(choice) for choice in matched}
    extra = [choice for choice in there if id(choice) not in kept]
    change = {"options": {"choices": [*merged, *extra]}}
    for (_, choice), known in zip(field.catalog.pairs, matched, strict=True):
        if known is None:
            yield Difference("choice missing", "choice", None, choice.label, change)
        elif known["label"] != choice.label:
            yield Difference("choice renamed", "choice", known["label"], choice.label, change)
        elif choice.id and known.get("id") != choice.id:
            yield Difference("choice id", f"id of choice {choice.label!r}", known.get("id"), choice.id)
        elif choice.color and known.get("color") != choice.color:
            what = f"colour of choice {choice.label!r}"
            yield Difference("choice colour", what, known.get("color"), choice.color, change)
    order = [there.index(known) for known in matched if known]
    if order != sorted(order):
        labels = [choice["label"] for choice in there]
        yield Difference("choice order", "order of the choices", labels, field.catalog.labels, change)
    for left in extra:
        without: dict[str, Any] = {"options": {"choices": merged}}
        if field.default is None and _same_default(left.get("id"), live.default_value):
            without["default_value"] = None  # which cannot be a choice that is there no more
        yield Difference("choice unknown", "choice", left["label"], None, without)


def matched_choices(
    field: SelectField[Any], there: Sequence[dict[str, Any]], locked: LockedField | None
) -> list[dict[str, Any] | None]:
    """The choice of a table that each declared one is: by its id, by the id that the lock has, or by label.

    Args:
        field: The declared field.
        there: The choices of the table's field.
        locked: What the lock knows of it.

    Makes no request.
    """
    by_id = {choice["id"]: choice for choice in there if choice.get("id")}
    found: list[dict[str, Any] | None] = [None] * len(field.catalog.pairs)
    ways: tuple[Callable[[Any, Any], Any], ...] = (
        lambda _, choice: by_id.get(choice.id),
        lambda value, _: by_id.get(locked.choices.get(choice_key(value))) if locked else None,
        lambda _, choice: next((listed for listed in there if listed.get("label") == choice.label), None),
    )
    claimed: set[int] = set()
    for way in ways:
        for at, (value, choice) in enumerate(field.catalog.pairs):
            known = way(value, choice) if found[at] is None else None
            if known is not None and id(known) not in claimed:
                claimed.add(id(known))
                found[at] = known
    return found


# --- references -----------------------------------------------------------------------------------------------


def compare_references(
    field: Field[Any],
    live: TableField,
    named: References,
    id_of: Callable[[Reference], str | None],
    names: Mapping[str, str],
) -> Iterator[Difference]:
    """What the options of a field refer to otherwise than declared.

    Args:
        field: The declared field.
        live: The table's field.
        named: What its options name.
        id_of: The id of what is named; ``None`` for what is not there yet.
        names: The names of the fields that are there, by id.

    Makes no request.
    """
    there, declared = live.options.to_wire(), field.schema_options()
    for option, wanted in named.items():
        ids: Any = [id_of(each) for each in wanted] if isinstance(wanted, list) else id_of(wanted)
        known: Any = there.get(option)
        if option == "referencedFieldIds" and declared.get("formula") == there.get("formula"):
            # The service reads them off the formula, when that is written and not when a field is made anew.
            ids = known if None not in ids and all(each in names for each in known or ()) else ids
        if ids != known:
            shown = [names.get(each, each) for each in known] if isinstance(known, list) else names.get(known, known)
            right = [_name(each, names) for each in wanted] if isinstance(wanted, list) else _name(wanted, names)
            right = "the one that is made anew" if right == shown else right
            yield Difference("reference", f"options.{option}", shown, right, {"options": {option: wanted}})


def _name(reference: Reference, names: Mapping[str, str]) -> str:
    """What a field that options name is called."""
    if isinstance(reference, str):
        return names.get(reference, reference)
    model, attribute = reference
    return str(model._meta.own_fields[attribute].name)


def compare_link(
    relation: Pair, lives: tuple[TableField, TableField | None], target: str | None, names: Mapping[str, str]
) -> Iterator[Difference]:
    """Where a link of a table leads otherwise than declared.

    Args:
        relation: The declared link, and the declared field at its other end.
        lives: The table's fields of both.
        target: The id of the linked table.
        names: The names of the tables and fields, by id.

    Makes no request.
    """
    (link, partner), (live, other) = relation, lives
    leads = live.options.get(TARGET)
    if leads != target:
        yield Difference("target", "linked table", names.get(leads, leads), link.target._meta.table_name)
    elif partner is not None and other is None:
        yield Difference("cut", "other end", None, partner.name)
    elif partner is not None and other is not None and live.options.get(INVERSE) != other.id:
        yield Difference("inverse", "other end", names.get(live.options.get(INVERSE) or ""), partner.name)
