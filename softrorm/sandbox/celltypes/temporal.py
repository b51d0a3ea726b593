"""Dates and times: stored as epoch milliseconds, shown by the field's precision (wire-facts 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from softrorm.sandbox import dates
from softrorm.sandbox.celltypes.base import CellType, Refused, Scene, expect
from softrorm.sandbox.problems import brief

if TYPE_CHECKING:
    from collections.abc import Callable

    from softrorm.sandbox.model import Field, Row

OPTIONS = {
    "precision": "DATETIME",
    "useRelativeDatetimeFormat": False,
    "timezoneType": "FIXED",
    "timezone": "DEFAULT",
}


def only_dates(at: Field) -> bool:
    """Whether a field shows dates without a time."""
    return at.options.get("precision") == "DATE"


class DateTime(CellType):
    """An instant, or with ``precision`` DATE a date."""

    family: ClassVar[str] = "time"
    defaults: ClassVar[dict[str, Any]] = OPTIONS

    def accept(self, value: Any, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.accept`: an ISO date, which means midnight UTC, or an ISO instant."""
        expect(value, str, "date; right would be '2026-01-19' or '2026-01-19T09:30:00.000Z'")
        if value == "":
            return None
        start = read(value)[0]
        return start - start % dates.DAY if only_dates(at) else start

    def default(self, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.default`: "now" means the moment of the create (wire-facts 5.1)."""
        if _means_now(at.default):
            return scene.now - scene.now % dates.DAY if only_dates(at) else scene.now
        return super().default(at, scene)

    def shown_default(self, value: Any, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.shown_default`."""
        return value if _means_now(value) else super().shown_default(value, at, scene)

    def reader(self, at: Field, scene: Scene) -> Callable[[Row], Any]:
        """See :meth:`CellType.reader`."""
        moment = self.key(at)
        write = dates.date_text if only_dates(at) else dates.instant_text

        def read_cell(row: Row) -> str | None:
            value = moment(row)
            return None if value is None else write(value)

        return read_cell

    def key(self, at: Field) -> Callable[[Row], Any]:
        """See :meth:`CellType.key`."""
        key = at.id
        return lambda row: row.cells.get(key)


class CreatedAt(DateTime):
    """The moment the record was made."""

    readonly: ClassVar[bool] = True
    ai: ClassVar[bool] = False

    def key(self, at: Field) -> Callable[[Row], Any]:
        """See :meth:`CellType.key`."""
        return lambda row: row.created


class UpdatedAt(DateTime):
    """The last edit by a user; empty before the first one, unlike the record's ``updatedAt`` (wire-facts 4.1)."""

    readonly: ClassVar[bool] = True
    ai: ClassVar[bool] = False
    defaults: ClassVar[dict[str, Any]] = {**OPTIONS, "changePolicy": "ANY_EDITABLE_FIELD", "specificFieldIds": []}

    def edited(self, at: Field, changed: set[str], scene: Scene) -> Any:
        """See :meth:`CellType.edited`: now, if ``changePolicy`` counts the fields written."""
        if at.options.get("changePolicy") in {"ANY_EDITABLE_FIELD", None}:
            return scene.now
        chosen = at.options.get("specificFieldIds") or []
        return scene.now if any(one in chosen for one in changed) else None


class DateRange(CellType):
    """``{"from", "to"}``, each a date, an instant or null. Filters and orders compare the start: nobody knows."""

    family: ClassVar[str] = "time"

    def accept(self, value: Any, at: Field, scene: Scene) -> Any:
        """See :meth:`CellType.accept`."""
        expect(value, dict, 'date range; right would be {"from": "2026-01-19", "to": "2026-01-21"}')
        if value.keys() - {"from", "to"}:
            raise Refused(f'{brief(value)} has more than "from" and "to"')
        ends = {}
        for key in ("from", "to"):
            text = value.get(key)
            if text is not None:
                expect(text, str, f"date for \"{key}\"; right would be '2026-01-19'")
                ends[key] = read(text)
        if not ends:
            return None
        if len(ends) == 2 and ends["from"][0] > ends["to"][1]:
            raise Refused(f"the range begins on {value['from']} and ends before that, on {value['to']}")
        # A date stays a date and an instant an instant.
        return {
            key: (dates.date_text if ends[key][1] > ends[key][0] else dates.instant_text)(ends[key][0])
            if key in ends
            else None
            for key in ("from", "to")
        }

    def key(self, at: Field) -> Callable[[Row], Any]:
        """See :meth:`CellType.key`."""
        key = at.id

        def start(row: Row) -> int | None:
            value = row.cells.get(key)
            return value and dates.parse(value["from"] or value["to"])[0]

        return start

    def label(self, at: Field, scene: Scene) -> Callable[[Row], str]:
        """See :meth:`CellType.label`."""
        shown = self.reader(at, scene)
        return lambda row: " - ".join(end for end in (shown(row) or {}).values() if end)


def read(text: str) -> dates.Span:
    """Read written ISO text.

    Raises:
        Refused: It is none.
    """
    try:
        return dates.parse(text)
    except (ValueError, OverflowError):
        raise Refused(f"{brief(text)} is no date; right would be '2026-01-19' or '2026-01-19T09:30:00.000Z'") from None


def _means_now(value: Any) -> bool:
    return isinstance(value, str) and value.lower() in {"now", "today"}
