"""Relations: the two sides of a link, and what a write of one side means for the other.

The service keeps both sides of a pair in step (wire-facts 5.3). So one write serves both, two writes must not
contradict each other, and loaded objects on the other side show stale links until they are read anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from softrorm.fields.link import LinkField

if TYPE_CHECKING:
    from softrorm.session.identity import IdentityMap


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
    """The fields that could be the other side: the declared one, else all others that lead back."""
    inverse = declared_inverse(field)
    if inverse is not None:
        return [inverse]
    return [other for other in link_fields(field.target) if other.target is field.model and other is not field]


def ids_before(instance: Any, field: LinkField[Any]) -> set[str]:
    """The ids that a link held when it was last known."""
    record = instance._record
    if record is None or "fields" not in record:
        return set()
    key = field.id or instance._context.ids.get(field.attribute)
    raw = record["fields"].get(key) or record.get("last", {}).get(key)
    links = raw if isinstance(raw, list) else [] if raw is None else [raw]
    return {link["id"] if isinstance(link, dict) else str(link) for link in links}


def changes(instance: Any, field: LinkField[Any]) -> tuple[list[Any], set[str]]:
    """The instances that a link leads to since it was read, and the ids that it leads to no more."""
    now, before = linked_to(instance, field.attribute), ids_before(instance, field)
    return [one for one in now if one.id is None or one.id not in before], before - {one.id for one in now}


def bring_into_step(instances: list[Any], dirty: Mapping[int, set[str]]) -> None:
    """Carry edits of one side of a relation over to the other side, where that is edited too.

    Lists are written whole: one that does not know of an edit on the other side would undo it. What neither side held
    before and one added is linked; of what was there before, what both sides still hold. Where they contradict each
    other, a single link that leads somewhere is right.

    Args:
        instances: The new and edited objects.
        dirty: The attributes that are edited, by object identity.
    """
    by_id = {(type(one), one.id): one for one in instances if one.id is not None}
    for instance in instances:
        for field in link_fields(type(instance)):
            inverse = declared_inverse(field) if field.attribute in dirty[id(instance)] else None
            if inverse is None:
                continue
            before = ids_before(instance, field)
            for other in linked_to(instance, field.attribute):
                there = by_id.get((type(other), other.id), other)
                if inverse.attribute not in dirty.get(id(there), ()) or _holds(there, inverse, instance):
                    continue
                known = other.id in before or instance.id in ids_before(there, inverse)
                if field.many and known:
                    _drop(instance, field, other)  # the other side had the link, and gave it up
                else:
                    _carry(instance, field, there, inverse)


def _carry(instance: Any, field: LinkField[Any], other: Any, inverse: LinkField[Any]) -> None:
    """Let the other side of a new link know of it."""
    if inverse.many:
        getattr(other, inverse.attribute).append(instance)
    elif getattr(other, inverse.attribute) is None:
        setattr(other, inverse.attribute, instance)
    elif field.many:
        _drop(instance, field, other)


def _holds(instance: Any, field: LinkField[Any], other: Any) -> bool:
    return any(one is other or one == other for one in linked_to(instance, field.attribute))


def _drop(instance: Any, field: LinkField[Any], other: Any) -> None:
    links = getattr(instance, field.attribute)
    links[:] = [one for one in links if one is not other and one != other]


def covering(
    instance: Any, field: LinkField[Any], written: Mapping[int, set[str]], loaded: Mapping[str, Any]
) -> list[Any]:
    """The objects whose writes make every change of a link from its other side; empty where they do not make all.

    Args:
        instance: The object that holds the link.
        field: The link.
        written: The attributes that will be written, by object identity.
        loaded: The objects of the session on the other side, by record id.
    """
    inverse = declared_inverse(field)
    if inverse is None or (instance._record is not None and field.attribute in instance._record.get("expired", ())):
        return []  # what is there is not known
    added, removed = changes(instance, field)
    others = [loaded.get(one.id, one) for one in added], [loaded.get(id) for id in removed]

    def made_there(other: Any, *, holds: bool) -> bool:
        if other is None or inverse.attribute not in written.get(id(other), ()):
            return False
        return _holds(other, inverse, instance) is holds

    if all(made_there(one, holds=True) for one in others[0]) and all(made_there(one, holds=False) for one in others[1]):
        return others[0] + others[1]
    return []


def ids_now(instance: Any, field: LinkField[Any]) -> set[str]:
    """The ids that a link leads to, whatever is set; those of unsaved objects are none yet."""
    return {one.id for one in linked_to(instance, field.attribute) if one.id is not None}


def others_to_expire(
    instance: Any, links: Mapping[str, tuple[set[str], set[str]]], known: IdentityMap
) -> Iterator[tuple[Any, str]]:
    """The objects whose links a write changed, and the attributes that are stale on them.

    Args:
        instance: The object that was written.
        links: The ids before and after, by attribute.
        known: The objects of the session.
    """
    for field in link_fields(type(instance)):
        was, now = links.get(field.attribute, (set(), set()))
        if now == was:
            continue
        inverses = likely_inverses(field)
        for other in (known.get(field.target, id) for id in now ^ was):
            if other is not None and other is not instance:
                for inverse in inverses:
                    yield other, inverse.attribute
        if any(not one.many for one in inverses):
            # A link to a record that another one held alone has moved from there (wire-facts 5.3).
            for other in known:
                if type(other) is type(instance) and other is not instance and ids_before(other, field) & (now - was):
                    yield other, field.attribute
