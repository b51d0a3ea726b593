"""Settling writes whose answer was lost: look before sending again.

A create is looked up by the model's natural key and adopted if it is there. It is sent again only if it is surely not:
looked for twice, with a pause in which a request still under way can arrive. A write of attachments that a gateway gave
up on may succeed later (wire-facts 12) and is read back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from softrorm.client.errors import InvalidState
from softrorm.fields.attachment import Attachment
from softrorm.query.queryset import QuerySet


def natural_key(instance: Any) -> dict[str, Any] | None:
    """The values of an object's natural key, or ``None`` where it has none that tells it apart."""
    names = instance._meta.natural_key
    values = {name: getattr(instance, name) for name in names}
    return values if names and not any(value is None for value in values.values()) else None


def find_created(
    instance: Any, binding: Any, *, pause: float, sleep: Callable[[float], object]
) -> tuple[dict[str, Any] | None, bool]:
    """Look for the record of a create whose answer was lost.

    Args:
        instance: The object that was to be created.
        binding: Where.
        pause: Seconds between the two looks.
        sleep: Waits so many seconds.

    Returns:
        The record, or ``None``; and whether that is certain. It is not where the object has no natural key, or where
        several records have it.

    Makes one request per look.
    """
    key = natural_key(instance)
    if key is None:
        return None, False
    for wait in (0.0, pause):
        if wait:
            sleep(wait)
        # Text comparison ignores case on the server, so the exact values are compared here.
        query: Any = QuerySet(type(instance)).using(binding.client).filter(**key)
        found = [one for one in query.iterator() if all(getattr(one, name) == value for name, value in key.items())]
        if found:
            return (found[0]._record, True) if len(found) == 1 else (None, False)
    return None, True


def attachments_arrived(instance: Any, sent: dict[str, Any], answer: dict[str, Any], ids: Any) -> bool:
    """Whether a record that was read back holds what a write of attachments sent."""
    for name, value in sent.items():
        field = instance._meta.writable[name]
        raw = answer["fields"].get(field.id or ids[name])
        if isinstance(field, Attachment):
            # Links and ids are new at each read; what was sent is known by its number and its names.
            names = [file.filename for file in value if file.filename]
            stored = [one.get("filename") for one in raw or ()]
            if len(stored) != len(value) or not set(names) <= set(stored):
                return False
        elif not field.unchanged(value, raw, instance):
            return False
    return True


def writes_attachments(instance: Any, names: Any) -> bool:
    """Whether a write sends attachments."""
    return any(isinstance(instance._meta.writable.get(name), Attachment) for name in names)


def unknown_record(instance: Any) -> InvalidState:
    """The error for a move that an object of unknown fate cannot make."""
    return InvalidState(
        f"{instance!r} was sent to the service and the answer was lost, so it may be there: look for it, then settle "
        "it with session.resolve(obj, record_id), or session.resolve(obj, 'not created')."
    )
