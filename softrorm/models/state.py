"""State: what came, what changed, and what a new answer does to an instance.

The raw record is the snapshot; it is replaced, never changed. An instance's dict holds the values that were read or
set since. Everything else follows from comparing the two, so there are no flags that could be wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from softrorm.client.errors import InvalidState, NotFound
from softrorm.models.context import Context

if TYPE_CHECKING:
    from softrorm.models.binding import Binding
    from softrorm.query.unit import Unit


def _set(instance: Any, record: dict[str, Any], context: Any) -> None:
    known, before = instance._record, instance._context
    if known is not None and known is not record and isinstance(before, Context):
        before.result.outdated.add(known["id"])  # links of that result are not to show what it was
    # In this order: a thread that reads meanwhile finds a context which can load what is not here yet.
    object.__setattr__(instance, "_context", context)
    object.__setattr__(instance, "_record", record)


_LOST = "_create_was_lost"


def mark_lost(instance: Any, lost: bool) -> None:
    """Mark an unsaved instance whose create was sent and never answered, or take the mark off.

    The mark stays with the instance wherever it goes, also into a pickle: to send it again would make a second record.
    """
    if lost:
        instance.__dict__[_LOST] = True
    else:
        instance.__dict__.pop(_LOST, None)


def is_lost(instance: Any) -> bool:
    """Whether an instance's create was sent and never answered, so that its record may be there."""
    return instance._record is None and _LOST in instance.__dict__


def refuse_lost(instance: Any) -> None:
    """Raise InvalidState for an instance whose create may have been carried out."""
    if is_lost(instance):
        raise unknown_record(instance)


def unknown_record(instance: Any) -> InvalidState:
    """The error for a move that an object of unknown fate cannot make."""
    return InvalidState(
        f"{instance!r} was sent to the service and the answer was lost, so it may be there: look for it, add it to a "
        "session, and settle it with session.resolve(obj, record_id), or session.resolve(obj, 'not created')."
    )


def dirty(instance: Any) -> dict[str, Any]:
    """The values that a save would send, by attribute."""
    values, record, meta = instance.__dict__, instance._record, instance._meta
    if record is None:
        given = instance._given or ()
        # A list that was only read is empty.
        return {name: values[name] for name in meta.writable if name in given or values.get(name)}
    if "fields" not in record:
        # A link that is not loaded: nothing to compare with, so what was set is a change.
        return {name: values[name] for name in meta.writable if name in values}
    raws, ids, expired = record["fields"], instance._context.ids, record.get("expired", ())
    changed = {}
    for name, id, unchanged in meta.scan:
        if name in values:
            value, raw = values[name], raws.get(id or ids[name])
            # Of what is to be read anew nothing is known, so that whatever was set is a change.
            if (value is not raw and not unchanged(value, raw, instance)) or (expired and name in expired):
                changed[name] = value
    return changed


def pickled(instance: Any) -> dict[str, Any]:
    """What a pickle keeps of an instance's values: what was changed, and the mark of a lost create."""
    return {**dirty(instance), **({_LOST: True} if is_lost(instance) else {})}


def take(instance: Any, answer: dict[str, Any], sent: dict[str, Any], context: Context) -> None:
    """Make the answer to a write the snapshot. What was changed since it was sent, or was not sent, stays changed."""
    values, unsent = instance.__dict__, dirty(instance)
    stale = [
        name
        for name in values
        if name in instance._meta.fields and (values[name] == sent[name] if name in sent else name not in unsent)
    ]
    context.succeed(instance._context)
    _set(instance, answer, context)
    object.__setattr__(instance, "_given", None)
    mark_lost(instance, lost=False)
    _reread(instance, stale)


def _reread(instance: Any, names: list[str]) -> None:
    """Have values read from the new record."""
    values, record, ids = instance.__dict__, instance._record, instance._context.ids
    for name in names:
        field = instance._meta.fields[name]
        value: Any = values[name]
        if not field.mutable or not isinstance(value, list | dict):
            del values[name]
            continue
        # The object stays, so that one the caller holds goes on being the record's; of JSON its parts stay as well.
        raw = record["fields"].get(ids[name])
        fresh = field.empty() if raw is None else field.decode(raw, instance)
        if type(fresh) is not type(value):
            del values[name]
        elif isinstance(value, list):
            if value != fresh or not any(isinstance(part, list | dict) for part in value):
                value[:] = fresh
        elif value != fresh:
            value.clear()
            value.update(fresh)


def fill(instance: Any, record: dict[str, Any] | None, context: Any) -> None:
    """Give an instance the record that was read for it; without one it is dangling from now on."""
    if record is None:
        record = {"id": instance.id, "label": instance._label, "fields": {}, "dangling": True}
    _set(instance, record, context)


def renew(instance: Any, record: dict[str, Any], context: Context) -> None:
    """Make a record that was read anew the snapshot; what was changed stays changed."""
    changed = dirty(instance)
    stale = [name for name in instance.__dict__ if name in instance._meta.fields and name not in changed]
    _set(instance, record, context)
    _reread(instance, stale)


def reload(instance: Any) -> None:
    """Read an instance's record anew; what was changed stays changed. Makes one request."""
    place = instance._context.binding
    try:
        record = place.client.get_record(place.database, place.table, instance._record["id"], fresh=True)
    except NotFound:
        bury(instance)
    else:
        renew(instance, record, Context(place, [record], instance._context.unit))


def expire(instance: Any, attribute: str) -> None:
    """Have an attribute read anew when it is next asked for: a write elsewhere changed it."""
    record = instance._record
    if record is None or record.get("dangling") or attribute in dirty(instance):
        return
    instance.__dict__.pop(attribute, None)
    doubt(instance, [attribute])


def doubt(instance: Any, names: Iterable[str]) -> None:
    """Take what the record says of attributes as unknown: a write of them may have arrived or not.

    What is set stays set, and is a change whatever it was before; else it is read anew when it is next asked for. What
    was last known stays in the record, to tell what was added and removed since.
    """
    record, ids = instance._record, instance._context.ids
    if record is None or "fields" not in record:
        return
    expired = {*record.get("expired", ()), *names}
    keys = {ids[name] for name in expired}
    fields: dict[str, Any] = {}
    last = dict(record.get("last", {}))
    for id, raw in record["fields"].items():
        (last if id in keys else fields)[id] = raw
    _set(instance, {**record, "fields": fields, "expired": expired, "last": last}, instance._context)


def undo(instance: Any) -> None:
    """Drop what was changed."""
    for name in dirty(instance):
        del instance.__dict__[name]


def bury(instance: Any) -> None:
    """Mark an instance as deleted; what is known of it can still be read."""
    known = {key: value for key, value in instance._record.items() if key not in {"expired", "last"}}
    _set(instance, {**known, "fields": known.get("fields", {}), "dangling": True}, instance._context)


def join(instance: Any, unit: Unit | None, binding: Binding) -> None:
    """Make an instance belong to a session, or to none."""
    rows = [instance._record] if instance.is_loaded else []
    _set(instance, instance._record, Context(binding, rows, unit))
