"""Restoring: a backup becomes a new database, with new ids for everything, and is compared with the backup at the end.

First the tables and fields, then the records, then links and files, which need records to be there, and at last what is
required and defaults. Every step is noted in a folder beside the backup, and bulk writes have their journals there, so
that a restore that was interrupted or killed goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from softrorm.client.errors import ConfigurationError
from softrorm.client.resources import Table
from softrorm.data.archive import Archive, Manifest, verify
from softrorm.data.compare import Cell, Comparison, compare, link_ids
from softrorm.data.refusals import is_refusal
from softrorm.data.remake import LINK, Remake
from softrorm.data.state import State, batches, disk_errors
from softrorm.fields.attachment import File
from softrorm.fields.choice import Choice
from softrorm.query.queryset import QuerySet
from softrorm.schema.reflect import model_of
from softrorm.schema.workspace import workspace_of

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.data.export import Progress
    from softrorm.models.bulk import BulkReport

Stage: TypeAlias = "Callable[[str], AbstractContextManager[Progress]]"
"""Begins a stage of the work, such as "Restoring records", and gives what is told how far it is."""

STATE: Final = "restore"
"""The folder in the backup where it is noted how far a restore came."""
CHUNK: Final = 200
NOTED: Final = 20
"""Refused records of a table that are named in the notes."""
_LIMITS: Final = frozenset({"min", "max", "precision", "minLength", "maxLength"})
FILES: Final = "ATTACHMENT"


@dataclass(slots=True)
class Restored:
    """What a restore made.

    Attributes:
        database: The id of the new database.
        name: Its name.
        tables: How each table compares with the backup.
        notes: What is not as it was, in words.
    """

    database: str
    name: str
    tables: list[Comparison] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether all records are there and read as in the backup, and nothing was left out."""
        return not self.notes and all(one.ok for one in self.tables)


class OldRow(dict[str, Any]):
    """A record on its way: its values by attribute, and the id that it has in the backup."""

    __slots__ = ("old",)
    old: str


def restore(
    client: Client,
    folder: str | PathLike[str],
    *,
    workspace: str | None = None,
    name: str | None = None,
    files_base_url: str | None = None,
    stage: Stage = lambda _: nullcontext(lambda *_: None),
    pause: float = 1.0,
) -> Restored:
    """Make a new database of a backup; run again after it was interrupted, it goes on where it stopped.

    Args:
        client: The client.
        folder: The backup.
        workspace: The id of the workspace; see :func:`~softrorm.schema.workspace.workspace_of`.
        name: The name of the new database; that of the backup unless given.
        files_base_url: Where ``folder`` can be read by the service, which fetches files from public addresses only
            (wire-facts 5.2). Without it attachments stay empty, and a note says so.
        stage: Shows how far each stage is.
        pause: Seconds between two looks for a create whose answer was lost.

    Returns:
        What was made, and how it compares with the backup.

    Raises:
        ConfigurationError: The backup is not whole, there is a database of that name, or the folder holds an unfinished
            restore into somewhere else.
        APIError, TransportError: The service failed; run it again.
        OSError: The folder cannot be written.

    Makes one request for each table, field and record, one for each record that links or has files, and one per page
    of 198 records to compare; a few more for links and for what is required.
    """
    archive = Archive(folder)
    with archive.alone():
        if not (archive.root / STATE).exists():  # or else it was whole when this restore began
            _refuse_taken(client, archive, name)
            _refuse_damaged(archive, stage)
        with disk_errors(archive.root / STATE), closing(State(archive.root / STATE)) as state:
            work = _Restore(client, archive, state, files_base_url, stage, pause)
            work.begin(workspace, name)
            restored = work.run()
        state.folder.rename(archive.root / f"restored-{restored.database}")
    return restored


def _manifest_of(archive: Archive) -> Manifest:
    manifest = archive.manifest()
    if manifest is None:
        raise ConfigurationError(f"{archive.root} is no backup: it has no manifest.json.")
    return manifest


