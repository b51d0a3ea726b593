"""``softrorm restore``: a backup into a new database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from softrorm.cli.connection import setting, with_client
from softrorm.cli.exits import Stop
from softrorm.cli.output import examples, note, print_rows
from softrorm.cli.progress import progress
from softrorm.cli.resuming import resumable

if TYPE_CHECKING:
    from softrorm.client.client import Client


@click.command(
    "restore",
    short_help="Make a database from a backup.",
    epilog=examples(
        "softrorm restore backup --workspace 7b0e3e8c-5d0c-4a4e-9c5e-0d5a3a1f2b11",
        'softrorm restore backup --name "Tracker, March"',
        "softrorm restore backup --files-base-url https://example.com/backup",
    ),
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False))
@click.option("--workspace", metavar="ID", help="The workspace; SOFTR_WORKSPACE, or the only one, unless given.")
@click.option("--name", help="What to call the new database; as in the backup unless given.")
@click.option(
    "--files-base-url",
    metavar="URL",
    help="Where FOLDER can be read from outside: the service fetches the files of attachments from there.",
)
@with_client
def command(
    *, client: Client, folder: str, workspace: str | None, name: str | None, files_base_url: str | None
) -> None:
    """Make a new database of the backup in FOLDER, and compare it with the backup.

    Everything gets new ids; links lead to where they led. A restore that was interrupted goes on where it stopped when
    the same command is given again.
    """
    from softrorm.data.restore import restore

    with resumable():
        restored = restore(
            client,
            folder,
            workspace=workspace or setting("SOFTR_WORKSPACE"),
            name=name,
            files_base_url=files_base_url,
            stage=progress,
        )
    print_rows(
        ("table", "records", "restored", "differing"),
        [(table.name, table.records, table.restored, len(table.differing)) for table in restored.tables],
    )
    for line in restored.notes:
        note(line)
    note(f"{restored.name} is the database {restored.database}.")
    if not restored.ok:
        raise Stop("It is not all as in the backup: see above.")
