"""What all computed fields share: values that follow from other cells, worked out whenever they are read.

The service stores them and computes them anew a moment after each write; here there is no such moment. A definition
that leads nowhere, since a field or a table is gone, reads as empty, and so does one that leads in a circle, which a
request cannot make but a schema from elsewhere may hold.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from softrorm.sandbox.celltypes.base import Compared, Refused, display
from softrorm.sandbox.celltypes.derived import Derived
from softrorm.sandbox.celltypes.plain import SingleLineText
from softrorm.sandbox.celltypes.rollups import as_type
from softrorm.sandbox.celltypes.temporal import only_dates
from softrorm.sandbox.dates import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from softrorm.sandbox.celltypes.base import CellType, Scene
    from softrorm.sandbox.model import Field, Row


class Computed(Derived):
    """A field whose values follow from other cells."""

    may_hold_several: ClassVar[bool] = True

    def reads(self, at: Field, scene: Scene) -> list[tuple[Field, Scene]]:
        """The fields whose cells its values follow from, one step away."""
        raise NotImplementedError

    def shown(self, at: Field, scene: Scene) -> Callable[[Row], Any] | None:
        """A function from a record to what the API shows; ``None`` if the definition leads nowhere."""
        raise NotImplementedError

    def compared(self, at: Field, scene: Scene) -> Callable[[Row], Any] | None:
        """A function from a record to its decoded cell; ``None`` if the definition leads nowhere."""
        raise NotImplementedError

    def renewed(self, at: Field, scene: Scene) -> dict[str, Any]:
        """What its options should say of the fields that it reads."""
        return {}

    def by_the_clock(self, at: Field) -> bool:
        """Whether its values differ from one moment to the next with no write between."""
        return False

    def reader(self, at: Field, scene: Scene) -> Callable[[Row], Any]:
        """See :meth:`CellType.reader`."""
        inner = scene.inside(at)
        shown = None if inner is None else self.shown(at, inner)
        return shown or ((lambda _: []) if at.multiple else (lambda _: None))

    def comparer(self, at: Field, scene: Scene) -> Callable[[Row], Any]:
        """See :meth:`CellType.comparer`."""
        inner = scene.inside(at)
        return (None if inner is None else self.compared(at, inner)) or (lambda _: None)

    def column(self, at: Field, scene: Scene) -> list[Any]:
        """See :meth:`CellType.column`: made anew when anything at all was written."""
        moving = any(kind.by_the_clock(one) for kind, one in _behind(self, at, scene))
        stamp = scene.store.changes, scene.now if moving else None

        def column() -> list[Any]:
            return list(map(self.comparer(at, scene), scene.table.rows))

        return scene.table.computed_column(at.id, stamp, column)

    def settle(self, at: Field, scene: Scene) -> None:
        """See :meth:`CellType.settle`: nothing may follow from itself."""
        own = scene.table.id, at.id
        for field, there in _steps(self, at, scene):
            if (there.table.id, field.id) == own:
                raise Refused("it would follow from itself; right would be a field that does not read it")
        at.options.update(self.renewed(at, scene))


class Valued(Computed):
    """A computed field with a result of its own, of the type that ``returnedField`` names."""

    def result(self, at: Field, scene: Scene) -> Callable[[Row], Any] | None:
        """A function from a record to the result, a list of them for several; ``None`` if there is no definition."""
        raise NotImplementedError

    def shown(self, at: Field, scene: Scene) -> Callable[[Row], Any] | None:
        """See :meth:`Computed.shown`."""
        result = self.result(at, scene)
        if result is None:
            return None
        returned = returned_field(at)
        family, dated, several = kind_of_field(returned).family, only_dates(returned), at.multiple

        def show(row: Row) -> Any:
            value = result(row)
            if not several:
                value = ", ".join(map(display, value)) if isinstance(value, list) else value
                return as_type(value, family, only_date=dated)
            values = value if isinstance(value, list) else [] if value is None else [value]
            return [one for one in (as_type(one, family, only_date=dated) for one in values) if one is not None]

        return show

    def compared(self, at: Field, scene: Scene) -> Callable[[Row], Any] | None:
        """See :meth:`Computed.compared`."""
        shown = self.shown(at, scene)
        if shown is None:
            return None
        decode: Callable[[Any], Any] = DECODERS.get(kind_of_field(returned_field(at)).family, _folded)
        several = at.multiple

        def cell(row: Row) -> Any:
            value = shown(row)
            if several:
                return tuple(map(decode, value)) or None
            return None if value is None else decode(value)

        return cell

    def compared_as(self, at: Field, scene: Scene) -> Compared:
        """See :meth:`CellType.compared_as`: objects by their text, anything else as the type that it returns."""
        returned = returned_field(at)
        kind = kind_of_field(returned)
        if kind.family == "coded":
            kind = SingleLineText("SINGLE_LINE_TEXT")
        return Compared(kind, returned, scene, several=at.multiple)


def renew(at: Field, scene: Scene, retyped: Field | None) -> bool:
    """Bring the options of a computed field in step with the fields that it reads.

    Args:
        at: Any field.
        scene: Its table.
        retyped: A field that has a new type now.

    Returns:
        Whether that changed them.
    """
    kind, old = kind_of_field(at), at.options
    if not isinstance(kind, Computed):
        return False
    if any(field is retyped for field, _ in kind.reads(at, scene)):
        at.options = {**old, "returnedField": None}
    at.options = {**at.options, **kind.renewed(at, scene)}
    return at.options != old


def returned_by(field: Field) -> dict[str, Any]:
    """The ``returnedField`` of a field that shows the values of another."""
    told = field.options.get("returnedField")
    if isinstance(told, dict) and isinstance(told.get("type"), str):
        return told
    untold = {"COUNT": "NUMBER", "FORMULA": "SINGLE_LINE_TEXT", "ROLLUP": "SINGLE_LINE_TEXT"}
    if field.type in untold:
        return returned_options(untold[field.type])
    return {"type": field.type, "options": dict(field.options), "aiOptions": None}


def returned_field(at: Field) -> Field:
    """A field of the type that a computed one returns."""
    if at.type == "COUNT":
        return replace(at, type="NUMBER")
    told = at.options.get("returnedField")
    told = told if isinstance(told, dict) else {}
    name, options = told.get("type"), told.get("options")
    return replace(
        at,
        type=name if isinstance(name, str) else "SINGLE_LINE_TEXT",
        options=options if isinstance(options, dict) else {},
    )


def returned_options(name: str) -> dict[str, Any]:
    """The ``returnedField`` for results of a type."""
    from softrorm.sandbox.celltypes import TYPES

    return {"type": name, "options": dict(TYPES[name].own_defaults), "aiOptions": None}


def kind_of_field(field: Field) -> CellType:
    """The type of a field, for modules that the table of types is made of."""
    from softrorm.sandbox.celltypes import kind_of

    return kind_of(field)


def _steps(kind: Computed, at: Field, scene: Scene) -> Iterator[tuple[Field, Scene]]:
    """All fields that a computed one follows from, however far away."""
    pending, seen = kind.reads(at, scene), set[tuple[str, str]]()
    while pending:
        field, there = pending.pop()
        if (there.table.id, field.id) not in seen:
            seen.add((there.table.id, field.id))
            yield field, there
            inner = kind_of_field(field)
            pending.extend(inner.reads(field, there) if isinstance(inner, Computed) else ())


def _behind(kind: Computed, at: Field, scene: Scene) -> Iterator[tuple[Computed, Field]]:
    """A computed field, and those that it follows from."""
    yield kind, at
    for field, _ in _steps(kind, at, scene):
        inner = kind_of_field(field)
        if isinstance(inner, Computed):
            yield inner, field


def _folded(value: Any) -> str:
    return display(value).casefold()


DECODERS: dict[str, Callable[[Any], Any]] = {
    "number": lambda value: value,
    "flag": lambda value: value,
    "time": lambda value: parse(value)[0],
}
"""By family: from a shown value to what filters and orders compare; text is folded."""