def _refuse_taken(client: Client, archive: Archive, name: str | None) -> None:
    """Refuse to make a second database of one name, which commands could not tell from the first."""
    wanted = name or _manifest_of(archive).name
    for database in client.list_databases():
        if database.name.casefold() == wanted.casefold():
            raise ConfigurationError(
                f"There is a database called {database.name!r} already ({database.id}), and nothing was made: give the "
                f"new one another name, such as --name {f'{wanted}, restored'!r}."
            )


def _refuse_damaged(archive: Archive, stage: Stage) -> None:
    with stage("Verifying the backup") as shown:
        wrong = verify(archive.root, progress=shown)
    if wrong:
        raise ConfigurationError(f"The backup in {archive.root} is not whole: {'; '.join(wrong[:5])}.")


class _Restore:
    def __init__(  # noqa: PLR0917 - only made above
        self,
        client: Client,
        archive: Archive,
        state: State,
        files_base_url: str | None,
        stage: Stage,
        pause: float,
    ) -> None:
        self._client = client
        self._archive = archive
        self._state = state
        self._files = files_base_url.rstrip("/") if files_base_url else None
        self._stage = stage
        self._pause = pause
        self._notes: list[str] = []
        self._manifest = _manifest_of(archive)

    def begin(self, workspace: str | None, name: str | None) -> None:
        """Make the database, unless an earlier run did."""
        job = {"url": self._client.url, "workspace": workspace, "name": name}
        known = self._state.get("job")
        if known is not None and known != job:
            raise ConfigurationError(
                f"{self._state.folder} holds an unfinished restore at {known['url']}, workspace={known['workspace']}, "
                f"name={known['name']}: go on with that one, or remove the folder to begin anew."
            )
        self.name = name or self._manifest.name
        if self._state.get("database") is None:
            if known is None:  # or else a database of that name is the one that this restore made
                _refuse_taken(self._client, self._archive, name)
            home = workspace_of(self._client, workspace)
            self._state.set("job", value=job)
            self._state.set("database", value=self._database(home))
            self._state.keep_files(self._archive.files())
        self.database = str(self._state.get("database"))

    def _database(self, workspace: str) -> str:
        """The new database; one that is called so was made by an earlier run, since the name was free."""
        for database in self._client.list_databases():
            if database.name == self.name:
                return database.id
        return self._client.create_database(self.name, workspace).id

    def run(self) -> Restored:
        """All steps that are left, and the comparison."""
        remake = Remake(self._client, self.database, self._archive.schema()["tables"], self._state)
        with self._stage("Restoring tables") as shown:
            remake.run(shown)
        tables = [_Table(self, remake, old) for old in remake.tables]
        total = sum(kept.lines for kept in self._manifest.tables.values())
        with self._stage("Restoring records") as shown:
            done = 0
            for table in tables:
                table.create(_from(done, total, shown))
                done += self._manifest.tables[table.old].lines
        for what in ("links", "files"):
            with self._stage(f"Restoring {what}") as shown:
                done = 0
                for table in tables:
                    table.complete(what, _from(done, total, shown))
                    done += self._manifest.tables[table.old].lines
        if not self._state.get("finished"):
            remake.finish()
            self._state.set("finished")
        if lost := self._lost_files():
            self._notes.append(lost)
        restored = Restored(self.database, self.name, notes=[*remake.notes, *self._notes])
        with self._stage("Comparing") as shown:
            for table in tables:
                done = sum(one.restored for one in restored.tables)
                restored.tables.append(table.compare(_from(done, total, shown)))
        return restored

    def _lost_files(self) -> str | None:
        total = self._manifest.files.lines if self._manifest.files else 0
        lost = self._manifest.missing if self._files else total
        if not lost:
            return None
        why = "the backup does not have them" if self._files else "the service fetches files from public addresses only"
        return f"{lost} of {total} files are not given back, since {why}; files.jsonl in the backup names them."


