"""Look-ups meet their model: ``status__is_one_of=[...]`` becomes a checked condition, or an error that helps.

Everything that can be refused is refused here, at the ``filter()`` call, before any request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from softrorm.client.errors import InvalidQuery
from softrorm.query.across import Across, through_lookup
from softrorm.query.conditions import EVERYTHING, Combinable, Condition, Group, Not, Q, fold
from softrorm.query.operators import LOOKUPS, MANY, Arity, Family, Operator, by_name, lookups_of, nearest, no_field
from softrorm.query.protocols import FieldLike


def resolve(node: Combinable, fields: Mapping[str, FieldLike], model: str) -> Combinable:
    """Check a tree against a model's fields and turn its look-ups into conditions.

    Args:
        node: Conditions and Q objects, however nested.
        fields: The model's fields by attribute.
        model: The model's name, for messages.

    Returns:
        The tree with conditions only.

    Raises:
        InvalidQuery: An unknown attribute or look-up, an operator that the field cannot take, a value that
            cannot be right.
    """

    def checked(node: Combinable, parts: list[Combinable]) -> Combinable:
        if isinstance(node, Q):
            return conjunction([*parts, *_keywords(node.lookups, fields, model)])
        if isinstance(node, Condition):
            return _own(node, fields, model)
        if isinstance(node, Group):
            return Group(node.operator, tuple(parts)) if parts else node
        return Not(parts[0]) if isinstance(node, Not) else node

    return fold(node, checked)


def _own(node: Condition, fields: Mapping[str, FieldLike], model: str) -> Condition:
    """The condition on the model's own field, where it was written with that of a base class."""
    field = node.field
    own = fields.get(field.attribute)
    if own is field:
        return node
    if own is None or type(own) is not type(field) or not issubclass(own.model, field.model):
        raise InvalidQuery(f"{field.label} is not a field of {model}; its fields are {', '.join(fields)}.")
    return Condition(own, node.operator, node.value)


def conjunction(parts: Iterable[Combinable]) -> Combinable:
    """All of these, as one node."""
    flat: list[Combinable] = []
    for part in parts:
        flat.extend(part.children if isinstance(part, Group) and part.operator == "AND" else (part,))
    if not flat:
        return EVERYTHING
    return flat[0] if len(flat) == 1 else Group("AND", tuple(flat))


def parted(name: str) -> tuple[str, str]:
    """What stands before the first double underscore, and what after it.

    An attribute may end in an underscore of its own, as ``class_`` does: ``class___is`` is its look-up ``is``.
    """
    before, _, after = name.partition("__")
    attribute = before + "_" * (len(after) - len(after.lstrip("_")))
    return attribute, after.lstrip("_")


def _keywords(lookups: Mapping[str, Any], fields: Mapping[str, FieldLike], model: str) -> list[Combinable]:
    """What keywords mean; those across the same link are about the same linked record."""
    found: list[Combinable] = []
    across: dict[str, dict[str, Any]] = {}
    for name, value in lookups.items():
        attribute, rest = parted(name)
        link = fields.get(attribute)
        if link is not None and name not in fields and _leads_on(link, rest):
            if parted(rest)[0] == "id":
                # The id of a linked record is what the link itself holds.
                found.append(condition_for(attribute + rest.removeprefix("id"), value, fields, model))
            else:
                across.setdefault(attribute, {})[rest] = value
        else:
            found.append(condition_for(name, value, fields, model))
    for attribute, asked in across.items():
        found.extend(_across(fields[attribute], asked))
    return found


def _leads_on(link: Any, rest: str) -> bool:
    """Whether what follows a link's name is a look-up on the linked model, not one on the link."""
    if not hasattr(link, "target"):
        return False
    operator = LOOKUPS.get(rest)
    taken = operator is not None and link.takes(operator)
    return not taken and parted(rest)[0] in link.target._meta.query_fields


def _across(link: Any, asked: Mapping[str, Any]) -> list[Combinable]:
    target = link.target._meta
    inner = {name: resolve(Q(**{name: value}), target.query_fields, target.name) for name, value in asked.items()}
    found: list[Combinable] = []
    if len(asked) == 1 or not link.many:  # each LOOKUP field by itself may speak of another of several linked records
        for name in asked:
            if (direct := through_lookup(link, inner[name])) is not None:
                found.append(direct)
                del inner[name]
    if inner:
        together = Q(**{name: asked[name] for name in inner})
        found.append(Across(link, resolve(together, target.query_fields, target.name)))
    return found


