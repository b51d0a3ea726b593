"""The plan of a push: what will be done, in words and as JSON that can be applied later, exactly.

A step names tables and fields by model and attribute, since some of them get their ids only while it is carried out.
The digest of each database says what the plan was made for: one that changed since is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

from softrorm.client.errors import ConfigurationError
from softrorm.client.lock import Lock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from softrorm.client.resources import Table

VERSION = 1
FIELD, TABLE = "$field", "$table"
"""The keys that stand for an id in what a step sends: ``{"$field": ["Task", "project"]}``, ``{"$table": "Task"}``."""

_VOLATILE = ("createdAt", "updatedAt", "defaultViewId", "counter", "locked")
_SIGNS = {"+": "to add", "~": "to change", "-": "to remove"}
_KINDS = ("database", "table", "field")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do.

    Attributes:
        action: What; see :data:`softrorm.schema.pushing.work.ACTIONS`.
        database: The database, as the plan calls it.
        table: The table, by the name of its model; empty for the database itself.
        attribute: The field, by its attribute.
        asked: What is sent, with references for ids that nobody knows yet.
        sign: ``+``, ``~`` or ``-``.
        shown: The thing in words.
        details: More lines on it.
        loses: What is lost for good.
    """

    action: str
    database: str
    table: str = ""
    attribute: str = ""
    asked: Mapping[str, Any] = field(default_factory=dict)
    sign: str = "~"
    shown: str = ""
    details: tuple[str, ...] = ()
    loses: str = ""

    def things(self) -> Iterator[tuple[str, ...]]:
        """What it adds, changes or removes, each with its sign and its kind first; a link has two ends."""
        kind = self.action.partition("_")[2]
        yield self.sign, "field" if kind == "link" else kind, self.database, self.table, self.attribute or self.shown
        if kind == "link":
            yield self.sign, "field", self.database, self.table, self.attribute, "other end"
        if self.action == "create_table":
            yield self.sign, "field", self.database, self.table, "primary"
            yield from (
                (self.sign, "field", self.database, self.table, asked["attribute"]) for asked in self.asked["fields"]
            )

    def lines(self) -> list[str]:
        """The step for a person."""
        lost = f"  (lost: {self.loses})" if self.loses else ""
        return [f"{self.sign} {self.shown}{lost}", *(f"    {line}" for line in self.details)]


@dataclass(frozen=True, slots=True)
class Target:
    """A database of a plan.

    Attributes:
        name: What the plan calls it.
        id: Its id; ``None`` if it is to be created.
        digest: What stood there when the plan was made.
    """

    name: str
    id: str | None
    digest: str


@dataclass(slots=True)
class Plan:
    """What a push will do.

    Attributes:
        targets: The databases.
        steps: What is done, in this order.
        held: What would be done if it were allowed to destroy something.
        notes: What a person should know beside that.
        lock: The ids that are known before the first step.
        lock_file: The lock file that it was made with, which is the one to apply it with; ``None`` for none.
    """

    targets: list[Target]
    steps: list[Step] = field(default_factory=list)
    held: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    lock_file: str | None = None

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.steps)

    @property
    def losses(self) -> list[Step]:
        """The steps that destroy something."""
        return [step for step in self.steps if step.loses]

    def __str__(self) -> str:
        """The plan for a person: ``+`` is added, ``~`` changed, ``-`` removed."""
        lines = list(self._shown(self.steps))
        if self.held:
            lines.append("Not done without --allow-destructive, since something may be lost:")
            lines += [f"  {line}" for line in self._shown(self.held)]
        lines += [f"Note: {note}" for note in self.notes]
        nothing = "Nothing else to do." if self.held else "Nothing to do: the tables are as the models say."
        lines.append(f"{tally}." if (tally := self._tally()) else nothing)
        return "\n".join(lines)

    def _tally(self) -> str:
        """How many things are added, changed and removed: ``1 table, 3 fields to add, 1 field to change``."""
        things = dict.fromkeys(thing for step in self.steps for thing in step.things())
        counts = Counter((sign, kind) for sign, kind, *_ in things)
        of_sign = {
            sign: [f"{n} {kind}{'' if n == 1 else 's'}" for kind in _KINDS if (n := counts[sign, kind])]
            for sign in _SIGNS
        }
        return "; ".join(f"{', '.join(counted)} {_SIGNS[sign]}" for sign, counted in of_sign.items() if counted)

    def _shown(self, steps: Sequence[Step]) -> Iterator[str]:
        """Steps by database and table."""
        for target in self.targets:
            here = [step for step in steps if step.database == target.name]
            tables = dict.fromkeys(step.table for step in here)
            if here and "" not in tables:  # it is there already
                yield f"Database {self._named(target)}"
            for table in tables:
                own = [step for step in here if step.table == table]
                whole = own[0].action in _WHOLE
                if not whole:
                    known = self.lock.tables.get(table)
                    yield f"  ~ table {(known.name if known else table)!r} ({table})"
                    own.sort(key=lambda step: step.action != "update_table")
                    yield from (f"      {line}" for line in own[0].details if own[0].action == "update_table")
                for at, step in enumerate(step for step in own if step.action != "update_table"):
                    depth = "      " if not whole or at else "  " if table else ""
                    yield from (f"{depth}{line}" for line in step.lines())

    def _named(self, target: Target) -> str:
        """A database with all that it is called: its own name may be another than that which the models have for it."""
        others = sorted(name for name, id in self.lock.databases.items() if id == target.id and name != target.name)
        more = ", ".join([*map(repr, others), *([target.id] if target.id not in {None, target.name} else [])])
        return f"{target.name!r} ({more})" if more else repr(target.name)

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON, which :meth:`from_json` reads."""
        return {
            "version": VERSION,
            "targets": [asdict(target) for target in self.targets],
            "steps": [asdict(step) for step in self.steps],
            "held": [asdict(step) for step in self.held],
            "notes": self.notes,
            "lock": self.lock.to_json(),
            "lock_file": self.lock_file,
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """The plan that :meth:`to_json` describes.

        Raises:
            ConfigurationError: It is none.
        """
        try:
            if given["version"] != VERSION:
                raise ValueError(f"it has version {given['version']!r}; this softrorm reads {VERSION}")
            return cls(
                [Target(**target) for target in given["targets"]],
                [_step(step) for step in given["steps"]],
                [_step(step) for step in given["held"]],
                list(given["notes"]),
                Lock.from_json(given["lock"]),
                given["lock_file"],
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            said = str(error) if isinstance(error, ValueError) else "something is missing in it, or stands elsewhere"
            raise ConfigurationError(f"This is no plan that a push saved: {said}.") from error


_WHOLE = {"create_table", "delete_table", "create_database"}


def _step(given: Mapping[str, Any]) -> Step:
    return Step(**{**given, "details": tuple(given["details"])})


def digest(tables: Iterable[Table]) -> str:
    """What stands in a database, as far as plans hang on it, in 64 letters. Makes no request."""
    shown = sorted((_lasting(table.to_wire()) for table in tables), key=lambda table: str(table["id"]))
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _lasting(item) for name, item in value.items() if name not in _VOLATILE}
    return [_lasting(item) for item in value] if isinstance(value, list) else value
