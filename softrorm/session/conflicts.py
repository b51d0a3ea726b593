"""Conflicts: somebody else changed what this session is about to write.

Before an update the record is read, and the values of the fields about to be written are compared with those that were
loaded; ``updatedAt`` is no sign, since it moves by itself (wire-facts 3). The check costs one read per update, and
another writer can still slip in between the check and the write: the service has no conditional writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from softrorm.client.errors import SoftrError


@dataclass(frozen=True, slots=True)
class Clash:
    """One field that both sides changed.

    Attributes:
        base: The value that was loaded.
        mine: The value about to be written.
        theirs: The value on the server now.
    """

    base: Any
    mine: Any
    theirs: Any


class Conflict(SoftrError):
    """An update would undo somebody else's change; nothing was written.

    Attributes:
        instance: The object that was to be written.
        fields: The clashes by attribute.
    """

    def __init__(self, instance: Any, fields: Mapping[str, Clash]) -> None:
        self.instance = instance
        self.fields = dict(fields)
        super().__init__(instance, self.fields)

    def __str__(self) -> str:
        told = "; ".join(
            f"{name} was {clash.base!r}, is {clash.theirs!r} now, and was to become {clash.mine!r}"
            for name, clash in self.fields.items()
        )
        return (
            f"{self.instance!r} was changed by somebody else: {told}. Refresh it, or settle it with Meta.on_conflict."
        )


def settle(
    instance: Any, mine: Mapping[str, Any], base: Mapping[str, Any], theirs: Mapping[str, Any]
) -> dict[str, Any]:
    """Compare and decide what to write.

    ``raise`` stands on what was loaded: a field that somebody else changed is a clash even where both made the same
    change, so that of two who claim a record one learns that it was late. Otherwise the same change twice is none.

    Args:
        instance: The object about to be written.
        mine: The values about to be written, by attribute.
        base: The raw values that were loaded, by field id; one that was not loaded cannot clash.
        theirs: The raw values on the server now, by field id.

    Returns:
        The values to write, without those that the server has already.

    Raises:
        Conflict: Both sides changed a field, and ``Meta.on_conflict`` does not say what to do.
        TypeError: A function in its place returned something else than a dict of attributes.
    """
    meta, ids = type(instance)._meta, instance._context.ids
    clashes: dict[str, Clash] = {}
    writes: dict[str, Any] = {}
    for name, value in mine.items():
        field = meta.writable[name]
        key = field.id or ids[name]
        agreed = field.unchanged(value, theirs.get(key), instance)
        was, now = (_read(field, raws.get(key), instance) for raws in (base, theirs))
        if key in base and not field.unchanged(was, theirs.get(key), instance):
            if not agreed or meta.on_conflict == "raise":
                clashes[name] = Clash(was, value, now)
        elif not agreed:
            writes[name] = value
    if not clashes:
        return writes
    conflict = Conflict(instance, clashes)
    if not callable(meta.on_conflict):
        raise conflict
    decided = meta.on_conflict(conflict)
    if not isinstance(decided, Mapping) or not set(decided) <= set(meta.writable):
        raise TypeError(
            f"{meta.name}.Meta.on_conflict returned {decided!r}; right is a dict of attributes and the values to write."
        )
    return {**writes, **{name: meta.writable[name].check(value) for name, value in decided.items()}}


def _read(field: Any, raw: Any, instance: Any) -> Any:
    return field.empty() if raw is None else field.decode(raw, instance)