def condition_for(name: str, value: Any, fields: Mapping[str, FieldLike], model: str) -> Condition:
    """The condition that one keyword of ``filter()`` means.

    Args:
        name: ``attribute`` or ``attribute__lookup``.
        value: The right side.
        fields: The model's fields by attribute.
        model: The model's name, for messages.

    Raises:
        InvalidQuery: It cannot work; the message says what would.
    """
    field = fields.get(name)
    if field is not None:
        return condition(field, None, value)
    attribute, lookup = parted(name)
    # Attributes may themselves hold two underscores: the longest one that is a field wins.
    while (field := fields.get(attribute)) is None and "__" in lookup:
        more, lookup = parted(lookup)
        attribute = f"{attribute}__{more}"
    if field is None:
        raise InvalidQuery(no_field(model, parted(name)[0], fields))
    operator = LOOKUPS.get(lookup)
    if operator is None:
        known = lookups_of(field.family)
        if hasattr(field, "target"):
            target = field.target._meta
            near = nearest(parted(lookup)[0], [*target.query_fields, *known])
            raise InvalidQuery(
                f"{field.label} is a link and has no look-up {lookup!r}.{near} It takes {', '.join(known)}, and the "
                f"fields of {target.name}: {', '.join(target.query_fields)}."
            )
        raise InvalidQuery(
            f"{field.label} has no look-up {lookup!r}.{nearest(lookup, known)} It takes {', '.join(known)}."
        )
    return condition(field, operator, value)


def condition(field: FieldLike, operator: Operator | None, value: Any) -> Condition:
    """A checked condition on one field.

    Args:
        field: The left side.
        operator: The operator; ``None`` for plain equality, which means "holds" for a field of several values.
        value: The right side; ``None`` with IS and IS_NOT asks for empty and not empty.

    Raises:
        InvalidQuery: The field cannot take the operator, or the value cannot be right.
    """
    if operator is None:
        operator, value = _plain(field, value)
    if (value is None or value == "") and operator.name in {"IS", "IS_NOT"}:
        # An empty text and an empty cell are one (wire-facts 4.1).
        operator, value = by_name("IS_EMPTY" if operator.name == "IS" else "IS_NOT_EMPTY"), True
    if not field.takes(operator):
        held = f" Whether it holds a value: {field.attribute}__has_any_of=[...]." if field.family in MANY else ""
        raise InvalidQuery(
            f"{field.label} holds {field.family.value} and cannot take {operator.lookup!r}; "
            f"it takes {', '.join(lookups_of(field.family))}.{held}"
        )
    if operator.arity is Arity.ONE:
        return Condition(field, operator, field.operand(operator, value))
    if operator.arity is Arity.NONE:
        return _presence(field, operator, value)
    operands = field.operands(operator, _listed(field, operator, value))
    if operator.arity is Arity.RANGE:
        _refuse_turned_round(field, operator, operands)
    return Condition(field, operator, operands)


def _refuse_turned_round(field: FieldLike, operator: Operator, bounds: tuple[Any, ...]) -> None:
    low, high = (field.comparable_operand(bound) for bound in bounds)
    low, high = getattr(low, "start", low), getattr(high, "start", high)  # of a span of time, its first instant
    try:
        turned = bool(low > high)
    except TypeError:
        return  # values of a type that nobody knows: the service may well order them
    if turned:
        raise InvalidQuery(
            f"{field.label}: {operator.lookup} takes the lower bound first, and {bounds[0]!r} comes after "
            f"{bounds[1]!r}."
        )


def _plain(field: FieldLike, value: Any) -> tuple[Operator, Any]:
    if field.family is Family.PRESENCE and value is None:
        return by_name("IS_EMPTY"), True
    if field.family not in MANY:
        return by_name("IS"), value
    if value is None:
        return by_name("IS_EMPTY"), True
    if isinstance(value, list | tuple | set | frozenset):
        raise InvalidQuery(
            f"{field.label} holds {field.family.value}, so equality with {value!r} is unclear; "
            f"say {field.attribute}__has_any_of, __has_all_of or __has_none_of."
        )
    return by_name("HAS_ANY_OF"), [value]


def _presence(field: FieldLike, operator: Operator, value: Any) -> Condition:
    if not isinstance(value, bool):
        raise InvalidQuery(f"{field.label}: {operator.lookup} takes True or False, not {value!r}.")
    if not value and operator.opposite:
        operator = by_name(operator.opposite)
    return Condition(field, operator)


def _listed(field: FieldLike, operator: Operator, value: Any) -> list[Any]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        if operator.arity is Arity.RANGE:
            raise InvalidQuery(
                f"{field.label}: {operator.lookup} takes two bounds, not {value!r}; "
                f"write {operator.lookup}=(low, high)."
            )
        raise InvalidQuery(
            f"{field.label}: {operator.lookup} takes a list of values, not {value!r}; "
            f"write {operator.lookup}=[{value!r}, ...]."
        )
    values = list(value)
    if operator.arity is Arity.RANGE and len(values) != 2:
        raise InvalidQuery(
            f"{field.label}: {operator.lookup} takes two bounds, not {len(values)}; "
            f"write {operator.lookup}=(low, high)."
        )
    return values
