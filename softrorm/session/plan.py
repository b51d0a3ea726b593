"""The plan: what a commit will send, in a legal order.

Creates come first, in levels: an object is created after the unsaved objects that it links to. Where links form a
cycle, one link is left out of its create and written by an update of that field alone. Then updates with the dirty
fields and nothing else, and deletes last. One write serves both sides of a relation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from softrorm.models.state import is_lost
from softrorm.session.relations import bring_into_step, covering, link_fields, linked_to

Kind = Literal["create", "update", "link", "delete"]


@dataclass(slots=True, eq=False)
class Operation:
    """One write.

    Attributes:
        kind: ``create``, ``update``, ``link`` (an update of links that were cut out of a cycle) or ``delete``.
        instance: The object.
        fields: The attributes that are sent.
        stage: Operations of one stage may run at once; stages run one after the other.
        reads: Requests beside the write: conflict detection reads the record first.
        dirty: What was dirty when the plan was made, also what another operation writes.
    """

    kind: Kind
    instance: Any
    fields: tuple[str, ...]
    stage: int
    reads: int = 0
    dirty: frozenset[str] = frozenset()

    @property
    def requests(self) -> int:
        """How many requests it makes when nothing goes wrong."""
        return 1 + self.reads

    def __str__(self) -> str:
        what = f"{self.kind} {type(self.instance).__name__} {self.instance}"
        return f"{what}: {', '.join(self.fields)}" if self.fields else what

    def to_dict(self) -> dict[str, Any]:
        """The operation as JSON."""
        return {
            "kind": self.kind,
            "model": type(self.instance).__name__,
            "id": self.instance.id,
            "fields": list(self.fields),
            "stage": self.stage,
            "requests": self.requests,
        }


class Covered(NamedTuple):
    """A changed link that the writes of other objects make: the object that holds it, its attribute, and the others."""

    instance: Any
    attribute: str
    others: list[Any]


@dataclass(slots=True)
class Plan:
    """The operations of a commit, in order.

    Attributes:
        operations: What will be sent.
        writes_per_second: The write budget that the estimate rests on.
        reads_per_second: The read budget.
        shared_budget: Whether reads and writes draw on one budget.
        covered: Links that need no write because the write of their other side makes them.
    """

    operations: list[Operation] = field(default_factory=list)
    covered: list[Covered] = field(default_factory=list)
    writes_per_second: float = 30
    reads_per_second: float = 40
    shared_budget: bool = False

    @property
    def requests(self) -> int:
        """How many requests a commit makes when nothing goes wrong."""
        return sum(operation.requests for operation in self.operations)

    @property
    def seconds(self) -> float:
        """How long that takes at the rate budget."""
        writes = len(self.operations) / self.writes_per_second
        reads = (self.requests - len(self.operations)) / self.reads_per_second
        return reads + writes if self.shared_budget else max(reads, writes)

    def stages(self) -> Iterable[list[Operation]]:
        """The operations that may run at once, stage by stage."""
        for stage in sorted({operation.stage for operation in self.operations}):
            yield [operation for operation in self.operations if operation.stage == stage]

    def to_dict(self) -> dict[str, Any]:
        """The plan as JSON."""
        return {
            "operations": [operation.to_dict() for operation in self.operations],
            "requests": self.requests,
            "seconds": round(self.seconds, 3),
        }

    def __len__(self) -> int:
        return len(self.operations)

    def __str__(self) -> str:
        if not self.operations:
            return "Nothing to send."
        lines = [f"{number:>3}. {operation}" for number, operation in enumerate(self.operations, 1)]
        requests = "1 request" if self.requests == 1 else f"{self.requests} requests"
        return "\n".join([*lines, f"{requests}, about {self.seconds:.1f} s at the present budget"])


def make_plan(
    pending: Iterable[Any],
    held: Iterable[Any],
    deleting: Iterable[Any],
    *,
    unknown: set[int],
    rates: tuple[float, float],
    shared_budget: bool = False,
    checks: Callable[[Any], bool],
) -> Plan:
    """Plan a commit. Where both sides of a relation are edited, they are brought into step.

    Args:
        pending: Unsaved objects of the session.
        held: Objects that may be dirty.
        deleting: Objects to delete.
        unknown: Objects (by identity) whose create was sent and never answered; they are not sent again.
        rates: Reads and writes per second.
        shared_budget: Whether reads and writes draw on one budget.
        checks: Says of an object whether an update of it reads the record first.
    """
    doomed = {id(instance) for instance in deleting}
    held = [one for one in held if id(one) not in doomed]
    new = _with_what_they_link_to([*pending], held, unknown)
    fields = {id(one): set(one.dirty_fields) for one in [*new, *held]}
    bring_into_step([*new, *held], fields)
    was = {key: frozenset(names) for key, names in fields.items()}
    dirty = [one for one in held if fields[id(one)]]
    loaded = {one.id: one for one in held}
    covered = _drop_second_sides([*dirty, *new], fields, loaded)
    levels, cut = _levels(new, fields)
    operations = [
        Operation("create", one, _ordered(one, fields[id(one)] - cut.get(id(one), set())), stage, dirty=was[id(one)])
        for stage, level in enumerate(levels)
        for one in level
    ]
    stage = len(levels)
    operations += [Operation("link", one, _ordered(one, cut[id(one)]), stage) for one in new if cut.get(id(one))]
    operations += [
        Operation("update", one, names, stage, reads=int(checks(one)), dirty=was[id(one)])
        for one in dirty
        if (names := _ordered(one, fields[id(one)]))
    ]
    operations += [Operation("delete", one, (), stage + 1) for one in deleting]
    reads, writes = rates
    return Plan(operations, covered, writes, reads, shared_budget)


def _ordered(instance: Any, names: set[str]) -> tuple[str, ...]:
    return tuple(name for name in instance._meta.writable if name in names)


def _with_what_they_link_to(pending: list[Any], held: list[Any], unknown: set[int]) -> list[Any]:
    """The unsaved objects of the session, and those that they or edited objects link to."""
    found = {id(one): one for one in pending}
    todo = [*pending, *held]
    while todo:
        instance = todo.pop()
        for link in link_fields(type(instance)):
            for other in linked_to(instance, link.attribute):
                if other._record is None and id(other) not in {*found, *unknown} and not is_lost(other):
                    found[id(other)] = other
                    todo.append(other)
    return list(found.values())


def _drop_second_sides(instances: list[Any], fields: dict[int, set[str]], loaded: dict[str, Any]) -> list[Covered]:
    covered = []
    # Lists go first: a single link is the shorter write of the two.
    sides = [(one, link) for one in instances for link in link_fields(type(one)) if link.attribute in fields[id(one)]]
    for instance, link in sorted(sides, key=lambda side: not side[1].many):
        if link.required and instance._record is None:
            continue  # the service takes no create without it
        if others := covering(instance, link, fields, loaded):
            fields[id(instance)].discard(link.attribute)
            covered.append(Covered(instance, link.attribute, others))
    return covered


def _levels(new: list[Any], fields: dict[int, set[str]]) -> tuple[list[list[Any]], dict[int, set[str]]]:
    """Creates in levels by their links, and the links that had to be cut out of cycles."""
    cut: dict[int, set[str]] = {}
    waiting = {id(one): one for one in new}
    needs = {
        key: [
            (link.attribute, id(other))
            for link in link_fields(type(one))
            if link.attribute in fields[key]
            for other in linked_to(one, link.attribute)
            if id(other) in waiting
        ]
        for key, one in waiting.items()
    }
    levels: list[list[Any]] = []
    while waiting:
        ready = [key for key in waiting if not any(other in waiting for _, other in needs[key])]
        if ready:
            levels.append([waiting.pop(key) for key in ready])
            continue
        # A link that is required is cut only where all are: its create fails, and says so.
        key, name = min(_cycle(needs, waiting), key=lambda at: waiting[at[0]]._meta.writable[at[1]].required)
        cut.setdefault(key, set()).add(name)
        needs[key] = [need for need in needs[key] if need[0] != name]
    return levels, cut


def _cycle(needs: dict[int, list[tuple[str, int]]], waiting: dict[int, Any]) -> list[tuple[int, str]]:
    """A cycle of links, as objects (by identity) and attributes; each object that waits links to another that does."""
    path: list[tuple[int, str]] = []
    seen: dict[int, int] = {}
    key = next(iter(waiting))
    while key not in seen:
        name, other = next(need for need in needs[key] if need[1] in waiting)
        seen[key] = len(path)
        path.append((key, name))
        key = other
    return path[seen[key] :]
