"""Enums: the choices of SELECT fields as classes, found in a module by the ids of their choices, or made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from softrorm.schema.inspect.layout import STEP, WIDTH, Call, assignment, columns, flat
from softrorm.schema.inspect.source import EnumClass, last_line
from softrorm.schema.names import member_name, unlike

if TYPE_CHECKING:
    from softrorm.schema.inspect.edits import Edits

Wire: TypeAlias = Mapping[str, Any]
"""A choice as a schema shows it."""
LONGEST_NAME = 60
Key: TypeAlias = frozenset[str]
"""The ids of all choices of a field."""


def key(choices: Iterable[Wire]) -> Key:
    """What tells the choices of one field from those of another."""
    return frozenset(choice.get("id") or choice.get("label") or "" for choice in choices)


@dataclass(slots=True)
class NewEnum:
    """An Enum that the module gets: its name, and its choices by their members."""

    name: str
    choices: dict[str, Wire] = field(default_factory=dict)
    is_written: bool = False


class Enums:
    """The Enums of a module and those that it gets.

    Args:
        existing: Those of the module, by name.
        base: Gives the class that new ones derive from, when there are some.
    """

    def __init__(self, existing: Mapping[str, EnumClass], base: Base) -> None:
        self._existing = existing
        self._base = base
        self._new: dict[Key, NewEnum] = {}
        self._wanted: list[NewEnum] = []

    def plan(self, model: str, attribute: str, choices: list[Wire], taken: set[str]) -> None:
        """Name the Enum that choices get unless they have one, and its members.

        Args:
            model: The class that has them.
            attribute: Its attribute.
            choices: The choices.
            taken: The names that the module has; the new one is added.
        """
        if not choices or key(choices) in self._new or any(_covers(enum, choices) for enum in self._existing.values()):
            return
        part = "".join(word[:1].upper() + word[1:] for word in attribute.split("_"))
        name = unlike((model + part)[:LONGEST_NAME], taken)
        taken.add(name)
        new = self._new[key(choices)] = NewEnum(name)
        for choice in choices:
            new.choices[member_name(choice.get("label") or "", new.choices)] = choice

    def find(self, choices: Iterable[Wire], line: int) -> str | None:
        """The Enum of some choices.

        Args:
            choices: The choices.
            line: Where it is to be used; it has to stand above.
        """
        choices = list(choices)
        for enum in self._existing.values():
            if enum.node.lineno < line and _covers(enum, choices):
                return enum.name
        new = self._new.get(key(choices))
        if new is not None and not new.is_written:
            new.is_written = True
            self._wanted.append(new)
        return new.name if new else None

    def member(self, enum: str, choice: Wire) -> str | None:
        """The member of an Enum that stands for a choice."""
        if enum in self._existing:
            found = self._existing[enum].member(choice.get("id"), choice.get("label") or "")
            return found.name if found else None
        new = next(new_enum for new_enum in self._new.values() if new_enum.name == enum)
        return next((name for name, known in new.choices.items() if known.get("id") == choice.get("id")), None)

    def take(self) -> list[str]:
        """The lines of the new Enums that were found since this was last asked, each with two blank lines below."""
        lines: list[str] = []
        for enum in self._wanted:
            lines.append(f"class {enum.name}({self._base()}):")
            for name, choice in enum.choices.items():
                lines += _member_lines(name, choice, "")
            lines += ["", ""]
        self._wanted.clear()
        return lines

    def update(self, enum: str, choices: list[Wire], edits: Edits) -> None:
        """Add to an Enum of the module the choices that it has not, and mark those that are gone."""
        known = self._existing[enum]
        standing = {
            found.name for choice in choices if (found := known.member(choice.get("id"), choice.get("label") or ""))
        }
        for member in known.members:
            gone = member.id is not None and member.name not in standing  # one without an id may be to come
            edits.mark(member.statement.lineno, "Gone from the choices." if gone else None)
        taken = set(known.names)
        new: list[str] = []
        for choice in choices:
            if known.member(choice.get("id"), choice.get("label") or "") is None:
                name = member_name(choice.get("label") or "", taken)
                taken.add(name)
                new += _member_lines(name, choice, known.maker)
        if new:
            last = known.members[-1].statement if known.members else known.node.body[-1]
            edits.insert(last_line(last) + 1, new)


class Base(Protocol):
    """Gives the name of the class that new Enums derive from."""

    def __call__(self) -> str:
        """The name."""


def _covers(enum: EnumClass, choices: Iterable[Wire]) -> bool:
    """Whether an Enum is that of some choices: it knows one by its id, which no other field's has, or all by label."""
    known = {member.id for member in enum.members if member.id}
    choices = list(choices)
    return any(choice.get("id") in known for choice in choices) or all(
        enum.member(choice.get("id"), choice.get("label") or "") for choice in choices
    )


def _member_lines(name: str, choice: Wire, maker: str | None) -> list[str]:
    """The lines of a member: a label, a tuple for :class:`softrorm.fields.Choices`, or a call."""
    id, color = (None, None) if maker is None else (choice.get("id"), choice.get("color"))
    known = 3 if color else 2 if id else 1  # a colour has its place behind the id, also where that is not known
    parts = [choice.get("label") or "", id, color][:known]
    line = f"{' ' * STEP}{name} = {', '.join(map(flat, parts))}"
    if not maker and columns(line) <= WIDTH:
        return [line]
    return assignment(name, "", parts[0] if known == 1 and not maker else Call(maker or "", parts))
