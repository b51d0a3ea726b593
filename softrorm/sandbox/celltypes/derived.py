"""Types whose values the service gives out: record ids and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from softrorm.sandbox.celltypes.base import CellType, Refused, Scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from softrorm.sandbox.model import Field, Row


class Derived(CellType):
    """A type that nobody writes."""

    readonly: ClassVar[bool] = True
    ai: ClassVar[bool] = False

    def accept(self, value: Any, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.accept`: nothing is."""
        raise Refused(f"a {self.name} field is computed and cannot be written")

    def default(self, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.default`."""
        return None


class RecordId(Derived):
    """The record's id as a field."""

    def reader(self, at: Field, scene: Scene) -> Callable[[Row], Any]:
        """See :meth:`CellType.reader`."""
        return lambda row: row.id

    def key(self, at: Field) -> Callable[[Row], Any]:
        """See :meth:`CellType.key`."""
        return lambda row: row.id.casefold()


class Autonumber(Derived):
    """1, 2, 3, ...: never used again after a delete. ``counter`` is the last one given."""

    family: ClassVar[str] = "number"
    defaults: ClassVar[dict[str, Any]] = {"counter": 0}

    def default(self, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.default`: the next number."""
        at.options["counter"] = int(at.options.get("counter") or 0) + 1
        return at.options["counter"]

    def fill(self, at: Field, scene: Scene) -> list[Row]:
        """See :meth:`CellType.fill`: numbers in the default order."""
        for row in scene.table.rows:
            row.cells[at.id] = self.default(at, scene)
        return scene.table.rows

    def key(self, at: Field) -> Callable[[Row], Any]:
        """See :meth:`CellType.key`."""
        key = at.id
        return lambda row: row.cells.get(key)
