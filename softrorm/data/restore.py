"""Restoring: a backup becomes a new database, with new ids for everything, and is compared with the backup at the end.

First the tables and fields, then the records, then links and files, which need records to be there, and at last what is
required and defaults. Every step is noted in a folder beside the backup, and bulk writes have their journals there, so
that a restore that was interrupted or killed goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from softrorm.client.errors import ConfigurationError
from softrorm.data.archive import Archive, Manifest, verify
from softrorm.data.compare import Comparison
from softrorm.data.refill import Job, Refill
from softrorm.data.remake import Remake
from softrorm.data.state import State, disk_errors
from softrorm.schema.workspace import workspace_of

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.data.export import Progress

Stage: TypeAlias = "Callable[[str], AbstractContextManager[Progress]]"
"""Begins a stage of the work, such as "Restoring records", and gives what is told how far it is."""

STATE: Final = "restore"
"""The folder in the backup where it is noted how far a restore came."""


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
        return not self.notes and all(table.ok for table in self.tables)


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
            _refuse_taken(client, name or _manifest_of(archive).name)
            _refuse_damaged(archive, stage)
        with disk_errors(archive.root / STATE), closing(State(archive.root / STATE)) as state:
            called = name or _manifest_of(archive).name
            asked = {"url": client.url, "workspace": workspace, "name": name}
            database = _database(client, archive, state, called, asked)
            job = Job(client, database, archive, state, files_base_url and files_base_url.rstrip("/"), pause)
            restored = Restored(database, called)
            _run(job, restored, stage)
        state.folder.rename(archive.root / f"restored-{restored.database}")
    return restored


def _manifest_of(archive: Archive) -> Manifest:
    manifest = archive.manifest()
    if manifest is None:
        raise ConfigurationError(f"{archive.root} is no backup: it has no manifest.json.")
    return manifest


def _refuse_taken(client: Client, wanted: str) -> None:
    """Refuse to make a second database of one name, which commands could not tell from the first."""
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


def _database(client: Client, archive: Archive, state: State, called: str, asked: dict[str, Any]) -> str:
    """The id of the new database, which is made unless an earlier run did."""
    before = state.job()
    if before is not None and before != asked:
        raise ConfigurationError(
            f"{state.folder} holds an unfinished restore at {before['url']}, workspace={before['workspace']}, "
            f"name={before['name']}: go on with that one, or remove the folder to begin anew."
        )
    id = state.database()
    if id is not None:
        return id
    if before is None:
        _refuse_taken(client, called)
        home = workspace_of(client, asked["workspace"])
        state.begin(asked)
    else:
        home = workspace_of(client, asked["workspace"])
        # The name was free, so that one which is called so was made by a run that was stopped before it noted it.
        id = next((database.id for database in client.list_databases() if database.name == called), None)
    id = id or client.create_database(called, home).id
    state.keep_files(archive.files())
    state.note_database(id)
    return id


def _run(job: Job, restored: Restored, stage: Stage) -> None:
    """All steps that are left, and the comparison."""
    manifest, state = _manifest_of(job.archive), job.state
    remake = Remake(job.client, job.database, job.archive.schema()["tables"], state)
    with stage("Restoring tables") as shown:
        remake.run(shown)
    tables = [Refill(job, remake, old) for old in remake.tables]
    total = sum(kept.lines for kept in manifest.tables.values())
    with stage("Restoring records") as shown:
        done = 0
        for table in tables:
            table.create(_from(done, total, shown))
            done += manifest.tables[table.old].lines
    what: Literal["links", "files"]
    for what in ("links", "files"):
        with stage(f"Restoring {what}") as shown:
            done = 0
            for table in tables:
                table.complete(what, _from(done, total, shown))
                done += manifest.tables[table.old].lines
    if not state.is_done("finished"):
        remake.finish()
        state.note_done("finished")
    restored.notes += [*remake.notes, *job.notes, *_lost_files(job, manifest)]
    with stage("Comparing") as shown:
        for table in tables:
            done = sum(compared.restored for compared in restored.tables)
            restored.tables.append(table.compare(_from(done, total, shown)))


def _lost_files(job: Job, manifest: Manifest) -> list[str]:
    """A note of the files that are not given back."""
    total = manifest.files.lines if manifest.files else 0
    lost = manifest.missing if job.files_base_url else total
    if not lost:
        return []
    why = (
        "the backup does not have them"
        if job.files_base_url
        else "the service fetches files from public addresses only"
    )
    return [f"{lost} of {total} files are not given back, since {why}; files.jsonl in the backup names them."]


def _from(done: int, total: int, shown: Progress) -> Callable[[int], object]:
    """What shows the progress of one table as that of all."""
    return lambda so_far: shown(done + so_far, max(total, done + so_far))
