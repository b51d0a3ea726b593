"""``softrorm probe``: what a live account does where the documents leave it open, as a report and a dialect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from softrorm.cli.asking import confirm, need_person, yes_option
from softrorm.cli.connection import setting, with_client
from softrorm.cli.exits import Exit, Stop
from softrorm.cli.output import counted, examples, json_option, note, print_rows
from softrorm.cli.progress import progress, span
from softrorm.cli.signals import stoppable

if TYPE_CHECKING:
    from softrorm.client.client import Client
    from softrorm.schema.probe import Leftover, Report

LATENCY = 0.25  # seconds that a request and its answer take, as a guess before the first one
FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command(
    "probe",
    short_help="Find out how the service behaves.",
    epilog=examples(
        "softrorm probe --workspace 7d9bcdd1-3a46-4d8f-8cf1-2a4a4f7a9b3e",
        "softrorm probe --rows 201 --rates --attachment https://example.com/small.png",
        "softrorm probe --url sandbox: --yes",
    ),
)
@click.option("--workspace", metavar="ID", help="Where to make the scratch database; SOFTR_WORKSPACE unless given.")
@click.option(
    "--rows",
    default=0,
    type=click.IntRange(0, 1001),
    help="Fill a table with so many records, a request each, where nothing else shows where a page ends; 201 for the"
    " documented 200.",
)
@click.option("--attachment", metavar="URL", help="The public address of a small file, to try attachments with.")
@click.option(
    "--rates",
    is_flag=True,
    help="Find out how many requests a second are let through, with about a thousand of them; other programs with the"
    " same key are held up meanwhile.",
)
@click.option("--report", default="softr-probe.md", show_default=True, type=FILE, help="Where to write the report.")
@click.option(
    "--dialect", default="softr-dialect.json", show_default=True, type=FILE, help="Where to write the dialect."
)
@yes_option
@json_option
@with_client
def command(
    *,
    client: Client,
    workspace: str | None,
    rows: int,
    attachment: str | None,
    rates: bool,
    report: Path,
    dialect: Path,
    yes: bool,
    as_json: bool,
) -> None:
    """Find out what the service does where the documents leave it open.

    It makes a scratch database, tries things in it and removes it, also when it is stopped; nothing else in the account
    is changed. The answers come as a report, without keys and persons, and as a dialect that programs load:
    Client(dialect="softr-dialect.json").
    """
    from softrorm.schema.probe import cost, leftovers, probe
    from softrorm.schema.probe.probe import workspace_for

    workspace = workspace_for(client, workspace or setting("SOFTR_WORKSPACE"))
    for file in (report, dialect):
        if not file.absolute().parent.is_dir():
            raise Stop(f"{file}: there is no folder {file.parent}", Exit.USAGE)
    requests = cost(rows=rows, rates=rates)
    note(
        f"In a scratch database in workspace {workspace} at {client.url}, which is removed at the end, this"
        f" makes at most {counted(requests, 'request')}: about {span(_length(rows, rates=rates))}. Nothing else"
        f" is changed.\nThe report goes to {report}, the dialect to {dialect}."
    )
    if not yes:
        need_person("go on")
        confirm("Go on?", refused="Nothing was sent.")
    for one in leftovers(client, workspace):
        _remove(client, one, yes=yes)
    with stoppable():
        try:
            with progress("Asking") as shown:
                found = probe(client, workspace, rows=rows, attachment=attachment, rates=rates, progress=shown)
        except KeyboardInterrupt as error:
            for line in getattr(error, "__notes__", ()):
                note(line)
            raise
    report.write_text(found.to_markdown(), "utf-8")
    dialect.write_text(found.dialect.to_json(), "utf-8")
    _tell(found, client, as_json)
    if found.left_behind:
        raise Stop(found.left_behind, Exit.FAILED)


def _remove(client: Client, left: Leftover, *, yes: bool) -> None:
    """Remove what a probe left behind that was killed, unless it may still be at work."""
    what = f"Database {left.id} called {left.name!r} was left behind by a probe on {left.made_at:%Y-%m-%d %H:%M} UTC"
    if not left.is_idle:
        note(f"Database {left.id} called {left.name!r} is less than an hour old: a probe may be at work in it, so that")
        note("it stays. A later probe will offer to remove it.")
    elif yes or click.confirm(f"{what}. Remove it?", default=True, err=True):
        client.delete_database(left.id, force=True)
        note(f"{what}; it is removed." if yes else "Removed.")


def _length(rows: int, *, rates: bool) -> float:
    """Seconds that a probe takes, as a guess."""
    from softrorm.schema.probe import cost
    from softrorm.schema.probe.rates import SECONDS

    return cost(rows=rows) * LATENCY + SECONDS * rates


def _tell(found: Report, client: Client, as_json: bool) -> None:
    if as_json:
        click.echo(found.to_json(), nl=False)
    else:
        print_rows(["question", "verdict", "answer"], [(one.key, one.verdict, one.answer) for one in found.findings])
    note(found.verdicts)
    note(f"{counted(found.requests, 'request')} made; the scratch database is {_fate(found)}.")
    changed = found.changed
    if not changed:
        note(f"The dialect is {client.dialect.name!r} in all points.")
        return
    note(f"The dialect differs from {client.dialect.name!r} in:")
    for name, (before, after) in changed.items():
        note(f"  {name}: {_shown(after)} instead of {_shown(before)}")


def _fate(found: Report) -> str:
    return "NOT removed" if found.left_behind else "removed"


def _shown(value: object) -> str:
    return f"{len(value)} of them" if isinstance(value, frozenset) else "unknown" if value is None else str(value)
