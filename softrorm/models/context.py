"""Context: what the records of one result share, so that a link touched on one of them loads for all.

Each instance keeps a reference to its context and no more. It knows the binding, hence the client and the ids, the raw
records of the result, and the linked instances that were handed out so far, one per linked record. Records that its
links lead to have contexts of their own; what they all share is the :class:`Result`.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from softrorm.query.loading import load

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from softrorm.models.binding import Binding
    from softrorm.query.unit import Unit


class Result:
    """What was read for one result: its own records, and those that were reached from them through links.

    A link that leads back to one of them needs no request.
    """

    __slots__ = ("_entered", "_index", "_read", "linked", "outdated")

    def __init__(self) -> None:
        self.linked: dict[type, dict[str, Any]] = {}
        """The linked instances that were handed out, by model and id."""
        self.outdated: set[str] = set()
        """The ids of records that were written or read anew since."""
        self._read: list[tuple[tuple[str, str], list[dict[str, Any]]]] = []
        self._index: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        self._entered = 0

    def enter(self, binding: Binding, rows: list[dict[str, Any]]) -> None:
        """Take note of records that were read."""
        self._read.append(((binding.database, binding.table), rows))
        if self.outdated:
            self.outdated.difference_update(row["id"] for row in rows)

    def find(self, binding: Binding, id: str) -> dict[str, Any] | None:
        """A record that was read already; the index is made when it is first needed, since few results need it."""
        entered = self._entered  # other threads may be at it too, which does no harm
        for table, rows in self._read[entered:]:
            self._index.setdefault(table, {}).update((row["id"], row) for row in rows)
            entered += 1
        self._entered = entered
        return None if id in self.outdated else self._index.get((binding.database, binding.table), {}).get(id)


class Context:
    """The shared side of a result's instances.

    Args:
        binding: Where the records live.
        rows: The raw records of the result.
        unit: The session that the records belong to, or ``None``.
        result: The result that they were reached from; unless given, they are one themselves.
    """

    __slots__ = ("_linked", "_origin", "_rows", "_unloaded", "binding", "ids", "result", "unit")

    def __init__(
        self,
        binding: Binding | None,
        rows: list[dict[str, Any]],
        unit: Unit | None = None,
        result: Result | None = None,
    ) -> None:
        self.binding = binding
        self.unit = unit
        self.ids: Mapping[str, str] = binding.ids if binding else {}
        self.result = result or Result()
        if binding and result is None:
            self.result.enter(binding, rows)
        self._rows = rows
        self._origin: Context | None = None
        self._linked = self.result.linked
        self._unloaded: dict[Any, Unloaded] = {}

    def succeed(self, before: Any) -> None:
        """Be what another context was to a record before it was saved: links load with those of its siblings."""
        if isinstance(before, Context) and before.binding is self.binding and before.unit is self.unit:
            self._origin = before._origin or before
            self.result = before.result
            self._linked = self.result.linked

    def linked_one(self, field: Any, link: Any) -> Any:
        """The instance that a raw link reads as: the same one wherever the result links to its record."""
        target = field.target
        if not isinstance(link, dict):
            link = {"id": str(link), "label": None}
        known = self._linked.get(target)
        if known is None:
            known = self._linked.setdefault(target, {})
        found = known.get(link["id"])
        if found is None:
            make = self.unit.linked if self.unit else _unshared
            found = known.setdefault(link["id"], make(target, link, self._pending(field, target)))
        return found

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

    def load_links(self, field: Any, instance: Any) -> None:
        """Read the records that one link field of the whole result leads to, as far as they are not read yet.

        Args:
            field: The link.
            instance: The linked instance that is needed now; if it was read for this result before, that is all.
        """
        key = self.ids[field.attribute]
        rows = chain(self._rows, self._origin._rows if self._origin else ())
        raws = [link for row in rows for link in as_list(row["fields"].get(key))]
        left = take_known(dict.fromkeys(self.linked(field, raws)))
        if not instance.is_loaded:
            load_all(left)


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
    def result(self) -> Result:
        """The result that the link belongs to."""
        return self._context.result

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
        self._context.load_links(self._field, instance)
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
    result = None

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
    fill([instance], found, Context(binding, list(found.values()), unit))


def load_all(instances: Iterable[Any], *, fresh: bool = False) -> None:
    """Read the records of instances that are not loaded yet, those of one model and client together.

    Args:
        instances: Of any models; those that are loaded already, or were read for the same result, cost nothing.
        fresh: Whether to ask the service even if the client's cache has the answer.

    Makes requests as :func:`softrorm.query.loading.load` does for the ids of each model.
    """
    places: dict[tuple[type, int], tuple[Binding, list[Any]]] = {}
    for instance in take_known(instances):
        place = instance._context.binding or instance._meta.binding()
        places.setdefault((type(instance), id(place)), (place, []))[1].append(instance)
    for place, unloaded in places.values():
        found = load(place, [one.id for one in unloaded], unloaded[0]._meta.record_id_in(place), fresh=fresh)
        for group in _groups(unloaded):
            unit, result = group[0]._context.unit, group[0]._context.result
            rows = [found[id] for id in dict.fromkeys(one.id for one in group) if id in found]
            if result is not None:
                result.enter(place, rows)
            fill(group, found, Context(place, rows, unit, result))


def take_known(instances: Iterable[Any]) -> list[Any]:
    """Fill instances whose records were read for the same result before, and give those that need a request."""
    left: list[Any] = []
    for group in _groups(one for one in instances if not one.is_loaded):
        context = group[0]._context
        place, unit, result = context.binding, context.unit, context.result
        rows = {one.id: row for one in group if result and (row := result.find(place, one.id)) is not None}
        if rows:
            fill([one for one in group if one.id in rows], rows, Context(place, list(rows.values()), unit, result))
        left.extend(one for one in group if one.id not in rows)
    return left


def _groups(instances: Iterable[Any]) -> list[list[Any]]:
    """Instances by model, session and result: those that one context can serve."""
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for one in instances:
        groups.setdefault((type(one), id(one._context.unit), id(one._context.result)), []).append(one)
    return list(groups.values())


def fill(instances: Iterable[Any], found: Mapping[str, dict[str, Any]], context: Context) -> None:
    """Give instances the records that were read; one whose record is gone is dangling from now on."""
    from softrorm.models import state  # it makes contexts itself

    for instance in instances:
        state.fill(instance, found.get(instance.id), context)


def as_list(raw: Any) -> list[Any]:
    """The raw links of a cell, which holds a list, one, or none."""
    return raw if isinstance(raw, list) else [] if raw is None else [raw]
