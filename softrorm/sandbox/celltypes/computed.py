"""LOOKUP, ROLLUP and COUNT: values read off the linked records, worked out whenever they are read (wire-facts 6).

The service stores them and computes them anew a moment after each write; here there is no such moment. A definition
that leads nowhere, since a field or a table is gone, reads as empty, and so does one that leads in a circle, which a
request cannot make but a schema from elsewhere may hold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from softrorm.sandbox.celltypes.base import Compared, Refused, display
from softrorm.sandbox.celltypes.derived import Derived
from softrorm.sandbox.celltypes.plain import SingleLineText
from softrorm.sandbox.celltypes.rollups import ROLLUPS, as_type
from softrorm.sandbox.celltypes.temporal import only_dates
from softrorm.sandbox.dates import parse
from softrorm.sandbox.habits import Habits
from softrorm.sandbox.problems import Problem, brief

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from softrorm.sandbox.celltypes.base import CellType, Scene
    from softrorm.sandbox.model import Field, Row


@dataclass(slots=True)
class Reach:
    """Where a definition leads: through a link to a table, and there to a field.

    Attributes:
        link: The link field.
        scene: The linked table.
        field: The field there; ``None`` for a COUNT, which reads none.
    """

    link: Field
    scene: Scene
    field: Field | None

    def targets(self, row: Row) -> list[Row]:
        """The linked records that exist, in the order of the links."""
        rows = self.scene.table.by_id
        return [rows[one] for one in row.cells.get(self.link.id) or () if one in rows]


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


class ThroughLink(Computed):
    """A computed field that reads linked records.

    Attributes:
        target_option: The option that names the field of the linked table; ``None`` if it reads none.
    """

    target_option: ClassVar[str | None] = None

    def reach(self, options: dict[str, Any], scene: Scene) -> Reach | None:
        """Where its options lead, ``None`` for nowhere."""
        link = scene.table.fields.get(str(options.get("linkedRecordFieldId")))
        if link is None or link.type != "LINKED_RECORD":
            return None
        table = scene.store.tables.get(link.options["linkedTableId"])
        if table is None:
            return None
        if self.target_option is None:
            return Reach(link, scene.of(table), None)
        field = table.fields.get(str(options.get(self.target_option)))
        return None if field is None else Reach(link, scene.of(table), field)

    def options(self, given: dict[str, Any], old: Field | None, scene: Scene) -> dict[str, Any]:
        """See :meth:`CellType.options`: what is named must be there; what is left out leaves the field empty."""
        if old is not None and given.get("returnedField") == old.options.get("returnedField"):
            aims = ("linkedRecordFieldId", self.target_option, "function")
            if any(given.get(aim) != old.options.get(aim) for aim in aims if aim):
                given = {**given, "returnedField": None}  # it was that of what is read no more
        options = self.restored(given, scene)
        link_id = options["linkedRecordFieldId"]
        link = scene.table.fields.get(link_id) if isinstance(link_id, str) else None
        if link_id is not None and (link is None or link.type != "LINKED_RECORD"):
            raise Refused(
                f"option linkedRecordFieldId is {brief(link_id)}; right would be the id of a LINKED_RECORD field of "
                "this table"
            )
        target = options[self.target_option] if self.target_option else None
        if link is not None and target is not None and self.reach(options, scene) is None:
            raise Refused(
                f"option {self.target_option} is {brief(target)}; right would be the id of a field of the table that "
                f"{brief(link.name)} links to"
            )
        return options

    def restored(self, given: dict[str, Any], scene: Scene) -> dict[str, Any]:
        """See :meth:`CellType.restored`: what the options name may be gone."""
        return super().options(given, None, scene)

    def reads(self, at: Field, scene: Scene) -> list[tuple[Field, Scene]]:
        """See :meth:`Computed.reads`."""
        reach = self.reach(at.options, scene)
        return [] if reach is None or reach.field is None else [(reach.field, reach.scene)]


class Lookup(ThroughLink):
    """The values of a field of the linked records, in the order of the links, lists flattened, empty ones left out."""

    target_option: ClassVar[str | None] = "lookupFieldId"

    def several(self, given: bool | None, options: dict[str, Any], scene: Scene) -> bool:
        """See :meth:`CellType.several`: with a link or a field that has several (wire-facts 8.3)."""
        if given is not None:
            return given
        link = scene.table.fields.get(str(options.get("linkedRecordFieldId")))
        reach = self.reach(options, scene)
        return (link is not None and link.multiple) or (
            reach is not None and bool(reach.field and reach.field.multiple)
        )

    def shown(self, at: Field, scene: Scene) -> Callable[[Row], Any] | None:
        """See :meth:`Computed.shown`."""
        reach = self.reach(at.options, scene)
        if reach is None or reach.field is None:
            return None
        read, several = kind_of_field(reach.field).reader(reach.field, reach.scene), at.multiple

        def show(row: Row) -> Any:
            values: list[Any] = []
            for target in reach.targets(row):
                value = read(target)
                values.extend(value if isinstance(value, list) else [] if value is None else [value])
            if several or len(values) > 1:
                return values
            return values[0] if values else None

        return show

    def compared(self, at: Field, scene: Scene) -> Callable[[Row], Any] | None:
        """See :meth:`Computed.compared`: a tuple of the decoded cells."""
        reach = self.reach(at.options, scene)
        if reach is None or reach.field is None:
            return None
        decode = kind_of_field(reach.field).comparer(reach.field, reach.scene)

        def cell(row: Row) -> tuple[Any, ...] | None:
            values: list[Any] = []
            for target in reach.targets(row):
                value = decode(target)
                values.extend(value if isinstance(value, tuple) else () if value is None else (value,))
            return tuple(values) or None

        return cell

    def compared_as(self, at: Field, scene: Scene) -> Compared:
        """See :meth:`CellType.compared_as`: what the field looked up is."""
        inner = scene.inside(at)
        reach = None if inner is None else self.reach(at.options, inner)
        if reach is None or reach.field is None:
            return Compared(SingleLineText("SINGLE_LINE_TEXT"), at, scene, several=True)
        return kind_of_field(reach.field).compared_as(reach.field, reach.scene)._replace(several=True)

    def renewed(self, at: Field, scene: Scene) -> dict[str, Any]:
        """See :meth:`Computed.renewed`: whether it leads somewhere, and the type of what is there if none was told."""
        reach = self.reach(at.options, scene)
        if reach is None or reach.field is None:
            return {"valid": False}
        return {"valid": True, "returnedField": at.options.get("returnedField") or returned_by(reach.field)}


class Valued(ThroughLink):
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


class Rollup(Valued):
    """What a function makes of the values of a field, in the linked records that exist and pass a filter."""

    target_option: ClassVar[str | None] = "rollupFieldId"

    def options(self, given: dict[str, Any], old: Field | None, scene: Scene) -> dict[str, Any]:
        """See :meth:`CellType.options`: the function is one of those that there are, the filter one of a search."""
        options = super().options(given, old, scene)
        name = options["function"]
        if name is not None and (not isinstance(name, str) or name not in ROLLUPS):
            raise Refused(f"option function is {brief(name)}; right would be one of {', '.join(ROLLUPS)}")
        reach = self.reach(options, scene)
        if reach is not None and options["filter"] is not None:
            try:
                _passing(options["filter"], reach.scene)
            except Problem as problem:
                raise Refused(f"option filter is refused: {problem}".rstrip(".")) from problem
        return options

    def several(self, given: bool | None, options: dict[str, Any], scene: Scene) -> bool:
        """See :meth:`CellType.several`: if the function makes a list."""
        function = ROLLUPS.get(str(options.get("function")))
        return given if given is not None else function is not None and function.several

    def reads(self, at: Field, scene: Scene) -> list[tuple[Field, Scene]]:
        """See :meth:`Computed.reads`: what is rolled up, and what the filter asks about."""
        reach = self.reach(at.options, scene)
        if reach is None:
            return []
        asked = [reach.scene.table.fields.get(one) for one in _left_sides(at.options.get("filter"))]
        return [(one, reach.scene) for one in (reach.field, *asked) if one is not None]

    def by_the_clock(self, at: Field) -> bool:
        """See :meth:`Computed.by_the_clock`: with a filter, which may hold relative dates."""
        return bool(at.options.get("filter"))

    def renewed(self, at: Field, scene: Scene) -> dict[str, Any]:
        """See :meth:`Computed.renewed`: the type of the result, unless it was chosen."""
        reach, function = self.reach(at.options, scene), ROLLUPS.get(str(at.options.get("function")))
        if at.options.get("returnedField") or reach is None or reach.field is None or function is None:
            return {}
        return {"returnedField": _returned(function.returns) if function.returns else returned_by(reach.field)}

    def result(self, at: Field, scene: Scene) -> Callable[[Row], Any] | None:
        """See :meth:`Valued.result`: nothing without a link, whatever the function (wire-facts 4.1)."""
        reach, function = self.reach(at.options, scene), ROLLUPS.get(str(at.options.get("function")))
        if reach is None or reach.field is None or function is None:
            return None
        try:
            passing = _passing(at.options.get("filter"), reach.scene)
        except Problem:
            return None
        read = kind_of_field(reach.field).reader(reach.field, reach.scene)

        def result(row: Row) -> Any:
            if not row.cells.get(reach.link.id):
                return None
            values: list[Any] = []
            for target in reach.targets(row):
                if passing is None or target.id in passing:
                    value = read(target)
                    values.extend(
                        [None] if value is None or value == [] else value if isinstance(value, list) else [value]
                    )
            return function.of(values)

        return result


class Count(Valued):
    """How many linked records exist; empty without a link, as the rollups are."""

    may_hold_several: ClassVar[bool] = False
    family: ClassVar[str] = "number"

    def result(self, at: Field, scene: Scene) -> Callable[[Row], Any] | None:
        """See :meth:`Valued.result`."""
        reach = self.reach(at.options, scene)
        if reach is None:
            return None
        return lambda row: len(reach.targets(row)) if row.cells.get(reach.link.id) else None


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
        return _returned(untold[field.type])
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


def _returned(name: str) -> dict[str, Any]:
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


def _passing(given: Any, scene: Scene) -> set[str] | None:
    """The ids of the records that pass the filter of a rollup; ``None`` if there is none.

    Raises:
        Problem: The filter is malformed.
    """
    from softrorm.sandbox.search import Search

    if not given:
        return None
    condition = given.get("condition") if isinstance(given, dict) else given
    rows = scene.table.rows
    return {rows[at].id for at in Search(scene, Habits()).find({"filter": {"condition": condition}})}


def _left_sides(given: Any) -> Iterator[str]:
    """The field ids that a filter names."""
    pending = [given]
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            if isinstance(one.get("leftSide"), str):
                yield one["leftSide"]
            pending.extend((one.get("condition"), one.get("conditions")))
        elif isinstance(one, list):
            pending.extend(one)


def _folded(value: Any) -> str:
    return display(value).casefold()


DECODERS: dict[str, Callable[[Any], Any]] = {
    "number": lambda value: value,
    "flag": lambda value: value,
    "time": lambda value: parse(value)[0],
}
"""By family: from a shown value to what filters and orders compare; text is folded."""
