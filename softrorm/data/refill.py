"""Refilling: the records of one table of a backup in the new table, in the steps of a restore.

First the records are created without links and files, which need records to be there; then they are given their links
and files by updates, each at the end of a pair that takes fewer of them; at last they are compared with the backup. Of
each step it is noted that it is done, and within it a journal knows the records that are, so that one which was
interrupted goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from softrorm.client.resources import Table
from softrorm.data.compare import Cell, Comparison, compare, link_ids
from softrorm.data.refusals import is_refusal
from softrorm.data.remake import LINK, Remake
from softrorm.data.state import State, batches
from softrorm.fields.attachment import File
from softrorm.fields.choice import Choice
from softrorm.query.queryset import QuerySet
from softrorm.schema.reflect import model_of

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.data.archive import Archive
    from softrorm.models.bulk import BulkReport

FILES: Final = "ATTACHMENT"
CHUNK: Final = 200
"""Records that are made ready together."""
NOTED: Final = 20
"""Refused records of a table that are named in the notes."""
_LIMITS: Final = frozenset({"min", "max", "precision", "minLength", "maxLength"})

Row: TypeAlias = dict[str, Any]
"""A record of the backup, as the service answered it."""
Told: TypeAlias = Callable[[int], object]
"""Told how many records of a table are done."""


@dataclass(slots=True)
class Job:
    """What all tables of a restore share.

    Attributes:
        client: The client.
        database: The id of the new database.
        archive: The backup.
        state: How far the restore came.
        files_base_url: Where the service can read the backup; ``None`` gives no files back.
        pause: Seconds between two looks for a create whose answer was lost.
        notes: What is not as it was, in words.
    """

    client: Client
    database: str
    archive: Archive
    state: State
    files_base_url: str | None = None
    pause: float = 1.0
    notes: list[str] = field(default_factory=list)


class OldRow(dict[str, Any]):
    """A record on its way: its values by attribute, and the id that it has in the backup."""

    __slots__ = ("old",)
    old: str


class Refill:
    """The records of one table.

    Args:
        job: What all tables share.
        remake: Knows the new ids of tables and fields.
        old: The id of the table in the backup.
    """

    def __init__(self, job: Job, remake: Remake, old: str) -> None:
        self.old = old
        self._job = job
        self._remake = remake
        self._state = job.state
        self._name = remake.tables[old]["name"]
        self._refusals = 0
        new = job.client.get_table(job.database, remake.new_table(old))
        model: Any = model_of(job.client, job.database, _relaxed(new))
        self._model = model
        self._fields: dict[str, Any] = model._meta.own_fields
        self._query: QuerySet[Any] = QuerySet(model).using(job.client)
        attributes = {field.id: name for name, field in self._fields.items()}
        self._cells: list[tuple[Cell, str]] = []  # with the attribute that each goes into
        for wire in remake.tables[old]["fields"]:
            new_id = remake.new_field(old, wire["id"])
            if new_id is not None and self._fields[attributes[new_id]].writable:
                target = wire["options"].get("linkedTableId", "") if wire["type"] == LINK else ""
                self._cells.append((Cell(wire["id"], new_id, wire["type"], target), attributes[new_id]))

    # --- records --------------------------------------------------------------------------------

    def create(self, progress: Told) -> None:
        """Create the records, without their links and files."""
        if self._state.is_done("created", self.old):
            return

        def note(done: int, _: int | None, report: BulkReport) -> None:
            result = report.latest
            if result is None:
                return
            if result.id is not None:
                self._state.note_record(self.old, result.row.old, result.id)
            else:
                self._refused(result.row.old, result.error)
            if result.fate != "earlier":
                progress(done)

        self._query.bulk_create(
            self._new_rows(),
            journal=self._state.journal("records", self.old),
            on_error="continue",
            progress=note,
            pause=self._job.pause,
        )
        self._note_rest()
        self._state.note_done("created", self.old)

    def _new_rows(self) -> Iterator[OldRow]:
        plain = [(cell, name) for cell, name in self._cells if cell.type not in {LINK, FILES}]
        choices = {cell: self._state.choices(self.old, cell.old) for cell, _ in plain}
        for record in self._job.archive.records(self.old):
            row = OldRow()
            row.old = record["id"]
            for cell, name in plain:
                raw = record["fields"].get(cell.old)
                if raw is None or raw == []:
                    continue
                is_choice = cell.type == "SELECT"
                row[name] = _chosen(raw, choices[cell]) if is_choice else self._fields[name].decode(raw, None)
            yield row

    def _refused(self, old: str, error: BaseException | None) -> None:
        if error is not None and not is_refusal(error):
            raise error  # to go on would fail in the same way for every record
        self._refusals += 1
        if self._refusals <= NOTED:
            self._job.notes.append(f"{self._name}: record {old} is not restored as it was: {error}")

    def _note_rest(self) -> None:
        """How many more records the service refused than are named."""
        if self._refusals > NOTED:
            more = self._refusals - NOTED
            self._job.notes.append(f"{self._name}: and {more:,} more records are not restored as they were.")
        self._refusals = 0

    # --- links and files ------------------------------------------------------------------------

    def complete(self, what: Literal["links", "files"], progress: Told) -> None:
        """Give the records their links, or their files; ``progress`` is told how many records were gone through."""
        if what == "links":
            read: Callable[[Cell, list[Row]], list[Any]] = self._links
            cells = [(cell, name) for cell, name in self._cells if cell.type == LINK and self._writes(cell)]
        else:
            read = self._files
            cells = [(cell, name) for cell, name in self._cells if cell.type == FILES and self._job.files_base_url]
        if not cells or self._state.is_done(what, self.old):
            return

        def note(_: int, __: int | None, report: BulkReport) -> None:
            result = report.latest
            if result is not None and result.error is not None:
                self._refused(result.row.id, result.error)

        self._query.bulk_update(
            self._completed(cells, read, progress),
            journal=self._state.journal(what, self.old),
            on_error="continue",
            progress=note,
            pause=self._job.pause,
        )
        self._note_rest()
        self._state.note_done(what, self.old)

    def _writes(self, link: Cell) -> bool:
        """Whether links are written at this end of a pair: the end with several, where there are fewer records."""
        place = self.old, link.old
        partner = self._remake.partner(place)
        if partner is None or self._remake.new_field(*partner) is None:
            return True
        several, partner_several = (
            bool(self._remake.fields[end].get("allowMultipleEntries")) for end in (place, partner)
        )
        return several if several != partner_several else place < partner

    def _completed(
        self, cells: list[tuple[Cell, str]], read: Callable[[Cell, list[Row]], list[Any]], progress: Told
    ) -> Iterator[Any]:
        """The records with what they are to be given; those that have none of it are left out."""
        meta = self._model._meta
        binding = meta.binding(self._job.client)
        passed = 0
        for page in batches(self._rows(), CHUNK):
            ids = self._state.new_ids(self.old, (row["id"] for row in page))
            columns = {name: read(cell, page) for cell, name in cells}
            for at, row in enumerate(page):
                passed += 1
                progress(passed)
                values = {name: column[at] for name, column in columns.items() if column[at]}
                if values and row["id"] in ids:
                    blank = {"id": ids[row["id"]], "fields": dict.fromkeys(meta.static_ids.values())}
                    [instance] = meta.instances([{**row, **blank}], binding)
                    for name, value in values.items():
                        setattr(instance, name, value if self._fields[name].many else value[0])
                    yield instance

    def _rows(self) -> Iterable[Row]:
        """The records of the backup, without the files that it could not have."""
        columns = [cell.old for cell, _ in self._cells if cell.type == FILES]
        for row in self._job.archive.records(self.old):
            for id in columns:
                files = row["fields"].get(id) or ()
                row["fields"][id] = [file for file in files if self._state.file(file["id"]) is not None]
            yield row

    def _links(self, cell: Cell, page: list[Row]) -> list[list[str]]:
        links = [link_ids(row["fields"].get(cell.old)) for row in page]
        # What leads to records that were deleted leads nowhere now.
        new = self._state.new_ids(cell.target, (id for ids in links for id in ids))
        return [[new[id] for id in ids if id in new] for ids in links]

    def _files(self, cell: Cell, page: list[Row]) -> list[list[File]]:
        base = self._job.files_base_url
        return [
            [
                File(f"{base}/{self._state.file(file['id'])}", file.get("filename"), file.get("type"))
                for file in row["fields"].get(cell.old) or ()
            ]
            for row in page
        ]

    # --- comparison -----------------------------------------------------------------------------

    def compare(self, progress: Told) -> Comparison:
        """How what is there now compares with the backup."""
        left_out = set() if self._job.files_base_url else {FILES}
        return compare(
            self.old,
            self._name,
            cells=[cell for cell, _ in self._cells if cell.type not in left_out],
            old=self._rows(),
            new=self._query.fresh()._stable(),
            state=self._state,
            progress=progress,
        )


def _relaxed(table: Table) -> Table:
    """A table whose fields take what they once took: limits may have been set after a record was made."""
    wire = table.to_wire()
    for field_wire in wire["fields"]:
        field_wire["required"] = False
        options = {key: value for key, value in (field_wire.get("options") or {}).items() if key not in _LIMITS}
        is_choice = field_wire["type"] == "SELECT"
        field_wire["options"] = {**options, "allowToAddNewChoice": True} if is_choice else options
    return Table.from_wire(wire)


def _chosen(raw: Any, new_ids: dict[str, str | None]) -> Any:
    """Choices of the backup as those of the new field; what was no choice there is written as the text that it was."""
    choices = [
        Choice(choice["label"], new_ids.get(choice["id"]))
        for choice in (raw if isinstance(raw, list) else [raw])
        if choice.get("label")
    ]
    return choices if isinstance(raw, list) else choices[0] if choices else None
