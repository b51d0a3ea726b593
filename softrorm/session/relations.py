"""Relations: the two sides of a link, and what a write of one side means for the other.

The service keeps both sides of a pair in step (wire-facts 5.3). So one write serves both, and loaded objects on the
other side show stale links until they are read anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from softrorm.fields.link import LinkField


def link_fields(model: Any) -> Iterator[LinkField[Any]]:
    """The writable link fields of a model."""
    for field in model._meta.writable.values():
        if isinstance(field, LinkField):
            yield field


def linked_to(instance: Any, name: str) -> list[Any]:
    """The instances that a link field holds now, as a list; plain ids that an edit in place left are skipped."""
    value = instance.__dict__.get(name)
    values = value if isinstance(value, list) else [value]
    return [one for one in values if one is not None and not isinstance(one, str)]


def declared_inverse(field: LinkField[Any]) -> LinkField[Any] | None:
    """The other side of a relation, where either side names it in its declaration."""
    target = field.target
    if field.inverse:
        other = target._meta.own_fields.get(field.inverse)
        return other if isinstance(other, LinkField) else None
    for other in link_fields(target):
        if other.inverse == field.attribute and other.target is field.model:
            return other
    return None


def likely_inverses(field: LinkField[Any]) -> list[LinkField[Any]]:
    """The fields that could be the other side: the declared one, else all that lead back."""
    inverse = declared_inverse(field)
    if inverse is not None:
        return [inverse]
    return [other for other in link_fields(field.target) if other.target is field.model]


def ids_before(instance: Any, field: LinkField[Any]) -> set[str]:
    """The ids that a link held when it was read."""
    record = instance._record
    if record is None or "fields" not in record:
        return set()
    raw = record["fields"].get(field.id or instance._context.ids.get(field.attribute))
    links = raw if isinstance(raw, list) else [] if raw is None else [raw]
    return {link["id"] if isinstance(link, dict) else str(link) for link in links}


def covered_by_the_other_side(
    instance: Any, field: LinkField[Any], written: dict[int, set[str]], loaded: dict[str, Any]
) -> bool:
    """Whether every change of a link is also made by a write of its other side, so that one of the two is enough.

    Args:
        instance: The object that holds the link.
        field: The link.
        written: The attributes that will be written, by object identity.
        loaded: The objects of the session on the other side, by record id.
    """
    inverse = declared_inverse(field)
    if inverse is None:
        return False
    now = linked_to(instance, field.attribute)
    before = ids_before(instance, field)
    added = [one for one in now if one.id is None or one.id not in before]
    kept = {one.id for one in now}
    removed = [loaded.get(id) for id in before - kept]

    def written_there(other: Any) -> bool:
        return other is not None and inverse.attribute in written.get(id(other), ())

    def holds_me(other: Any) -> bool:
        return any(one is instance or one == instance for one in linked_to(other, inverse.attribute))

    return (
        bool(added or removed)
        and all(written_there(other) and holds_me(other) for other in added)
        and all(written_there(other) and not holds_me(other) for other in removed)
    )


def others_to_expire(
    instance: Any, names: Iterable[str], before: dict[str, set[str]]
) -> Iterator[tuple[type, str, LinkField[Any]]]:
    """The records whose links changed with a write: model, record id and the field on that side.

    Args:
        instance: The object that was written.
        names: The attributes that were written.
        before: The ids that each link held before.
    """
    for field in link_fields(type(instance)):
        if field.attribute not in names:
            continue
        changed = ids_before(instance, field) ^ before.get(field.attribute, set())
        for inverse in likely_inverses(field):
            for id in changed:
                yield field.target, id, inverse