def _from(done: int, total: int, shown: Progress) -> Callable[[int], object]:
    """What shows the progress of one table as that of all."""
    return lambda so_far: shown(done + so_far, max(total, done + so_far))


class _Table:
    """One table on its way."""

    def __init__(self, job: _Restore, remake: Remake, old: str) -> None:
        self.old = old
        self._job = job
        self._remake = remake
        self._state = job._state
        self._wire = remake.tables[old]
        self._refusals = 0
        new = job._client.get_table(job.database, remake.new_table(old))
        self._model: Any = model_of(job._client, job.database, _relaxed(new))
        self._query: QuerySet[Any] = QuerySet(self._model).using(job._client)
        attributes = {one.id: name for name, one in self._model._meta.own_fields.items()}
        self._cells: list[tuple[Cell, str]] = []
        for one in self._wire["fields"]:
            there = remake.new_field(old, one["id"])
            if there is not None and self._model._meta.own_fields[attributes[there]].writable:
                target = one["options"].get("linkedTableId", "") if one["type"] == LINK else ""
                self._cells.append((Cell(one["id"], there, one["type"], target), attributes[there]))

    def _rows(self) -> Iterable[dict[str, Any]]:
        """The records of the backup, without the files that it could not have."""
        files = [cell.old for cell, _ in self._cells if cell.type == FILES]
        for row in self._job._archive.records(self.old):
            for id in files:
                held = [one for one in row["fields"].get(id) or () if self._state.file(one["id"]) is not None]
                row["fields"][id] = held
            yield row

    # --- records --------------------------------------------------------------------------------

    def create(self, progress: Callable[[int], object]) -> None:
        """Create the records, without their links and files."""
        if self._state.get("created", self.old):
            return

        def note(done: int, _: int | None, report: BulkReport) -> None:
            latest = report.latest
            if latest is not None and latest.id is not None:
                self._state.note(self.old, latest.row.old, latest.id)
            elif latest is not None:
                self._refused(latest.row.old, latest.error)
            if latest is not None and latest.fate != "earlier":
                progress(done)

        self._query.bulk_create(
            self._new_rows(),
            journal=self._state.journal("records", self.old),
            on_error="continue",
            progress=note,
            pause=self._job._pause,
        )
        self._note_rest()
        self._state.set("created", self.old)

    def _refused(self, old: str, error: BaseException | None) -> None:
        if error is not None and not is_refusal(error):
            raise error  # to go on would fail in the same way for every record
        self._refusals += 1
        if self._refusals <= NOTED:
            self._job._notes.append(f"{self._wire['name']}: record {old} is not restored as it was: {error}")

    def _note_rest(self) -> None:
        """How many more records the service refused than are named."""
        if self._refusals > NOTED:
            more = self._refusals - NOTED
            self._job._notes.append(f"{self._wire['name']}: and {more:,} more records are not restored as they were.")
        self._refusals = 0

    def _new_rows(self) -> Iterator[OldRow]:
        plain = [(cell, name) for cell, name in self._cells if cell.type not in {LINK, FILES}]
        choices = {cell: self._state.get("choices", self.old, cell.old) or {} for cell, _ in plain}
        for row in self._job._archive.records(self.old):
            ready = OldRow()
            ready.old = row["id"]
            for cell, name in plain:
                raw = row["fields"].get(cell.old)
                if raw is None or raw == []:
                    continue
                one = self._model._meta.own_fields[name]
                ready[name] = _chosen(raw, choices[cell]) if cell.type == "SELECT" else one.decode(raw, None)
            yield ready

    # --- links and files ------------------------------------------------------------------------

    def complete(self, what: str, progress: Callable[[int], object]) -> None:
        """Give the records their links, or their files; ``progress`` is told how many records were gone through."""
        read = self._links if what == "links" else self._files
        cells = [(cell, name) for cell, name in self._cells if cell.type == (LINK if what == "links" else FILES)]
        if what == "links":
            cells = [(cell, name) for cell, name in cells if self._writes(cell)]
        elif self._job._files is None:
            return
        if not cells or self._state.get(what, self.old):
            return

        def note(_: int, __: int | None, report: BulkReport) -> None:
            latest = report.latest
            if latest is not None and latest.error is not None:
                self._refused(latest.row.id, latest.error)

        self._query.bulk_update(
            self._completed(cells, read, progress),
            journal=self._state.journal(what, self.old),
            on_error="continue",
            progress=note,
            pause=self._job._pause,
        )
        self._note_rest()
        self._state.set(what, self.old)

    def _writes(self, link: Cell) -> bool:
        """Whether links are written at this end of a pair: the end with several, where there are fewer records."""
        other = self._remake.partner((self.old, link.old))
        if other is None or self._remake.new_field(*other) is None:
            return True
        here, there = ((place, self._remake.fields[place]) for place in ((self.old, link.old), other))
        several = bool(here[1].get("allowMultipleEntries")), bool(there[1].get("allowMultipleEntries"))
        return several[0] if several[0] != several[1] else here[0] < there[0]

    def _completed(
        self,
        cells: list[tuple[Cell, str]],
        read: Callable[[Cell, list[dict[str, Any]]], list[Any]],
        progress: Callable[[int], object],
    ) -> Iterator[Any]:
        """The records with what they are to be given; those that have none of it are left out."""
        binding = self._model._meta.binding(self._job._client)
        passed = 0
        for page in batches(self._rows(), CHUNK):
            ids = self._state.new_ids(self.old, (row["id"] for row in page))
            given = {name: read(cell, page) for cell, name in cells}
            for at, row in enumerate(page):
                passed += 1
                progress(passed)
                values = {name: found[at] for name, found in given.items() if found[at]}
                if values and row["id"] in ids:
                    blank = {"id": ids[row["id"]], "fields": dict.fromkeys(self._model._meta.static_ids.values())}
                    [instance] = self._model._meta.instances([{**row, **blank}], binding)
                    for name, value in values.items():
                        many = self._model._meta.own_fields[name].many
                        setattr(instance, name, value if many else value[0])
                    yield instance

    def _links(self, cell: Cell, page: list[dict[str, Any]]) -> list[list[str]]:
        links = [link_ids(row["fields"].get(cell.old)) for row in page]
        # What leads to records that were deleted leads nowhere now.
        new = self._state.new_ids(cell.target, (id for ids in links for id in ids))
        return [[new[id] for id in ids if id in new] for ids in links]

    def _files(self, cell: Cell, page: list[dict[str, Any]]) -> list[list[File]]:
        base = self._job._files
        return [
            [
                File(f"{base}/{self._state.file(one['id'])}", one.get("filename"), one.get("type"))
                for one in row["fields"].get(cell.old) or ()
            ]
            for row in page
        ]

    # --- comparison -----------------------------------------------------------------------------

    def compare(self, progress: Callable[[int], object]) -> Comparison:
        """How what is there now compares with the backup."""
        left_out = set() if self._job._files else {FILES}
        return compare(
            self.old,
            self._wire["name"],
            cells=[cell for cell, _ in self._cells if cell.type not in left_out],
            old=self._rows(),
            new=self._query.fresh()._stable(),
            state=self._state,
            progress=progress,
        )


def _relaxed(table: Table) -> Table:
    """A table whose fields take what they once took: limits may have been set after a record was made."""
    wire = table.to_wire()
    for one in wire["fields"]:
        one["required"] = False
        options = {key: value for key, value in (one.get("options") or {}).items() if key not in _LIMITS}
        one["options"] = {**options, "allowToAddNewChoice": True} if one["type"] == "SELECT" else options
    return Table.from_wire(wire)


def _chosen(raw: Any, choices: dict[str, str]) -> Any:
    """Choices of the backup as those of the new field; what was no choice there is written as the text that it was."""
    found = [
        Choice(one["label"], choices.get(one["id"]))
        for one in (raw if isinstance(raw, list) else [raw])
        if one.get("label")
    ]
    return found if isinstance(raw, list) else found[0] if found else None
