"""What a field type is: how a value is accepted, kept, shown and compared.

A type is one object for all its fields, without state. It hands out closures for the jobs done once per record, so
that what depends on the field's options is worked out once per request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from softrorm.sandbox.problems import brief

if TYPE_CHECKING:
    from collections.abc import Callable

    from softrorm.sandbox.model import Field, Row, Table
    from softrorm.sandbox.store import Store


class Refused(Exception):
    """A value that a field cannot take; the text says why and what would be right."""


@dataclass(slots=True)
class Scene:
    """Where types look when a cell's meaning reaches beyond the cell.

    Attributes:
        store: All tables, for links.
        table: The table at hand.
        now: The present moment, in epoch milliseconds.
        user: The user that the key belongs to, as the API shows one.
        row: The record being written, ``None`` while it is being created.
        row_id: The id of that record, known before it is there.
        new_choices: Choices that a write adds, by field id; kept only when the whole write is accepted.
        within: The computed fields that are being worked out, as table and field id; none of them is entered again.
    """

    store: Store
    table: Table
    now: int
    user: dict[str, Any]
    row: Row | None = None
    row_id: str = ""
    new_choices: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    within: frozenset[tuple[str, str]] = frozenset()

    def of(self, table: Table) -> Scene:
        """The same moment, seen from another table."""
        return Scene(self.store, table, self.now, self.user, within=self.within)

    def inside(self, at: Field) -> Scene | None:
        """The scene in which a computed field is worked out; ``None`` if that is going on already."""
        if (self.table.id, at.id) in self.within:
            return None
        scene = self.of(self.table)
        scene.within |= {(self.table.id, at.id)}
        return scene


class Compared(NamedTuple):
    """What the cells of a field are compared as.

    Attributes:
        kind: A type that is not computed.
        field: A field of that type.
        scene: The table of that field.
        several: Whether a cell is a tuple of such values; where ``kind`` is ``coded`` it is one in any case.
    """

    kind: CellType
    field: Field
    scene: Scene
    several: bool


class CellType:
    """A field type; subclasses say what differs. This one is text.

    Attributes:
        name: As the API calls it.
        family: How filters compare it: ``text``, ``number``, ``flag``, ``time`` or ``coded``.
        readonly: Whether the service computes it.
        may_hold_several: Whether ``allowMultipleEntries`` means something.
        holds_several: Whether it does so unless told otherwise.
        ai: Whether a new field has the ``aiOptions`` object (wire-facts 8.1).
        defaults: The options of a field made without any (wire-facts 8.2).
    """

    family: ClassVar[str] = "text"
    readonly: ClassVar[bool] = False
    may_hold_several: ClassVar[bool] = False
    holds_several: ClassVar[bool] = False
    ai: ClassVar[bool] = True
    defaults: ClassVar[dict[str, Any]] = {}

    def __init__(self, name: str, **defaults: Any) -> None:
        self.name = name
        self.own_defaults = {**self.defaults, **defaults}

    def options(self, given: dict[str, Any], old: Field | None, scene: Scene) -> dict[str, Any]:
        """The options of a field: the defaults, and over them what was given.

        Args:
            given: From the request, already a copy; unknown ones are kept.
            old: The field as it was, if it is being changed.
            scene: The other tables, for types that refer to them.

        Raises:
            Refused: An option is of the wrong kind.
        """
        for key, value in given.items():
            default = self.own_defaults.get(key)
            if default is not None and value is not None and not _alike(default, value):
                raise Refused(f"option {key} is {brief(value)}; right would be a value such as {brief(default)}")
        return {**self.own_defaults, **given}

    def restored(self, given: dict[str, Any], scene: Scene) -> dict[str, Any]:
        """The options of a field from a schema made elsewhere, where what they refer to may be gone.

        Raises:
            Refused: An option is of the wrong kind.
        """
        return self.options(given, None, scene)

    def accept(self, value: Any, at: Field, scene: Scene) -> Any:
        """What to store for a written value that is not ``None``; ``None`` if it means an empty cell.

        Raises:
            Refused: The field cannot take it.
        """
        raise NotImplementedError

    def default(self, at: Field, scene: Scene) -> Any:
        """What to store when a create says nothing of the field (wire-facts 5.1)."""
        return None if at.default is None else self.accept(at.default, at, scene)

    def shown_default(self, value: Any, at: Field, scene: Scene) -> Any:
        """``defaultValue`` as the field shows it: typed (wire-facts 8.1).

        Raises:
            Refused: The field cannot take it.
        """
        self.accept(value, at, scene)
        return value

    def reader(self, at: Field, scene: Scene) -> Callable[[Row], Any]:
        """A function from a record to what the API shows of its cell, the typed empty included (wire-facts 4.1)."""
        key = at.id
        return lambda row: row.cells.get(key)

    def key(self, at: Field) -> Callable[[Row], Any]:
        """A function from a record to the decoded cell that filters and orders compare; ``None`` for empty."""
        key = at.id

        def folded(row: Row) -> str | None:
            value = row.cells.get(key)
            return None if value is None else str(value).casefold()

        return folded

    def comparer(self, at: Field, scene: Scene) -> Callable[[Row], Any]:
        """:meth:`key`, for types whose values follow from other cells as well."""
        return self.key(at)

    def column(self, at: Field, scene: Scene) -> list[Any]:
        """The decoded cells of a field, in the order of the table's records."""
        return scene.table.column(at.id, self.key(at))

    def compared_as(self, at: Field, scene: Scene) -> Compared:
        """What the decoded cells are: of this type, unless they come from a field of another one."""
        return Compared(self, at, scene, several=False)

    def words(self, at: Field, scene: Scene) -> Callable[[Any], tuple[str, ...]]:
        """For the ``coded`` family: a function from a code to its id and the texts it goes by, display text last."""
        raise NotImplementedError

    def label(self, at: Field, scene: Scene) -> Callable[[Row], str]:
        """A function from a record to the display text of its cell, which links to the record show."""
        read = self.reader(at, scene)

        def text(row: Row) -> str:
            value = read(row)
            return "" if value is None else display(value)

        return text

    def several(self, given: bool | None, options: dict[str, Any], scene: Scene) -> bool:
        """``allowMultipleEntries`` of a field, from what a request says of it."""
        if not self.may_hold_several:
            return False
        return self.holds_several if given is None else given

    def settle(self, at: Field, scene: Scene) -> None:
        """Check a field once all of it is known, and complete its options, for types that refer to other fields.

        Raises:
            Refused: It refers to what is not there, or to itself.
        """

    def edited(self, at: Field, changed: set[str], scene: Scene) -> Any:
        """For types that tell of edits: what to store when a user wrote some fields; ``None`` to leave it."""
        return None

    def fill(self, at: Field, scene: Scene) -> list[Row]:
        """Give a new field's cells to the records that are there already; returns those that changed."""
        return []


def display(value: Any) -> str:
    """A shown value as text."""
    if isinstance(value, dict):
        return str(value.get("label") or value.get("name") or value.get("filename") or value.get("id") or "")
    if isinstance(value, list):
        return ", ".join(display(one) for one in value)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def expect(value: Any, kind: type | tuple[type, ...], wanted: str) -> None:
    """Refuse a value of the wrong type; a boolean is no number.

    Raises:
        Refused: It is not of the type wanted.
    """
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Refused(f"{brief(value)} is no {wanted}")


def _alike(default: Any, value: Any) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, (int, float)):
        return isinstance(value, (int, float))
    return isinstance(value, type(default))
