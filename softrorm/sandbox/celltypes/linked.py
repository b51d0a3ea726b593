"""LOOKUP, ROLLUP and COUNT: values read off the linked records (wire-facts 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from softrorm.sandbox.celltypes.base import Compared, Refused
from softrorm.sandbox.celltypes.computed import Computed, Valued, kind_of_field, returned_by, returned_options
from softrorm.sandbox.celltypes.plain import SingleLineText
from softrorm.sandbox.celltypes.rollups import ROLLUPS
from softrorm.sandbox.habits import Habits
from softrorm.sandbox.problems import Problem, brief

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from softrorm.sandbox.celltypes.base import Scene
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


class Rollup(ThroughLink, Valued):
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
        return {"returnedField": returned_options(function.returns) if function.returns else returned_by(reach.field)}

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


class Count(ThroughLink, Valued):
    """How many linked records exist; empty without a link, as the rollups are."""

    may_hold_several: ClassVar[bool] = False
    family: ClassVar[str] = "number"

    def result(self, at: Field, scene: Scene) -> Callable[[Row], Any] | None:
        """See :meth:`Valued.result`."""
        reach = self.reach(at.options, scene)
        if reach is None:
            return None
        return lambda row: len(reach.targets(row)) if row.cells.get(reach.link.id) else None


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
