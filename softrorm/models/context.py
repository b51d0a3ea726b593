"""Context: what the records of one result share, so that a link touched on one of them loads for all.

Each instance keeps a reference to its context and no more. It knows the binding, hence the client and the ids, the raw
records of the result, and the linked instances that were handed out so far, one per linked record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from softrorm.query.loading import load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from softrorm.models.binding import Binding
    from softrorm.query.unit import Unit


class Context:
    """The shared side of a result's instances.

    Args:
        binding: Where the records live.
        rows: The raw records of the result.
        unit: The session that the records belong to, or ``None``.
    """

    __slots__ = ("_linked", "_rows", "_unloaded", "binding", "ids", "unit")

    def __init__(self, binding: Binding | None, rows: list[dict[str, Any]], unit: Unit | None = None) -> None:
        self.binding = binding
        self.unit = unit
        self.ids: Mapping[str, str] = binding.ids if binding else {}
        self._rows = rows
        self._linked: dict[type, dict[str, Any]] = {}
        self._unloaded: dict[Any, Unloaded] = {}

    def linked_one(self, field: Any, link: Any) -> Any:
        """The instance that a raw link reads as: the same one wherever the result links to its record."""
        try:
            return self._linked[field.target][link["id"]]
        except (KeyError, TypeError):
            pass
        if not isinstance(link, dict):
            link = {"id": str(link), "label": None}
        known = self._linked.setdefault(field.target, {})
        if link["id"] not in known:
            make = self.unit.linked if self.unit else _unshared
            known[link["id"]] = make(field.target, link, self._pending(field, field.target))
        return known[link["id"]]

    def linked(self, field: Any, links: list[Any]) -> list[Any]:
        """The instances that a list of raw links reads as."""
        try:
            known = self._linked[field.target]
            return [known[link["id"]] for link in links]
        except (KeyError, TypeError):
            return [self.linked_one(field, link) for link in links]

    def take_in(self, field: Any, links: list[Any]) -> None:
        """Have links that were set by id load as the record's other links do: through its client."""
        for link in links:
            if link is not None and not link.is_loaded and isinstance(link._context, Detached):
                object.__setattr__(link, "_context", self._pending(field, field.target))

    def _pending(self, field: Any, target: Any) -> Unloaded:
        """The context that all links of one field share until they are loaded."""
        pending = self._unloaded.get(field.attribute)
        if pending is None:
            pending = self._unloaded[field.attribute] = Unloaded(self, field, target)
        return pending

    def load(self, instance: Any) -> None:
        """Read one record: of a session that knew only its id, or for a thread that came while another one loads it."""
        assert self.binding is not None  # noqa: S101
        load_one(instance, self.binding, self.unit)

    def load_links(self, field: Any, target: Any) -> None:
        """Read the records that one link field of the whole result leads to, as far as they are not read yet."""
        assert self.binding is not None  # noqa: S101 - only bound contexts hand out links that load
        place = target._meta.binding(self.binding.client)
        key = self.ids[field.attribute]
        raws = [link for row in self._rows for link in _as_list(row["fields"].get(key))]
        stubs = {stub.id: stub for stub in self.linked(field, raws) if not stub.is_loaded}
        found = load(place, stubs, target._meta.record_id_in(place))
        fill(stubs, found, Context(place, list(found.values()), self.unit))


def _unshared(target: Any, link: dict[str, Any], context: Any) -> Any:
    return target._linked(link, context)


class Unloaded:
    """The context of a linked instance of which only id and label are known yet."""

    __slots__ = ("_context", "_field", "_target")

    def __init__(self, context: Context, field: Any, target: Any) -> None:
        self._context = context
        self._field = field
        self._target = target

    @property
    def unit(self) -> Unit | None:
        """The session that the record which links here belongs to."""
        return self._context.unit

    @property
    def binding(self) -> Binding:
        """Where the linked record lives: with the same client as the record that links to it."""
        assert self._context.binding is not None  # noqa: S101
        return self._target._meta.binding(self._context.binding.client)  # type: ignore[no-any-return]

    @property
    def ids(self) -> Mapping[str, str]:
        """The field ids of the linked record's model."""
        return self.binding.ids

    def load(self, instance: Any) -> None:
        """Read the linked record, together with the same link of its siblings."""
        self._context.load_links(self._field, self._target)
        if not instance.is_loaded:
            # The link was edited since, so that the raw records do not name it.
            load_one(instance, self.binding, self.unit)


class Detached:
    """The context of an instance that no client has seen: made by hand, or unpickled.

    Args:
        ids: The field ids by attribute, where they are known without a binding: those an unpickled record had.
    """

    __slots__ = ("ids",)
    binding = None
    unit = None

    def __init__(self, ids: Mapping[str, str] | None = None) -> None:
        self.ids = ids or {}

    def linked_one(self, field: Any, link: Any) -> Any:
        """The instance that a raw link reads as."""
        return field.target._linked(link if isinstance(link, dict) else {"id": str(link), "label": None}, DETACHED)

    def linked(self, field: Any, links: list[Any]) -> list[Any]:
        """The instances that a list of raw links reads as."""
        return [self.linked_one(field, link) for link in links]

    def load(self, instance: Any) -> None:
        """Read the record through the model's own client."""
        load_one(instance, instance._meta.binding())


DETACHED = Detached()


def load_one(instance: Any, binding: Binding, unit: Unit | None = None) -> None:
    """Read one record by its id into an instance."""
    found = load(binding, [instance.id])
    fill({instance.id: instance}, found, Context(binding, list(found.values()), unit))


def fill(instances: Mapping[str, Any], found: Mapping[str, dict[str, Any]], context: Context) -> None:
    """Give instances the records that were read; one whose record is gone is dangling from now on."""
    from softrorm.models import state  # it makes contexts itself

    for id, instance in instances.items():
        state.fill(instance, found.get(id), context)


def _as_list(raw: Any) -> list[Any]:
    return raw if isinstance(raw, list) else [] if raw is None else [raw]
