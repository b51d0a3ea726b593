"""``softrorm backup``: a database into a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from softrorm.cli.connection import with_client
from softrorm.cli.exits import Stop
from softrorm.cli.output import counted, examples, note
from softrorm.cli.progress import progress
from softrorm.cli.resuming import resumable

if TYPE_CHECKING:
    from softrorm.client.client import Client


@click.command(
    "backup",
    short_help="Write a database into a folder.",
    epilog=examples("softrorm backup Tracker tracker-2026-11-22"),
)
@click.argument("database")
@click.argument("folder", type=click.Path(file_okay=False))
@with_client
def command(client: Client, database: str, folder: str) -> None:
    """Write DATABASE, a name or an id, into FOLDER: schema, records and files, with checksums.

    A backup that was interrupted goes on where it stopped when the same command is given again.
    """
    from softrorm.data.backup import backup
    from softrorm.schema.find import find_database

    chosen = find_database(client, database)
    with resumable(), progress("Backing up") as shown:
        manifest = backup(client, chosen, folder, progress=shown)
    records = sum(kept.lines for kept in manifest.tables.values())
    files = manifest.files.lines - manifest.missing if manifest.files else 0
    note(
        f"{counted(len(manifest.tables), 'table')}, {counted(records, 'record')} and {counted(files, 'file')} of "
        f"{manifest.name} in {folder}"
    )
    if manifest.missing:
        raise Stop(f"{counted(manifest.missing, 'file')} could not be fetched; {folder}/files.jsonl says why.")
