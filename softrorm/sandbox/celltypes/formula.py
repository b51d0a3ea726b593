"""FORMULA: a field whose value a text works out from the other fields of its record, whenever it is read.

The service stores such values and computes those with NOW() again each night; here the sandbox's clock decides. What
comes to an error reads empty.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from softrorm.sandbox import dates
from softrorm.sandbox.celltypes.base import Refused
from softrorm.sandbox.celltypes.computed import Valued, kind_of_field, returned_field
from softrorm.sandbox.celltypes.rollups import as_type
from softrorm.sandbox.celltypes.temporal import only_dates
from softrorm.sandbox.problems import brief

if TYPE_CHECKING:
    from collections.abc import Callable

    from softrorm.sandbox.celltypes.base import Scene
    from softrorm.sandbox.formulas import Formula as Compiled
    from softrorm.sandbox.model import Field, Row

ADDRESS = re.compile(r"\?.*", re.DOTALL)


class Formula(Valued):
    """A text in the formula language."""

    may_hold_several: ClassVar[bool] = True

    def options(self, given: dict[str, Any], old: Field | None, scene: Scene) -> dict[str, Any]:
        """See :meth:`CellType.options`: the text can be read, and every field that it names is there."""
        from softrorm.sandbox.formulas import FormulaRefused

        options = self.restored(given, scene)
        if not options["formula"]:
            return options
        try:
            formula = _compiled(options["formula"], _names(scene))
        except FormulaRefused as refusal:
            raise Refused(f"its formula cannot be read: {refusal}") from refusal
        ids = {field.name: field.id for field in scene.table.fields.values()}
        missing = [name for name in formula.names if name not in ids]
        if missing:
            raise Refused(f"its formula names {brief(missing)}; right would be fields of this table")
        return {**options, "referencedFieldIds": [ids[name] for name in formula.names], "valid": True}

    def restored(self, given: dict[str, Any], scene: Scene) -> dict[str, Any]:
        """See :meth:`CellType.restored`: what the formula names may be gone."""
        return super().options(given, None, scene)

    def several(self, given: bool | None, options: dict[str, Any], scene: Scene) -> bool:
        """See :meth:`CellType.several`: if it was asked for."""
        return bool(given)

    def reads(self, at: Field, scene: Scene) -> list[tuple[Field, Scene]]:
        """See :meth:`Computed.reads`."""
        return [(field, scene) for field in (_inputs(at, scene) or {}).values()]

    def by_the_clock(self, at: Field) -> bool:
        """See :meth:`Computed.by_the_clock`: with NOW() and its like; the words alone are enough."""
        return bool(re.search(r"\b(?:NOW|TODAY|RAND|RANDBETWEEN|DAYS_IN_MONTH)\s*\(", at.options["formula"], re.I))

    def renewed(self, at: Field, scene: Scene) -> dict[str, Any]:
        """See :meth:`Computed.renewed`: whether all that it names is there. A type that was not told stays untold."""
        return {"valid": _inputs(at, scene) is not None} if at.options["formula"] else {}

    def shown(self, at: Field, scene: Scene) -> Callable[[Row], Any] | None:
        """See :meth:`Computed.shown`."""
        from softrorm.sandbox.formulas import Context, FormulaError

        inputs = _inputs(at, scene)
        if inputs is None:
            return None
        formula = _compiled(at.options["formula"], _names(scene))
        readers = {name: _reader(field, scene) for name, field in inputs.items()}
        returned, several, now = returned_field(at), at.multiple, scene.now
        family, dated = kind_of_field(returned).family, only_dates(returned)

        def show(row: Row) -> Any:
            try:
                cells = {name: read(row) for name, read in readers.items()}
                value = formula.value(cells, Context(now, row.id, row.created, row.updated))
                if not several:
                    return as_type(_in_family(value, family), family, only_date=dated)
                found = [_in_family(one, "text") for one in (value if isinstance(value, list) else [value])]
                return [one for one in found if one is not None]
            except FormulaError:
                return [] if several else as_type(None, family)

        return show


def rename(old: str, new: str, scene: Scene) -> None:
    """Rewrite the formulas of a table that name a field whose name is another one now."""
    from softrorm.sandbox.formulas import FormulaRefused, tokens

    changed = False
    for field in scene.table.fields.values():
        text = str(field.options.get("formula") or "") if field.type == "FORMULA" else ""
        try:
            found = tokens(text, {*_names(scene), old})
        except FormulaRefused:
            continue
        for token in reversed(found):
            if token.value == old and token.kind in {"field", "word"}:
                end = token.at + len(old) + (2 if token.kind == "field" else 0)
                if not text[end:].lstrip().startswith("(") or token.kind == "field":
                    text = f"{text[: token.at]}{{{new}}}{text[end:]}"
        if found and text != field.options["formula"]:
            field.options = {**field.options, "formula": text}
            changed = True
    if changed:
        scene.store.save_table(scene.table)


@lru_cache(256)
def _compiled(text: str, names: tuple[str, ...]) -> Compiled:
    from softrorm.sandbox.formulas import compiled

    return compiled(text, names)


def _names(scene: Scene) -> tuple[str, ...]:
    return tuple(field.name for field in scene.table.fields.values())


def _inputs(at: Field, scene: Scene) -> dict[str, Field] | None:
    """The fields that a formula names; ``None`` if it cannot be read, or one is gone."""
    from softrorm.sandbox.formulas import FormulaRefused

    try:
        names = _compiled(at.options["formula"], _names(scene)).names
    except FormulaRefused:
        return None
    by_name = {field.name: field for field in scene.table.fields.values()}
    return {name: by_name[name] for name in names} if all(name in by_name for name in names) else None


def _reader(field: Field, scene: Scene) -> Callable[[Row], Any]:
    """A function from a record to the value that a formula sees of a field."""
    kind = kind_of_field(field)
    read, family = kind.reader(field, scene), kind.compared_as(field, scene).kind.family

    def value(row: Row) -> Any:
        shown = read(row)
        return [_seen(one, family) for one in shown] if isinstance(shown, list) else _seen(shown, family)

    return value


def _seen(shown: Any, family: str) -> Any:
    from softrorm.sandbox.formulas import File, Moment

    if isinstance(shown, dict):
        if "filename" in shown:
            file = File(shown["filename"])
            file.url = ADDRESS.sub("", shown["url"])
            return file
        return shown.get("label") or shown.get("name") or shown.get("from") or shown.get("id") or ""
    if family == "time" and isinstance(shown, str):
        return Moment(dates.parse(shown)[0], shown)
    return shown


def _in_family(value: Any, family: str) -> Any:
    """A value of a formula in the form that ``as_type`` takes."""
    from softrorm.sandbox.formulas import Moment, number, text, truth

    if family == "flag":
        return truth(value)
    if value is None or value == "":
        return None
    if family == "number":
        return number(value)
    if family == "time":
        one = value[0] if isinstance(value, list) and value else value
        return dates.instant_text(one.millis) if isinstance(one, Moment) else one
    # Blanks go at both ends, other white space stays.
    return text(value, whole=True).strip(" ") or None
