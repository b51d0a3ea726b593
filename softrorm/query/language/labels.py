"""Links by the labels of the records that they lead to: what ``project = "New site"`` means beside ``project = <id>``.

A label is what the primary field of the linked table shows (wire-facts 6), so that comparing with it is a look-up
across the link. Which field that is a schema says, and so the reflected models know it; others name the field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from softrorm.query.across import Across, linked_to, through_lookup
from softrorm.query.conditions import Combinable, Condition, leaves
from softrorm.query.language.values import value_of
from softrorm.query.lookups import condition
from softrorm.query.operators import Family, Operator

_RECORD = re.compile(r"[0-9A-Za-z]{14}")


class _Meaning(NamedTuple):
    """What an operator says of the records that it names: all of them are linked, or any; or that is not so."""

    every: bool = False
    negated: bool = False


_MEANINGS: Final[Mapping[str, _Meaning]] = {
    "IS": _Meaning(),
    "IS_ONE_OF": _Meaning(),
    "HAS_ANY_OF": _Meaning(),
    "HAS_ALL_OF": _Meaning(every=True),
    "IS_NOT": _Meaning(negated=True),
    "IS_NOT_ONE_OF": _Meaning(negated=True),
    "HAS_NONE_OF": _Meaning(negated=True),
}


def linked(text: str, link: Any) -> str | Combinable:
    """What a text means beside a link: the id of a record, or the condition that a linked record is called so.

    Args:
        text: An id, or a label; what has the form of an id is one.
        link: The link.

    Raises:
        ValueError: It is no id, and which field labels the linked records is not known; the message says what to write.
        InvalidQuery: The field that labels them cannot have this value.

    Makes 1 request where the schema of a reflected model's database is not cached.
    """
    if _RECORD.fullmatch(text):
        return text
    if not text:
        raise ValueError(f"to ask for records that link to nothing write {link.attribute} is empty.")
    meta = link.target._meta
    if meta.primary is None:
        named = next((name for name, field in meta.own_fields.items() if field.family is Family.TEXT), "name")
        raise ValueError(
            f"{text!r} is no id of a record such as 'vQ9BI8QUVQiFua'; to compare a field of the linked record write "
            f"{link.attribute}.{named} = {json.dumps(text, ensure_ascii=False)}."
        )
    field = meta.own_fields[meta.primary]
    return condition(field, None, value_of(text, field))


def linked_by(link: Any, operator: Operator, values: Sequence[str | Combinable]) -> Combinable:
    """The tree that says of a link what an operator says of the records that are named, some of them by label.

    Args:
        link: The link.
        operator: The operator; a negative one is the exact complement, with the records whose cell is empty.
        values: What :func:`linked` made of each.

    Makes no request.
    """
    meaning = _MEANINGS[operator.name]
    if meaning.every:
        tree = _one_of(link, values[:1])
        for value in values[1:]:
            tree &= _one_of(link, [value])
    else:
        tree = _one_of(link, values)
    return ~tree if meaning.negated else tree


def unknown_labels(asked: Combinable, answered: Combinable) -> list[tuple[Any, list[Any]]]:
    """Which labels no linked record has, after the look-ups across links of a query were answered.

    Args:
        asked: The tree with its look-ups.
        answered: The same tree with what came of them.

    Returns:
        The links whose look-up by labels alone found no record at all, each with these labels.

    Makes no request.
    """
    found = []
    for node, answer in zip(leaves(asked), leaves(answered), strict=False):
        if not isinstance(node, Across) or not isinstance(answer, Condition) or answer.value:
            continue
        target = node.field.target._meta
        called = [one for one in leaves(node.inner) if isinstance(one, Condition)]
        labels = [one.value for one in called if one.operator.name == "IS" and one.field.attribute == target.primary]
        if labels and len(labels) == len(list(leaves(node.inner))):
            found.append((node.field, labels))
    return found


def _one_of(link: Any, values: Sequence[str | Combinable]) -> Combinable:
    """The tree that says that one of these records is linked, in one request for all labels."""
    ids = [value for value in values if isinstance(value, str)]
    called = [value for value in values if not isinstance(value, str)]
    tree: Combinable | None = linked_to(link, ids) if ids else None
    if called:
        inner = called[0]
        for one in called[1:]:
            inner |= one
        direct = through_lookup(link, inner)
        across = Across(link, inner) if direct is None else direct
        tree = across if tree is None else tree | across
    assert tree is not None  # noqa: S101 - there are values, or else nothing is labelled
    return tree
