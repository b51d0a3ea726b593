"""``softrorm verify``: whether a backup is whole."""

from __future__ import annotations

import click

from softrorm.cli.exits import Stop
from softrorm.cli.output import counted, examples, note
from softrorm.cli.progress import progress
from softrorm.cli.resuming import resumable


@click.command("verify", epilog=examples("softrorm verify tracker-2026-11-22"))
@click.argument("folder", type=click.Path(exists=True, file_okay=False))
def command(folder: str) -> None:
    """Compare the backup in FOLDER with its checksums. Needs no key and no network."""
    from softrorm.data.archive import verify

    with resumable(""), progress("Verifying") as shown:
        wrong = verify(folder, progress=shown)
    for fault in wrong:
        click.echo(fault)
    if wrong:
        raise Stop(f"{folder} is not whole: {counted(len(wrong), 'fault')}.")
    note(f"{folder} is whole.")
