"""The field types: one table from the API's name to what the type does.

``plain`` holds text, numbers and the checkbox, ``temporal`` dates, ``coded`` everything that is shown as an object with
an id, ``derived``, ``linked`` and ``formula`` what the service works out. The types that the 2025 document names and
today's does not (BUTTON, PROGRESS, TIME, ...) are here too, read by analogy: no value of theirs was ever published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from softrorm.sandbox.celltypes import coded, derived, formula, linked, plain, temporal
from softrorm.sandbox.celltypes.base import CellType, Refused, Scene

if TYPE_CHECKING:
    from collections.abc import Callable

    from softrorm.sandbox.model import Field, Row

__all__ = ["TYPES", "CellType", "Refused", "Scene", "is_readonly", "kind_of", "record_label"]

TYPES: dict[str, CellType] = {
    kind.name: kind
    for kind in (
        plain.SingleLineText("SINGLE_LINE_TEXT"),
        plain.Text("LONG_TEXT", type="TEXT"),
        plain.Text("EMAIL"),
        plain.Text("URL"),
        plain.Phone("PHONE"),
        plain.TimeOfDay("TIME"),
        plain.Address("ADDRESS"),
        plain.Checkbox("CHECKBOX"),
        plain.Number("NUMBER", prefix=None, suffix=None),
        plain.Number(
            "CURRENCY",
            precision=2,
            isoCode="USD",
            customSymbol=None,
            showAs="SYMBOL",
            symbolOrCodePosition="BEFORE",
        ),
        plain.Number("PERCENT", progressBarColor=None, showNumber=True, showAs="NUMBER"),
        plain.Number("PROGRESS", min=0, max=100),
        plain.Number("DURATION", format="HH:mm:ss"),
        plain.Rating("RATING"),
        temporal.DateTime("DATETIME"),
        temporal.DateTime("DATE", precision="DATE"),
        temporal.DateRange("DATE_RANGE"),
        temporal.CreatedAt("CREATED_AT"),
        temporal.UpdatedAt("UPDATED_AT"),
        coded.Select("SELECT"),
        coded.LinkedRecord("LINKED_RECORD"),
        coded.User("USER"),
        coded.CreatedBy("CREATED_BY"),
        coded.UpdatedBy("UPDATED_BY"),
        coded.Attachment("ATTACHMENT"),
        derived.RecordId("RECORD_ID"),
        derived.Autonumber("AUTONUMBER"),
        linked.Lookup("LOOKUP", linkedRecordFieldId=None, lookupFieldId=None, returnedField=None, valid=True),
        linked.Rollup(
            "ROLLUP",
            linkedRecordFieldId=None,
            rollupFieldId=None,
            function=None,
            filter=None,
            returnedField=None,
        ),
        formula.Formula("FORMULA", formula="", referencedFieldIds=[], returnedField=None, valid=True),
        linked.Count("COUNT", linkedRecordFieldId=None),
        derived.Derived(
            "BUTTON",
            label="",
            conditionFormula="",
            conditionReferencedFieldIds=[],
            urlFormula="",
            urlReferencedFieldIds=[],
            action="OPEN_URL",
        ),
    )
}


def kind_of(field: Field) -> CellType:
    """The type of a field; one that nobody knows, in a schema from elsewhere, holds JSON as it is."""
    return TYPES.get(field.type) or plain.Json(field.type)


def is_readonly(field: Field) -> bool:
    """Whether writes of a field are refused."""
    return field.readonly or kind_of(field).readonly


def record_label(scene: Scene) -> Callable[[Row], str]:
    """A function from a record of a table to its label: the display text of its primary field (wire-facts 6)."""
    primary = scene.table.fields[scene.table.primary_id]
    return kind_of(primary).label(primary, scene)
